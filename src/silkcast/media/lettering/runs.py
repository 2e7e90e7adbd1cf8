"""A line of text cut into runs of one font and one direction, in the order in which they stand from left to right."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from silkcast.media.lettering.faces import Face, Faces

_RIGHT_TO_LEFT: Final = frozenset(("R", "AL", "AN"))
_EMBEDDINGS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_STRONG: Final = {"L": "L", "R": "R", "AL": "R", "EN": "R", "AN": "R"}
BRACKETS: Final = dict(zip("([{（［｛「『【〈《〔", ")]}）］｝」』】〉》〕", strict=True))
_OPENING: Final = ("Ps", "Pi")
_VIRAMA: Final = 9  # the combining class of signs that put the next letter under or into the one before
_JOINERS: Final = "\u200c\u200d\ufe0e\ufe0f"


@dataclass(frozen=True, slots=True)
class Run:
    """`text` as it is read; a shaper turns it round where it is read from the right."""

    text: str
    face: Face
    is_rtl: bool = False


def plain(text: str) -> str:
    """In one line, composed, and without what only steers terminals or turns text round."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(
        letter for letter in composed if letter not in _EMBEDDINGS and unicodedata.category(letter) not in ("Cc", "Cs")
    )


def clusters(text: str) -> list[str]:
    """Letters, each with the marks on it: what is never parted, neither by a cut nor between fonts."""
    found: list[str] = []
    for letter in text:
        is_mark = unicodedata.category(letter) in ("Mn", "Mc", "Me") or letter in _JOINERS
        is_under = (
            unicodedata.category(letter) == "Lo" and bool(found) and unicodedata.combining(found[-1][-1]) == _VIRAMA
        )
        if found and (is_mark or is_under or found[-1].endswith("\u200d")):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def missing(text: str, faces: Faces) -> str:
    """The letters of a text that no font draws, each once."""
    return "".join(dict.fromkeys(part for part in clusters(plain(text)) if faces.find(part) is None))


def runs(text: str, faces: Faces) -> list[Run]:
    """Of one line; see `plain`."""
    text = plain(text)
    if not text:
        return []
    parts = list(_faced(clusters(text), faces))
    levels = _levels(text)
    of_part, at = [], 0
    for part, _ in parts:
        of_part.append(levels[at])
        at += len(part)
    cut: list[tuple[Run, int]] = []
    for (face, level), group in itertools.groupby(
        zip(parts, of_part, strict=True), key=lambda found: (found[0][1], found[1])
    ):
        cut.append((Run("".join(part for (part, _), _ in group), face, is_rtl=level % 2 == 1), level))
    return _ordered(cut)


def _faced(parts: list[str], faces: Faces) -> Iterator[tuple[str, Face]]:
    own = [faces.find(part) or faces.first for part in parts]
    before: Face | None = None
    for at, part in enumerate(parts):
        # Spaces and punctuation look like what they close or open. Signs of currencies are letters here.
        kind = unicodedata.category(part[0])
        beside = own[at + 1] if kind in _OPENING and at + 1 < len(own) else before if kind[0] in "PZ" else None
        before = beside if beside is not None and beside.draws(part) else own[at]
        yield part, before


def _levels(text: str) -> list[int]:
    """How deep each letter lies in text of the other direction (UAX #9): an odd level is read from the right."""
    if not any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text):
        return [0] * len(text)
    from bidi import algorithm as uax9  # for those few texts

    storage = uax9.get_empty_storage()
    storage["base_level"] = uax9.get_base_level(text)
    storage["base_dir"] = "LR"[storage["base_level"]]
    # What is invisible goes with the letter before it; the algorithm would leave it out, and count wrong.
    seen = "".join(itertools.accumulate(text, lambda before, letter: before if _is_invisible(letter) else letter))
    uax9.get_embedding_levels(seen, storage)
    uax9.explicit_embed_and_overrides(storage)
    uax9.resolve_weak_types(storage)
    _pair_brackets(storage["chars"], storage["base_dir"])
    uax9.resolve_neutral_types(storage, debug=False)
    uax9.resolve_implicit_levels(storage, debug=False)
    return [int(letter["level"]) for letter in storage["chars"]]


def _is_invisible(letter: str) -> bool:
    return unicodedata.bidirectional(letter) == "BN"


def _pair_brackets(letters: list[dict[str, Any]], base: str) -> None:
    """Both brackets of a pair go the way of what they hold, or of what they stand in (UAX #9, N0)."""
    strong = [_STRONG.get(letter["type"]) for letter in letters]
    for begin, end in _pairs([letter["ch"] for letter in letters]):
        held = set(strong[begin + 1 : end]) - {None}
        if not held:
            continue
        before = next((side for side in reversed(strong[:begin]) if side), base)
        side = base if base in held or before == base else before
        letters[begin]["type"] = letters[end]["type"] = strong[begin] = strong[end] = side


def _pairs(letters: list[str]) -> list[tuple[int, int]]:
    found, waiting = [], list[tuple[str, int]]()
    for at, letter in enumerate(letters):
        if letter in BRACKETS:
            waiting.append((BRACKETS[letter], at))
        elif letter in BRACKETS.values():
            depth = next((n for n in reversed(range(len(waiting))) if waiting[n][0] == letter), None)
            if depth is not None:
                found.append((waiting[depth][1], at))
                del waiting[depth:]
    return sorted(found)


def _ordered(cut: list[tuple[Run, int]]) -> list[Run]:
    """From the deepest level up, whatever lies at least as deep is turned round (UAX #9, L2)."""
    highest = max(level for _, level in cut)
    for level in range(highest, 0, -1):
        turned: list[tuple[Run, int]] = []
        for is_deep, group in itertools.groupby(cut, key=lambda found: found[1] >= level):
            deep = list(group)
            turned += deep[::-1] if is_deep else deep
        cut = turned
    return [run for run, _ in cut]
