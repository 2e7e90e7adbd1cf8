from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from silkcast.domains.audience.engine import board as boards
from silkcast.domains.audience.engine.batch import Batch, Names
from silkcast.domains.audience.engine.board import Board
from silkcast.domains.audience.engine.errors import UnknownShow
from silkcast.domains.audience.engine.metrics import Show

if TYPE_CHECKING:
    from tests.domains.audience.engine.conftest import Crowd, Event

    Columns = Callable[[Sequence[Event], Names], Batch]
    Count = Callable[[Iterable[Event], int], Show]

NOON_MS = 1_790_000_040_000


class Stage:
    """A board over a log that is a list of events."""

    def __init__(self, to_columns: Columns) -> None:
        self._to_columns = to_columns
        self.logged: list[Event] = []
        self.read: list[Collection[str]] = []
        self.board = self.fresh()

    def fresh(self) -> Board:
        return Board(
            seed=3,
            read_buckets=lambda _, names: [self._to_columns(self.logged, names).ids],
            read_shows=self._read_shows,
        )

    def send(self, events: Sequence[Event]) -> int:
        batch = self._to_columns(events, self.board.names)
        self.board.open({event.show for event in events})
        new = self.board.take_new(batch)
        self.logged += [event for event, is_new in zip(events, new, strict=True) if is_new]
        self.board.count(batch.where(new))
        return int(new.sum())

    def show(self, name: str, at_ms: int) -> Show:
        return self.board.tally(name).show(self.board.names, at_ms)

    def _read_shows(self, shows: Collection[str], names: Names) -> Iterable[Batch]:
        self.read.append(shows)
        return [self._to_columns(self.logged, names)]


@pytest.fixture
def stage(to_columns: Columns) -> Stage:
    return Stage(to_columns)


def test_shows_of_one_batch_are_counted_apart(stage: Stage, crowd: Crowd, count_plainly: Count) -> None:
    chance = random.Random(1)
    events = [replace(event, show=chance.choice(["noon", "evening"])) for event in crowd.events(chance, 200)]
    assert stage.send(events) == 200
    for name in ("noon", "evening"):
        assert stage.show(name, NOON_MS) == count_plainly([event for event in events if event.show == name], NOON_MS)


def test_a_new_board_goes_on_where_the_log_ends(stage: Stage, crowd: Crowd, count_plainly: Count) -> None:
    events = crowd.events(random.Random(2), 100)
    stage.send(events[:60])
    stage.board = stage.fresh()
    assert stage.send(events[40:]) == 40
    assert stage.show("evening", NOON_MS) == count_plainly(events, NOON_MS)
    assert len(stage.read) == 2


def test_what_was_let_go_is_read_back_when_asked_for(
    stage: Stage, crowd: Crowd, count_plainly: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = crowd.events(random.Random(3), 50)
    stage.board.let_go(NOON_MS)
    stage.send(events)
    monkeypatch.setattr(boards, "SHOWS_MAX", 0)
    stage.board.let_go(NOON_MS)
    assert stage.board.heard_since(0) == []
    monkeypatch.setattr(boards, "NAMES_MAX", 3)
    stage.board.let_go(NOON_MS)
    assert len(stage.board.names) == 5  # only the empty word of each
    assert stage.send(events) == 0
    assert stage.show("evening", NOON_MS) == count_plainly(events, NOON_MS)


def test_names_that_are_needed_stay_however_many_they_are(
    stage: Stage, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = crowd.events(random.Random(5), 50)
    monkeypatch.setattr(boards, "NAMES_MAX", 3)
    stage.send(events)
    for _ in range(3):
        stage.board.let_go(NOON_MS)
    assert (stage.board.heard_since(0), len(stage.read)) == (["evening"], 1)
    for number in range(50):
        stage.board.names.skus.numbers([f"nothing {number}"])
    stage.board.let_go(NOON_MS)
    assert stage.board.heard_since(0) == []


def test_an_unknown_show_is_refused_and_leaves_nothing_behind(stage: Stage) -> None:
    with pytest.raises(UnknownShow):
        stage.board.tally("matinee")
    assert stage.board.heard_since(0) == []


def test_a_show_is_heard_as_long_as_it_was_received(stage: Stage, crowd: Crowd) -> None:
    events = crowd.events(random.Random(4), 5)
    stage.send(events)
    latest_ms = max(event.at_ms for event in events)
    assert stage.board.heard_since(latest_ms) == ["evening"]
    assert stage.board.heard_since(latest_ms + 1) == []
