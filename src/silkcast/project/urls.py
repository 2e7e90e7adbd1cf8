"""Which part answers which address; the edge keeps its own few doors before these."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, include, path

from silkcast.project.api import api
from silkcast.project.api.answers import coded
from silkcast.project.wiring import load_everything
from silkcast.ui.admin import mark


def favicon(request: HttpRequest) -> HttpResponse:
    """What browsers ask for beside a page that names no sign: a label, a sheet, a refusal of the API."""
    return HttpResponseRedirect(mark(request))


load_everything()  # facts are read back by their topics, so every topic must be declared
_operations, _, _namespace = api.urls
for _operation in _operations:
    assert _operation.callback is not None
    _operation.callback = coded(_operation.callback)

urlpatterns: list[URLPattern | URLResolver] = [
    path("favicon.ico", favicon),
    path("api/v1/", include((_operations, _namespace), namespace=_namespace)),
    path("", include("silkcast.domains.control_room.urls")),
    path("", include("silkcast.domains.shop.urls")),
]
handler400 = "silkcast.project.middleware.unreadable"
handler404 = "silkcast.project.middleware.not_found"
handler500 = "silkcast.project.middleware.failed"
