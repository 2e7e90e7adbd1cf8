"""The airtime ledger of a show that really sold: it equals the books, in every view, on page, in CSV and over REST."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from tests.cast import Base, Cast, on_air
from tests.entering import entered

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import RoomKind
from silkcast.domains.catalog import api as catalog
from silkcast.domains.insight import export
from silkcast.domains.insight.api import get_airtime, list_parts, seen_by
from silkcast.domains.insight.engine.airtime import Side
from silkcast.domains.orders.api import RefundOrder, get_checkout
from silkcast.domains.orders.contracts import LineWanted
from silkcast.domains.orders.fulfilment import buy_label, make_refund, send_off
from silkcast.domains.payments.api import EnterAdSpend, ledger_total
from silkcast.domains.payments.contracts import PostingKind
from silkcast.domains.studio import api as studio
from silkcast.kernel.actions import run
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.ids import ProductId, ShowId, SkuId, new_id
from silkcast.kernel.money import Money

pytestmark = pytest.mark.slow

MINUTES = 6


class Aired:
    """A show of the simulated base that has been on air for six minutes and sold for two merchants."""

    def __init__(self, own: Base) -> None:
        self.own = own
        started = replace(own.ctx, at=datetime.now(UTC) - timedelta(minutes=MINUTES, seconds=-20))
        room_id = run(started, base.AddRoom(name="Room", kind=RoomKind.STANDARD)).added_room_id
        key = studio.fresh_stream_key()
        run(
            started,
            studio.AddCamera(
                room_id=room_id, name="One", key_digest=studio.digest_of_stream_key(key), key_ending="abcd"
            ),
        )
        self.skus = (own.sells("scarf", 50), own.sells("mask", 50, merchant=1, price=1550, cost=400))
        of_sku = catalog.product_of_skus(own.ctx, self.skus)
        self.products = [ProductId(of_sku[sku]) for sku in self.skus]
        plan = studio.PlanShow(room_id=room_id, title="=Silk, live", language="en", currency=own.currency)
        self.show_id: ShowId = run(started, plan).show_id
        lines = [
            run(started, studio.AddToRundown(show_id=self.show_id, product_id=product)).line_id
            for product in self.products
        ]
        run(started, studio.GoLive(show_id=self.show_id))
        run(started, studio.StartPitch(show_id=self.show_id, line_id=lines[0]))
        self.pitch_id: UUID = studio.list_pitches(own.ctx, self.show_id)[0].id

    @property
    def ctx(self) -> Context:
        return replace(self.own.ctx, at=datetime.now(UTC))

    def buys(self, minute: int, *lines: tuple[SkuId, int], pitched: bool = False) -> list[UUID]:
        request = self.own.wants(*lines, show=on_air(self.show_id, minute))
        if pitched:
            lines_wanted = tuple(
                LineWanted(sku_id=line.sku_id, units=line.units, pitch_id=self.pitch_id) for line in request.lines
            )
            request = replace(request, lines=lines_wanted)
        self.own.places(request)
        from tests.cast import GOOD_CARD

        from silkcast.domains.orders import api as orders

        orders.pay(self.own.at(1), request.checkout_id, GOOD_CARD, "sandbox")
        return [order.id for order in get_checkout(self.own.ctx, request.checkout_id).orders]

    def refunds(self, order_id: UUID, minor: int) -> None:
        refund_id = new_id()
        wanted = RefundOrder(order_id=order_id, refund_id=refund_id, amount=Money(minor, self.own.currency))  # type: ignore[arg-type]
        run(self.own.at(60), wanted)
        make_refund(str(self.own.ctx.base_id), str(refund_id), "")

    def labels(self, order_id: UUID) -> None:
        buy_label(str(self.own.ctx.base_id), str(order_id), "")
        send_off(str(self.own.ctx.base_id), str(order_id), "")


@pytest.fixture
def aired(cast: Cast) -> Aired:
    show = Aired(cast.east)
    scarf, mask = show.skus
    show.buys(1, (scarf, 2), pitched=True)
    (both_scarf, _both_mask) = show.buys(3, (scarf, 1), (mask, 4))
    show.labels(both_scarf)
    (late,) = show.buys(3, (scarf, 1))
    show.refunds(late, 1000)
    wanted = EnterAdSpend(show_id=show.show_id, amount=Money(3001, "USD"), viewers_by_minute=(1, 0, 1, 1, 0, 0))
    run(show.ctx, wanted)
    return show


def merchant_view(show: Aired, number: int) -> Context:
    return seen_by(show.ctx, show.own.merchants[number])


def views(show: Aired) -> list[Context]:
    return [show.ctx, merchant_view(show, 0), merchant_view(show, 1)]


def test_every_view_equals_the_books(aired: Aired) -> None:
    for ctx in views(aired):
        found = get_airtime(ctx, aired.show_id)
        assert found.books.is_equal
        assert found.books.airtime == found.books.ledger == found.totals.profit
        assert not found.books.difference
        assert sum(row.profit.minor for row in found.minutes) == found.totals.profit.minor
        assert sum(row.gmv.minor for row in found.minutes) == ledger_total(ctx, aired.show_id)[PostingKind.CAPTURE]


def test_minutes_hold_what_was_placed_in_them(aired: Aired) -> None:
    rows = get_airtime(aired.ctx, aired.show_id).minutes
    assert len(rows) == MINUTES
    assert [(row.minute, row.orders, row.units) for row in rows if row.orders] == [(1, 1, 2), (3, 3, 6)]
    assert rows[1].gmv == Money(2 * 3900 + 500, "USD")
    assert rows[3].refunds == Money(1000, "USD")
    assert [row.ad_spend.minor for row in rows] == [1001, 0, 1000, 1000, 0, 0]
    assert {row.pitched for row in rows} == {("Silk scarf",)}


def test_who_bears_what(aired: Aired) -> None:
    whole = get_airtime(aired.ctx, aired.show_id).totals
    own = [get_airtime(merchant_view(aired, n), aired.show_id).totals for n in (0, 1)]
    assert whole.ad_spend == Money(3001, "USD")
    assert [totals.ad_spend.minor for totals in own] == [0, 0]
    assert whole.commission.minor == sum(totals.commission.minor for totals in own) > 0
    made = sum(totals.profit.minor for totals in own) + whole.commission.minor - whole.ad_spend.minor
    assert whole.profit.minor == made


def test_shipping_is_an_estimate_until_the_label(aired: Aired) -> None:
    rows = get_airtime(aired.ctx, aired.show_id).minutes
    assert [row.minute for row in rows if row.shipping_estimated] == [1, 3]
    labelled = aired.buys(5, (aired.skus[1], 1))
    aired.labels(labelled[0])
    assert not get_airtime(aired.ctx, aired.show_id).minutes[5].shipping_estimated


def test_a_merchants_view_names_and_counts_their_own_alone(aired: Aired) -> None:
    found = get_airtime(merchant_view(aired, 1), aired.show_id)
    assert (found.side, found.merchant_id) == (Side.MERCHANT, aired.own.merchants[1])
    assert (found.totals.orders, found.totals.units) == (1, 4)
    assert {row.pitched for row in found.minutes} == {()}
    assert {part.merchant for part in list_parts(merchant_view(aired, 1), aired.show_id)} == {"east merchant 2"}


def test_only_merchants_of_the_base_have_a_view(aired: Aired, cast: Cast) -> None:
    for merchant_id in (cast.west.merchants[0], new_id()):
        with pytest.raises(Missing):
            seen_by(aired.ctx, merchant_id)
    with pytest.raises(Missing):
        seen_by(merchant_view(aired, 0), aired.own.merchants[1])


def table(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_csv_has_the_same_columns_always_and_adds_up(aired: Aired) -> None:
    found = get_airtime(aired.ctx, aired.show_id)
    rows = table(export.minutes_csv(found))
    money = ["gmv", "refunds", "net", "cost_of_goods", "shipping", "platform_fee", "gateway_fee", "commission"]
    before = ["minute", "at", "pitch", "viewers", "orders", "units", "currency"]
    assert list(rows[0]) == [*before, *money, "ad_spend", "profit", "shipping_is_estimate"]
    for name in export.AMOUNTS:
        assert sum(Decimal(row[name]) for row in rows) == getattr(found.totals, name).decimal(), name
    assert {row["viewers"] for row in rows} == {""}


def test_the_detailed_csv_adds_up_to_the_same(aired: Aired) -> None:
    found = get_airtime(aired.ctx, aired.show_id)
    rows = table(export.parts_csv(list_parts(aired.ctx, aired.show_id), "USD"))
    for name in export.AMOUNTS:
        assert sum(Decimal(row[name]) for row in rows) == getattr(found.totals, name).decimal(), name
    sold = [(row["minute"], row["sku_code"], row["pitch_minute"], row["units"]) for row in rows if row["sku_code"]]
    assert sorted(sold) == [("1", "scarf", "0", "2"), ("3", "mask", "unpitched", "4"), ("3", "scarf", "unpitched", "2")]
    assert [row["ad_spend"] for row in rows if not row["sku_code"]] == ["10.01", "10.00", "10.00"]


def test_no_cell_of_a_csv_is_a_formula(aired: Aired) -> None:
    from silkcast.domains.catalog.api import ChangeProduct
    from silkcast.domains.catalog.contracts import ProductRole

    wanted = ChangeProduct(product_id=aired.products[0], title="=1+1", role=ProductRole.PROFIT)
    run(aired.ctx, wanted)
    rows = table(export.minutes_csv(get_airtime(aired.ctx, aired.show_id)))
    assert {row["pitch"] for row in rows} == {"'=1+1"}


ZH_HEADINGS = [
    *["分钟", "时间（Asia/Shanghai）", "讲解", "观众数", "已付款订单", "件数", "币种", "成交额", "退款", "净成交额"],
    *["商品成本", "运费", "平台费", "支付手续费", "佣金", "投流消耗", "利润", "运费为预估"],
]


@pytest.fixture
def clients(aired: Aired) -> dict[str, Any]:
    own = aired.own
    people = {"operator": own.operator, "seller": own.sellers[0]}
    return {name: entered(person.id) for name, person in people.items()}


def test_the_page_offers_the_views_that_are_the_persons_to_see(aired: Aired, clients: dict[str, Any]) -> None:
    path = f"/control/shows/{aired.show_id}/airtime"
    whole = clients["operator"].get(path).context_data
    assert [view["words"] for view in whole["views"]] == ["The whole base", "east merchant 1", "east merchant 2"]
    assert whole["books"].equal
    one = clients["operator"].get(whole["views"][2]["url"]).context_data
    assert (one["view"]["merchant_id"], one["totals"].units) == (aired.own.merchants[1], 4)
    own = clients["seller"].get(path).context_data
    assert [view["words"] for view in own["views"]] == ["east merchant 1"]
    assert own["totals"].units == 4
    assert own["may"]["ad_spend"] is False


def test_all_that_a_sale_changes_on_the_page_comes_as_one_part(aired: Aired, clients: dict[str, Any]) -> None:
    whole = clients["operator"].get(f"/control/shows/{aired.show_id}/airtime").context_data
    answer = clients["operator"].get(whole["part_url"], headers={"HX-Request": "true"})
    part, figures = answer.content.decode(), answer.context_data
    assert "<html" not in part
    assert [part.count(held) for held in ('class="books"', 'id="airtime"', "<tfoot>")] == [1, 1, 1]
    assert figures["totals"].profit == figures["books"].airtime == figures["books"].ledger
    assert sum(figures["chart"]["profit"]) == figures["totals"].profit.minor


def test_the_page_says_what_is_estimated_in_both_languages(aired: Aired, clients: dict[str, Any]) -> None:
    client, path = clients["operator"], f"/control/shows/{aired.show_id}/airtime"
    assert "Shipping of 2 minutes is the rate card's estimate" in " ".join(client.get(path).context_data["estimates"])
    client.cookies["django_language"] = "zh-hans"
    words = " ".join(client.get(path).context_data["estimates"])
    assert "有 2 分钟的运费按运费表预估" in words
    assert "投流消耗按整场录入" in words


def test_the_charts_lines_are_the_tables(aired: Aired, clients: dict[str, Any]) -> None:
    page = clients["operator"].get(f"/control/shows/{aired.show_id}/airtime").context_data
    chart, minutes = page["chart"], page["minutes"]
    for name in ("gmv", "refunds", "cost_of_goods", "shipping", "ad_spend", "profit"):
        assert chart[name] == [getattr(row, name).minor for row in minutes]
    assert chart["fees"] == [row.platform_fee.minor + row.gateway_fee.minor for row in minutes]
    assert chart["pitches"] == [{"from": 0, "to": MINUTES - 1, "name": "Silk scarf"}]


def test_a_long_show_lists_its_last_minutes_and_totals_all(
    aired: Aired, clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from silkcast.domains.insight import pages

    monkeypatch.setattr(pages, "MINUTES_SHOWN_MAX", 4)
    page = clients["operator"].get(f"/control/shows/{aired.show_id}/airtime").context_data
    assert [row.minute for row in page["minutes"]] == [2, 3, 4, 5]
    assert page["minutes_before"] == 2
    assert page["totals"].units == 8
    assert page["chart"]["pitches"][0]["from"] == 2


def test_the_csv_is_downloaded_under_a_name_of_its_own(aired: Aired, clients: dict[str, Any]) -> None:
    answer = clients["operator"].get(f"/control/shows/{aired.show_id}/airtime.csv", {"detail": "sku"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="airtime-by-sku-{aired.show_id}.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    own = clients["seller"].get(f"/control/shows/{aired.show_id}/airtime.csv", {"detail": "sku"}).content.decode()
    assert "east merchant 2" not in own


def test_the_pages_csv_speaks_the_pages_language_and_by_the_bases_clocks(aired: Aired, clients: dict[str, Any]) -> None:
    client, path = clients["operator"], f"/control/shows/{aired.show_id}/airtime.csv"
    aired.own.does(base.SetBase(time_zone="Asia/Shanghai"))
    first = get_airtime(aired.ctx, aired.show_id).minutes[0]
    at = first.at.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")
    rows = table(client.get(path).content.decode())
    assert list(rows[0])[:7] == [
        *["Minute", "Time (Asia/Shanghai)", "Pitch", "Viewers", "Paid orders", "Quantity", "Currency"]
    ]
    assert rows[0]["Time (Asia/Shanghai)"] == at
    assert [row["Shipping is an estimate"] for row in rows[:2]] == ["no", "yes"]
    by_browser = table(client.get(path, headers={"Accept-Language": "zh-CN"}).content.decode())
    client.cookies["django_language"] = "zh-hans"
    by_cookie = table(client.get(path).content.decode())
    assert by_browser == by_cookie
    assert list(by_cookie[0]) == ZH_HEADINGS
    assert by_cookie[0]["时间（Asia/Shanghai）"] == at
    assert [row["运费为预估"] for row in by_cookie[:2]] == ["否", "是"]
    detail = table(client.get(path, {"detail": "sku"}).content.decode())
    assert list(detail[0])[2:7] == ["商家", "商品", "SKU 编码", "SKU 名称", "讲解起始分钟"]
    assert {row["讲解起始分钟"] for row in detail} == {"", "0", "未讲解"}


def test_a_programs_csv_has_names_that_stay_until_a_language_is_asked_for(aired: Aired) -> None:
    key, path = api_key(aired.own, "ledger.read"), f"/shows/{aired.show_id}/airtime.csv"
    url = f"/api/v1{path}"
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": "zh-CN"}
    rows = table(Client().get(url, headers=headers).content.decode())
    assert tuple(rows[0]) == export.COLUMNS
    at = get_airtime(aired.ctx, aired.show_id).minutes[0].at
    assert datetime.fromisoformat(rows[0]["at"]) == at.replace(microsecond=0)
    zone = base.get_base(aired.own.ctx.base_id).time_zone
    assert list(table(asked(key, path, language="en").content.decode())[0])[1] == f"Time ({zone})"
    assert list(table(asked(key, path, language="zh").content.decode())[0])[1] == f"时间（{zone}）"
    refused = asked(key, path, language="xx")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "kernel.invalid")


def api_key(own: Base, *scopes: str) -> str:
    key = base.fresh_key()
    own.does(
        base.MakeApiKey(name="t", scopes=scopes, digest=base.digest_of_key(key), prefix=key[:8]),
    )
    return key


def asked(key: str, path: str, **parameters: Any) -> Any:
    return Client().get(f"/api/v1{path}", parameters, headers={"Authorization": f"Bearer {key}"})


def test_a_program_reads_the_same_ledger(aired: Aired) -> None:
    key = api_key(aired.own, "ledger.read")
    told = asked(key, f"/shows/{aired.show_id}/airtime").json()
    found = get_airtime(aired.ctx, aired.show_id)
    assert (told["view"], told["show_id"], told["currency"]) == ("base", str(aired.show_id), "USD")
    assert [row["profit"]["minor"] for row in told["minutes"]] == [row.profit.minor for row in found.minutes]
    assert told["books"]["is_equal"] is True
    assert told["books"]["difference"] == {"minor": 0, "currency": "USD"}
    one = asked(key, f"/shows/{aired.show_id}/airtime", merchant_id=str(aired.own.merchants[1])).json()
    assert (one["view"], one["totals"]["units"]) == ("merchant", 4)
    sheet = asked(key, f"/shows/{aired.show_id}/airtime.csv", detail="sku")
    assert sheet.content.decode() == export.parts_csv(list_parts(aired.ctx, aired.show_id), "USD")


def test_a_program_needs_the_scope_and_the_base(aired: Aired, cast: Cast) -> None:
    path = f"/shows/{aired.show_id}/airtime"
    assert asked(api_key(aired.own, "orders.read"), path).status_code == 403
    for suffix in ("", ".csv"):
        assert asked(api_key(cast.west, "ledger.read"), path + suffix).status_code == 404
