"""AMF0: exact bytes both ways, and nothing but AmfError for what is not AMF0."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkcast.media.rtmp import amf0
from silkcast.media.rtmp.amf0 import AmfValue, EcmaArray
from silkcast.media.rtmp.errors import AmfError

BOTH_WAYS: list[tuple[str, AmfValue]] = [
    ("00 3ff0000000000000", 1.0),
    ("00 c000000000000000", -2.0),
    ("01 01", True),
    ("01 00", False),
    ("02 0000", ""),
    ("02 0004 6c697665", "live"),
    ("02 0006 e4b89de7bbb8", "丝绸"),
    ("05", None),
    ("03 000009", {}),
    ("03 0003 617070 02 0004 6c697665 000009", {"app": "live"}),
    ("08 00000001 0005 7769647468 00 4094000000000000 000009", EcmaArray(width=1280.0)),
    ("0a 00000002 00 3ff0000000000000 05", [1.0, None]),
    ("03 0001 61 03 0001 62 01 01 000009 000009", {"a": {"b": True}}),
]

ONLY_READ: list[tuple[str, AmfValue]] = [
    ("06", None),
    ("0d", None),
    ("07 0001", None),
    ("0b 4277000000000000 0000", 1_580_547_964_928.0),
    ("0c 00000002 6869", "hi"),
    ("0f 00000004 3c612f3e", "<a/>"),
    ("10 0003 436174 0001 6e 05 000009", {"n": None}),
    ("08 00000000 0001 6e 05 000009", EcmaArray(n=None)),
]

UNREADABLE = [
    "00 3ff0",  # a number cut off
    "02 0004 6c69",  # a string cut off
    "0c ffffffff 00",
    "03 0001 61 05",  # an object without an end
    "03 0000 05",  # an empty name that is not the end
    "0a ffffffff 05",  # more elements than there are bytes
    "0a 00000001 11",  # AMF3 within
    "ff",
]


@pytest.mark.parametrize(("written", "value"), BOTH_WAYS)
def test_a_value_has_exactly_these_bytes(written: str, value: AmfValue) -> None:
    assert amf0.encode(value) == bytes.fromhex(written)
    assert amf0.decode(bytes.fromhex(written)) == [value]
    assert type(amf0.decode(bytes.fromhex(written))[0]) is type(value)


@pytest.mark.parametrize(("written", "value"), ONLY_READ)
def test_rarer_forms_are_read_as_their_nearest_plain_value(written: str, value: AmfValue) -> None:
    assert amf0.decode(bytes.fromhex(written)) == [value]


@pytest.mark.parametrize("written", UNREADABLE)
def test_what_is_not_amf0_is_refused(written: str) -> None:
    with pytest.raises(AmfError):
        amf0.decode(bytes.fromhex(written))


def test_a_string_past_65535_bytes_takes_the_long_form() -> None:
    text = "x" * 65_536
    assert amf0.encode(text)[:5] == bytes.fromhex("0c 00010000")
    assert amf0.decode(amf0.encode(text)) == [text]


def test_a_wrong_byte_in_a_title_is_replaced_and_not_fatal() -> None:
    assert amf0.decode(bytes.fromhex("02 0003 61ff62")) == ["a\N{REPLACEMENT CHARACTER}b"]


def test_nesting_is_followed_to_sixteen_levels_and_no_further() -> None:
    deepest = bytes.fromhex("0a 00000001") * 16 + b"\x05"
    assert amf0.encode(*amf0.decode(deepest)) == deepest
    with pytest.raises(AmfError):
        amf0.decode(bytes.fromhex("0a 00000001") + deepest)


def test_the_leading_string_tells_where_the_rest_begins() -> None:
    body = amf0.encode("@setDataFrame", "onMetaData", {"a": 1.0})
    name, rest = amf0.leading_string(body)
    assert (name, amf0.decode(body[rest:])) == ("@setDataFrame", ["onMetaData", {"a": 1.0}])


WORDS = st.text("aZ é丝\0", max_size=8)
NAMES = st.text("aZ é丝\0", min_size=1, max_size=4)
PLAIN: st.SearchStrategy[AmfValue] = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES, inner, max_size=3)
        | st.dictionaries(NAMES, inner, max_size=3).map(EcmaArray)
    ),
    max_leaves=8,
)


@given(st.lists(PLAIN, max_size=5))
def test_whatever_is_written_reads_back(values: list[AmfValue]) -> None:
    assert amf0.decode(amf0.encode(*values)) == values


@given(st.binary(max_size=200))
def test_garbage_raises_nothing_but_amf_error(garbage: bytes) -> None:
    with contextlib.suppress(AmfError):
        amf0.decode(garbage)


def test_what_follows_a_value_in_amf3_is_left_unread() -> None:
    assert amf0.decode(amf0.encode("cue", 0.0) + bytes.fromhex("11 0a0b0101 ff")) == ["cue", 0.0]
