"""Sentences for codes, in two languages, without Django: the edge answers with them too.

Each package keeps its own `locale/words.json`: code -> {"en": …, "zh": …} with {placeholders} for facts.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "zh")
_ROOT = Path(__file__).resolve().parent.parent


@functools.cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every code with its sentences; a code defined twice is our own defect."""
    merged: dict[str, dict[str, str]] = {}
    for path in sorted(_ROOT.glob("**/locale/words.json")):
        for code, sentences in json.loads(path.read_text(encoding="utf-8")).items():
            assert code not in merged, f"{code} stands twice, again in {path}"
            merged[code] = sentences
    return merged


class _Said(dict[str, Any]):
    """What stands for {placeholders}. A fact called `…_word` is a code, and said in the language too."""

    def __init__(self, facts: Mapping[str, Any], language: str) -> None:
        super().__init__(facts)
        self._language = language

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            return f"{{{name}}}"
        fact = super().__getitem__(name)
        return sentence(str(fact), self, self._language) if name.endswith("_word") else fact


def sentence(code: str, facts: Mapping[str, Any], language: str) -> str:
    """The sentence in the language ("en", "zh", "zh-hans"…); the code itself where none is written."""
    entry = catalogue().get(code)
    if entry is None:
        return code
    return entry["zh" if language.startswith("zh") else "en"].format_map(_Said(facts, language))


def error_body(code: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """How every refusal leaves over HTTP."""
    shown = {
        name: fact if isinstance(fact, str | int | bool | list | None) else str(fact) for name, fact in facts.items()
    }
    return {
        "error": {
            "code": code,
            "message": {language: sentence(code, facts, language) for language in LANGUAGES},
            "facts": shown,
        }
    }
