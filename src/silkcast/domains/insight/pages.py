"""The airtime ledger on screen: /control/shows/<id>/airtime.

Views answer with a TemplateResponse; the control room, which owns the frame around it, adds what the frame shows.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from silkcast.domains.base.api import get_base, list_merchants
from silkcast.domains.insight.contracts import Airtime, AirtimeMinute
from silkcast.domains.insight.engine.airtime import MINUTE_MS, Side
from silkcast.domains.insight.export import csv_answer
from silkcast.domains.insight.queries import get_airtime, seen_by
from silkcast.domains.studio.contracts import ShowState
from silkcast.kernel.context import Context, permits
from silkcast.kernel.http import uuid_or_missing
from silkcast.kernel.money import exponent
from silkcast.kernel.rest import allowed

MINUTES_SHOWN_MAX = 1_440


def airtime(request: HttpRequest, show_id: UUID) -> HttpResponse:
    ctx = allowed(request, "read.ledger")
    view = seen_by(ctx, _chosen_merchant(request))
    found = get_airtime(view, show_id)
    shown = found.minutes[-MINUTES_SHOWN_MAX:]
    is_on_air = found.show.state is ShowState.LIVE
    context: dict[str, Any] = {
        "section": "shows",
        "show": {
            "id": found.show.id,
            "number": found.show.number,
            "title": found.show.title,
            "started_at": found.show.started_at,
            "ended_at": found.show.ended_at,
            "zone": get_base(ctx.base_id).time_zone,
            "on_air": is_on_air,
        },
        **_views(ctx, found),
        "minutes": shown,
        "minutes_before": len(found.minutes) - len(shown),
        "totals": found.totals,
        "books": found.books,
        "estimates": _estimates(found),
        "part_url": _url(found.show.id, found.merchant_id, part="airtime"),
        "csv_url": _url(found.show.id, found.merchant_id, "airtime.csv"),
        "csv_detail_url": _url(found.show.id, found.merchant_id, "airtime.csv", detail="sku"),
        "chart": _chart(found, shown),
        "show_ids": [show_id] if is_on_air else [],
        "may": {"ad_spend": permits(ctx, "payments.enter_ad_spend", merchant_id=ctx.merchant_id)},
    }
    is_part = request.GET.get("part") == "airtime" and "HX-Request" in request.headers
    return TemplateResponse(request, "insight/_airtime.html" if is_part else "insight/airtime.html", context)


def airtime_csv(request: HttpRequest, show_id: UUID) -> HttpResponse:
    view = seen_by(allowed(request, "read.ledger"), _chosen_merchant(request))
    return csv_answer(view, show_id, request.GET.get("detail", ""), for_people=True)


def _chosen_merchant(request: HttpRequest) -> UUID | None:
    chosen = request.GET.get("merchant")
    return uuid_or_missing(chosen) if chosen else None


def _url(show_id: UUID, merchant_id: UUID | None, page: str = "airtime", **more: str) -> str:
    asked = {**({"merchant": str(merchant_id)} if merchant_id else {}), **more}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"/control/shows/{show_id}/{page}" + (f"?{query}" if query else "")


def _views(ctx: Context, found: Airtime) -> dict[str, Any]:
    """The base's view and each merchant's, as far as the person may see them; and the one that is shown."""

    def view(side: Side, merchant_id: UUID | None, words: str) -> dict[str, Any]:
        address = _url(found.show.id, merchant_id)
        return {"kind": side.value, "merchant_id": merchant_id, "words": words, "url": address}

    views = [view(Side.MERCHANT, merchant.id, merchant.name) for merchant in list_merchants(ctx)]
    if ctx.merchant_id is None:
        views.insert(0, view(Side.BASE, None, _("The whole base")))
    return {"views": views, "view": next(view for view in views if view["merchant_id"] == found.merchant_id)}


def _estimates(found: Airtime) -> list[str]:
    """What of these figures is no more than an estimate, in words."""
    words = []
    estimated = sum(minute.shipping_estimated for minute in found.minutes)
    if estimated:
        words.append(
            ngettext(
                "Shipping of %(n)d minute is the rate card's estimate, until its parcels have labels.",
                "Shipping of %(n)d minutes is the rate card's estimate, until their parcels have labels.",
                estimated,
            )
            % {"n": estimated}
        )
    if found.totals.ad_spend_spread:
        words.append(_("Ad spend was entered for the whole show; it is spread over the minutes by their viewers."))
    if found.totals.viewers is None:
        words.append(_("Viewers are not known just now: the part of the system that counts them does not answer."))
    return words


def _chart(found: Airtime, shown: tuple[AirtimeMinute, ...]) -> dict[str, Any]:
    def minors(name: str) -> list[int]:
        return [getattr(minute, name).minor for minute in shown]

    fees = [
        minute.platform_fee.minor
        + minute.gateway_fee.minor
        + (minute.commission.minor if found.side is Side.MERCHANT else 0)
        for minute in shown
    ]
    last, first = len(found.minutes) - 1, len(found.minutes) - len(shown)
    return {
        "minutes": [minute.minute for minute in shown],
        **{name: minors(name) for name in ("gmv", "cost_of_goods", "shipping", "ad_spend", "refunds", "profit")},
        "fees": fees,
        "currency": found.currency,
        "exponent": exponent(found.currency),
        "pitches": [
            {
                "from": max(first, span.started_ms // MINUTE_MS),
                "to": last if span.ended_ms is None else max(first, min(last, span.ended_ms // MINUTE_MS)),
                "name": title,
            }
            for span, title in found.pitches
        ],
    }
