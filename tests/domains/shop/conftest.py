from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from tests.cast import Cast
from tests.project.stage import Stage, on_stage, open_doors


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return on_stage(cast.east)


@pytest.fixture
def doors(cast: Cast) -> Iterator[None]:
    with open_doors():
        yield


@pytest.fixture
def shopper(stage: Stage) -> Client:
    """Somebody who came in by the base's own address."""
    client = Client()
    assert client.get("/s/east").status_code == 303
    return client


@pytest.fixture
def htmx() -> dict[str, Any]:
    return {"headers": {"HX-Request": "true"}}
