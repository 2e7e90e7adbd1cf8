"""Many requests become one batch of columns, so that everything after costs by the batch and not by the signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from silkcast.domains.audience.engine.admission import ID_CHARS, Fact, Request, Signal
from silkcast.domains.audience.engine.batch import U64, Batch, Mask, Names
from silkcast.domains.audience.engine.kinds import FACT_WORDS, SIGNAL_WORDS
from silkcast.domains.audience.engine.metrics import FUTURE_MS_MAX

_CODES = {word: int(kind) for word, kind in (SIGNAL_WORDS | FACT_WORDS).items()}
_ID_BYTES = 16
_DASHES_AT = (8, 13, 18, 23)


@dataclass(frozen=True, slots=True)
class Gathered:
    """`well_named` tells which rows carry a true UUIDv7; the others are refused. `starts` is each request's first row,
    and the number of all rows at the end. Texts are still plain."""

    batch: Batch
    well_named: Mask
    starts: list[int]


def gather(requests: Sequence[Request], names: Names) -> Gathered:
    items = list(chain.from_iterable(request.items for request in requests))
    rows = [len(request.items) for request in requests]
    high, low, well_named = parse_ids([item.id for item in items])
    received_ms = np.repeat(np.array([request.received_ms for request in requests], np.int64), rows)
    facts = [item for request in requests if request.is_of_facts for item in request.items if isinstance(item, Fact)]
    batch = Batch(
        id_high=high,
        id_low=low,
        at_ms=np.minimum(np.array([item.at for item in items], np.int64), received_ms + FUTURE_MS_MAX),
        received_ms=received_ms,
        kind=np.array([_CODES[item.kind] for item in items], np.uint8),
        source=np.repeat(names.sources.numbers([request.source for request in requests]), rows),
        show=names.shows.numbers([item.show_id for item in items]),
        viewer=names.viewers.numbers(list(chain.from_iterable(map(_viewers_of, requests)))),
        sku=names.skus.numbers([item.sku_id or "" for item in items]),
        order=names.orders.numbers([fact.order_id for fact in facts]),
        units=np.array([fact.units for fact in facts], np.int64),
        amount_minor=np.array([fact.amount_minor for fact in facts], np.int64),
        texts=[_text_of(item) for item in items if item.kind == "comment"],
        names=names,
    )
    return Gathered(batch, well_named, [0, *np.cumsum(rows, dtype=int).tolist()])


def _text_of(item: Signal | Fact) -> bytes:
    assert isinstance(item, Signal)
    assert item.text
    return item.text.encode()


def _viewers_of(request: Request) -> list[str]:
    if request.viewer is not None:
        return [request.viewer] * len(request.items)
    return [item.viewer or "" for item in request.items]


def parse_ids(ids: Sequence[str]) -> tuple[U64, U64, Mask]:
    """The two halves of each id, and whether it is a UUIDv7 as RFC 9562 writes it. Each is 36 characters long."""
    raw = _all_bytes(ids)
    if raw is None:
        single = [_all_bytes([word]) for word in ids]
        raw = b"".join(word or bytes(_ID_BYTES) for word in single)
    halves = np.frombuffer(raw, ">u8").reshape(-1, 2).astype(np.uint64)
    high, low = np.ascontiguousarray(halves[:, 0]), np.ascontiguousarray(halves[:, 1])
    is_version_7 = (high >> np.uint64(12) & np.uint64(0xF)) == 7
    is_rfc_variant = low >> np.uint64(62) == 0b10
    return high, low, is_version_7 & is_rfc_variant


def _all_bytes(ids: Sequence[str]) -> bytes | None:
    """None unless every id is well written: `fromhex` skips blanks and knows no dashes, so both are looked at here."""
    text = "".join(ids)
    if not text.isascii() or text.count("-") != 4 * len(ids):
        return None
    characters = np.frombuffer(text.encode(), np.uint8).reshape(-1, ID_CHARS)
    if not (characters[:, _DASHES_AT] == ord("-")).all():
        return None
    try:
        raw = bytes.fromhex(text.replace("-", ""))
    except ValueError:
        return None
    return raw if len(raw) == _ID_BYTES * len(ids) else None


def outcome(gathered: Gathered, new: Mask) -> list[tuple[int, int, list[int]]]:
    """For each request: how many signals were accepted, how many repeated, and which of its rows are badly named.

    `new` has a value for each well-named row.
    """
    accepted = np.zeros(len(gathered.batch), np.int64)
    accepted[gathered.well_named] = new
    accepted_before = [0, *np.cumsum(accepted).tolist()]
    named_before = [0, *np.cumsum(gathered.well_named).tolist()]
    found = []
    for start, stop in zip(gathered.starts, gathered.starts[1:], strict=False):
        count = accepted_before[stop] - accepted_before[start]
        named = named_before[stop] - named_before[start]
        bad = [] if named == stop - start else (~gathered.well_named[start:stop]).nonzero()[0].tolist()
        found.append((count, named - count, bad))
    return found
