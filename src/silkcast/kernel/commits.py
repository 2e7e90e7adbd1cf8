"""Who wants to know that something was committed in this process. Free of Django, so that any role may ask."""

from __future__ import annotations

from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def on_commit(call: Callable[[], None]) -> None:
    """Have something called after every committed run of this process: the relay's alarm clock."""
    _listeners.append(call)


def committed() -> None:
    for call in _listeners:
        call()
