"""One form for each path: what chooses a door here and what the pages behind see are the same letters."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

_LETTERS = r"A-Za-z0-9\-._~!$&'()*+,=:@"
_plain = re.compile(rf"(?:/(?!\.{{1,2}}(?:/|$))[{_LETTERS}]+)*/?".encode("ascii")).fullmatch
_is_broken = re.compile(rb"%(?![0-9A-Fa-f]{2})").search
# Encoded, these would be more parts or none for whoever decodes first and splits then; `;` begins what some cut off.
_unfit = re.compile(r"[/\\;\x00-\x1f\x7f]").search
SAFE = "~!$&'()*+,=:@"


def canonical(path: bytes) -> bytes | None:
    """The path with every letter encoded that needs it, and no other; None for one that could be read in two ways."""
    if path and _plain(path):
        return path
    if not path.startswith(b"/") or _is_broken(path):
        return None
    parts = []
    for part in path[1:].split(b"/"):
        try:
            text = unquote_to_bytes(part).decode()
        except UnicodeDecodeError:  # an overlong form of a letter among them
            return None
        if text in {".", ".."} or _unfit(text):
            return None
        parts.append(quote(text, safe=SAFE))
    if "" in parts[:-1]:
        return None
    return "/".join(["", *parts]).encode("ascii")
