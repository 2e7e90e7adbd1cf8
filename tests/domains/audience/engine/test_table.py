from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from silkcast.domains.audience.engine.table import WordTable

words = st.lists(st.lists(st.integers(1, 2**64 - 1) | st.integers(1, 40), max_size=80, unique=True), max_size=8)


@settings(max_examples=60)
@given(batches=words, seed=st.integers(0, 2**64 - 1))
def test_a_table_knows_exactly_the_words_it_was_given(batches: list[list[int]], seed: int) -> None:
    table, known = WordTable(seed=seed), set[int]()
    for batch in batches:
        column = np.array(batch, np.uint64)
        table.reserve(len(batch))
        slot, new = table.place(column)
        assert new.tolist() == [word not in known for word in batch]
        assert table.words[slot].tolist() == batch
        known.update(batch)
        assert table.count == len(known)
    assert sorted(table.words[table.words != 0].tolist()) == sorted(known)


def test_growing_moves_every_word_and_says_where() -> None:
    table = WordTable(seed=1)
    column = np.arange(1, 33, dtype=np.uint64)
    before, _ = table.place(column)
    moved = table.reserve(100_000)
    assert moved is not None
    now, new = table.place(column)
    assert not new.any()
    assert dict(zip(*(slots.tolist() for slots in moved), strict=True)) == dict(
        zip(before.tolist(), now.tolist(), strict=True)
    )


def test_growing_takes_words_that_crowd_behind_the_end_round_to_the_beginning() -> None:
    table = WordTable(seed=3, slots=256)
    candidates = np.arange(1, 1 << 20, dtype=np.uint64)
    last = candidates[table._home(candidates) == table.slots - 1][:100]
    others = candidates[table._home(candidates) < 8][:20]
    crowd = np.concatenate((last, others))
    table.place(crowd)
    moved = table.reserve(100)
    assert moved is not None
    assert (moved[1] < 120).sum() > 90  # nearly all of those who want the last slots, and who begins there
    slot, new = table.place(crowd)
    assert not new.any()
    assert len(set(slot.tolist())) == table.count == 120
    assert sorted(moved[1].tolist()) == sorted(slot.tolist())


def test_rows_come_by_their_place_in_the_table_and_repeats_are_among_those_that_meet() -> None:
    table = WordTable(seed=5, slots=1 << 10)
    column = np.array([9, 4, 9, 77, 4, 9, 12], np.uint64)
    rows, meets = table.in_order(column)
    assert table._home(column[rows]).tolist() == sorted(table._home(column).tolist())
    assert [row for row in rows.tolist() if column[row] == 9] == [0, 2, 5]
    assert set(rows[meets].tolist()) >= {0, 1, 2, 4, 5}
    assert not meets.all()


def test_words_that_want_one_slot_all_find_a_place() -> None:
    table = WordTable(seed=9, slots=1 << 12)
    candidates = np.arange(1, 1 << 20, dtype=np.uint64)
    home = table._home(candidates)
    crowded = candidates[home == np.bincount(home).argmax()][:200]
    assert crowded.shape[0] == 200
    slot, new = table.place(crowded)
    assert new.all()
    assert len(set(slot.tolist())) == 200
    again, new = table.place(crowded[::-1].copy())
    assert not new.any()
    assert again[::-1].tolist() == slot.tolist()
