"""The airtime ledger as CSV, for spreadsheets: UTF-8 with a byte order mark, the same columns in the same order always.

Rows add up to the ledger's totals; there is no row of totals among them. Amounts are decimals in the base's currency.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.http import HttpResponse

from silkcast.domains.base.api import get_base
from silkcast.domains.insight.contracts import Airtime, AirtimePart, Figures
from silkcast.domains.insight.queries import get_airtime, list_parts
from silkcast.kernel.context import Context

BOM = "\ufeff"
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
UNPITCHED = "unpitched"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_answer(ctx: Context, show_id: UUID, detail: str) -> HttpResponse:
    """The file to download; `detail` "sku" for a row per SKU and pitch of a minute."""
    if detail == "sku":
        name, sheet = "airtime-by-sku", parts_csv(list_parts(ctx, show_id), get_base(ctx.base_id).currency)
    else:
        name, sheet = "airtime", minutes_csv(get_airtime(ctx, show_id))
    answer = HttpResponse(sheet, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{show_id}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def minutes_csv(airtime: Airtime) -> str:
    return _written(
        COLUMNS,
        (
            [
                row.minute,
                row.at.isoformat(timespec="seconds"),
                _text(" / ".join(row.pitched)),
                "" if row.viewers is None else row.viewers,
                row.orders,
                row.units,
                airtime.currency,
                *_amounts(row),
            ]
            for row in airtime.minutes
        ),
    )


def parts_csv(parts: Iterable[AirtimePart], currency: str) -> str:
    return _written(
        DETAIL_COLUMNS,
        (
            [
                row.minute,
                row.at.isoformat(timespec="seconds"),
                _text(row.merchant),
                _text(row.product),
                _text(row.sku_code),
                _text(row.sku_name),
                _pitch(row),
                row.orders,
                row.units,
                currency,
                *_amounts(row),
            ]
            for row in parts
        ),
    )


def _pitch(row: AirtimePart) -> str | int:
    if row.pitch_minute is not None:
        return row.pitch_minute
    return UNPITCHED if row.sku_code else ""


def _amounts(row: Figures) -> list[str]:
    # Fixed point: a spreadsheet reads 0E-2 as text.
    return [f"{getattr(row, name).decimal():f}" for name in AMOUNTS] + ["yes" if row.shipping_estimated else "no"]


def _text(words: str) -> str:
    """A cell that a spreadsheet does not take for a formula, whoever named the product."""
    return f"'{words}" if words.startswith(_FORMULA_STARTS) else words


def _written(columns: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    sheet = io.StringIO()
    sheet.write(BOM)
    writer = csv.writer(sheet)
    writer.writerow(columns)
    writer.writerows(rows)
    return sheet.getvalue()
