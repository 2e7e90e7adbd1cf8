"""`make docs`: writes docs/reference from the registries. A test compares, so the pages can't fall behind.

`events.json` is also the record of every event's fields: a change of them without a new version fails the tests.
"""

from __future__ import annotations

import dataclasses
import json
import os
import typing
from pathlib import Path
from typing import Any

import django

from silkcast.kernel.events import TOPICS, Event
from silkcast.kernel.words import sentence
from silkcast.project import figures

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "reference"


def pages() -> dict[str, str]:
    """File name -> text of every page; needs all declarations loaded."""
    return {
        "actions.md": _actions(),
        "events.md": _events(),
        "events.json": _schemas(),
        "figures.md": figures.page(),
    }


def _actions() -> str:
    from silkcast.kernel.actions import ACTIONS  # the registry has tables behind it: only once Django is set up

    lines = ["# Actions", "", "| action | 中文 | what it does | permission |", "|---|---|---|---|"]
    for name, declared in sorted(ACTIONS.items()):
        words = [sentence(name, {}, "zh"), sentence(f"{name}.help", {}, "en"), f"`{declared.permission}`"]
        lines.append(f"| `{name}` | " + " | ".join(words) + " |")
    return "\n".join(lines) + "\n"


def _events() -> str:
    lines = ["# Events", "", "| topic | version | subject | 中文 | fields |", "|---|---|---|---|---|"]
    for topic, declared in sorted(TOPICS.items()):
        fields = ", ".join(f"`{name}`" for name in fields_of(declared))
        lines.append(
            f"| `{topic}` | {declared.version} | `{declared.subject}` | {sentence(topic, {}, 'zh')} | {fields} |"
        )
    return "\n".join(lines) + "\n"


def fields_of(declared: type[Event]) -> dict[str, str]:
    hints = typing.get_type_hints(declared)
    return {field.name: _type_name(hints[field.name]) for field in dataclasses.fields(declared)}


def _type_name(hint: Any) -> str:
    return getattr(hint, "__name__", None) or str(hint).replace("silkcast.", "").replace("typing.", "")


def _schemas() -> str:
    known = {f"{topic}.v{declared.version}": fields_of(declared) for topic, declared in sorted(TOPICS.items())}
    return json.dumps(known, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "silkcast.project.settings")
    django.setup()
    from silkcast.project.wiring import load_everything

    load_everything()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
