"""Which signs show nothing, and when two texts look the same; no more than the standard library, so engines may ask."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Unicode 16: controls, every blank, Default_Ignorable_Code_Point, and what has a glyph without ink.
_BLANK = r"\s\u0000-\u0020\u007f-\u00a0\u2800\ufff9-\ufffb\U0001d159"
IGNORABLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
DASHES = "‐‑‒–—―−﹘﹣－"
_seen = re.compile(f"[^{_BLANK}{IGNORABLE}]").search
without_ignorable = re.compile(f"[{IGNORABLE}]").sub
_as_dashes = str.maketrans(dict.fromkeys(DASHES, "-"))
_blanks = re.compile(r"\s+").sub


def shows(text: str) -> bool:
    """Whether anybody sees anything of it."""
    return _seen(text) is not None


def is_alike(text: str, others: Iterable[str]) -> bool:
    """Whether one of the others looks the same."""
    return looks(text) in map(looks, others)


def opaque(password: str) -> str:
    """A password as it is hashed, however a keyboard composes it (RFC 8265, OpaqueString)."""
    if password.isascii():
        return password
    spaced = "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in password)
    return unicodedata.normalize("NFC", spaced)


def looks(text: str) -> str:
    """One text for all that look alike: "ＤＵＰ‑1 " as "dup-1". For comparing, never for showing."""
    if text.isascii():
        return " ".join(text.split()).lower()
    plain = unicodedata.normalize("NFKC", without_ignorable("", text)).casefold().translate(_as_dashes)
    return unicodedata.normalize("NFKC", _blanks(" ", plain).strip())
