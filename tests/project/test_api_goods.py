"""Products, prices, rates, stock and ways of shipping, as a program sets and reads them."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from silkcast.domains.catalog.models import Product
from silkcast.kernel.ids import new_id
from silkcast.kernel.models import AuditEntry
from tests.project.stage import Program, Stage

USD = {"currency": "USD"}
SKU = {"code": "S-1", "name": "Red", "price": {"minor": 1000, **USD}, "cost": {"minor": 400, **USD}, "weight_g": 100}
PRODUCT = {"title": "Tea set", "title_zh": "茶具", "role": "image", "markets": ["US", "DE"], "sku": SKU}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_product_is_added_read_changed_and_given_another_sku(stage: Stage, program: Program) -> None:
    added = program.asks("post", "/products", {**PRODUCT, "merchant_id": str(stage.base.merchants[0])})
    assert added.status_code == 201
    path = f"/products/{added.json()['product_id']}"
    told = program.reads(path)
    assert (told["title"], told["title_zh"], told["role"], told["markets"]) == (
        "Tea set",
        "茶具",
        "image",
        ["US", "DE"],
    )
    assert told["skus"][0]["price"] == {"minor": 1000, "currency": "USD"}
    changed = {"title": "Tea set for two", "role": "profit", "markets": ["US"]}
    assert program.asks("put", path, changed).status_code == 200
    assert program.asks("post", f"{path}/skus", {**SKU, "code": "S-2"}).status_code == 201
    told = program.reads(path)
    assert (told["title"], told["title_zh"], told["markets"]) == ("Tea set for two", "", ["US"])
    assert [sku["code"] for sku in told["skus"]] == ["S-1", "S-2"]


def test_a_repeated_request_adds_one_product_and_gets_the_same_answer(stage: Stage, program: Program) -> None:
    body = {**PRODUCT, "merchant_id": str(stage.base.merchants[0])}
    first, second = (program.asks("post", "/products", body, key="once") for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert program.reads("/products", search="Tea set")["total"] == 1
    other = program.asks("post", "/products", {**body, "title": "Other"}, key="once")
    assert code(other) == (422, "kernel.idempotency_mismatch")
    assert code(program.asks("post", "/rooms", {"name": "x", "kind": "hall"}, key="once"))[0] == 422


def test_a_merchants_key_need_not_name_its_merchant_and_a_bases_key_must(stage: Stage, program: Program) -> None:
    added = Program(stage.key(merchant=1)).asks("post", "/products", PRODUCT)
    assert Product.objects.scoped(stage.ctx).one(id=added.json()["product_id"]).merchant_id == stage.base.merchants[1]
    assert code(program.asks("post", "/products", PRODUCT)) == (422, "kernel.invalid")
    assert code(program.asks("post", "/products", {**PRODUCT, "merchant_id": str(new_id())})) == (404, "kernel.missing")


def test_what_makes_no_sense_is_refused_with_a_code(stage: Stage, program: Program) -> None:
    body = {**PRODUCT, "merchant_id": str(stage.base.merchants[0])}
    before = AuditEntry.objects.of(stage.base.ctx.base_id).count()
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"sku": {**SKU, "price": {"minor": 5, "currency": "XXX"}}}, 422, "money.currency_unknown"),
        ({"sku": {**SKU, "price": {"minor": -5, **USD}}}, 422, "kernel.invalid"),
        ({"sku": {**SKU, "price": {"minor": 10**12 + 1, **USD}}}, 422, "kernel.invalid"),
        ({"sku": {**SKU, "code": "east-A"}}, 409, "catalog.sku_code_taken"),
        ({"sku": {**SKU, "was": {"minor": 5900, "currency": "JPY"}}}, 422, "kernel.invalid"),
        ({"sku": {**SKU, "weight_g": 0}}, 422, "kernel.invalid"),
        ({"role": "loss"}, 422, "kernel.invalid"),
        ({"markets": ["USA"]}, 422, "kernel.invalid"),
        ({"image": "../../etc/passwd"}, 422, "kernel.invalid"),
        ({"image": "labels/x.pdf"}, 422, "kernel.invalid"),
        ({"title": ""}, 422, "kernel.invalid"),
        ({"title": "Silk\nscarf"}, 422, "kernel.invalid"),
        ({"sku": {**SKU, "code": "S\u2028-1"}}, 422, "kernel.invalid"),
    ]
    for change, status, name in wrong:
        assert code(program.asks("post", "/products", {**body, **change})) == (status, name), change
    assert AuditEntry.objects.of(stage.base.ctx.base_id).count() == before


def test_a_price_is_set_per_currency_and_read_in_any_that_has_a_rate(stage: Stage, program: Program) -> None:
    sku_id = stage.base.skus["east-A"]
    product = f"/products/{stage.product_of(sku_id)}"
    price = {"price": {"minor": 3500, **USD}, "was": {"minor": 3900, **USD}, "cost": {"minor": 1100, **USD}}
    assert program.asks("put", f"/skus/{sku_id}/price", price).status_code == 200
    (sku,) = program.reads(product)["skus"]
    assert (sku["price"]["minor"], sku["was"]["minor"], sku["cost"]["minor"]) == (3500, 3900, 1100)
    rate = {"unit": "USD", "quote": "JPY", "rate": "150", "source": "bank"}
    assert program.asks("post", "/rates", rate).status_code == 204
    assert program.reads(product, currency="JPY")["skus"][0]["price"] == {"minor": 5250, "currency": "JPY"}
    assert program.reads("/rates/USD/JPY")["rate"] == "150.0000000000"
    assert code(program.asks("get", "/rates/USD/CHF")) == (422, "catalog.no_rate")
    assert [r["source"] for r in program.reads("/rates")["items"]] == ["bank"]
    assert program.reads("/products", currency="CHF")["total"] == 2


def test_stock_is_received_counted_and_moved_and_every_change_has_its_cause(stage: Stage, program: Program) -> None:
    sku_id = stage.base.skus["east-A"]
    made = program.asks("post", "/warehouses", {"name": "Overseas", "kind": "overseas", "country": "US"})
    here, there = str(stage.base.warehouse_id), made.json()["warehouse_id"]
    path = f"/skus/{sku_id}/movements"
    for body in (
        {"kind": "receive", "warehouse_id": here, "units": 5},
        {"kind": "transfer", "warehouse_id": here, "to_warehouse_id": there, "units": 4},
        {"kind": "count", "warehouse_id": here, "units": 9},
    ):
        assert program.asks("post", path, body).status_code == 201
    shelves = program.reads(f"/skus/{sku_id}/stock")["items"]
    assert {s["warehouse_id"]: s["units_on_hand"] for s in shelves} == {here: 9, there: 4}
    moved = program.reads(path)
    assert [(m["kind"], m["units_on_hand_change"]) for m in moved["items"]] == [
        ("count", -2), ("transfer", 4), ("transfer", -4), ("receive", 5), ("receive", 10),
    ]  # fmt: skip
    assert moved["total"] == 5
    runs = {line["id"] for line in program.reads("/audit", limit=200)["items"]}
    assert {m["cause_id"] for m in moved["items"]} <= runs
    too_many = {"kind": "transfer", "warehouse_id": here, "to_warehouse_id": there, "units": 99}
    assert code(program.asks("post", path, too_many)) == (409, "inventory.out_of_stock")
    (found,) = [s for s in program.reads("/stock", search="east-A")["items"] if s["sku_id"] == str(sku_id)]
    assert (found["units_on_hand"], found["units_free"], len(found["shelves"])) == (13, 13, 2)


def test_ways_of_shipping_are_added_and_priced_by_weight(program: Program) -> None:
    card = {"name": "Express", "carrier": "sandbox", "countries": ["DE"], "days_least": 1, "days_most": 2}
    prices = {"first": {"minor": 1500, **USD}, "per_kg": {"minor": 500, **USD}}
    assert program.asks("post", "/rate-cards", {**card, **prices}).status_code == 201
    assert [c["name"] for c in program.reads("/rate-cards")["items"]] == ["Standard", "Express"]
    (to_germany,) = program.reads("/shipping-options", country="DE", weight_g=1500)["items"]
    assert (to_germany["name"], to_germany["price"]) == ("Express", {"minor": 2000, "currency": "USD"})
    unknown = program.asks("post", "/rate-cards", {**card, **prices, "carrier": "owl"})
    assert code(unknown) == (404, "kernel.missing")


def test_lists_come_in_pages_and_in_a_fixed_number_of_queries(stage: Stage, program: Program) -> None:
    paths = ["/products", "/stock", "/merchants", "/rooms", "/people", "/keys", "/audit", "/events", "/orders"]

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            program.reads(path, limit=200)
        return len(seen)

    stage.base.bought((stage.base.skus["east-A"], 1))
    few = {path: queries(path) for path in paths}
    for number in range(6):
        stage.base.bought((stage.base.sells(f"more-{number}", 5), 1))
    assert {path: queries(path) for path in paths} == few
    assert max(few.values()) <= 15
    first = program.reads("/products", limit=3)
    assert (len(first["items"]), first["next"], first["total"]) == (3, 3, 8)
    rest = program.reads("/products", limit=200, offset=3)
    assert (len(rest["items"]), rest["next"]) == (5, None)
    seen = [product["id"] for product in first["items"] + rest["items"]]
    assert len(set(seen)) == 8


def test_a_merchant_is_taken_in_once(stage: Stage, program: Program) -> None:
    wanted = {"name": "Silk Road", "commission_bp": 800}
    made, again = (program.asks("post", "/merchants", wanted, key="once") for _ in range(2))
    assert (made.status_code, made.json()) == (201, again.json())
    told = next(each for each in program.reads("/merchants")["items"] if each["name"] == "Silk Road")
    assert (told["id"], told["commission_bp"]) == (made.json()["added_merchant_id"], 800)
    assert code(program.asks("post", "/merchants", wanted)) == (409, "base.merchant_name_taken")
    assert code(program.asks("post", "/merchants", {"name": " ", "commission_bp": 1})) == (422, "kernel.name_invalid")
    assert code(program.asks("post", "/merchants", {"name": "x", "commission_bp": 10_001})) == (422, "kernel.invalid")
    others = Program(stage.key("shows.write", "keys.write"))
    assert code(others.asks("post", "/merchants", wanted)) == (403, "kernel.not_allowed")


def test_rooms_people_and_merchants_are_told(stage: Stage, program: Program) -> None:
    made = program.asks("post", "/rooms", {"name": "Hall", "kind": "hall"})
    assert made.status_code == 201
    assert program.reads(f"/rooms/{made.json()['added_room_id']}")["name"] == "Hall"
    assert [m["name"] for m in program.reads("/merchants")["items"]] == ["east merchant 1", "east merchant 2"]
    assert {p["email"] for p in program.reads("/people")["items"]} >= {"operator@east.test", "seller1@east.test"}
    own = Program(stage.key(merchant=1)).reads("/merchants")
    assert [m["name"] for m in own["items"]] == ["east merchant 2"]


def test_letters_that_no_picture_can_show_are_told_of_products_and_shows(stage: Stage, program: Program) -> None:
    added = program.asks(
        "post", "/products", {**PRODUCT, "title": "Set 𓀀", "merchant_id": str(stage.base.merchants[0])}
    )
    assert program.reads(f"/products/{added.json()['product_id']}")["undrawable"] == "𓀀"
    told = {}
    for language in ("ko", "si"):
        show = {"room_id": str(stage.room_id), "title": "x", "language": language, "currency": "XOF"}
        told[language] = program.reads(f"/shows/{program.asks('post', '/shows', show).json()['show_id']}")["undrawable"]
    assert told == {"ko": "", "si": ""}
