"""Rooms' equipment, shows and what is on their programme. A removed camera or destination stays as a row: events,
pitches and postings name it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from silkcast.domains.studio.contracts import Layout, LineState, Platform, ShowState
from silkcast.kernel.languages import LANGUAGE_CHARS_MAX
from silkcast.kernel.storage.guards import SameBase
from silkcast.kernel.storage.ownership import Owned


def _choices(kinds: Any) -> list[tuple[str, str]]:
    return [(kind.value, kind.name) for kind in kinds]


class Show(Owned):
    """`host_name` is the name on air, which need not be that of the person. `searched`: title and that name, folded."""

    number = models.PositiveIntegerField()
    room_id = models.UUIDField()
    title = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=_choices(ShowState), default=ShowState.PLANNED.value)
    planned_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    host_id = models.UUIDField(null=True)
    host_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=LANGUAGE_CHARS_MAX)
    currency = models.CharField(max_length=3)
    searched = models.TextField(default="", db_default="", editable=False)

    guards = (SameBase("room_id", "base.Room"), SameBase("host_id", "base.Person"))

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["base_id", "number"], name="show_number_is_unique_in_its_base"),
            models.UniqueConstraint(
                fields=["room_id"], condition=Q(state=ShowState.LIVE.value), name="a_room_has_one_live_show"
            ),
            models.CheckConstraint(
                condition=Q(state=ShowState.PLANNED.value, started_at=None, ended_at=None)
                | Q(state=ShowState.LIVE.value, started_at__isnull=False, ended_at=None)
                | Q(state=ShowState.ENDED.value, started_at__isnull=False, ended_at__gte=F("started_at")),
                name="a_show_goes_on_air_once",
            ),
        ]
        indexes = [models.Index(fields=["state", "base_id", "-number"], name="show_by_state")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Pictured(Owned):
    width = models.PositiveSmallIntegerField(default=1280)
    height = models.PositiveSmallIntegerField(default=720)
    fps = models.PositiveSmallIntegerField(default=30)
    video_kbps = models.PositiveIntegerField(default=3000)
    preset = models.CharField(max_length=12, default="veryfast")
    delay_ms = models.PositiveIntegerField(default=0)
    burn_counter = models.BooleanField(default=False)

    class Meta(Owned.Meta):
        abstract = True


class RoomPicture(Pictured):
    """What a room's next programme is made like; a room without a row takes the defaults."""

    room_id = models.UUIDField(unique=True)

    guards = (SameBase("room_id", "base.Room"),)


class Programme(Pictured):
    """What viewers of one show get. The picture is copied from the room when the show goes on air.

    `version` rises with every change, and a show starts above all earlier ones of its room.
    """

    show_id = models.UUIDField(unique=True)
    room_id = models.UUIDField()
    layout = models.CharField(max_length=20, choices=_choices(Layout))
    cameras = models.JSONField(default=list)
    hidden_overlays = models.JSONField(default=list)
    version = models.BigIntegerField(default=1)

    guards = (SameBase("show_id", "studio.Show"), SameBase("room_id", "base.Room"))

    class Meta(Pictured.Meta):
        indexes = [models.Index(fields=["base_id", "room_id"], name="programme_of_room")]


class Camera(Owned):
    """Only a digest of the stream key is kept: the key itself is shown once."""

    room_id = models.UUIDField()
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()
    key_digest = models.CharField(max_length=64, unique=True)
    key_ending = models.CharField(max_length=4)
    removed_at = models.DateTimeField(null=True)

    guards = (SameBase("room_id", "base.Room"),)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["room_id", "name"], condition=Q(removed_at=None), name="camera_name_is_unique_in_its_room"
            ),
            models.UniqueConstraint(
                fields=["room_id", "position"], condition=Q(removed_at=None), name="one_camera_per_key_of_the_console"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Scene(Owned):
    """A named way to show the room's cameras, on a key of the console."""

    room_id = models.UUIDField()
    name = models.CharField(max_length=80)
    layout = models.CharField(max_length=20, choices=_choices(Layout))
    cameras = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField()

    guards = (SameBase("room_id", "base.Room"),)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["room_id", "name"], name="scene_name_is_unique_in_its_room"),
            models.UniqueConstraint(fields=["room_id", "position"], name="one_scene_per_key_of_the_console"),
        ]

    def __str__(self) -> str:
        return self.name


class Destination(Owned):
    """A platform account that receives the stream. `sealed_key` opens only with the key ring."""

    name = models.CharField(max_length=80)
    platform = models.CharField(max_length=12, choices=_choices(Platform))
    url = models.CharField(max_length=300, blank=True)
    sealed_key = models.BinaryField(null=True)
    key_ending = models.CharField(max_length=4, blank=True)
    in_new_shows = models.BooleanField(default=True)
    removed_at = models.DateTimeField(null=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["base_id", "name"], condition=Q(removed_at=None), name="destination_name_is_unique_in_its_base"
            ),
            models.UniqueConstraint(
                fields=["base_id"], condition=Q(platform=Platform.OWN_SHOP.value), name="a_base_has_one_own_shop"
            ),
            models.CheckConstraint(
                condition=Q(platform=Platform.OWN_SHOP.value, url="", sealed_key=None, removed_at=None)
                | (~Q(platform=Platform.OWN_SHOP.value) & ~Q(url="")),
                name="only_the_own_shop_is_pushed_to_nowhere",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DestinationFee(Owned):
    """What the platform keeps of a sale from a day on, in hundredths of a percent."""

    destination_id = models.UUIDField()
    basis_points = models.PositiveIntegerField()
    valid_from = models.DateField()

    guards = (SameBase("destination_id", "studio.Destination"),)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["destination_id", "valid_from"], name="one_fee_per_destination_and_day"),
            models.CheckConstraint(condition=Q(basis_points__lte=10_000), name="a_fee_is_at_most_everything"),
        ]


class ShowDestination(Owned):
    """`attempt` rises when the crew asks to try again; the room then starts that one publisher anew."""

    show_id = models.UUIDField()
    destination_id = models.UUIDField()
    enabled = models.BooleanField()
    attempt = models.PositiveIntegerField(default=0)

    guards = (SameBase("show_id", "studio.Show"), SameBase("destination_id", "studio.Destination"))

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["show_id", "destination_id"], name="a_show_names_a_destination_once")
        ]


class RundownLine(Owned):
    show_id = models.UUIDField()
    product_id = models.UUIDField()
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=_choices(LineState), default=LineState.WAITING.value)

    guards = (SameBase("show_id", "studio.Show"), SameBase("product_id", "catalog.Product"))

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["show_id", "product_id"], name="a_product_stands_once_in_a_rundown"),
            models.UniqueConstraint(
                fields=["show_id"], condition=Q(state=LineState.ON_PITCH.value), name="one_line_is_on_pitch"
            ),
        ]


class Pitch(Owned):
    """When a product was presented, in programme time. `line_id` may name a line that has left the rundown."""

    show_id = models.UUIDField()
    product_id = models.UUIDField()
    line_id = models.UUIDField()
    started_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()

    guards = (SameBase("show_id", "studio.Show"), SameBase("product_id", "catalog.Product"))

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["show_id"], condition=Q(ended_ms=None), name="one_pitch_at_a_time"),
            models.CheckConstraint(
                condition=Q(ended_ms=None) | Q(ended_ms__gte=F("started_ms")), name="a_pitch_ends_after_its_start"
            ),
        ]
        indexes = [models.Index(fields=["show_id", "product_id", "-started_ms"], name="pitch_of_product")]


class RoomSpool(Owned):
    """How far a room's spool of events has been recorded; a new spool file starts again at 1."""

    room_id = models.UUIDField(unique=True)
    spool = models.CharField(max_length=40)
    sequence = models.BigIntegerField()

    guards = (SameBase("room_id", "base.Room"),)


__all__ = [
    "Camera",
    "Destination",
    "DestinationFee",
    "Pitch",
    "Programme",
    "RoomPicture",
    "RoomSpool",
    "RundownLine",
    "Scene",
    "Show",
    "ShowDestination",
]
