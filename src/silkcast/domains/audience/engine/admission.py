"""The door: the bytes of one request become signals, and each bad signal gets a code while the good ones pass.

Nearly every request is wholly good, so it is first read in one go, by types that hold only what is good. Where that
fails, each item is judged by itself; what passes is the same either way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import msgspec

from silkcast.domains.audience.engine.errors import BadName, BodyTooLarge, NotAnArray, TooManySignals

ITEMS_MAX = 5_000
BODY_BYTES_MAX = 1_000_000
NAME_CHARS_MAX = 64
TEXT_CHARS_MAX = 500
ID_CHARS = 36
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
    """What an order did to a show: a line bought, or money given back."""

    id: Id
    show_id: Name
    kind: FactWord
    at: At
    order_id: Name
    sku_id: Name
    amount_minor: Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MINOR_MAX)]
    units: Annotated[int, msgspec.Meta(ge=0, le=UNITS_MAX)] = 0
    viewer: Name | None = None


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
    items: list[Signal] | list[Fact]
    places: list[int]
    refused: list[Refusal] = field(default_factory=list)


_read_signals = msgspec.json.Decoder(list[Signal]).decode
_read_raw = msgspec.json.Decoder(list[msgspec.Raw]).decode
_read_any = msgspec.json.Decoder().decode


def read_signals(body: bytes, *, source: str, viewer: str | None, received_ms: int) -> Request:
    """Raises NotAnArray, TooManySignals, BodyTooLarge or BadName for the request as a whole."""
    if len(body) > BODY_BYTES_MAX:
        raise BodyTooLarge(bytes=len(body), most=BODY_BYTES_MAX)
    named = source if viewer is None else viewer
    if not source or len(source) > NAME_CHARS_MAX or not 0 < len(named) <= NAME_CHARS_MAX:
        raise BadName(name="viewer" if source else "source")
    try:
        items = _read_signals(body)
        good = _is_good(items, viewer)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        good = False
    if good and len(items) <= ITEMS_MAX:
        return Request(
            source=source, received_ms=received_ms, viewer=viewer, items=items, places=list(range(len(items)))
        )
    return _judge_each(_items_of(body), source=source, viewer=viewer, received_ms=received_ms)


def read_facts(items: object, *, source: str, received_ms: int) -> Request:
    """Facts come from a process of ours as plain values."""
    if not isinstance(items, list):
        raise NotAnArray
    if len(items) > ITEMS_MAX:
        raise TooManySignals(items=len(items), most=ITEMS_MAX)
    request = Request(source=source, received_ms=received_ms, viewer=None, items=[], places=[])
    for place, item in enumerate(items):
        code = _fact_fault(item)
        if code:
            request.refused.append(Refusal(place, code))
        else:
            request.items.append(msgspec.convert(item, Fact))  # type: ignore[arg-type]
            request.places.append(place)
    return request


def _is_good(items: list[Signal], viewer: str | None) -> bool:
    """What the types cannot say."""
    if viewer is None and not all([item.viewer for item in items]):
        return False
    if not all(_NAME.fullmatch(show) for show in {item.show_id for item in items}):
        return False
    return not any([item.kind == "comment" and not (item.text and item.text.strip()) for item in items])


def _items_of(body: bytes) -> list[Any]:
    try:
        raw = _read_raw(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise NotAnArray from None
    if len(raw) > ITEMS_MAX:
        raise TooManySignals(items=len(raw), most=ITEMS_MAX)
    return [_value(item) for item in raw]


def _value(raw: msgspec.Raw) -> Any:
    try:
        return _read_any(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None  # valid brackets around something that is no JSON: refused as an item


def _judge_each(values: Iterable[Any], *, source: str, viewer: str | None, received_ms: int) -> Request:
    request = Request(source=source, received_ms=received_ms, viewer=viewer, items=[], places=[])
    for place, value in enumerate(values):
        code = _signal_fault(value, viewer)
        if code:
            request.refused.append(Refusal(place, code))
        else:
            request.items.append(msgspec.convert(value, Signal))  # type: ignore[arg-type]
            request.places.append(place)
    return request


def _signal_fault(value: Any, viewer: str | None) -> str | None:
    """The code of the first fault, in the order in which a sender would mend them."""
    if not isinstance(value, dict):
        return "bad_item"
    text = value.get("text")
    checks = (
        ("bad_id", _is_text(value.get("id"), ID_CHARS, ID_CHARS)),
        ("bad_show", _is_text(value.get("show_id"), 1, NAME_CHARS_MAX) and _NAME.fullmatch(value["show_id"])),
        ("unknown_kind", _fits(value.get("kind"), SignalWord)),
        ("bad_time", _fits(value.get("at"), At)),
        ("missing_viewer", viewer is not None or value.get("viewer")),
        ("bad_viewer", _fits(value.get("viewer"), Name | None)),
        ("bad_sku", _fits(value.get("sku_id"), Name | None)),
        ("bad_text", text is None or isinstance(text, str)),
        ("text_too_long", text is None or len(text) <= TEXT_CHARS_MAX),
        ("missing_text", value.get("kind") != "comment" or (text and text.strip())),
    )
    return next((code for code, fine in checks if not fine), None)


def _fact_fault(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "bad_item"
    checks = (
        ("bad_id", _is_text(value.get("id"), ID_CHARS, ID_CHARS)),
        ("bad_show", _is_text(value.get("show_id"), 1, NAME_CHARS_MAX) and _NAME.fullmatch(value["show_id"])),
        ("unknown_kind", _fits(value.get("kind"), FactWord)),
        ("bad_time", _fits(value.get("at"), At)),
        ("bad_viewer", _fits(value.get("viewer"), Name | None)),
        ("bad_order", _fits(value.get("order_id"), Name)),
        ("bad_sku", _fits(value.get("sku_id"), Name)),
        ("bad_units", _fits(value.get("units", 0), Fact.__annotations__ and _Units)),
        ("bad_amount", _fits(value.get("amount_minor"), _Amount)),
    )
    return next((code for code, fine in checks if not fine), None)
