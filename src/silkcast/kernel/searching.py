"""How every list is searched: case, accents, width and unseen signs make no difference, and all words must be there.

Databases disagree about that, so what is searched is kept beside the words, folded here, and asked for folded too.
"""

from __future__ import annotations

import unicodedata
from functools import reduce
from operator import and_

from django.db.models import Q

QUERY_CHARS_MAX = 200
WORDS_MAX = 12
# What is written for one another though Unicode takes none of it apart: letters, and signs of keyboards and print.
_WRITTEN_FOR = {
    "i": "ı", "o": "ø", "l": "ł", "d": "đð", "th": "þ", "ae": "æ", "oe": "œ", "h": "ħ",
    "x": "×", "/": "\u2044\u2215", "~": "\u301c",
    "'": "\u2018\u2019\u201a\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u02c8\u05f3\u00b4`",
    '"': "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u05f4",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u02d7\u05be",
    "": "\u034f\u0640" + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10)))),
}  # fmt: skip
_ALIKE = str.maketrans({sign: meant for meant, signs in _WRITTEN_FOR.items() for sign in signs})
# Accents, Hebrew points and Arabic vowels. Marks of other scripts are letters of their own: が is not か.
_MARKS = (range(0x300, 0x370), range(0x591, 0x5C8), range(0x64B, 0x660), range(0x670, 0x671), range(0x1AB0, 0x1B00))


def folded(*texts: str) -> str:
    """What a search compares: each text on a line of its own, "Ärmelloses CRÈME" as "armelloses creme"."""
    text = "".join(f" {sign}" if "⅐" <= sign <= "⅟" or sign in "¼½¾↉" else sign for sign in "\n".join(texts))
    apart = unicodedata.normalize("NFKD", text.casefold()).casefold()
    bare = "".join(sign for sign in apart if sign.isascii() or not _is_unseen(sign))
    return unicodedata.normalize("NFC", bare.translate(_ALIKE))


def _is_unseen(sign: str) -> bool:
    """A mark, or one of what Unicode calls format: soft hyphens, joiners, directions."""
    return any(ord(sign) in marks for marks in _MARKS) or unicodedata.category(sign) == "Cf"


def words_of(query: str) -> list[str]:
    return folded(query[:QUERY_CHARS_MAX]).split()[:WORDS_MAX]


def found_in(column: str, query: str) -> Q:
    """Rows whose folded column has every word of the query, anywhere; all rows for none."""
    return reduce(and_, (Q(**{f"{column}__contains": word}) for word in words_of(query)), Q())


def is_found(query: str, *texts: str) -> bool:
    """The same of texts at hand."""
    here = folded(*texts)
    return all(word in here for word in words_of(query))
