from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from silkcast.domains.audience.engine import remarks as module
from silkcast.domains.audience.engine.batch import Batch, Names
from silkcast.domains.audience.engine.kinds import Kind
from silkcast.domains.audience.engine.remarks import Remarks

if TYPE_CHECKING:
    import pytest
    from tests.domains.audience.engine.conftest import Crowd, Event

    Columns = Callable[[Sequence[Event], Names], Batch]


def test_the_latest_comments_stay_whatever_order_they_came_in(
    crowd: Crowd, to_columns: Columns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_MAX", 10)
    chance = random.Random(1)
    comments = [
        replace(event, text=str(number).encode())
        for number, event in enumerate(event for event in crowd.events(chance, 600) if event.kind == Kind.COMMENT)
    ]
    expected = sorted(comments, key=lambda event: (event.at_ms, event.id.int), reverse=True)[:10]
    for _ in range(3):
        chance.shuffle(comments)
        remarks = Remarks()
        for start in range(0, len(comments), 7):
            remarks.add(to_columns(comments[start : start + 7], Names()))
        assert [remark.sealed for remark in remarks.latest(50)] == [event.text for event in expected]


def test_pages_follow_each_other_without_gap_or_repeat(crowd: Crowd, to_columns: Columns) -> None:
    comments = [event for event in crowd.events(random.Random(2), 300) if event.kind == Kind.COMMENT]
    remarks = Remarks()
    remarks.add(to_columns(comments, Names()))
    pages, before = [], None
    while page := remarks.latest(4, before=before):
        pages += page
        before = page[-1].id
    assert pages == remarks.latest(len(comments))
    assert len(pages) == len(comments)
    assert remarks.latest(4, before=1) == []
