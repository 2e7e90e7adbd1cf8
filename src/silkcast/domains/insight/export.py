"""The airtime ledger as a sheet: the same columns in the same order always.

Rows add up to the ledger's totals; there is no row of totals among them. Amounts are decimals in the base's currency.
For people, headings and words are in the language of who asks and moments in the base's zone, which the heading names;
for programs the headings are names that stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from silkcast.domains.base.api import get_base
from silkcast.domains.insight.contracts import Airtime, AirtimePart, Figures
from silkcast.domains.insight.queries import get_airtime, list_parts
from silkcast.kernel.context import Context
from silkcast.kernel.sheets import Cell, sheet

AMOUNTS = (
    "gmv",
    "refunds",
    "net",
    "cost_of_goods",
    "shipping",
    "platform_fee",
    "gateway_fee",
    "commission",
    "ad_spend",
    "profit",
)
COLUMNS = ("minute", "at", "pitch", "viewers", "orders", "units", "currency", *AMOUNTS, "shipping_is_estimate")
DETAIL_COLUMNS = (
    "minute",
    "at",
    "merchant",
    "product",
    "sku_code",
    "sku_name",
    "pitch_minute",
    "orders",
    "units",
    "currency",
    *AMOUNTS,
    "shipping_is_estimate",
)
WORDS = {
    "minute": _("Minute"),
    "at": _("Time (%(zone)s)"),
    "pitch": _("Pitch"),
    "viewers": _("Viewers"),
    "orders": _("Paid orders"),
    "units": _("Quantity"),
    "currency": _("Currency"),
    "merchant": _("Merchant"),
    "product": _("Product"),
    "sku_code": _("SKU code"),
    "sku_name": _("SKU name"),
    "pitch_minute": _("Minute of the pitch"),
    "gmv": _("GMV"),
    "refunds": _("Refunds"),
    "net": _("Net sales"),
    "cost_of_goods": _("Cost of goods"),
    "shipping": _("Shipping"),
    "platform_fee": _("Platform fee"),
    "gateway_fee": _("Gateway fee"),
    "commission": _("Commission"),
    "ad_spend": _("Ad spend"),
    "profit": _("Profit"),
    "shipping_is_estimate": _("Shipping is an estimate"),
    "unpitched": _("unpitched"),
    "yes": _("yes"),
    "no": _("no"),
}


class Wording:
    """How a sheet names things: with a `zone` for people, in the language now spoken, else for programs."""

    def __init__(self, zone: str | None = None) -> None:
        self.zone = zone

    def __call__(self, name: str) -> str:
        return name if self.zone is None else str(WORDS[name]) % {"zone": self.zone}

    def sheet(self, columns: Iterable[str], rows: Iterable[list[Cell]]) -> str:
        return sheet([self(name) for name in columns], rows, self.zone)


FOR_PROGRAMS = Wording()


def csv_answer(ctx: Context, show_id: UUID, detail: str, *, for_people: bool) -> HttpResponse:
    """The file to download; `detail` "sku" for a row per SKU and pitch of a minute."""
    base = get_base(ctx.base_id)
    words = Wording(base.time_zone) if for_people else FOR_PROGRAMS
    if detail == "sku":
        name, text = "airtime-by-sku", parts_csv(list_parts(ctx, show_id), base.currency, words)
    else:
        name, text = "airtime", minutes_csv(get_airtime(ctx, show_id), words)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{show_id}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def minutes_csv(airtime: Airtime, words: Wording = FOR_PROGRAMS) -> str:
    return words.sheet(
        COLUMNS,
        (
            [
                row.minute,
                row.at,
                " / ".join(row.pitched),
                row.viewers,
                row.orders,
                row.units,
                airtime.currency,
                *_amounts(row, words),
            ]
            for row in airtime.minutes
        ),
    )


def parts_csv(parts: Iterable[AirtimePart], currency: str, words: Wording = FOR_PROGRAMS) -> str:
    return words.sheet(
        DETAIL_COLUMNS,
        (
            [
                row.minute,
                row.at,
                row.merchant,
                row.product,
                row.sku_code,
                row.sku_name,
                _pitch(row, words),
                row.orders,
                row.units,
                currency,
                *_amounts(row, words),
            ]
            for row in parts
        ),
    )


def _pitch(row: AirtimePart, words: Wording) -> str | int:
    if row.pitch_minute is not None:
        return row.pitch_minute
    return words("unpitched") if row.sku_code else ""


def _amounts(row: Figures, words: Wording) -> list[Cell]:
    amounts: list[Cell] = [getattr(row, name).decimal() for name in AMOUNTS]
    return [*amounts, words("yes" if row.shipping_estimated else "no")]
