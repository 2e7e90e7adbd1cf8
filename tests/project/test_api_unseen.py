"""No door of the API takes a name that nobody can see."""

from __future__ import annotations

from typing import Any

import pytest

from silkcast.kernel.ids import new_id
from tests.cast import Cast
from tests.project.requests_from_schema import body_of, query_of
from tests.project.stage import Program, on_stage
from tests.project.test_api_fields import document, values
from tests.project.test_api_isolation import WORDS, operations
from tests.project.test_api_numbers import SIGNALS, body_schema, put
from tests.project.world import plot

__all__ = ["document"]
NAMES = {"name", "title", "code"}


@pytest.mark.parametrize("unseen", ["\u200b\ufeff", "\u3164", "\u2800\u00ad\ufe0f"])
def test_a_name_that_shows_nothing_is_refused(cast: Cast, doors: None, document: dict[str, Any], unseen: str) -> None:
    own = plot(on_stage(cast.east))
    program = Program(own.stage.key())
    ids = {**WORDS, **own.ids, "key_id": str(new_id())}
    taken, tried = [], 0
    for method, path, told, names in operations(document):
        schema = body_schema(told)
        filled = path.format(**{name: ids[name] for name in names})
        for at in values(schema, document) if schema and path != SIGNALS else ():
            if at[-1] not in NAMES:
                continue
            body = put(body_of(told, document, ids), schema or {}, document, at, unseen)
            answer = program.asks(method, filled, body, key=str(new_id()), **query_of(told, document, ids))
            tried += 1
            if answer.status_code != 422:
                taken.append(f"{method} {path} {at}: {answer.status_code} {answer.content!r}")
    assert taken == []
    assert tried >= 10
