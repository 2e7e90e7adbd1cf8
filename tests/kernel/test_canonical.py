"""What is decoded has one spelling; every other one is refused."""

from __future__ import annotations

from uuid import UUID

import pytest

from silkcast.kernel.canonical import from_base64, read_uuid, read_whole, to_base64
from silkcast.kernel.tokens import BadToken, sign, verify

KEY = bytes(32)
ID = "018f3c1e-7a2b-7c3d-8e4f-5a6b7c8d9e0f"
BEHIND = ("\n", " ", "=", "==", "!", ".", ".x", "\0", "%0A", "é", "\u200b", "\ud800", "-")


@pytest.mark.parametrize("length", range(7))
def test_bytes_come_back_as_they_were(length: int) -> None:
    raw = bytes(range(250, 250 + min(length, 6))) + b"\xff" * max(0, length - 6)
    assert from_base64(to_base64(raw)) == raw


@pytest.mark.parametrize("text", ["-_8=", "+/8", "-_8\n", " -_8", "-_9", "-_8xy", "a", "é", "-_8=x", "-_\0"])
def test_base64_of_another_spelling_is_none(text: str) -> None:
    assert from_base64("-_8") == b"\xfb\xff"
    with pytest.raises(ValueError):  # noqa: PT011 - its kind is all that it says
        from_base64(text)


@pytest.mark.parametrize(
    "text", [ID.upper(), f"{{{ID}}}", f"urn:uuid:{ID}", ID.replace("-", ""), f"{ID}\n", f" {ID}", ""]
)
def test_an_id_has_one_spelling(text: str) -> None:
    assert read_uuid(ID) == UUID(ID)
    with pytest.raises(ValueError):  # noqa: PT011
        read_uuid(text)


@pytest.mark.parametrize("text", ["", "+1", "-1", "1_0", "01", " 1", "1 ", "1.0", "1e3", "٣", "１", "²", "9" * 19])
def test_a_number_has_one_spelling(text: str) -> None:
    assert [read_whole(good) for good in ("0", "7", "10", "9" * 18)] == [0, 7, 10, 10**18 - 1]
    with pytest.raises(ValueError):  # noqa: PT011
        read_whole(text)


@pytest.mark.parametrize("more", BEHIND)
def test_a_token_with_anything_in_or_around_it_is_a_bad_one(more: str) -> None:
    token = sign(KEY, {"kind": "viewer"}, expires_at=100)
    assert verify(KEY, token, now=100)["kind"] == "viewer"
    body, _, mac = token.partition(".")
    for forged in (f"{token}{more}", f"{more}{token}", f"{body}{more}.{mac}", f"{body}.{more}{mac}"):
        with pytest.raises(BadToken):
            verify(KEY, forged, now=100)


def test_no_bit_of_a_tokens_last_letter_may_differ() -> None:
    token = sign(KEY, {"kind": "viewer"}, expires_at=100)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter in letters.replace(token[-1], ""):
        with pytest.raises(BadToken):
            verify(KEY, token[:-1] + letter, now=100)
