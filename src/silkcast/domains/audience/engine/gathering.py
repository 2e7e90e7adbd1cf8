"""Many requests become one batch of columns, so that everything after costs by the batch and not by the signal."""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

import numpy as np

from silkcast.domains.audience.engine.admission import ID_CHARS, Request
from silkcast.domains.audience.engine.batch import U8, U32, U64, Batch, Mask, Names, Words
from silkcast.domains.audience.engine.faults import BAD_ID, CODES
from silkcast.domains.audience.engine.metrics import FUTURE_MS_MAX

_ID_BYTES, _ID_DIGITS = 16, 32
_DASHES_AT = (8, 13, 18, 23)


@dataclass(frozen=True, slots=True)
class Gathered:
    """`fault` says what is wrong with a row, so far whether its id is a true UUIDv7. `starts` is each request's first
    row, and the number of all rows at the end. Texts are still plain."""

    batch: Batch
    fault: U8
    starts: list[int]


def gather(requests: Sequence[Request], names: Names) -> Gathered:
    rows = [len(request) for request in requests]
    high, low, well_named = parse_ids("".join([request.ids for request in requests]))
    received_ms = np.repeat(np.array([request.received_ms for request in requests], np.int64), rows)
    stamps = np.frombuffer(b"".join([request.stamps for request in requests]), np.int64)
    starts = [0, *accumulate(rows)]
    facts = [fact for request in requests for fact in request.facts]
    batch = Batch(
        id_high=high,
        id_low=low,
        at_ms=np.minimum(stamps, received_ms + FUTURE_MS_MAX),
        received_ms=received_ms,
        kind=np.frombuffer(b"".join([request.kinds for request in requests]), np.uint8),
        source=np.repeat(names.sources.numbers([request.source for request in requests]), rows),
        show=_numbers(names.shows, [request.shows for request in requests], rows),
        viewer=_numbers(names.viewers, [request.viewers for request in requests], rows),
        sku=_sparse_numbers(names.skus, [request.skus for request in requests], starts),
        order=names.orders.numbers([fact.order_id for fact in facts]),
        units=np.array([fact.units for fact in facts], np.int64),
        amount_minor=np.array([fact.amount_minor for fact in facts], np.int64),
        texts=[text.encode() for request in requests for text in request.texts],
        names=names,
    )
    return Gathered(batch, np.where(well_named, 0, BAD_ID).astype(np.uint8), starts)


def _numbers(words: Words, parts: Sequence[list[str]], rows: Sequence[int]) -> U32:
    """A part has a word for each of its rows, or one for all of them."""
    if all(len(part) == 1 for part in parts):
        return np.repeat(words.numbers([part[0] for part in parts]), rows)
    full = [part if len(part) == count else part * count for part, count in zip(parts, rows, strict=True)]
    return words.numbers(list(chain.from_iterable(full)))


def _sparse_numbers(words: Words, parts: Sequence[dict[int, str]], starts: Sequence[int]) -> U32:
    found = np.zeros(starts[-1], np.uint32)
    rows = [start + row for part, start in zip(parts, starts, strict=False) for row in part]
    found[rows] = words.numbers([word for part in parts for word in part.values()])
    return found


def parse_ids(text: str) -> tuple[U64, U64, Mask]:
    """The two halves of each id, and whether it is a UUIDv7 as RFC 9562 writes it. Each has 36 characters."""
    raw = _all_bytes(text)
    if raw is None:
        single = [_all_bytes(text[start : start + ID_CHARS]) for start in range(0, len(text), ID_CHARS)]
        raw = b"".join(word or bytes(_ID_BYTES) for word in single)
    halves = np.frombuffer(raw, ">u8").reshape(-1, 2).astype(np.uint64)
    high, low = np.ascontiguousarray(halves[:, 0]), np.ascontiguousarray(halves[:, 1])
    is_version_7 = (high >> np.uint64(12) & np.uint64(0xF)) == 7
    is_rfc_variant = low >> np.uint64(62) == 0b10
    return high, low, is_version_7 & is_rfc_variant


def _all_bytes(text: str) -> bytes | None:
    """None unless every id is well written: dashes in their four places and nowhere else, and digits between them."""
    count = len(text) // ID_CHARS
    dashes = b"-" * count
    try:
        characters = text.encode("ascii")
        digits = characters.translate(None, b"-")
        if len(digits) != _ID_DIGITS * count or any(characters[place::ID_CHARS] != dashes for place in _DASHES_AT):
            return None
        return unhexlify(digits)
    except ValueError:
        return None


def outcome(gathered: Gathered, new: Mask) -> list[tuple[int, int, list[tuple[int, str]]]]:
    """For each request: how many signals were accepted, how many repeated, and which of its rows are refused, and why.

    `new` has a value for each row without a fault.
    """
    is_good = gathered.fault == 0
    accepted = np.zeros(len(gathered.batch), np.bool_)
    accepted[is_good] = new
    counts, goods = _sums(accepted, gathered.starts), _sums(is_good, gathered.starts)
    found = []
    for start, stop, count, good in zip(gathered.starts, gathered.starts[1:], counts, goods, strict=False):
        refused: list[tuple[int, str]] = []
        if good < stop - start:
            faults = enumerate(gathered.fault[start:stop].tolist())
            refused = [(row, CODES[fault]) for row, fault in faults if fault]
        found.append((count, good - count, refused))
    return found


def _sums(column: Mask, starts: list[int]) -> list[int]:
    """How many rows are true from each start to the next."""
    before = np.concatenate(([0], np.cumsum(column)))[starts]
    sums: list[int] = np.diff(before).tolist()
    return sums
