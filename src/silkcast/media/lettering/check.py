"""Asked before anything is drawn, by screens and the API. Whoever only imports this opens no font."""

from __future__ import annotations

import functools


@functools.lru_cache(4096)
def undrawable(text: str) -> str:
    """The letters of a text that no font here draws, each once; pictures and labels show boxes in their place."""
    from silkcast.media.lettering.faces import installed
    from silkcast.media.lettering.runs import missing

    return missing(text, installed())
