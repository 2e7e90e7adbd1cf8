"""The door: the bytes of one request become signals, and each bad signal gets a code while the good ones pass.

Nearly every request is wholly good, so it is first read in one go, by types that hold only what is good. Where that
fails, each item is judged by itself; what passes is the same either way.

Reading takes no more than `msgspec`, so the process that meets the request may do it, and hand on a `Request`.

A sender may say when it sent, by its own clock. Where that clock is off, the stamps of its signals are set right here,
before anything is logged: from then on everyone, the recount included, reads the same time and needs no clock.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Literal, TypeGuard

import msgspec

from silkcast.domains.audience.engine.errors import BadName, BadSentAt, BodyTooLarge, NotAnArray, TooManySignals
from silkcast.domains.audience.engine.kinds import FACT_WORDS, SIGNAL_WORDS, Kind
from silkcast.kernel.ids import id_from_parts
from silkcast.kernel.signs import shows as is_seen

ITEMS_MAX = 5_000
SHOWS_MAX = 64
BODY_BYTES_MAX = 1_000_000
NAME_CHARS_MAX = 64
SOURCE_CHARS_MAX = 200
TEXT_CHARS_MAX = 500
ID_CHARS = 36
FACT_ID_CHARS_MAX = 200
AT_MS_LEAST = 1_577_836_800_000  # 2020: nothing of ours is older
AT_MS_MOST = 253_402_300_799_999  # the last millisecond of year 9999
SKEW_MS_LEAST = 2_000  # less between sending and receipt is rather the road: on a poor link a request takes as long
UNITS_MAX = 1_000_000
AMOUNT_MINOR_MAX = 10**15

NUL_WRITTEN = rb"\u0000"  # the only way to write one in JSON; more than some databases keep

# An escape, of half a character where it is alone: the group.
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u([dD][89a-fA-F]..)|.)", re.DOTALL)
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
    """What an order did to a show: a line bought, or money given back. Without its own time it counts when it came."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=FACT_ID_CHARS_MAX)]
    show_id: Name
    kind: FactWord
    order_id: Name
    amount_minor: Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MINOR_MAX)]
    units: Annotated[int, msgspec.Meta(ge=0, le=UNITS_MAX)] = 0
    sku_id: Name | None = None
    viewer: Name | None = None
    at: At | None = msgspec.field(default=None, name="at_ms")


class _Sending(msgspec.Struct, frozen=True, gc=False):
    """Signals with the time at which they were sent, by the sender's clock."""

    signals: list[Signal]
    sent_at: At | None = None


class _RawSending(msgspec.Struct, frozen=True, gc=False):
    signals: list[msgspec.Raw]
    sent_at: object = None


class _Kinded(msgspec.Struct, frozen=True, gc=False):
    kind: object = None


class Refusal(msgspec.Struct, frozen=True):
    """`index` is the item's place in the request."""

    index: int
    code: str


class Request(msgspec.Struct, array_like=True, kw_only=True):
    """What one request brought, on its way to a batch, as columns of the items that passed.

    `ids` are all of their ids in one text, `kinds` a byte for each, `stamps` eight of them: milliseconds, as this
    machine writes integers. `shows` and `viewers` have a word for each, or one that is the same for all; `skus` stand
    by row, where there is one, and texts where there is a comment. `places` are the items' places in the request, left
    out where nothing was refused. Objects of our own for each signal end here: they cost more than all the rest.
    """

    source: str
    received_ms: int
    ids: str = ""
    kinds: bytes = b""
    stamps: bytes = b""
    shows: list[str] = []
    viewers: list[str] = []
    skus: dict[int, str] = {}
    texts: list[str] = []
    facts: list[Fact] = []
    places: list[int] = []
    refused: list[Refusal] = []

    def __len__(self) -> int:
        return len(self.kinds)

    def counts(self) -> tuple[int, int]:
        """As `count_items` says of a request's bytes."""
        return len(self.kinds), self.kinds.count(Kind.COMMENT)


_KINDS = {word: int(kind) for word, kind in (SIGNAL_WORDS | FACT_WORDS).items()}
_read_signals = msgspec.json.Decoder(list[Signal] | _Sending).decode
_read_signal = msgspec.json.Decoder(Signal).decode
_read_raw = msgspec.json.Decoder(list[msgspec.Raw] | _RawSending).decode
_read_kinded = msgspec.json.Decoder(_Kinded).decode
_read_any = msgspec.json.Decoder().decode
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def read_signals(body: bytes, *, source: str, viewer: str | None, received_ms: int, show: str | None = None) -> Request:
    """Raises NotAnArray, TooManySignals, BodyTooLarge, BadSentAt or BadName for the request as a whole.

    With `viewer` every signal is that viewer's; without, each names its own. With `show` each has to name that one: a
    stranger may not fill the memory with shows that there never were.
    """
    if len(body) > BODY_BYTES_MAX:
        raise BodyTooLarge(bytes=len(body), most=BODY_BYTES_MAX)
    if not _is_text(source, SOURCE_CHARS_MAX):
        raise BadName(part="source")
    if viewer is not None and not _is_text(viewer, NAME_CHARS_MAX):
        raise BadName(part="viewer")
    whole = read_good(body, source=source, viewer=viewer, received_ms=received_ms, show=show)
    return whole or _judge_each(body, Request(source=source, received_ms=received_ms), viewer, show)


def read_good(
    body: bytes, *, source: str, viewer: str | None, received_ms: int, show: str | None = None
) -> Request | None:
    """The signals of a request that is wholly good, in one go; None where `read_signals` would have to say more."""
    if len(body) > BODY_BYTES_MAX or (b"\\" in body and NUL_WRITTEN in body):
        return None
    try:
        found = _read_signals(body)
    except _UNREADABLE:
        return None
    items, skew_ms = (found, 0) if isinstance(found, list) else (found.signals, _skew_ms(found.sent_at, received_ms))
    if not 0 < len(items) <= ITEMS_MAX or (skew_ms and min(item.at for item in items) + skew_ms < AT_MS_LEAST):
        return None
    request = Request(source=source, received_ms=received_ms)
    _take_in(request, items, viewer, skew_ms)
    is_of_show = len(set(request.shows)) <= SHOWS_MAX if show is None else request.shows == [show]
    return request if is_of_show and _says_enough(request) else None


def count_items(body: bytes) -> tuple[int, int]:
    """How many items a request has, good or bad, and how many of them are comments; none where it is no request.
    Past ITEMS_MAX, where all of them are refused, nobody looks for comments."""
    try:
        raw_items = _raw(body)[0]
    except NotAnArray:
        return 0, 0
    return len(raw_items), sum(map(_is_comment, raw_items)) if len(raw_items) <= ITEMS_MAX else 0


def _is_comment(raw: msgspec.Raw) -> bool:
    try:
        return _read_kinded(raw).kind == "comment"
    except _UNREADABLE:
        return False


def _skew_ms(sent_at: int | None, received_ms: int) -> int:
    """How far the sender's clock is behind ours; 0 while it may be right."""
    skew_ms = 0 if sent_at is None else received_ms - sent_at
    return skew_ms if abs(skew_ms) > SKEW_MS_LEAST else 0


def _take_in(request: Request, items: Sequence[Signal], viewer: str | None, skew_ms: int) -> None:
    request.ids = "".join([item.id for item in items])
    request.kinds = bytes([_KINDS[item.kind] for item in items])
    request.stamps = _packed([item.at + skew_ms for item in items] if skew_ms else [item.at for item in items])
    shows = [item.show_id for item in items]
    different = set(shows)
    request.shows = [*different] if len(different) == 1 else shows
    request.viewers = [viewer] if viewer is not None else [item.viewer or "" for item in items]
    request.skus = {row: item.sku_id for row, item in enumerate(items) if item.sku_id is not None}
    if Kind.COMMENT in request.kinds:
        request.texts = [item.text or "" for item in items if item.kind == "comment"]


def _packed(stamps: Sequence[int]) -> bytes:
    return struct.pack(f"{len(stamps)}q", *stamps)


def _says_enough(request: Request) -> bool:
    """Says of all at once what `_fault` says of one."""
    return (
        all(map(_NAME.fullmatch, set(request.shows))) and "" not in request.viewers and all(map(is_seen, request.texts))
    )


def read_facts(values: object, *, source: str, received_ms: int) -> Request:
    """Facts come from a process of ours, as plain values. Their ids may be any words that a repeat has too."""
    if not isinstance(values, list):
        raise NotAnArray
    if len(values) > ITEMS_MAX:
        raise TooManySignals(items=len(values), most=ITEMS_MAX)
    request = Request(source=source, received_ms=received_ms)
    for place, value in enumerate(values):
        try:
            fact = msgspec.convert(value, Fact)
        except msgspec.ValidationError:
            request.refused.append(Refusal(place, _code_of(value, _FACT_RULES)))
        else:
            if _NAME.fullmatch(fact.show_id):
                request.facts.append(fact)
                request.places.append(place)
            else:
                request.refused.append(Refusal(place, "bad_show"))
    facts = request.facts
    request.ids = "".join(map(_id_of, facts))
    request.kinds = bytes([_KINDS[fact.kind] for fact in facts])
    request.stamps = _packed([fact.at or received_ms for fact in facts])
    request.shows = [fact.show_id for fact in facts]
    request.viewers = [fact.viewer or "" for fact in facts]
    request.skus = {row: fact.sku_id for row, fact in enumerate(facts) if fact.sku_id is not None}
    return request


def _id_of(fact: Fact) -> str:
    """By the rules for signals. A fact may be repeated at any time, so only what never changes goes into it."""
    digest = hashlib.blake2b(f"{fact.kind}\n{fact.id}".encode(), digest_size=10).digest()
    return str(id_from_parts(fact.at or 0, int.from_bytes(digest) >> 6))


def _fault(item: Signal, viewer: str | None, show: str | None, skew_ms: int) -> str | None:
    """What the types cannot say."""
    if not _NAME.fullmatch(item.show_id):
        return "bad_show"
    if show is not None and item.show_id != show:
        return "other_show"
    for code, said in (("bad_viewer", item.viewer), ("bad_sku", item.sku_id), ("bad_text", item.text)):
        if said is not None and "\0" in said:
            return code
    if viewer is None and item.viewer is None:
        return "missing_viewer"
    if item.kind == "comment" and not is_seen(item.text or ""):
        return "missing_text"
    if item.at + skew_ms < AT_MS_LEAST:
        return "bad_time"
    return None


def _one_too_many(show: str, shows: set[str]) -> str | None:
    """`shows` are those before it, and it from now on."""
    if len(shows) == SHOWS_MAX and show not in shows:
        return "too_many_shows"
    shows.add(show)
    return None


def _judge_each(body: bytes, request: Request, viewer: str | None, show: str | None) -> Request:
    raw_items, sent_at = _raw(body)
    if len(raw_items) > ITEMS_MAX:
        raise TooManySignals(items=len(raw_items), most=ITEMS_MAX)
    if sent_at is not None and not _is_whole(sent_at, AT_MS_LEAST, AT_MS_MOST):
        raise BadSentAt(least_ms=AT_MS_LEAST, most_ms=AT_MS_MOST)
    skew_ms = _skew_ms(sent_at, request.received_ms)
    items: list[Signal] = []
    shows: set[str] = set()
    for place, raw in enumerate(raw_items):
        try:
            signal = _read_signal(raw)
        except _UNREADABLE:
            request.refused.append(Refusal(place, _code_of(_plain(raw), _SIGNAL_RULES)))
        else:
            fault = _fault(signal, viewer, show, skew_ms) or _one_too_many(signal.show_id, shows)
            if fault:
                request.refused.append(Refusal(place, fault))
            else:
                items.append(signal)
                request.places.append(place)
    if not request.refused:
        request.places = []
    if items:
        _take_in(request, items, viewer, skew_ms)
    return request


def _raw(body: bytes) -> tuple[list[msgspec.Raw], object]:
    """Each item as it came, and when they were sent."""
    try:
        found = _read_raw(body)
    except _UNREADABLE:
        found = _read_broken(body)
    return (found, None) if isinstance(found, list) else (found.signals, found.sent_at)


def _read_broken(body: bytes) -> list[msgspec.Raw] | _RawSending:
    """Half a character is no text, and its item alone is refused for it: it is read as a NUL, which is none either."""
    try:
        found: list[msgspec.Raw] | _RawSending = _read_raw(
            _ESCAPE.sub(lambda sign: NUL_WRITTEN if sign[1] else sign[0], body)
        )
    except _UNREADABLE:
        raise NotAnArray from None
    return found


def _plain(raw: msgspec.Raw) -> object:
    try:
        value: object = _read_any(raw)
    except _UNREADABLE:
        return None
    return value


def _is_text(value: object, most: int, least: int = 1) -> bool:
    return isinstance(value, str) and least <= len(value) <= most


def _is_whole(value: object, least: int, most: int) -> TypeGuard[int]:
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
