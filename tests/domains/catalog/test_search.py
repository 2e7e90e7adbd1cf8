"""Products are found by what anybody would type, on every database the same, through every door."""

from __future__ import annotations

import importlib
from uuid import UUID

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from tests.cast import Cast
from tests.project.stage import Program, on_stage

from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.contracts import ProductRole
from silkcast.domains.catalog.models import Product
from silkcast.kernel.ids import ProductId
from silkcast.kernel.money import Money


def adds(cast: Cast, title: str, title_zh: str = "", code: str = "SK-1") -> ProductId:
    east = cast.east
    sku = catalog.NewSku(code=code, name="", price=Money(3900, "USD"), cost=Money(1200, "USD"), weight_g=200)
    added = east.does(
        catalog.AddProduct(
            merchant_id=east.merchants[0],
            title=title,
            title_zh=title_zh,
            role=ProductRole.PROFIT,
            markets=("US",),
            sku=sku,
        )
    )
    product_id: ProductId = added.product_id
    return product_id


def found(cast: Cast, query: str) -> set[UUID]:
    rows, total = catalog.list_products(cast.east.ctx, currency="USD", search=query)
    assert total == len(rows)
    return {row.id for row in rows}


@pytest.fixture
def kimono(cast: Cast) -> ProductId:
    adds(cast, "Tea set 100%", "茶具", code="TEA_1")
    return adds(cast, "Ärmelloses Crème Кимоно", "无袖和服", code="KIM-1")


@pytest.mark.parametrize(
    "query",
    [
        *("crème", "CRÈME", "creme", "ｃｒｅｍｅ", "кимоно", "КИМОНО", "ärmel", "ARMELLOSES", "和服", "袖", "kim-1"),
        *("ＫＩＭ－１", "кимоно ärmellos", "  creme\u3000КИМОНО ", "和服 crème kim"),
    ],
)
def test_a_product_is_found_by_any_spelling_of_its_words(cast: Cast, kimono: ProductId, query: str) -> None:
    assert found(cast, query) == {kimono}


@pytest.mark.parametrize("query", ["creme robe", "%creme", "cr_me", "k%1", "和 茶"])
def test_other_words_do_not_find_it_and_no_sign_stands_for_others(cast: Cast, kimono: ProductId, query: str) -> None:
    assert found(cast, query) == set()


@pytest.mark.parametrize("query", ["%", "_", "100%", "TEA_1"])
def test_a_percent_sign_finds_a_percent_sign(cast: Cast, kimono: ProductId, query: str) -> None:
    assert found(cast, query) == set(Product.objects.of(cast.east.ctx.base_id).values_list("id", flat=True)) - {kimono}


def test_what_is_found_follows_the_words_and_the_skus(cast: Cast, kimono: ProductId) -> None:
    change = catalog.ChangeProduct(product_id=kimono, title="Straßenmantel", role=ProductRole.PROFIT)
    cast.east.does(change)
    assert found(cast, "кимоно") == found(cast, "和服") == set()
    assert found(cast, "STRASSEN") == {kimono}
    sku = catalog.NewSku(code="ÖL-2", name="", price=Money(3900, "USD"), cost=Money(1200, "USD"), weight_g=200)
    cast.east.does(catalog.AddSku(product_id=kimono, sku=sku))
    assert found(cast, "ol-2") == found(cast, "kim-1") == {kimono}


def test_every_door_searches_alike(cast: Cast, kimono: ProductId) -> None:
    stage = on_stage(cast.east)
    program = Program(stage.key())
    assert [item["id"] for item in program.reads("/products", search="CRÈME кимоно")["items"]] == [str(kimono)]
    assert [item["product_id"] for item in program.reads("/stock", search="кимоно creme")["items"]] == [str(kimono)]
    client = Client()
    client.get("/s/east")
    (card,) = client.get("/", {"query": "КИМОНО"}).context["page"].object_list
    assert card.id == str(kimono)


@pytest.mark.parametrize("as_it_stood", ["", "кимоно\u00ad"])
def test_what_was_there_before_is_found_too(cast: Cast, kimono: ProductId, as_it_stood: str) -> None:
    rows = Product.objects.of(cast.east.ctx.base_id)
    before = dict(rows.values_list("id", "searched"))
    rows.update(searched=as_it_stood)
    assert found(cast, "creme кимоно") == set()
    last = "0004_searched_by_any_dash"
    as_then = MigrationExecutor(connection).loader.project_state(("catalog", last)).apps
    importlib.import_module(f"silkcast.domains.catalog.migrations.{last}").fill(as_then, connection)
    assert dict(rows.values_list("id", "searched")) == before
