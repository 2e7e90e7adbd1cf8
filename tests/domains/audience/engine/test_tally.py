"""The live numbers, against the same definitions counted one event at a time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from silkcast.domains.audience.engine.batch import Batch, Names
from silkcast.domains.audience.engine.identity import Identities
from silkcast.domains.audience.engine.kinds import Kind
from silkcast.domains.audience.engine.metrics import Show
from silkcast.domains.audience.engine.recounting import recount
from silkcast.domains.audience.engine.tally import Tally
from silkcast.kernel.ids import id_from_parts

if TYPE_CHECKING:
    from tests.domains.audience.engine.conftest import Crowd, Event

    Columns = Callable[[Sequence[Event], Names], Batch]
    Count = Callable[[Iterable[Event], int], Show]

NOON_MS = 1_790_000_040_000
ASKED_MS = NOON_MS + 10 * 60_000


def counted_live(batches: Sequence[Sequence[Event]], at_ms: int, to_columns: Columns, seed: int = 7) -> Show:
    names, tally = Names(), Tally(seed=seed)
    identities = Identities(seed=seed, recall=lambda _: ())
    for events in batches:
        batch = to_columns(events, names)
        tally.add(batch.where(identities.take_new(batch)))
    return tally.show(names, at_ms)


@settings(max_examples=60)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_any_batching_and_any_order_of_retries_give_the_plain_count(
    data: st.DataObject, seed: int, crowd: Crowd, to_columns: Columns, count_plainly: Count
) -> None:
    events = data.draw(crowd.drawn())
    chance = random.Random(seed)
    sent = [*events, *chance.choices(events, k=chance.randrange(20) if events else 0)]
    chance.shuffle(sent)
    batches = []
    while sent:
        cut = chance.randint(1, len(sent))
        batches.append(sent[:cut])
        sent = sent[cut:]
    assert counted_live(batches, ASKED_MS, to_columns, seed) == count_plainly(events, ASKED_MS)


@settings(max_examples=60)
@given(data=st.data())
def test_the_recount_gives_the_plain_count(
    data: st.DataObject, crowd: Crowd, to_columns: Columns, count_plainly: Count
) -> None:
    events = data.draw(crowd.drawn())
    names = Names()
    batches = [to_columns(events[:20], names), to_columns(events[20:], names), to_columns(events[:7], names)]
    assert recount(batches, names, at_ms=ASKED_MS) == count_plainly(events, ASKED_MS)


def test_a_large_crowd_gives_the_plain_count(crowd: Crowd, to_columns: Columns, count_plainly: Count) -> None:
    chance = random.Random(11)
    many = replace(crowd, viewers=700, span_ms=40 * 60_000)
    events = many.events(chance, 6_000)
    batches = [events[start : start + 1_500] for start in range(0, len(events), 1_000)]  # each third sent twice
    assert counted_live(batches, ASKED_MS, to_columns) == count_plainly(events, ASKED_MS)


def test_stamps_far_apart_are_counted_in_their_own_minutes(
    crowd: Crowd, to_columns: Columns, count_plainly: Count
) -> None:
    chance = random.Random(12)
    long_ago = [
        replace(event, at_ms=NOON_MS - day * 86_400_000)
        for day, event in enumerate(replace(crowd, viewers=50).events(chance, 300))
    ]
    assert counted_live([long_ago], ASKED_MS, to_columns) == count_plainly(long_ago, ASKED_MS)


def test_a_viewer_is_online_for_thirty_seconds_after_a_heartbeat(crowd: Crowd, to_columns: Columns) -> None:
    names, tally = Names(), Tally(seed=1)
    tally.add(to_columns([crowd.beat("ann", NOON_MS), crowd.beat("ben", NOON_MS - 20_000)], names))
    assert [tally.online(NOON_MS + late) for late in (0, 9_999, 10_000, 29_999, 30_000)] == [2, 2, 1, 1, 0]


def test_a_late_heartbeat_corrects_the_minute_it_belongs_to(crowd: Crowd, to_columns: Columns) -> None:
    names, tally = Names(), Tally(seed=1)
    tally.add(to_columns([crowd.beat("ann", NOON_MS + 3_600_000)], names))
    assert tally.online_by_minute() == {NOON_MS + 3_600_000: 1}
    tally.add(to_columns([crowd.beat("ann", NOON_MS + 5_000), crowd.beat("ben", NOON_MS + 5_000)], names))
    assert tally.online_by_minute() == {NOON_MS: 2, NOON_MS + 3_600_000: 1}
    assert tally.online(NOON_MS + 3_600_001) == 1


def test_stay_counts_slots_and_not_heartbeats(crowd: Crowd, to_columns: Columns) -> None:
    names, tally = Names(), Tally(seed=1)
    tally.add(to_columns([crowd.beat("ann", NOON_MS + late) for late in (0, 1, 9_999, 10_000, 25_000)], names))
    show = tally.show(names, NOON_MS)
    assert (show.stay_s, show.viewers, show.stay_s_average) == (30, 1, 30.0)


def test_minutes_before_the_asked_one_are_left_out(crowd: Crowd, to_columns: Columns) -> None:
    names, tally = Names(), Tally(seed=1)
    tally.add(to_columns([crowd.beat("ann", NOON_MS + minute * 60_000) for minute in range(20)], names))
    shown = tally.show(names, NOON_MS, since_ms=NOON_MS + 17 * 60_000 + 5).minutes
    assert [minute.minute_ms for minute in shown] == [NOON_MS + minute * 60_000 for minute in (17, 18, 19)]


def test_an_order_without_a_viewer_sells_and_adds_no_buyer(to_columns: Columns, crowd: Crowd) -> None:
    chance, names, tally = random.Random(1), Names(), Tally(seed=1)
    event = next(event for event in crowd.events(chance, 500) if event.kind == Kind.BUY)
    lines = [
        replace(event, id=id_from_parts(NOON_MS, 1), viewer="", order="o1", sku="scarf", units=2, amount_minor=500),
        replace(event, id=id_from_parts(NOON_MS, 2), viewer="", order="o1", sku="belt", units=1, amount_minor=300),
        replace(event, id=id_from_parts(NOON_MS, 3), viewer="ann", order="o2", sku="belt", units=1, amount_minor=300),
        replace(
            event,
            id=id_from_parts(NOON_MS, 4),
            kind=Kind.REFUND,
            viewer="ann",
            order="o2",
            sku="",
            units=0,
            amount_minor=100,
        ),
    ]
    tally.add(to_columns(lines, names))
    show = tally.show(names, NOON_MS)
    assert (show.sales.orders, show.sales.buyers, show.viewers, show.conversion) == (2, 1, 1, 1.0)
    assert (show.sales.units, show.sales.gmv_minor, show.sales.net_minor) == (4, 1_100, 1_000)
    assert {product.sku_id: product.sales.gmv_minor for product in show.products} == {"belt": 600, "scarf": 500}
