from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import pytest

from silkcast.domains.audience.engine.batch import Batch, Names
from silkcast.domains.audience.engine.gathering import gather
from silkcast.domains.audience.signal_log.columns import VERSION, decode, decode_ids, encode

if TYPE_CHECKING:
    from tests.domains.audience.signal_log.conftest import Sender


@pytest.mark.parametrize("viewers", [1, 255, 256, 66_000])
def test_a_batch_comes_back_as_it_was(viewers: int, sender: Sender, same_rows: Callable[[Batch, Batch], bool]) -> None:
    names = Names()
    names.viewers.numbers([f"someone else {number}" for number in range(300)])
    request = sender.of([sender.signal(viewer=f"v{number}") for number in range(min(viewers, 5_000))])
    requests = [request, sender.purchase("order-1"), sender.purchase("order-2", viewer=None, units=3)]
    for start in range(5_000, viewers, 5_000):
        requests.append(sender.of([sender.signal(viewer=f"v{start + number}") for number in range(5_000)]))
    batch = gather(requests, names).batch
    assert same_rows(decode(encode(batch), Names()), batch)


def test_a_record_carries_only_the_words_of_its_own_rows(sender: Sender) -> None:
    names = Names()
    names.viewers.numbers(["a stranger"])
    assert b"stranger" not in encode(sender.batch(names=names))


def test_numbers_are_those_of_the_names_it_is_read_with(sender: Sender) -> None:
    names = Names()
    names.viewers.numbers(["first", "viewer-4", "third"])
    batch = decode(encode(sender.batch(3, viewer="viewer-4")), names)
    assert batch.viewer.tolist() == [2, 2, 2]


def test_ids_can_be_read_alone(sender: Sender) -> None:
    batch, names = sender.batch(9), Names()
    ids = decode_ids(encode(batch), names)
    assert (ids.id_high.tolist(), ids.id_low.tolist()) == (batch.id_high.tolist(), batch.id_low.tolist())
    assert [names.sources[number] for number in ids.source] == ["shop"] * 9
    assert len(names.viewers) == 1


def test_what_is_no_record_is_refused(sender: Sender) -> None:
    with pytest.raises(ValueError, match="truncated"):
        decode(encode(sender.batch())[:-1], Names())
    record = msgspec.msgpack.decode(encode(sender.batch()))
    with pytest.raises(ValueError, match=str(VERSION + 1)):
        decode(msgspec.msgpack.encode([VERSION + 1, *record[1:]]), Names())
    with pytest.raises(ValueError, match=str(VERSION + 1)):
        decode_ids(msgspec.msgpack.encode([VERSION + 1, *record[1:]]), Names())
