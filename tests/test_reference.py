from __future__ import annotations

import json

import pytest

from silkcast.project import reference


@pytest.mark.parametrize("name", ["actions.md", "events.md", "events.json", "figures.md"])
def test_the_reference_says_what_the_registries_say(name: str) -> None:
    written = (reference.FOLDER / name).read_text(encoding="utf-8")
    assert written == reference.pages()[name], "run `make docs`"


def test_an_events_fields_change_only_with_its_version() -> None:
    committed = json.loads((reference.FOLDER / "events.json").read_text(encoding="utf-8"))
    now = json.loads(reference.pages()["events.json"])
    changed = {name for name in committed.keys() & now.keys() if committed[name] != now[name]}
    assert not changed, f"give these a new version and an upcaster: {sorted(changed)}"
