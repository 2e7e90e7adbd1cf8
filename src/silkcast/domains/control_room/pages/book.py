"""/ui-book/: every shared part of the pages on one, for those who build them. Its figures are made up and say so."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from silkcast.domains.control_room.frame import home
from silkcast.domains.control_room.queries.listing import page_of
from silkcast.kernel.http import context
from silkcast.kernel.money import Money
from silkcast.kernel.rest import allowed

ROWS_SHOWN = 60


def book(request: HttpRequest) -> HttpResponse:
    allowed(request, "read.audit")
    at = context(request).at
    sample = {
        "theme": "shop" if request.GET.get("theme") == "shop" else "control",
        "price": Money(3900, "USD"),
        "was": Money(5900, "USD"),
        "minus": Money(-1250, "USD"),
        "page": page_of([{"id": number} for number in range(ROWS_SHOWN // 2)], ROWS_SHOWN, 1),
        "refusal": {"code": "sample.refused", "words": "A refusal, made up.", "fields": {"price": "Made up."}},
        "zone": home(request).time_zone,
        "at": at,
        "chart": {"names": ["a", "b", "c", "d"], "values": [3, 5, 2, 4]},
    }
    return TemplateResponse(request, "ui/book.html", sample)
