"""The door: the bytes of one request become signals, and each bad signal gets a code while the good ones pass.

Nearly every request is wholly good, so it is first read in one go, by types that hold only what is good. Where that
fails, each item is judged by itself; what passes is the same either way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from silkcast.domains.audience.engine.errors import BadName, BodyTooLarge, NotAnArray, TooManySignals
from silkcast.domains.audience.engine.kinds import FACT_WORDS, SIGNAL_WORDS
from silkcast.kernel.ids import id_from_parts

ITEMS_MAX = 5_000
BODY_BYTES_MAX = 1_000_000
NAME_CHARS_MAX = 64
SOURCE_CHARS_MAX = 200
TEXT_CHARS_MAX = 500
ID_CHARS = 36
FACT_ID_CHARS_MAX = 200
AT_MS_LEAST = 1_577_836_800_000  # 2020: nothing of ours is older
AT_MS_MOST = 253_402_300_799_999  # the last millisecond of year 9999
UNITS_MAX = 1_000_000
AMOUNT_MINOR_MAX = 10**15

_NAME = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARS_MAX)]
Id = Annotated[str, msgspec.Meta(min_length=ID_CHARS, max_length=ID_CHARS)]
At = Annotated[int, msgspec.Meta(ge=AT_MS_LEAST, le=AT_MS_MOST)]
SignalWord = Literal["enter", "heartbeat", "comment", "like", "share", "follow", "click", "cart", "leave"]
FactWord = Literal["buy", "refund"]


class Signal(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One thing a viewer did."""

    id: Id
    show_id: Name
    kind: SignalWord
    at: At
    viewer: Name | None = None
    sku_id: Name | None = None
    text: Annotated[str, msgspec.Meta(max_length=TEXT_CHARS_MAX)] | None = None


class Fact(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What an order did to a show: a line bought, or money given back. As it comes, and as it goes on: with the id of a
    signal and the time at which it counts."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=FACT_ID_CHARS_MAX)]
    show_id: Name
    kind: FactWord
    order_id: Name
    amount_minor: Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MINOR_MAX)]
    units: Annotated[int, msgspec.Meta(ge=0, le=UNITS_MAX)] = 0
    sku_id: Name | None = None
    viewer: Name | None = None
    at: At | None = msgspec.field(default=None, name="at_ms")


@dataclass(frozen=True, slots=True)
class Refusal:
    """`index` is the item's place in the request."""

    index: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What one request brought, on its way to a batch. `places` are the items' places in the request."""

    source: str
    received_ms: int
    viewer: str | None  # of all the signals; None where each names its own
    items: list[Signal | Fact]
    places: list[int]
    refused: list[Refusal]
    is_of_facts: bool = False


_read_signals = msgspec.json.Decoder(list[Signal]).decode
_read_signal = msgspec.json.Decoder(Signal).decode
_read_raw = msgspec.json.Decoder(list[msgspec.Raw]).decode
_read_any = msgspec.json.Decoder().decode
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def read_signals(body: bytes, *, source: str, viewer: str | None, received_ms: int) -> Request:
    """Raises NotAnArray, TooManySignals, BodyTooLarge or BadName for the request as a whole."""
    if len(body) > BODY_BYTES_MAX:
        raise BodyTooLarge(bytes=len(body), most=BODY_BYTES_MAX)
    if not _is_text(source, SOURCE_CHARS_MAX):
        raise BadName(part="source")
    if viewer is not None and not _is_text(viewer, NAME_CHARS_MAX):
        raise BadName(part="viewer")
    request = Request(source=source, received_ms=received_ms, viewer=viewer, items=[], places=[], refused=[])
    try:
        items = _read_signals(body)
    except _UNREADABLE:
        return _judge_each(body, request)
    if len(items) > ITEMS_MAX:
        raise TooManySignals(items=len(items), most=ITEMS_MAX)
    if not _are_all_whole(items, viewer):
        return _judge_each(body, request)
    request.items.extend(items)
    request.places.extend(range(len(items)))
    return request


def read_facts(values: object, *, source: str, received_ms: int) -> Request:
    """Facts come from a process of ours, as plain values. Their ids may be any words that a repeat has too."""
    if not isinstance(values, list):
        raise NotAnArray
    if len(values) > ITEMS_MAX:
        raise TooManySignals(items=len(values), most=ITEMS_MAX)
    request = Request(
        source=source, received_ms=received_ms, viewer=None, items=[], places=[], refused=[], is_of_facts=True
    )
    for place, value in enumerate(values):
        try:
            fact = msgspec.convert(value, Fact)
        except msgspec.ValidationError:
            request.refused.append(Refusal(place, _code_of(value, _FACT_RULES)))
        else:
            _admit(request, place, _named(fact, received_ms), None if _NAME.fullmatch(fact.show_id) else "bad_show")
    return request


def _named(fact: Fact, received_ms: int) -> Fact:
    """Its id by the rules for signals. A fact may be repeated at any time, so only what never changes goes into it."""
    digest = hashlib.blake2b(f"{fact.kind}\n{fact.id}".encode(), digest_size=10).digest()
    number = id_from_parts(fact.at or 0, int.from_bytes(digest) >> 6)
    return msgspec.structs.replace(fact, id=str(number), at=fact.at or received_ms)


def _are_all_whole(items: list[Signal], viewer: str | None) -> bool:
    """Says of all at once what `_fault` says of one."""
    if viewer is None and None in [item.viewer for item in items]:
        return False
    if not all(map(_NAME.fullmatch, {item.show_id for item in items})):
        return False
    return all(item.text and item.text.strip() for item in items if item.kind == "comment")


def _fault(item: Signal, viewer: str | None) -> str | None:
    """What the types cannot say."""
    if not _NAME.fullmatch(item.show_id):
        return "bad_show"
    if viewer is None and item.viewer is None:
        return "missing_viewer"
    if item.kind == "comment" and not (item.text and item.text.strip()):
        return "missing_text"
    return None


def _judge_each(body: bytes, request: Request) -> Request:
    try:
        raw_items = _read_raw(body)
    except _UNREADABLE:
        raise NotAnArray from None
    if len(raw_items) > ITEMS_MAX:
        raise TooManySignals(items=len(raw_items), most=ITEMS_MAX)
    for place, raw in enumerate(raw_items):
        try:
            signal = _read_signal(raw)
        except _UNREADABLE:
            request.refused.append(Refusal(place, _code_of(_plain(raw), _SIGNAL_RULES)))
        else:
            _admit(request, place, signal, _fault(signal, request.viewer))
    return request


def _admit(request: Request, place: int, item: Signal | Fact, fault: str | None) -> None:
    if fault:
        request.refused.append(Refusal(place, fault))
    else:
        request.items.append(item)
        request.places.append(place)


def _plain(raw: msgspec.Raw) -> object:
    try:
        value: object = _read_any(raw)
    except _UNREADABLE:
        return None
    return value


def _is_text(value: object, most: int, least: int = 1) -> bool:
    return isinstance(value, str) and least <= len(value) <= most


def _is_whole(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


_Rule = tuple[str, str, Callable[[object], bool]]
_SHARED_RULES: tuple[_Rule, ...] = (
    ("bad_show", "show_id", lambda value: isinstance(value, str) and bool(_NAME.fullmatch(value))),
    ("bad_viewer", "viewer", lambda value: value is None or _is_text(value, NAME_CHARS_MAX)),
    ("bad_sku", "sku_id", lambda value: value is None or _is_text(value, NAME_CHARS_MAX)),
)
_SIGNAL_RULES: tuple[_Rule, ...] = (
    ("bad_id", "id", lambda value: _is_text(value, ID_CHARS, ID_CHARS)),
    *_SHARED_RULES,
    ("unknown_kind", "kind", lambda value: isinstance(value, str) and value in SIGNAL_WORDS),
    ("bad_time", "at", lambda value: _is_whole(value, AT_MS_LEAST, AT_MS_MOST)),
    ("bad_text", "text", lambda value: value is None or isinstance(value, str)),
    ("text_too_long", "text", lambda value: value is None or _is_text(value, TEXT_CHARS_MAX, 0)),
)
_FACT_RULES: tuple[_Rule, ...] = (
    ("bad_id", "id", lambda value: _is_text(value, FACT_ID_CHARS_MAX)),
    *_SHARED_RULES,
    ("unknown_kind", "kind", lambda value: isinstance(value, str) and value in FACT_WORDS),
    ("bad_time", "at_ms", lambda value: value is None or _is_whole(value, AT_MS_LEAST, AT_MS_MOST)),
    ("bad_order", "order_id", lambda value: _is_text(value, NAME_CHARS_MAX)),
    ("bad_units", "units", lambda value: value is None or _is_whole(value, 0, UNITS_MAX)),
    ("bad_amount", "amount_minor", lambda value: _is_whole(value, 0, AMOUNT_MINOR_MAX)),
)


def _code_of(value: object, rules: Iterable[_Rule]) -> str:
    """The first rule that an item breaks; what breaks none of them is no item at all."""
    if isinstance(value, dict):
        for code, key, is_kept in rules:
            if not is_kept(value.get(key)):
                return code
    return "bad_item"
