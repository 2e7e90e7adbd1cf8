from __future__ import annotations

from django.contrib import admin

from silkcast.domains.studio.models import (
    Camera,
    Destination,
    DestinationFee,
    Pitch,
    Programme,
    RoomPicture,
    RoomSpool,
    RundownLine,
    Scene,
    Show,
    ShowDestination,
)
from silkcast.media.rtmp.address import masked
from silkcast.ui.admin import ReadOnlyAdmin, back_office


@admin.register(Show, site=back_office)
class ShowAdmin(ReadOnlyAdmin):
    list_display = ("number", "title", "state", "host_name", "planned_at", "started_at", "ended_at", "room_id")
    list_filter = ("state",)
    search_fields = ("searched",)
    ordering = ("-number",)


@admin.register(Programme, site=back_office)
class ProgrammeAdmin(ReadOnlyAdmin):
    list_display = ("show_id", "layout", "version", "width", "height", "fps", "video_kbps", "delay_ms")
    ordering = ("-show_id",)


@admin.register(RoomPicture, site=back_office)
class RoomPictureAdmin(ReadOnlyAdmin):
    list_display = ("room_id", "width", "height", "fps", "video_kbps", "preset", "delay_ms")
    ordering = ("room_id",)


@admin.register(Camera, site=back_office)
class CameraAdmin(ReadOnlyAdmin):
    list_display = ("room_id", "position", "name", "key_ending", "removed_at")
    search_fields = ("name",)
    searched_here = True
    ordering = ("room_id", "position")


@admin.register(Scene, site=back_office)
class SceneAdmin(ReadOnlyAdmin):
    list_display = ("room_id", "position", "name", "layout")
    search_fields = ("name",)
    searched_here = True
    ordering = ("room_id", "position")


@admin.register(Destination, site=back_office)
class DestinationAdmin(ReadOnlyAdmin):
    list_display = ("name", "platform", "address", "key_ending", "removed_at")
    exclude = ("url",)
    readonly_fields = ("address",)
    list_filter = ("platform",)
    search_fields = ("name",)
    searched_here = True
    ordering = ("name",)

    @admin.display(ordering="url")
    def address(self, row: Destination) -> str:
        return masked(row.url)


@admin.register(DestinationFee, site=back_office)
class DestinationFeeAdmin(ReadOnlyAdmin):
    list_display = ("destination_id", "basis_points", "valid_from")
    ordering = ("destination_id", "-valid_from")


@admin.register(ShowDestination, site=back_office)
class ShowDestinationAdmin(ReadOnlyAdmin):
    list_display = ("show_id", "destination_id", "enabled", "attempt")
    list_filter = ("enabled",)
    ordering = ("-show_id",)


@admin.register(RundownLine, site=back_office)
class RundownLineAdmin(ReadOnlyAdmin):
    list_display = ("show_id", "position", "product_id", "state")
    list_filter = ("state",)
    ordering = ("-show_id", "position")


@admin.register(Pitch, site=back_office)
class PitchAdmin(ReadOnlyAdmin):
    list_display = ("show_id", "product_id", "started_at", "started_ms", "ended_ms")
    ordering = ("-started_at",)


@admin.register(RoomSpool, site=back_office)
class RoomSpoolAdmin(ReadOnlyAdmin):
    list_display = ("room_id", "spool", "sequence")
    ordering = ("room_id",)
