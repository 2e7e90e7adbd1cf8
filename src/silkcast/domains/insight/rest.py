"""The airtime ledger for programs: as JSON, and as the same CSV that the page offers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from ninja import Router, Schema

from silkcast.domains.insight.contracts import Airtime
from silkcast.domains.insight.export import csv_answer
from silkcast.domains.insight.queries import get_airtime, seen_by
from silkcast.kernel.rest import Id, allowed

router = Router(tags=["airtime"])
CSV = {"type": "string"}
TRANSLATED = {"en": "en", "zh": "zh-hans"}


class Amount(Schema):
    """Minor units of a currency: 3900 USD is $39.00."""

    minor: int
    currency: str


class FiguresOut(Schema):
    """`viewers` null: not known just now. Commission is a merchant's cost and stays within the base."""

    viewers: int | None
    orders: int
    units: int
    gmv: Amount
    refunds: Amount
    net: Amount
    cost_of_goods: Amount
    shipping: Amount
    platform_fee: Amount
    gateway_fee: Amount
    commission: Amount
    ad_spend: Amount
    profit: Amount
    shipping_estimated: bool
    ad_spend_spread: bool


class MinuteOut(FiguresOut):
    """`pitched`: titles of the products that were presented in the minute."""

    minute: int
    at: datetime
    pitched: list[str]


class BooksOut(Schema):
    """The airtime's profit beside the one that the ledger gives when read without minutes."""

    is_equal: bool
    airtime: Amount
    ledger: Amount
    difference: Amount


class AirtimeOut(Schema):
    show_id: UUID
    view: Literal["base", "merchant"]
    merchant_id: UUID | None
    currency: str
    minutes: list[MinuteOut]
    totals: FiguresOut
    books: BooksOut

    @staticmethod
    def resolve_show_id(airtime: Airtime) -> UUID:
        return airtime.show.id

    @staticmethod
    def resolve_view(airtime: Airtime) -> str:
        return airtime.side.value


@router.get("/shows/{uuid:show_id}/airtime", response=AirtimeOut)
def read_airtime(request: HttpRequest, show_id: UUID, merchant_id: Id | None = None) -> Airtime:
    """Profit of each minute on air, in the base's view or in one merchant's."""
    return get_airtime(seen_by(allowed(request, "read.ledger"), merchant_id), show_id)


@router.get(
    "/shows/{uuid:show_id}/airtime.csv",
    openapi_extra={"responses": {200: {"description": "The sheet.", "content": {"text/csv": {"schema": CSV}}}}},
)
def read_airtime_csv(
    request: HttpRequest,
    show_id: UUID,
    merchant_id: Id | None = None,
    detail: Literal["", "sku"] = "",
    language: Literal["", "en", "zh"] = "",
) -> HttpResponse:
    """The same as a spreadsheet; `detail=sku` has a row for each SKU and pitch of a minute.

    Headings are names that stay and `at` is RFC 3339 in UTC. With a `language` the sheet is for people, as the page
    gives it: headings in that language, times by the base's clocks.
    """
    view = seen_by(allowed(request, "read.ledger"), merchant_id)
    with override(TRANSLATED.get(language)):
        return csv_answer(view, show_id, detail, for_people=bool(language))
