from __future__ import annotations

import importlib
import inspect
from enum import StrEnum

import pytest

from silkcast.domains.studio import (
    api,  # noqa: F401 - declares the actions
    contracts,
    errors,
    events,
)
from silkcast.kernel.actions import ACTIONS
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.events import TOPICS, Event
from silkcast.kernel.words import catalogue

OURS = [name for name in ACTIONS if name.startswith("studio.")]


@pytest.mark.parametrize("name", OURS)
def test_every_action_has_a_label_help_and_permission(name: str) -> None:
    for code in (name, f"{name}.help"):
        assert set(catalogue()[code]) == {"en", "zh"}
        assert all(catalogue()[code].values())
    assert ACTIONS[name].permission.startswith("studio.")


def test_every_event_and_refusal_has_a_sentence() -> None:
    classes = [e for _, e in inspect.getmembers(events, inspect.isclass) if issubclass(e, Event)]
    topics = {e.topic for e in classes if e not in (Event, events.Seen)}
    assert topics == {topic for topic in TOPICS if topic.startswith("studio.")}
    assert len(topics) == 31
    codes = {
        refusal.code
        for _, refusal in inspect.getmembers(errors, inspect.isclass)
        if issubclass(refusal, SilkcastError) and refusal.code.startswith("studio.")
    }
    assert topics | codes <= set(catalogue())


@pytest.mark.parametrize(
    ("prefix", "kind"),
    [
        ("state", contracts.ShowState),
        ("layout", contracts.Layout),
        ("overlay", contracts.OverlayKind),
        ("line", contracts.LineState),
        ("platform", contracts.Platform),
        ("presence", contracts.Presence),
    ],
)
def test_everything_that_a_screen_names_has_words(prefix: str, kind: type[StrEnum]) -> None:
    assert {f"studio.{prefix}.{value}" for value in kind} <= set(catalogue())


def test_an_event_about_a_show_says_which() -> None:
    of_room = {"camera_added", "camera_rotated", "camera_removed", "scene_added", "scene_removed", "room_picture_set"}
    of_base = {"destination_set", "destination_removed"}
    for topic, declared in TOPICS.items():
        name = topic.removeprefix("studio.")
        if topic.startswith("studio.") and name not in of_room | of_base:
            assert declared.subject == "show_id", topic


def test_contracts_and_engines_know_no_django() -> None:
    for name in ("contracts", "engine.documents", "engine.pitches", "engine.order", "engine.scenes", "engine.prices"):
        source = inspect.getsource(importlib.import_module(f"silkcast.domains.studio.{name}"))
        assert "django" not in source
        assert ".models" not in source
