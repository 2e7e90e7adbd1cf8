"""Products, prices and stock on screen: what a form does is what the shelf and the price then are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from tests.domains.control_room.floor import Browser, Floor

from silkcast.domains.catalog.api import SetPrice, get_product
from silkcast.domains.catalog.contracts import ProductRole
from silkcast.domains.inventory.api import AddWarehouse, list_movements, list_stock, units_free
from silkcast.domains.inventory.contracts import WarehouseKind
from silkcast.kernel.ids import new_id
from silkcast.kernel.models import OutboxEvent
from silkcast.kernel.money import Money

NEW = {
    "title": "Silk tie",
    "title_zh": "真丝领带",
    "description": "Hand rolled",
    "role": "image",
    "markets": "US, DE",
    "sku_code": "TIE-1",
    "sku_name": "Navy",
    "price": "58",
    "cost": "12.50",
    "weight_g": "60",
}


def product(floor: Floor) -> str:
    return f"/control/products/{floor.products[0]}"


def test_a_product_is_made_with_its_first_sku(east: Floor, operator: Browser) -> None:
    answer = operator.post("/control/products", **NEW, merchant_id=east.base.merchants[1])
    assert answer.status_code == 303
    made = get_product(east.ctx, UUID(answer.headers["Location"].rsplit("/", 1)[1]), currency="USD")
    assert (made.title, made.title_zh, made.role, made.markets) == (
        "Silk tie",
        "真丝领带",
        ProductRole.IMAGE,
        ("US", "DE"),
    )
    assert made.merchant_id == east.base.merchants[1]
    (sku,) = made.skus
    assert (sku.code, sku.price, sku.cost, sku.weight_g) == ("TIE-1", Money(5800, "USD"), Money(1250, "USD"), 60)


def test_a_form_sent_again_makes_no_second_product(east: Floor, operator: Browser) -> None:
    sent = {**NEW, "merchant_id": east.base.merchants[0], "request_id": str(new_id())}
    first = operator.post("/control/products", **sent).headers["Location"]
    assert operator.post("/control/products", **sent).headers["Location"] == first


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"role": "king"}, "role"),
        ({"markets": "America"}, "markets"),
        ({"price": "free"}, "price"),
        ({"price": "0"}, "price"),
        ({"cost": "9000000000000.00"}, "cost"),
        ({"price": "10000000000.01"}, "price"),
        ({"weight_g": "0"}, "weight_g"),
        ({"merchant_id": "nobody"}, "merchant_id"),
    ],
)
def test_each_field_of_a_new_product_says_what_is_wrong_with_it(
    east: Floor, operator: Browser, changed: dict[str, Any], field: str
) -> None:
    before = OutboxEvent.objects.of(east.base.ctx.base_id).count()
    answer = operator.post("/control/products", **{**NEW, "merchant_id": east.base.merchants[0], **changed})
    assert answer.status_code == 422
    assert set(answer.context_data["refusal"]["fields"]) == {field}
    assert OutboxEvent.objects.of(east.base.ctx.base_id).count() == before


def test_all_wrong_fields_are_told_at_once(east: Floor, operator: Browser) -> None:
    answer = operator.post("/control/products", hx=True, **{**NEW, "title": "", "price": "x"})
    text = answer.content.decode()
    assert all(f'data-field="{name}"' in text for name in ("title", "price", "merchant_id"))


def test_words_role_and_markets_are_changed(east: Floor, operator: Browser) -> None:
    sent = {"title": "Scarf", "title_zh": "丝巾", "description": "", "description_zh": "", "role": "traffic"}
    assert operator.post(product(east), **sent, markets="JP").status_code == 303
    found = get_product(east.ctx, east.products[0], currency="USD")
    assert (found.title, found.title_zh, found.role, found.markets) == ("Scarf", "丝巾", ProductRole.TRAFFIC, ("JP",))


def test_a_product_is_called_by_its_name_in_the_readers_language(east: Floor, operator: Browser) -> None:
    assert operator.get(product(east)).context_data["product"]["heading"] == "Silk east-scarf"
    assert operator.in_chinese().get(product(east)).context_data["product"]["heading"] == "真丝 east-scarf"


def test_a_sku_is_added_and_a_code_taken_is_refused(east: Floor, operator: Browser) -> None:
    sent = {"code": "SCARF-2", "name": "Red", "price": "41", "cost": "12", "weight_g": "80"}
    added = operator.post(f"{product(east)}/skus", hx=True, **sent)
    assert added.status_code == 200
    assert "SCARF-2" in added.content.decode()
    again = operator.post(f"{product(east)}/skus", hx=True, **sent)
    assert again.status_code == 409
    assert 'data-code="catalog.sku_code_taken"' in again.content.decode()


def test_price_and_cost_change(east: Floor, operator: Browser) -> None:
    operator.post(f"{product(east)}/price", hx=True, sku_id=east.skus[0], price="42,50", cost="13")
    sku = get_product(east.ctx, east.products[0], currency="USD").skus[0]
    assert (sku.price, sku.cost) == (Money(4250, "USD"), Money(1300, "USD"))


def test_a_struck_price_stays_until_the_price_reaches_it(east: Floor, operator: Browser) -> None:
    sku_id = east.skus[0]
    east.does(SetPrice(sku_id=sku_id, price=Money(3900, "USD"), was=Money(5900, "USD")))

    def priced(typed: str) -> tuple[Money, Money | None]:
        answer = operator.post(f"{product(east)}/price", hx=True, sku_id=sku_id, price=typed, cost="13")
        assert answer.status_code == 200
        sku = get_product(east.ctx, east.products[0], currency="USD").skus[0]
        return sku.price, sku.was

    assert priced("58.99") == (Money(5899, "USD"), Money(5900, "USD"))
    assert priced("59") == (Money(5900, "USD"), None)


def test_goods_arrive_are_counted_and_transferred(east: Floor, operator: Browser) -> None:
    sku_id, here = east.skus[0], east.base.warehouse_id
    there = east.does(AddWarehouse(name="Overseas", kind=WarehouseKind.OVERSEAS, country="US")).warehouse_id
    moved = [
        {"kind": "receive", "units": 10},
        {"kind": "transfer", "units": 5, "to_warehouse_id": there},
        {"kind": "count", "units": 50},
    ]
    for sent in moved:
        answer = operator.post(
            f"{product(east)}/stock", hx=True, sku_id=sku_id, warehouse_id=here, reason="by hand", **sent
        )
        assert answer.status_code == 200, answer.content.decode()
    shelves = {row.warehouse_id: row.units_on_hand for row in list_stock(east.ctx, [sku_id])}
    assert shelves == {here: 50, there: 5}


def test_movements_sum_to_what_lies_on_the_shelves(east: Floor, operator: Browser) -> None:
    page = operator.get(product(east)).context_data
    assert sum(row["units"] for row in page["movements"]) == page["skus"][0]["units_on_hand"] == 48
    assert [row["words"] for row in page["movements"]][-2:] == ["Reserved for an order (2)", "Goods arrived"]
    assert len(page["movements"]) == len(list_movements(east.ctx, [east.skus[0]]))


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"kind": "transfer", "units": 5}, 422),
        ({"kind": "steal", "units": 5}, 422),
        ({"kind": "receive", "units": -1}, 422),
        ({"kind": "receive", "units": 0}, 422),
    ],
)
def test_a_movement_that_cannot_be_leaves_the_shelf_alone(
    east: Floor, operator: Browser, sent: dict[str, Any], status: int
) -> None:
    before = units_free(east.ctx, [east.skus[0]])
    sent = {"sku_id": east.skus[0], "warehouse_id": east.base.warehouse_id, "reason": "x", **sent}
    assert operator.post(f"{product(east)}/stock", hx=True, **sent).status_code == status
    assert units_free(east.ctx, [east.skus[0]]) == before


def test_a_transfer_of_more_than_is_free_is_refused(east: Floor, operator: Browser) -> None:
    there = east.does(AddWarehouse(name="Overseas", kind=WarehouseKind.OVERSEAS, country="US")).warehouse_id
    sent = {"kind": "transfer", "units": 49, "to_warehouse_id": there, "reason": "x", "sku_id": east.skus[0]}
    answer = operator.post(f"{product(east)}/stock", hx=True, warehouse_id=east.base.warehouse_id, **sent)
    assert answer.status_code == 409
    assert 'data-code="inventory.out_of_stock"' in answer.content.decode()


def test_the_list_pages_and_searches(east: Floor, operator: Browser) -> None:
    for number in range(30):
        east.base.sells(f"bulk-{number:02d}", 0)
    first, second = (operator.get("/control/products", page=str(n)).context_data["page"] for n in (1, 2))
    assert (len(first.object_list), len(second.object_list), first.paginator.count) == (25, 7, 32)
    found = operator.get("/control/products", query="bulk-07").context_data["page"]
    assert [row["title"] for row in found.object_list] == ["Silk bulk-07"]
    assert operator.get("/control/products", page="nonsense").status_code == 200
    assert operator.get("/control/products", page="999").status_code == 200


def test_the_form_of_a_product_offers_the_countries_that_parcels_go_to(east: Floor, operator: Browser) -> None:
    page = operator.get("/control/products")
    options = page.context_data["market_options"]
    assert {option["value"] for option in options if option["chosen"]} == {"US", "DE"}
    assert {"US", "DE", "JP"} <= {option["value"] for option in options}
    text = operator.in_chinese().get("/control/products").content.decode()
    assert 'value="JP"' in text
    assert "日本" in text


def test_a_product_made_on_the_screen_can_be_bought_and_says_what_is_in_the_way(east: Floor, operator: Browser) -> None:
    made = operator.post("/control/products", **{**NEW, "merchant_id": east.base.merchants[0], "markets": ["US", "JP"]})
    page = operator.get(made["Location"])
    assert page.context_data["obstacles"] == ["None left"]
    assert "Nobody can buy this product now" in page.content.decode()
    listed = operator.get("/control/products").context_data["page"].object_list
    assert (listed[0]["title"], listed[0]["obstacles"]) == (NEW["title"], ["None left"])
    refused = operator.post("/control/products", hx=True, **{**NEW, "markets": ""})
    assert 'data-field="markets"' in refused.content.decode()


def test_a_product_is_taken_off_sale_and_put_on_again(east: Floor, operator: Browser) -> None:
    path = product(east)
    assert operator.post(f"{path}/listing", listed="0").status_code == 303
    assert operator.get(path).context_data["obstacles"] == ["Off sale"]
    lines = {
        line.product_id: line.obstacles
        for line in operator.get(f"/control/shows/{east.show_id}").context_data["rundown"]
    }
    assert lines[east.products[0]] == ["Off sale"]
    assert operator.post(f"{path}/listing", listed="1").status_code == 303
    assert operator.get(path).context_data["obstacles"] == []
    assert "已下架" not in operator.in_chinese().get(path).content.decode()


def test_going_live_asks_first_and_names_what_goes_where_and_what_cannot_be_bought(
    east: Floor, operator: Browser
) -> None:
    path = f"/control/shows/{east.planned_id}"
    form = operator.get(path, hx=True, part="go_live_form").content.decode()
    assert "The rundown is empty" in form
    operator.post(f"{path}/rundown/add", product_id=east.products[0])
    operator.post(f"{product(east)}/listing", listed="0")
    form = operator.get(path, hx=True, part="go_live_form").content.decode()
    assert "Buyers could not buy:" in form
    assert "Off sale" in form
    assert f'action="{path}/start"' in form


@pytest.mark.parametrize(("language", "words"), [("en", "has no glyph for 𓀀𓁐"), ("zh", "没有 𓀀𓁐 的字形")])
def test_letters_that_the_price_card_cannot_show_are_said_at_the_product_and_on_the_rundown(
    east: Floor, operator: Browser, language: str, words: str
) -> None:
    sent = {"title": "Silk 𓀀 scarf 𓀀", "title_zh": "丝巾 𓁐", "role": "image"}
    operator.post(product(east), **sent)
    assert get_product(east.ctx, east.products[0], currency="USD").undrawable == "𓀀𓁐"
    reader = operator.in_chinese() if language == "zh" else operator
    for path in (product(east), f"/control/shows/{east.show_id}"):
        page = reader.get(path).content.decode()
        assert page.count('data-undrawable="𓀀𓁐"') == 1
        assert words in page
    planned = f"/control/shows/{east.planned_id}"
    operator.post(f"{planned}/rundown/add", product_id=east.products[0])
    asked = reader.get(planned, hx=True, part="go_live_form").content.decode()
    assert asked.count('data-undrawable="𓀀𓁐"') == 1
    assert words in asked


def test_titles_and_prices_that_can_be_shown_are_not_remarked_on(east: Floor, operator: Browser) -> None:
    operator.post(product(east), title="실크 ผ้าไหม وشاح Łódź", title_zh="真丝", role="image")
    for path in (product(east), f"/control/shows/{east.show_id}"):
        assert "data-undrawable" not in operator.get(path).content.decode()
