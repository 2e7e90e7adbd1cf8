"""How every list is searched: case, accents and width make no difference, and all words must be there.

Databases disagree about that, so what is searched is kept beside the words, folded here, and asked for folded too.
"""

from __future__ import annotations

import unicodedata
from functools import reduce
from operator import and_

from django.db.models import Q

QUERY_CHARS_MAX = 200
WORDS_MAX = 12
# Letters that are written for one another though Unicode takes none of them apart.
_ALIKE = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h"})
# Accents, Hebrew points and Arabic vowels. Marks of other scripts are letters of their own: が is not か.
_MARKS = (range(0x300, 0x370), range(0x591, 0x5C8), range(0x64B, 0x660), range(0x670, 0x671), range(0x1AB0, 0x1B00))


def folded(*texts: str) -> str:
    """What a search compares: each text on a line of its own, "Ärmelloses CRÈME" as "armelloses creme"."""
    apart = unicodedata.normalize("NFKD", "\n".join(texts).casefold()).casefold()
    bare = "".join(sign for sign in apart if sign < "\u0300" or not any(ord(sign) in marks for marks in _MARKS))
    return unicodedata.normalize("NFC", bare.translate(_ALIKE))


def words_of(query: str) -> list[str]:
    return folded(query[:QUERY_CHARS_MAX]).split()[:WORDS_MAX]


def found_in(column: str, query: str) -> Q:
    """Rows whose folded column has every word of the query, anywhere; all rows for none."""
    return reduce(and_, (Q(**{f"{column}__contains": word}) for word in words_of(query)), Q())


def is_found(query: str, *texts: str) -> bool:
    """The same of texts at hand."""
    here = folded(*texts)
    return all(word in here for word in words_of(query))
