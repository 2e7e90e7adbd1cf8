"""The pages of this domain, for the control room, which draws the frame around them."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse

from silkcast.domains.insight import pages

# Below the address of a show; each takes the request and `show_id`.
OF_SHOW: dict[str, Callable[..., HttpResponse]] = {"airtime": pages.airtime, "airtime.csv": pages.airtime_csv}
