"""Language tags, as BCP 47 writes them: a language, where it matters its script, and a region ("en-US", "zh-Hant").

Which of them exist is what CLDR knows, by Babel. Variants and extensions make no difference here and are left out.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from babel import Locale
from babel.core import get_global, parse_locale

from silkcast.kernel.errors import Invalid

TAG_CHARS_MAX = 35  # that RFC 5646 4.4.1 has every program take
LANGUAGE_CHARS_MAX = 12  # of what is kept of one: "yue-Hant-419"
NO_LANGUAGES = frozenset({"und", "mul", "zxx", "mis", "root"})
NO_REGION = "ZZ"


class LanguageUnknown(Invalid):
    code = "kernel.language_unknown"


def language_of(tag: str, *, field: str = "language") -> str:
    """The tag in its one spelling; LanguageUnknown for what names no language."""
    found = _known(tag) if len(tag) <= TAG_CHARS_MAX else None
    if found is None:
        raise LanguageUnknown(field=field, language=tag[:TAG_CHARS_MAX])
    return found


def broader(tag: str) -> Iterator[str]:
    """The tag and what it falls back to, the nearest first: "zh-Hant-TW", "zh-Hant", "zh"."""
    parts = tag.split("-")
    return ("-".join(parts[:count]) for count in range(len(parts), 0, -1))


@functools.lru_cache(maxsize=1024)
def _known(tag: str) -> str | None:
    parts = tag.split("-")
    if not all(0 < len(part) <= 8 and part.isascii() and part.isalnum() for part in parts):
        return None
    ends = next((place for place, part in enumerate(parts) if len(part) == 1), len(parts))  # extensions begin there
    if ends == len(parts) - 1:
        return None
    try:
        language, region, script = parse_locale("-".join(parts[:ends]), sep="-")[:3]
    except ValueError:
        return None
    language, _, own_script = get_global("language_aliases").get(language, language).partition("_")
    script = script or own_script or None
    known = Locale("en")
    is_known = (
        language in known.languages.keys() - NO_LANGUAGES
        and (script is None or script in known.scripts)
        and (region is None or region in known.territories.keys() - {NO_REGION})
    )
    return "-".join(filter(None, (language, script, region))) if is_known else None
