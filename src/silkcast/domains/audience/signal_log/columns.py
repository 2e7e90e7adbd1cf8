"""One record of the log: a batch as plain column buffers in a msgpack frame.

A record stands alone. It carries the words that its own rows use, so each can be read without those before it.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from silkcast.domains.audience.engine.airtime import as_counted
from silkcast.domains.audience.engine.batch import U32, Batch, Ids, Names, Words, ranked

VERSION = 1
_WIDE = ("<u8", "<u8", "<i8", "<i8", "|u1")  # high, low, at, received, kind


class _Record(msgspec.Struct, array_like=True):
    """`wide` holds one buffer for each of `_WIDE`; a word column's buffer is as narrow as its words allow."""

    version: int
    rows: int
    wide: list[bytes]
    words: list[list[str]]  # sources, shows, viewers, skus, orders
    numbers: list[bytes]  # their columns, each number a place in its words
    units: bytes
    amount_minor: bytes
    texts: list[bytes]


class _Named(msgspec.Struct, array_like=True):
    """The beginning of a record, with the words left unread: most of the work of reading is in them."""

    version: int
    rows: int
    wide: list[bytes]
    words: list[msgspec.Raw]
    numbers: list[bytes]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Record).decode
_decode_named = msgspec.msgpack.Decoder(_Named).decode
_decode_words = msgspec.msgpack.Decoder(list[str]).decode


def encode(batch: Batch) -> bytes:
    names = batch.names
    columns = [
        _local(column, words)
        for column, words in (
            (batch.source, names.sources),
            (batch.show, names.shows),
            (batch.viewer, names.viewers),
            (batch.sku, names.skus),
            (batch.order, names.orders),
        )
    ]
    wide: tuple[NDArray[Any], ...] = (batch.id_high, batch.id_low, batch.at_ms, batch.received_ms, batch.kind)
    return _encode(
        _Record(
            version=VERSION,
            rows=len(batch),
            wide=[column.astype(kind, copy=False).tobytes() for column, kind in zip(wide, _WIDE, strict=True)],
            words=[words for words, _ in columns],
            numbers=[numbers for _, numbers in columns],
            units=batch.units.astype("<i8", copy=False).tobytes(),
            amount_minor=batch.amount_minor.astype("<i8", copy=False).tobytes(),
            texts=list(batch.texts),
        )
    )


def decode(payload: bytes, names: Names) -> Batch:
    """The batch again, in numbers of `names`, its stamps as they are counted. Raises ValueError for no record."""
    try:
        record = _decode(payload)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    if record.version != VERSION:
        raise ValueError(record.version)
    high, low, at_ms, received_ms, kind = (
        np.frombuffer(raw, form) for raw, form in zip(record.wide, _WIDE, strict=True)
    )
    every = (names.sources, names.shows, names.viewers, names.skus, names.orders)
    source, show, viewer, sku, order = (
        words.numbers(local)[_read_narrow(raw, len(local))]
        for words, local, raw in zip(every, record.words, record.numbers, strict=True)
    )
    batch = Batch(
        id_high=high,
        id_low=low,
        at_ms=at_ms,
        received_ms=received_ms,
        kind=kind,
        source=source,
        show=show,
        viewer=viewer,
        sku=sku,
        order=order,
        units=np.frombuffer(record.units, "<i8"),
        amount_minor=np.frombuffer(record.amount_minor, "<i8"),
        texts=record.texts,
        names=names,
    )
    return as_counted(batch)


def decode_ids(payload: bytes, names: Names) -> Ids:
    """Only what tells rows apart, many times quicker than all of it."""
    try:
        record = _decode_named(payload)
        sources = _decode_words(record.words[0])
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    if record.version != VERSION:
        raise ValueError(record.version)
    return Ids(
        id_high=np.frombuffer(record.wide[0], _WIDE[0]),
        id_low=np.frombuffer(record.wide[1], _WIDE[1]),
        source=names.sources.numbers(sources)[_read_narrow(record.numbers[0], len(sources))],
    )


def _local(column: U32, words: Words) -> tuple[list[str], bytes]:
    """The words that a column uses, and the column as places among them."""
    used, places = ranked(column)
    return words.of(used.tolist()), places.astype(_narrow(used.shape[0])).tobytes()


def _narrow(words: int) -> str:
    return "|u1" if words <= 1 << 8 else "<u2" if words <= 1 << 16 else "<u4"


def _read_narrow(raw: bytes, words: int) -> NDArray[Any]:
    return np.frombuffer(raw, _narrow(words))
