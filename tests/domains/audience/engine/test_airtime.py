"""Nobody outside decides how many minutes, buckets, products and viewers a show has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from silkcast.domains.audience.engine import tally as tallies
from silkcast.domains.audience.engine.airtime import (
    AFTER_MS,
    BEFORE_MS,
    CLOCK_MS_MAX,
    LATE_MS_MAX,
    Airtimes,
    as_counted,
)
from silkcast.domains.audience.engine.batch import Batch, Names
from silkcast.domains.audience.engine.board import Board
from silkcast.domains.audience.engine.faults import CODES
from silkcast.domains.audience.engine.kinds import Kind
from silkcast.domains.audience.engine.metrics import Show
from silkcast.domains.audience.engine.recounting import recount
from silkcast.domains.audience.engine.tally import BLOCKS_MAX, Tally
from silkcast.kernel.ids import id_from_parts

if TYPE_CHECKING:
    from tests.domains.audience.engine.conftest import Crowd, Event

    Columns = Callable[[Sequence[Event], Names], Batch]
    Count = Callable[[Iterable[Event], int], Show]

NOON_MS = 1_790_000_040_000
HOUR_MS, MONTH_MS = 3_600_000, 31 * 86_400_000


class Door:
    """Signals that a board judges, with a receipt of their own."""

    def __init__(self, crowd: Crowd, to_columns: Columns) -> None:
        self.board = Board(seed=1, read_buckets=lambda _, names: (), read_shows=lambda _, names: ())
        self._like = replace(crowd.beat("ann", NOON_MS), kind=Kind.LIKE)
        self._columns = to_columns

    def like(self, at_ms: int, *, received_ms: int = NOON_MS, made_ms: int | None = None, **changes: Any) -> Event:
        number = changes.pop("number", 0)
        id = id_from_parts(at_ms if made_ms is None else made_ms, at_ms << 20 | number)
        return replace(self._like, id=id, at_ms=at_ms, delay_ms=received_ms - at_ms, **changes)

    def codes(self, *events: Event) -> list[str]:
        """What each is refused for; those that are not are counted."""
        batch = self._columns(events, self.board.names)
        fault = np.zeros(len(batch), np.uint8)
        self.board.judge(batch, fault)
        self.board.count(batch.where(fault == 0))
        return [CODES[number] for number in fault.tolist()]


@pytest.fixture
def door(crowd: Crowd, to_columns: Columns) -> Door:
    return Door(crowd, to_columns)


def test_a_stamp_outside_the_shows_time_is_refused_and_counts_nowhere(door: Door) -> None:
    ends_ms = NOON_MS + HOUR_MS
    door.board.airtimes.note("evening", NOON_MS, ends_ms)
    first, last, received_ms = NOON_MS - BEFORE_MS, ends_ms + AFTER_MS, ends_ms + 2 * HOUR_MS
    sent = [door.like(at_ms, received_ms=received_ms) for at_ms in (first - 1, first, NOON_MS, last, last + 1)]
    assert door.codes(*sent) == ["outside_show", "", "", "", "outside_show"]
    assert door.board.tally("evening").show(door.board.names, received_ms).likes == 3


def test_a_show_on_air_has_no_end_yet(door: Door) -> None:
    door.board.airtimes.note("evening", NOON_MS, None)
    late_ms = NOON_MS + 20 * HOUR_MS
    assert door.codes(door.like(late_ms, received_ms=late_ms), door.like(NOON_MS - HOUR_MS)) == ["", "outside_show"]
    door.board.airtimes.note("evening", NOON_MS, NOON_MS + HOUR_MS)
    assert door.codes(door.like(late_ms, received_ms=late_ms, number=1)) == ["outside_show"]


def test_other_shows_and_facts_are_not_meant(door: Door, crowd: Crowd) -> None:
    door.board.airtimes.note("evening", NOON_MS, NOON_MS + HOUR_MS)
    refund = replace(door.like(NOON_MS - MONTH_MS), kind=Kind.REFUND, source="orders", order="o1", amount_minor=1)
    assert door.codes(door.like(NOON_MS - HOUR_MS, show="noon"), refund) == ["", ""]


def test_a_page_tells_within_a_day_and_a_program_brings_what_is_older(door: Door) -> None:
    oldest_ms = NOON_MS - LATE_MS_MAX
    sent = [door.like(oldest_ms - 1), door.like(oldest_ms), door.like(oldest_ms - MONTH_MS, source="key:1")]
    assert door.codes(*sent) == ["outside_show", "", ""]


def test_an_ids_own_time_may_be_a_days_clock_off(door: Door) -> None:
    earliest_ms, latest_ms = NOON_MS - LATE_MS_MAX - CLOCK_MS_MAX, NOON_MS + CLOCK_MS_MAX
    made = [door.like(NOON_MS, made_ms=ms) for ms in (earliest_ms - 1, earliest_ms, latest_ms, latest_ms + 1)]
    assert door.codes(*made) == ["bad_id_time", "", "", "bad_id_time"]
    program = [door.like(NOON_MS, made_ms=ms, source="key:1") for ms in (earliest_ms - MONTH_MS, latest_ms + 1)]
    assert door.codes(*program) == ["", "bad_id_time"]
    door.board.airtimes.note("evening", NOON_MS, None)
    begun_ms = NOON_MS - BEFORE_MS - CLOCK_MS_MAX
    program = [door.like(NOON_MS, made_ms=ms, source="key:1") for ms in (begun_ms - 1, begun_ms)]
    assert door.codes(*program) == ["bad_id_time", ""]


def test_a_show_has_no_more_minutes_than_a_month_has(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    assert BLOCKS_MAX * 300_000 == MONTH_MS
    monkeypatch.setattr(tallies, "BLOCKS_MAX", 3)
    at = [NOON_MS + number * 300_000 for number in range(4)]
    assert door.codes(*[door.like(ms, source="key:1", received_ms=at[-1]) for ms in at[:3]]) == ["", "", ""]
    sent = [door.like(ms, source="key:1", received_ms=at[-1], number=1) for ms in (at[3], at[0])]
    assert door.codes(*sent) == ["show_too_long", ""]
    assert [minute.minute_ms for minute in door.board.tally("evening").show(door.board.names, NOON_MS).minutes] == at[
        :3
    ]


def test_a_show_has_no_more_viewers_than_its_bound(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "VIEWERS_MAX", 2)
    assert door.codes(door.like(NOON_MS, viewer="ann"), door.like(NOON_MS, viewer="ben")) == ["", ""]
    sent = [door.like(NOON_MS + 1, viewer=viewer) for viewer in ("cleo", "ann", "dan")]
    assert door.codes(*sent) == ["too_many_viewers", "", "too_many_viewers"]
    bought = door.like(NOON_MS, kind=Kind.BUY, source="orders", viewer="eve", order="o1", sku="scarf")
    assert door.codes(bought) == [""]


def test_viewers_name_no_more_products_than_the_bound_and_what_was_sold_is_always_told(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "SKUS_MAX", 2)
    assert door.codes(*[door.like(NOON_MS, kind=Kind.CLICK, sku=sku) for sku in ("scarf", "belt")]) == ["", ""]
    clicked = [door.like(NOON_MS + 1, kind=Kind.CLICK, sku=sku) for sku in ("hat", "scarf")]
    assert door.codes(*clicked, door.like(NOON_MS + 1, sku="named in vain")) == ["too_many_skus", "", ""]
    assert door.codes(door.like(NOON_MS, kind=Kind.BUY, source="orders", order="o1", sku="hat")) == [""]
    products = door.board.tally("evening").show(door.board.names, NOON_MS).products
    assert [(product.sku_id, product.clicks) for product in products] == [("belt", 1), ("hat", 0), ("scarf", 2)]


def test_an_old_log_with_stamps_of_years_has_the_minutes_of_its_receipt(
    door: Door, to_columns: Columns, count_plainly: Count
) -> None:
    """Stamps were once taken as they came. Both counts read them alike, whatever the batches."""
    names, earliest_ms = Names(), NOON_MS - LATE_MS_MAX
    years = [NOON_MS - number * MONTH_MS for number in range(60)]
    events = [door.like(at_ms, number=number) for number, at_ms in enumerate(years)]
    events.append(door.like(years[-1], source="key:1"))
    read = [as_counted(to_columns(part, names)) for part in (events[:20], events[20:])]
    counted = [replace(event, at_ms=max(event.at_ms, earliest_ms)) for event in events[:-1]]
    plain = count_plainly([replace(one, delay_ms=NOON_MS - one.at_ms) for one in counted] + events[-1:], NOON_MS)
    tally = Tally(seed=1)
    for batch in read:
        tally.add(batch)
    assert tally.show(names, NOON_MS) == recount(read, names, at_ms=NOON_MS) == plain
    assert [minute.likes for minute in plain.minutes] == [1, 59, 1]


def test_airtimes_judge_an_empty_batch(to_columns: Columns) -> None:
    Airtimes().judge(to_columns([], Names()), np.zeros(0, np.uint8))
