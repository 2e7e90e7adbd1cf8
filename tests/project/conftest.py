from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cast import Cast
from tests.project.stage import Program, Stage, on_stage, open_doors


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return on_stage(cast.east)


@pytest.fixture
def program(stage: Stage) -> Program:
    """With every scope, for the whole base."""
    return Program(stage.key())


@pytest.fixture
def doors(cast: Cast) -> Iterator[None]:
    with open_doors():
        yield
