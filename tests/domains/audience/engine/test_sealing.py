"""However signals are batched, ordered, repeated and spread over counters, sealed windows are the same bytes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silkcast.domains.audience.engine.batch import Batch, Names
from silkcast.domains.audience.engine.identity import Identities
from silkcast.domains.audience.engine.kinds import FACTS, Kind
from silkcast.domains.audience.engine.merging import merge
from silkcast.domains.audience.engine.metrics import Show
from silkcast.domains.audience.engine.recounting import recount
from silkcast.domains.audience.engine.sealing import export, sealed
from silkcast.domains.audience.engine.shards import SHARDS, Sharding, share_of
from silkcast.domains.audience.engine.tally import Tally

if TYPE_CHECKING:
    from tests.domains.audience.engine.conftest import Crowd, Event

    ToColumns = Callable[[Sequence[Event], Names], Batch]
    CountPlainly = Callable[[Sequence[Event], int], Show]

NOON_MS = 1_790_000_040_000
END_MS = NOON_MS + 20 * 60_000


def with_one_buyer_an_order(events: Sequence[Event]) -> list[Event]:
    buyers: dict[str, str] = {}
    return [
        replace(event, viewer=buyers.setdefault(event.order, event.viewer)) if event.kind in FACTS else event
        for event in events
    ]


def counted(batches: Sequence[Sequence[Event]], workers: int, to_columns: ToColumns, seed: int) -> Show:
    """By workers that each see all batches, and count what lies in their shards."""
    parts = []
    for worker in range(workers):
        names = Names()
        sharding, tally = Sharding("base-1", names), Tally(seed=seed)
        identities = Identities(seed=seed, recall=lambda _: ())
        for events in batches:
            batch = to_columns(events, names)
            new = batch.where(identities.take_new(batch))
            tally.add(sharding.within(new, share_of(worker, workers)))
        parts.append(tally.show(names, END_MS))
    return merge(parts)


@settings(max_examples=60)
@given(data=st.data(), seed=st.integers(0, 2**32), workers=st.integers(1, 5))
def test_any_batches_in_any_order_by_any_number_of_workers_give_the_same_bytes(
    data: st.DataObject, seed: int, workers: int, crowd: Crowd, to_columns: ToColumns, count_plainly: CountPlainly
) -> None:
    events = with_one_buyer_an_order(data.draw(crowd.drawn(most=150)))
    chance = random.Random(seed)
    waiting = events + chance.choices(events, k=len(events) // 3)
    chance.shuffle(waiting)
    batches = []
    while waiting:
        cut = chance.randint(1, 40)
        batches.append(waiting[:cut])
        waiting = waiting[cut:]
    names = Names()
    again = recount([to_columns(events, names)], names, at_ms=END_MS)
    plainly = count_plainly(events, END_MS)
    wanted = export("base-1", {"evening": sealed(plainly.minutes, END_MS)})
    assert export("base-1", {"evening": sealed(again.minutes, END_MS)}) == wanted
    found = counted(batches, workers, to_columns, seed)
    assert found == plainly
    assert export("base-1", {"evening": sealed(found.minutes, END_MS)}) == wanted


def test_a_late_signal_corrects_its_minute_and_is_counted_as_late(crowd: Crowd, to_columns: ToColumns) -> None:
    names, tally = Names(), Tally(seed=1)
    tally.add(to_columns([crowd.beat("ann", NOON_MS), replace(crowd.beat("ben", NOON_MS), delay_ms=119_999)], names))
    assert [(minute.viewers, minute.late) for minute in tally.show(names, END_MS).minutes] == [(2, 0)]
    tally.add(to_columns([replace(crowd.beat("cleo", NOON_MS), delay_ms=120_000)], names))
    assert [(minute.viewers, minute.late) for minute in tally.show(names, END_MS).minutes] == [(3, 1)]


def test_a_minute_is_sealed_when_the_watermark_is_a_minute_past_its_end(crowd: Crowd, to_columns: ToColumns) -> None:
    names, tally = Names(), Tally(seed=1)
    tally.add(to_columns([crowd.beat("ann", NOON_MS), crowd.beat("ann", NOON_MS + 60_000)], names))
    minutes = tally.show(names, END_MS).minutes
    assert sealed(minutes, NOON_MS + 119_999) == ()
    assert sealed(minutes, NOON_MS + 120_000) == minutes[:1]
    assert sealed(minutes, NOON_MS + 180_000) == minutes


def test_an_exported_line_names_its_window_and_holds_whole_numbers_only(crowd: Crowd, to_columns: ToColumns) -> None:
    names, tally = Names(), Tally(seed=1)
    tally.add(to_columns([crowd.beat("ann", NOON_MS)], names))
    minutes = tally.show(names, END_MS).minutes
    raw = export("base-1", {"noon": minutes, "evening": minutes})
    lines = [msgspec.json.decode(line) for line in raw.splitlines()]
    assert [(line["base_id"], line["show_id"], line["minute_ms"]) for line in lines] == [
        ("base-1", "evening", NOON_MS),
        ("base-1", "noon", NOON_MS),
    ]
    assert lines[0] | {"sales": None} == {
        "base_id": "base-1", "show_id": "evening", "minute_ms": NOON_MS, "online": 1, "viewers": 1, "interactors": 0,
        "stay_s": 10, "views": 0, "comments": 0, "likes": 0, "shares": 0, "follows": 0, "clicks": 0, "carts": 0,
        "late": 0, "sales": None,
    }  # fmt: skip
    assert lines[0]["sales"] == {"buyers": 0, "orders": 0, "units": 0, "gmv_minor": 0, "refunds_minor": 0}


def heartbeats(names: Names, viewers: Sequence[str], show: str, to_columns: ToColumns, crowd: Crowd) -> Batch:
    return to_columns([replace(crowd.beat(viewer, NOON_MS), show=show) for viewer in viewers], names)


def test_a_viewer_of_a_show_always_lies_in_the_same_shard(crowd: Crowd, to_columns: ToColumns) -> None:
    viewers = [f"viewer-{number}" for number in range(50)]
    one, other = Names(), Names()
    other.viewers.numbers(["zoe", *reversed(viewers)])
    found = Sharding("base-1", one).shards(heartbeats(one, viewers, "evening", to_columns, crowd))
    again = Sharding("base-1", other).shards(heartbeats(other, viewers, "evening", to_columns, crowd))
    assert found.tolist() == again.tolist()
    # Fixed for ever: what workers have counted and stored is divided by it.
    assert found[:8].tolist() == [31, 23, 12, 37, 23, 35, 32, 55]
    for base_id, show in (("base-2", "evening"), ("base-1", "noon")):
        names = Names()
        elsewhere = Sharding(base_id, names).shards(heartbeats(names, viewers, show, to_columns, crowd))
        assert elsewhere.tolist() != found.tolist()


def test_shards_are_of_nearly_one_size(crowd: Crowd, to_columns: ToColumns) -> None:
    names = Names()
    viewers = [f"viewer-{number}" for number in range(6_400)]
    found = Sharding("base-1", names).shards(heartbeats(names, viewers, "evening", to_columns, crowd))
    rows = np.bincount(found.astype(int))
    assert rows.shape[0] == SHARDS
    assert 50 < rows.min() <= rows.max() < 160


@pytest.mark.parametrize("workers", [1, 3, 64])
def test_each_shard_has_one_worker(workers: int) -> None:
    shares = [share_of(worker, workers) for worker in range(workers)]
    assert sorted(shard for share in shares for shard in share) == list(range(SHARDS))


def test_a_worker_of_a_share_sees_all_kinds_of_its_viewers(crowd: Crowd, to_columns: ToColumns) -> None:
    names = Names()
    sharding = Sharding("base-1", names)
    batch = to_columns(with_one_buyer_an_order(crowd.events(random.Random(3), 300)), names)
    parts = [sharding.within(batch, share_of(worker, 7)) for worker in range(7)]
    assert sum(map(len, parts)) == 300
    assert sum(len(part.texts) for part in parts) == int(np.count_nonzero(batch.kind == Kind.COMMENT))
    assert sum(part.units.sum() for part in parts) == batch.units.sum()
