"""One spelling for each value: text that means the same but is written otherwise is refused, as ValueError.

What is compared, counted, remembered or logged by its text must not come in two forms. Everything that is decoded out
of an address, a form, a cookie, a token or a cursor is read here; a JSON body may write an id as RFC 9562 allows.
"""

from __future__ import annotations

import base64
from uuid import UUID

DIGITS_MAX = 18  # of a number that every database keeps


def to_base64(raw: bytes) -> str:
    """URL-safe, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def from_base64(text: str) -> bytes:
    raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if to_base64(raw) != text:  # bits behind the last byte, padding, the other alphabet
        raise ValueError
    return raw


def read_uuid(text: str) -> UUID:
    found = UUID(text)
    if str(found) != text:
        raise ValueError
    return found


def read_whole(text: str, *, digits_max: int = DIGITS_MAX) -> int:
    """A whole number from 0 on: ASCII digits, no sign, no zero before others."""
    if not (text.isascii() and text.isdigit() and len(text) <= digits_max) or (text[0] == "0" and text != "0"):
        raise ValueError
    return int(text)
