from __future__ import annotations

from django.apps import AppConfig


class ControlRoomConfig(AppConfig):
    name = "silkcast.domains.control_room"
    label = "control_room"
