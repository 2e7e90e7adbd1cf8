from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silkcast.domains.audience.engine.batch import Batch, Ids, Names
from silkcast.domains.audience.engine.identity import BUCKET_MS, HORIZON_MS, Identities, _Bucket, bucket_of
from silkcast.domains.audience.engine.kinds import Kind
from silkcast.domains.audience.engine.table import spread
from silkcast.kernel.ids import id_from_parts

if TYPE_CHECKING:
    from tests.domains.audience.engine.conftest import Crowd, Event

    Columns = Callable[[Sequence[Event], Names], Batch]

NOON_MS = 1_790_000_040_000


class Log:
    """What was new so far, to be read back; counts how often it is."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.read: list[list[int]] = []

    def recall(self, buckets: Collection[int]) -> Iterable[Ids]:
        self.read.append(sorted(buckets))
        for batch in self.batches:
            yield batch.where(np.isin(bucket_of(batch.id_high), list(buckets))).ids


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), restarts=st.integers(0, 6))
def test_each_id_is_new_once_for_each_source_however_it_is_repeated(
    seed: int, restarts: int, crowd: Crowd, to_columns: Columns
) -> None:
    chance = random.Random(seed)
    pool = crowd.events(chance, 40)
    log, names = Log(), Names()
    identities = Identities(seed=seed, recall=log.recall)
    seen = set[tuple[str, int]]()
    for turn in range(6):
        sent = chance.choices(pool, k=chance.randrange(30))
        batch = to_columns(sent, names)
        new = identities.take_new(batch)
        expected = []
        for event in sent:
            expected.append((event.source, event.id.int) not in seen)
            seen.add((event.source, event.id.int))
        assert new.tolist() == expected
        log.batches.append(batch.where(new))
        if turn < restarts:
            identities = Identities(seed=chance.getrandbits(64), recall=log.recall)


def test_a_late_id_is_looked_up_in_the_log_and_a_fresh_one_in_memory(crowd: Crowd, to_columns: Columns) -> None:
    log, names, chance = Log(), Names(), random.Random(5)
    event = crowd.event(chance)
    batch = to_columns([event], names)
    identities = Identities(seed=1, recall=log.recall, weight_max=0)
    bucket = int(bucket_of(batch.id_high)[0])
    assert identities.take_new(batch).tolist() == [True]
    log.batches.append(batch)
    assert identities.take_new(batch).tolist() == [False]
    assert log.read == [[bucket]]
    identities.let_go(event.at_ms + HORIZON_MS + 2 * BUCKET_MS)
    assert identities.take_new(batch).tolist() == [False]
    assert log.read == [[bucket], [bucket]]


def test_what_is_let_go_first_lies_outside_the_horizon(to_columns: Columns) -> None:
    numbers = [id_from_parts(at_ms, 7) for at_ms in (NOON_MS, NOON_MS - 2 * HORIZON_MS)]
    names, log = Names(), Log()
    identities = Identities(seed=1, recall=log.recall, weight_max=200)
    for number in numbers:  # the old one is the one used last
        identities.take_new(_only_ids([number.int], names, to_columns))
    identities.let_go(NOON_MS)
    log.read.clear()
    for number in numbers:
        identities.take_new(_only_ids([number.int], names, to_columns))
    assert log.read == [[numbers[1].int >> 96]]


def test_ids_that_could_not_be_logged_are_new_again(crowd: Crowd, to_columns: Columns) -> None:
    log, names = Log(), Names()
    identities = Identities(seed=1, recall=log.recall)
    first, second = (to_columns([event], names) for event in crowd.events(random.Random(8), 2))
    assert identities.take_new(first).all()
    log.batches.append(first)
    assert identities.take_new(second).all()
    identities.drop(second)
    assert identities.take_new(second).all()
    assert not identities.take_new(first).any()


def test_a_log_that_cannot_be_read_leaves_no_half_filled_bucket(crowd: Crowd, to_columns: Columns) -> None:
    batch = to_columns(crowd.events(random.Random(2), 1), Names())
    known = [batch.ids]

    def unreadable(_: Collection[int]) -> Iterable[Ids]:
        raise OSError
        yield

    identities = Identities(seed=1, recall=unreadable)
    with pytest.raises(OSError):  # noqa: PT011 - any
        identities.take_new(batch)
    identities._recall = lambda _: known
    assert not identities.take_new(batch).any()


def test_ids_whose_words_clash_stay_different() -> None:
    bucket, seed = _Bucket(seed=3, slots=64), 3
    secret = spread(seed)

    def low_with(word: int, rest: int) -> int:
        return word ^ (((rest ^ secret) * 0xBF58476D1CE4E5B9) & (2**64 - 1))

    rests = np.array([1, 2, 3, 1, 2, 9, 9], np.uint64)
    words = [5, 5, 5, 5, 5, 0, 0]
    low = np.array([low_with(word, int(rest)) for word, rest in zip(words, rests, strict=True)], np.uint64)
    assert bucket.add(low, rests).tolist() == [True, True, True, False, False, True, False]
    assert bucket.add(low[::-1].copy(), rests[::-1].copy()).tolist() == [False] * 7
    bucket.add(np.arange(1, 2000, dtype=np.uint64), np.zeros(1999, np.uint64))
    assert not bucket.add(low, rests).any()


def _only_ids(numbers: list[int], names: Names, to_columns: Columns) -> Batch:
    template = to_columns([], names)
    return Batch(
        id_high=np.array([number >> 64 for number in numbers], np.uint64),
        id_low=np.array([number & 2**64 - 1 for number in numbers], np.uint64),
        at_ms=np.full(len(numbers), NOON_MS),
        received_ms=np.full(len(numbers), NOON_MS),
        kind=np.full(len(numbers), Kind.LIKE, np.uint8),
        source=names.sources.numbers(["shop"] * len(numbers)),
        show=names.shows.numbers(["evening"] * len(numbers)),
        viewer=names.viewers.numbers(["viewer-1"] * len(numbers)),
        sku=names.skus.numbers([""] * len(numbers)),
        order=template.order,
        units=template.units,
        amount_minor=template.amount_minor,
        texts=[],
        names=names,
    )
