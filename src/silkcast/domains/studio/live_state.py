"""What a room says of itself, as contracts: from the hub each second, or asked at its socket."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

import msgspec

from silkcast.domains.studio.contracts import RoomState
from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import WireError, call_blocking

logger = logging.getLogger(__name__)
ASK_DEADLINE_S = 0.5  # a screen would rather show "absent" than wait for a busy room


def room_state_from(body: Any) -> RoomState | None:
    """The typed state; None for a body that no room of ours would send."""
    try:
        return msgspec.convert(body, RoomState)
    except msgspec.ValidationError as error:
        logger.warning("studio.room_state_unreadable", extra={"facts": {"reason": str(error)}})
        return None


def find_room_state(settings: Settings, room_id: UUID) -> RoomState | None:
    """Ask the room; None when it does not run or does not answer at once."""
    try:
        return room_state_from(
            call_blocking(settings.socket(f"room-{room_id}"), "room.state", deadline_s=ASK_DEADLINE_S)
        )
    except WireError:
        return None
