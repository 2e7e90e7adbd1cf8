from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silkcast.domains.audience.engine import admission
from silkcast.domains.audience.engine.admission import Refusal, Request, read_facts, read_good, read_signals
from silkcast.domains.audience.engine.errors import BadName, BadSentAt, BodyTooLarge, NotAnArray, TooManySignals
from silkcast.domains.audience.engine.kinds import Kind
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.ids import id_from_parts

NOON_MS = 1_790_000_040_000
GOOD: dict[str, Any] = {
    "id": "01a0c1f2-3b4c-7d5e-8f60-718293a4b5c6",
    "show_id": "0197e3a0-0000-7000-8000-000000000001",
    "kind": "like",
    "at": NOON_MS,
    "viewer": "ann",
}


def read(items: object, *, viewer: str | None = None) -> Request:
    return read_signals(msgspec.json.encode(items), source="partner", viewer=viewer, received_ms=NOON_MS)


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name != key}


BAD_ITEMS: list[tuple[str, object]] = [
    ("bad_item", None),
    ("bad_item", 7),
    ("bad_item", []),
    ("bad_id", without("id")),
    ("bad_id", GOOD | {"id": "short"}),
    ("bad_id", GOOD | {"id": 5}),
    ("bad_show", without("show_id")),
    ("bad_show", GOOD | {"show_id": ""}),
    ("bad_show", GOOD | {"show_id": "../../etc"}),
    ("bad_show", GOOD | {"show_id": "a" * 65}),
    ("unknown_kind", without("kind")),
    ("unknown_kind", GOOD | {"kind": "buy"}),
    ("unknown_kind", GOOD | {"kind": ["like"]}),
    ("bad_time", without("at")),
    ("bad_time", GOOD | {"at": -1}),
    ("bad_time", GOOD | {"at": 10**30}),
    ("bad_time", GOOD | {"at": 1.5}),
    ("bad_time", GOOD | {"at": True}),
    ("bad_time", GOOD | {"at": "2026-01-01"}),
    ("missing_viewer", without("viewer")),
    ("missing_viewer", GOOD | {"viewer": None}),
    ("bad_viewer", GOOD | {"viewer": ""}),
    ("bad_viewer", GOOD | {"viewer": "v" * 65}),
    ("bad_sku", GOOD | {"sku_id": ""}),
    ("bad_text", GOOD | {"text": 5}),
    ("text_too_long", GOOD | {"kind": "comment", "text": "长" * 501}),
    ("missing_text", GOOD | {"kind": "comment"}),
    ("missing_text", GOOD | {"kind": "comment", "text": "  "}),
    *(
        ("missing_text", GOOD | {"kind": "comment", "text": text})
        for text in ("\u200b", "\u3164 \ufe0f", "\u2800\u00ad")
    ),
    ("bad_text", GOOD | {"kind": "comment", "text": "a\0b"}),
    ("bad_text", GOOD | {"text": "\0"}),
    ("bad_viewer", GOOD | {"viewer": "a\0"}),
    ("bad_sku", GOOD | {"sku_id": "\0"}),
    ("bad_show", GOOD | {"show_id": "\0"}),
]


@pytest.mark.parametrize(("code", "item"), BAD_ITEMS)
def test_a_bad_item_is_refused_by_its_code_and_the_others_pass(code: str, item: object) -> None:
    request = read([GOOD, item, GOOD])
    assert request.refused == [Refusal(1, code)]
    assert request.places == [0, 2]
    assert len(request) == 2


@pytest.mark.parametrize("half", [rb"\ud800", rb"\uDFFF a", rb"\udc00\ud800", rb"\\\ud83d\\"])
def test_half_a_character_refuses_its_own_signal_only(half: bytes) -> None:
    good = msgspec.json.encode(GOOD)
    whole = good[:-1] + rb', "kind": "comment", "text": "\ud83d\ude00 \\ud800"}'
    body = b"[" + b",".join([good, good[:-1] + b', "kind": "comment", "text": "%b"}' % half, whole]) + b"]"
    request = read_signals(body, source="partner", viewer=None, received_ms=NOON_MS)
    assert request.refused == [Refusal(1, "bad_text")]
    assert request.texts == ["😀 \\ud800"]


def test_a_good_request_passes_whole() -> None:
    comment = GOOD | {"kind": "comment", "text": "长" * 500, "something": "new"}
    request = read([GOOD, comment, GOOD | {"kind": "cart", "sku_id": "scarf"}])
    assert (request.refused, request.places) == ([], [])
    assert list(request.kinds) == [Kind.LIKE, Kind.COMMENT, Kind.CART]
    assert (request.texts, request.skus) == (["长" * 500], {2: "scarf"})


def test_with_a_viewer_token_the_items_need_no_viewer() -> None:
    request = read([without("viewer")], viewer="ann")
    assert (request.refused, request.viewers) == ([], ["ann"])


@pytest.mark.parametrize("others", [[], [GOOD]], ids=["alone", "beside a good one"])
def test_a_token_of_one_show_tells_nothing_of_another(others: list[dict[str, Any]]) -> None:
    body = msgspec.json.encode([*others, GOOD | {"show_id": "made-up"}])
    said: dict[str, Any] = {"source": "shop", "viewer": "ann", "received_ms": NOON_MS, "show": GOOD["show_id"]}
    assert read_good(body, **said) is None
    request = read_signals(body, **said)
    assert (request.refused, len(request)) == ([Refusal(len(others), "other_show")], len(others))
    assert read_good(msgspec.json.encode([GOOD]), **said) is not None


def test_nothing_in_an_empty_array_is_nothing_accepted() -> None:
    assert len(read([])) == 0


@pytest.mark.parametrize(
    ("error", "body"),
    [
        (NotAnArray, b""),
        (NotAnArray, b"{}"),
        (NotAnArray, b"[1"),
        (NotAnArray, b"[nan]"),
        (NotAnArray, b"\xff\xfe"),
        (NotAnArray, b"[" * 200_000),
        (BodyTooLarge, b" " * 1_000_001),
        (TooManySignals, b"[" + b",".join([b"0"] * 5_001) + b"]"),
        (TooManySignals, msgspec.json.encode([GOOD | {"id": ""}] * 5_001)),
    ],
)
def test_what_is_no_array_of_signals_is_refused_whole(error: type[SilkcastError], body: bytes) -> None:
    with pytest.raises(error):
        read_signals(body, source="partner", viewer="ann", received_ms=NOON_MS)


@pytest.mark.parametrize(
    ("source", "viewer"), [("", "ann"), ("s" * 201, "ann"), ("partner", ""), ("partner", "v" * 65)]
)
def test_a_sender_without_a_usable_name_is_refused_whole(source: str, viewer: str) -> None:
    with pytest.raises(BadName):
        read_signals(b"[]", source=source, viewer=viewer, received_ms=NOON_MS)


def test_reading_at_once_leaves_what_is_too_long_to_who_says_so() -> None:
    body = msgspec.json.encode([GOOD])
    said: dict[str, Any] = {"source": "partner", "viewer": None, "received_ms": NOON_MS}
    assert read_good(body + b" " * (1_000_000 - len(body)), **said) is not None
    assert read_good(body + b" " * (1_000_001 - len(body)), **said) is None
    assert read_good(b"[]", **said) is None


def stamps_of(request: Request) -> list[int]:
    return np.frombuffer(request.stamps, np.int64).tolist()  # type: ignore[no-any-return]


def send(items: object, sent_at: object, **more: object) -> Request:
    body = msgspec.json.encode({"sent_at": sent_at, "signals": items, **more})
    return read_signals(body, source="partner", viewer=None, received_ms=NOON_MS)


@pytest.mark.parametrize(
    ("off_ms", "shift_ms"),
    [(0, 0), (2_000, 0), (-2_000, 0), (2_001, -2_001), (-2_001, 2_001), (-86_400_000, 86_400_000)],
)
def test_stamps_of_a_clock_that_is_off_are_set_right_and_others_stay(off_ms: int, shift_ms: int) -> None:
    """`off_ms`: how far the sender's clock goes before ours. The signals are nine and five seconds old."""
    sent_at = NOON_MS + off_ms
    items = [GOOD | {"at": sent_at - 9_000}, GOOD | {"at": sent_at - 5_000}]
    request = send(items, sent_at, device="phone")
    assert stamps_of(request) == [sent_at - 9_000 + shift_ms, sent_at - 5_000 + shift_ms]
    assert request.refused == []


def test_without_a_time_of_sending_stamps_stay_as_they_came() -> None:
    items = [GOOD | {"at": NOON_MS - 86_400_000}]
    assert stamps_of(read(items)) == stamps_of(send(items, None)) == [NOON_MS - 86_400_000]


@pytest.mark.parametrize("sent_at", [0, -1, 1_577_836_799_999, 253_402_300_800_000, 10**30, 1.5, True, "now", []])
def test_an_absurd_time_of_sending_refuses_the_request(sent_at: object) -> None:
    with pytest.raises(BadSentAt):
        send([GOOD], sent_at)


def test_a_stamp_that_setting_right_makes_absurd_is_refused_alone() -> None:
    sent_at = NOON_MS + 10 * 365 * 86_400_000
    request = send([GOOD | {"at": sent_at - 1_000}, GOOD], sent_at)
    assert (stamps_of(request), request.refused) == ([NOON_MS - 1_000], [Refusal(1, "bad_time")])


@pytest.mark.parametrize("body", [{"sent_at": NOON_MS}, {"sent_at": NOON_MS, "signals": {}}, {"signals": None}])
def test_an_object_without_signals_is_refused_whole(body: object) -> None:
    with pytest.raises(NotAnArray):
        read_signals(msgspec.json.encode(body), source="partner", viewer="ann", received_ms=NOON_MS)


maybe = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=4), st.just("x" * 600)
)
item = st.builds(
    lambda base, changes, dropped: {key: value for key, value in (base | changes).items() if key not in dropped},
    st.just(GOOD),
    st.dictionaries(st.sampled_from([*GOOD, "text", "sku_id"]), maybe, max_size=2)
    | st.just({"kind": "comment", "text": "how much?"}),
    st.sets(st.sampled_from([*GOOD]), max_size=1),
)


@settings(max_examples=300)
@given(
    items=st.lists(item, max_size=3),
    viewer=st.sampled_from([None, "ann"]),
    show=st.sampled_from([None, GOOD["show_id"], "made-up"]),
    sent_at=st.sampled_from([None, NOON_MS, NOON_MS - 86_400_000, NOON_MS + 10 * 365 * 86_400_000]),
)
def test_reading_at_once_admits_what_judging_each_would(
    items: list[dict[str, Any]], viewer: str | None, show: str | None, sent_at: int | None
) -> None:
    body = msgspec.json.encode({"signals": items, "sent_at": sent_at} if sent_at else items)
    together = read_signals(body, source="partner", viewer=viewer, received_ms=NOON_MS, show=show)
    alone = admission._judge_each(body, Request(source="partner", received_ms=NOON_MS), viewer, show)
    assert together == alone
    assert len(together) + len(together.refused) == len(items)


FACT: dict[str, Any] = {
    "id": "order-1:scarf",
    "kind": "buy",
    "show_id": "evening",
    "viewer": "ann",
    "order_id": "order-1",
    "sku_id": "scarf",
    "units": 2,
    "amount_minor": 7_800,
}


def test_a_repeated_fact_has_the_same_id_whenever_it_comes() -> None:
    first, later = (read_facts([FACT], source="orders", received_ms=NOON_MS + late) for late in (0, 10**9))
    assert first.ids == later.ids
    assert [stamps_of(request) for request in (first, later)] == [[NOON_MS], [NOON_MS + 10**9]]


def test_a_fact_with_its_own_time_counts_at_it_and_lives_there() -> None:
    request = read_facts([FACT | {"at_ms": NOON_MS}], source="orders", received_ms=NOON_MS + 999_999)
    assert stamps_of(request) == [NOON_MS]
    assert request.ids[:13] == str(id_from_parts(NOON_MS, 0))[:13]


def test_a_refund_may_bear_the_words_of_a_purchase() -> None:
    request = read_facts([FACT, FACT | {"kind": "refund"}], source="orders", received_ms=NOON_MS)
    assert request.ids[:36] != request.ids[36:]


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("bad_id", {"id": ""}),
        ("bad_show", {"show_id": "a/b"}),
        ("bad_show", {"show_id": None}),
        ("unknown_kind", {"kind": "like"}),
        ("bad_time", {"at_ms": 0}),
        ("bad_viewer", {"viewer": ""}),
        ("bad_sku", {"sku_id": 5}),
        ("bad_order", {"order_id": None}),
        ("bad_units", {"units": -1}),
        ("bad_amount", {"amount_minor": 1.5}),
        ("bad_amount", {"amount_minor": -1}),
    ],
)
def test_a_bad_fact_is_refused_by_its_code(code: str, change: dict[str, Any]) -> None:
    request = read_facts([FACT | change, FACT], source="orders", received_ms=NOON_MS)
    assert request.refused == [Refusal(0, code)]
    assert [fact.order_id for fact in request.facts] == ["order-1"]


def test_facts_that_are_no_list_are_refused_whole() -> None:
    with pytest.raises(NotAnArray):
        read_facts({"facts": []}, source="orders", received_ms=NOON_MS)
    with pytest.raises(TooManySignals):
        read_facts([FACT] * 5_001, source="orders", received_ms=NOON_MS)
