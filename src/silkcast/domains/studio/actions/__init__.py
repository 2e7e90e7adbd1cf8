"""Every change of shows, programmes and rooms' equipment."""

from silkcast.domains.studio.actions import (
    cameras,
    destinations,
    picture,
    pitches,
    programme,
    room_events,
    rundown,
    scenes,
    show_destinations,
    shows,
)

__all__ = [
    "cameras",
    "destinations",
    "picture",
    "pitches",
    "programme",
    "room_events",
    "rundown",
    "scenes",
    "show_destinations",
    "shows",
]
