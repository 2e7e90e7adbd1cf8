from __future__ import annotations

from silkcast.kernel.errors import Conflict, Invalid


class RoomOnAir(Conflict):
    """The room already has a show on air, which this would disturb."""

    code = "studio.room_on_air"


class RoomWithoutCamera(Conflict):
    code = "studio.room_without_camera"


class ShowNotLive(Conflict):
    code = "studio.show_not_live"


class ShowOver(Conflict):
    """The show has ended: what was on air stays as it was."""

    code = "studio.show_over"


class SceneIncomplete(Invalid):
    """The layout needs another number of cameras than were named."""

    code = "studio.scene_incomplete"


class CameraInUse(Conflict):
    """The camera is on air, or a scene still shows it."""

    code = "studio.camera_in_use"


class NameTaken(Conflict):
    code = "studio.name_taken"


class RoomFull(Conflict):
    """The room has as many cameras, or scenes, as the console has keys for."""

    code = "studio.room_full"


class OverlayLocked(Conflict):
    """The label that says a base is simulated stays in the picture."""

    code = "studio.overlay_locked"


class LineOnPitch(Conflict):
    code = "studio.line_on_pitch"


class RundownFull(Conflict):
    code = "studio.rundown_full"


class DestinationUrlInvalid(Invalid):
    code = "studio.destination_url_invalid"


class DestinationUrlNamesUser(Invalid):
    """The address holds a user name or a password, which every screen would show and no platform asks for."""

    code = "studio.destination_url_names_user"


class DestinationNotPublic(Invalid):
    """The address leads into a private network that streams may not go to."""

    code = "studio.destination_not_public"


class StreamKeyInvalid(Invalid):
    code = "studio.stream_key_invalid"


class StreamKeyWanted(Invalid):
    """The address names another server than the one that the sealed key was typed for."""

    code = "studio.stream_key_wanted"


class DestinationsFull(Conflict):
    code = "studio.destinations_full"


class DestinationTaken(Conflict):
    """Another destination pushes there with the same key: the platform would take one stream of the two."""

    code = "studio.destination_taken"


class OwnShopFixed(Conflict):
    """The base's own shop is where the programme always plays; only its fee changes."""

    code = "studio.own_shop_fixed"
