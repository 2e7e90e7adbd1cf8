from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.test import Client
from django.urls import reverse
from tests.entering import entered

from silkcast.domains.studio import admin
from silkcast.domains.studio.models import Destination
from silkcast.ui.admin import back_office

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage

assert admin  # registers the tables


def operator(stage: Stage) -> Client:
    return entered(stage.operator.id)


def test_every_table_is_in_the_back_office_and_none_can_be_changed_there(east: Stage) -> None:
    models = set(apps.get_app_config("studio").get_models())
    assert models <= set(back_office.tables)
    client = operator(east)
    for model in models:
        name = model._meta.model_name
        assert client.get(reverse(f"admin:studio_{name}_changelist")).status_code == 200
        assert client.get(reverse(f"admin:studio_{name}_add")).status_code == 403


def test_the_back_office_shows_one_base_and_no_secret(east: Stage, west: Stage) -> None:
    tiktok = east.destination(stream_key="live-key-0123456789")
    camera_id = east.camera()
    client = operator(east)
    page = client.get(reverse("admin:studio_destination_change", args=[tiktok])).content.decode()
    assert "rtmp://push.example/live" in page
    assert "sealed_key" not in page
    Destination.objects.scoped(east.ctx).filter(id=tiktok).update(url="rtmp://ann:pa55@push.example/live")
    for name, named in (("changelist", []), ("change", [tiktok])):
        page = client.get(reverse(f"admin:studio_destination_{name}", args=named)).content.decode()
        assert "rtmp://•••@push.example/live" in page
        assert "pa55" not in page
    page = client.get(reverse("admin:studio_camera_change", args=[camera_id])).content.decode()
    assert "key_digest" not in page
    shows = reverse("admin:studio_show_changelist")
    east.planned("Eastern silk")
    west.planned("Western tea")
    listed = client.get(shows).content.decode()
    assert "Eastern silk" in listed
    assert "Western tea" not in listed
