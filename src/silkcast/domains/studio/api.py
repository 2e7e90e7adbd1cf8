"""What other domains may ask of this one."""

from silkcast.domains.studio.actions.cameras import AddCamera, RemoveCamera, RotateCamera
from silkcast.domains.studio.actions.destinations import OpenOwnShop, RemoveDestination, SetDestination
from silkcast.domains.studio.actions.picture import SetRoomPicture
from silkcast.domains.studio.actions.pitches import EndPitch, StartPitch
from silkcast.domains.studio.actions.programme import SetOverlay, SwitchScene
from silkcast.domains.studio.actions.room_events import RecordRoomEvents
from silkcast.domains.studio.actions.rundown import AddToRundown, MoveInRundown, RemoveFromRundown
from silkcast.domains.studio.actions.scenes import AddScene, RemoveScene
from silkcast.domains.studio.actions.show_destinations import RetryDestination, SetShowDestination
from silkcast.domains.studio.actions.shows import EndShow, GoLive, PlanShow
from silkcast.domains.studio.cards import find_card
from silkcast.domains.studio.composing import Composer, current_ingest_document, room_documents
from silkcast.domains.studio.control import tell_shop, tell_show
from silkcast.domains.studio.engine.pitches import PITCH_CREDIT_MS
from silkcast.domains.studio.live_state import find_room_state, room_state_from
from silkcast.domains.studio.queries.console import get_console, get_desk, list_overlays
from silkcast.domains.studio.queries.destinations import (
    fee_at,
    get_destination,
    list_destinations,
    list_destinations_of_shows,
    list_show_destinations,
    own_shop_destination,
    today,
)
from silkcast.domains.studio.queries.rooms import (
    cameras_wanted,
    count_cameras,
    get_camera,
    get_programme,
    get_room_picture,
    get_scene,
    list_cameras,
    list_scenes,
)
from silkcast.domains.studio.queries.rundown import (
    get_line,
    list_pitches,
    list_rundown,
    open_pitches,
    pitch_at,
    shows_presenting,
    shows_selling,
)
from silkcast.domains.studio.queries.shows import (
    base_of_show,
    find_live_show,
    get_show,
    list_live_shows,
    list_shows,
    list_upcoming_shows,
    programme_ms,
    show_names,
    shows_between,
)
from silkcast.domains.studio.reach import require_reachable
from silkcast.domains.studio.stream_keys import (
    camera_url,
    digest_of_stream_key,
    ending_of,
    fresh_stream_key,
    stream_key_for,
)

__all__ = [
    "PITCH_CREDIT_MS",
    "AddCamera",
    "AddScene",
    "AddToRundown",
    "Composer",
    "EndPitch",
    "EndShow",
    "GoLive",
    "MoveInRundown",
    "OpenOwnShop",
    "PlanShow",
    "RecordRoomEvents",
    "RemoveCamera",
    "RemoveDestination",
    "RemoveFromRundown",
    "RemoveScene",
    "RetryDestination",
    "RotateCamera",
    "SetDestination",
    "SetOverlay",
    "SetRoomPicture",
    "SetShowDestination",
    "StartPitch",
    "SwitchScene",
    "base_of_show",
    "camera_url",
    "cameras_wanted",
    "count_cameras",
    "current_ingest_document",
    "digest_of_stream_key",
    "ending_of",
    "fee_at",
    "find_card",
    "find_live_show",
    "find_room_state",
    "fresh_stream_key",
    "get_camera",
    "get_console",
    "get_desk",
    "get_destination",
    "get_line",
    "get_programme",
    "get_room_picture",
    "get_scene",
    "get_show",
    "list_cameras",
    "list_destinations",
    "list_destinations_of_shows",
    "list_live_shows",
    "list_overlays",
    "list_pitches",
    "list_rundown",
    "list_scenes",
    "list_show_destinations",
    "list_shows",
    "list_upcoming_shows",
    "open_pitches",
    "own_shop_destination",
    "pitch_at",
    "programme_ms",
    "require_reachable",
    "room_documents",
    "room_state_from",
    "show_names",
    "shows_between",
    "shows_presenting",
    "shows_selling",
    "stream_key_for",
    "tell_shop",
    "tell_show",
    "today",
]
