"""Every door that takes the tag of a language takes the same ones, and keeps them in one spelling."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from silkcast.domains.catalog import api as catalog
from silkcast.domains.orders import api as orders
from silkcast.domains.studio.engine.prices import price_words
from silkcast.kernel.money import Money
from tests.project.stage import BUYER, Program, Stage

GOOD = [("en-US", "en-US"), ("pt-BR", "pt-BR"), ("zh-Hant", "zh-Hant"), ("EN", "en"), ("yue-hant-hk", "yue-Hant-HK")]
BAD = ["xx-yy", "en_US", "english", ""]


def code(answer: Any) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["facts"].get("field", "")


@pytest.mark.parametrize(("tag", "spelled"), GOOD)
def test_a_show_is_held_in_a_language(stage: Stage, program: Program, tag: str, spelled: str) -> None:
    plan = {"room_id": str(stage.room_id), "title": "Evening", "currency": "USD", "language": tag}
    made = program.asks("post", "/shows", plan)
    assert made.status_code == 201, made.content
    assert program.reads(f"/shows/{made.json()['show_id']}")["language"] == spelled


@pytest.mark.parametrize("tag", BAD)
def test_no_show_is_held_in_none(stage: Stage, program: Program, tag: str) -> None:
    plan = {"room_id": str(stage.room_id), "title": "Evening", "currency": "USD", "language": tag}
    assert code(program.asks("post", "/shows", plan)) == (422, "kernel.language_unknown", "language")
    assert program.reads("/shows")["total"] == 1


@pytest.mark.parametrize(("tag", "spelled"), GOOD)
def test_a_buyer_reads_a_language(doors: None, stage: Stage, program: Program, tag: str, spelled: str) -> None:
    line = {"sku_id": str(stage.base.skus["east-A"]), "units": 1}
    body = {"currency": "USD", "buyer": BUYER, "lines": [line], "language": tag}
    placed = program.asks("post", "/orders", body, key="k")
    assert placed.status_code == 201, placed.content
    assert orders.get_checkout(stage.ctx, UUID(placed.json()["checkout_id"])).language == spelled


@pytest.mark.parametrize("tag", BAD)
def test_no_buyer_reads_none(doors: None, stage: Stage, program: Program, tag: str) -> None:
    line = {"sku_id": str(stage.base.skus["east-A"]), "units": 1}
    body = {"currency": "USD", "buyer": BUYER, "lines": [line], "language": tag}
    assert code(program.asks("post", "/orders", body, key="k")) == (422, "kernel.language_unknown", "language")
    assert program.reads("/orders")["total"] == 0


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        *[(tag, "en") for tag in ("en", "EN", "en-US", "pt-BR", "xx-yy", "")],
        *[(tag, "zh-hans") for tag in ("zh", "ZH-CN", "zh-Hant", "zh-Hans-CN", "pt-BR, zh;q=0.5")],
    ],
)
def test_pages_come_in_the_nearest_language_that_the_browser_or_the_cookie_names(
    stage: Stage, said: str, shown: str
) -> None:
    by_browser = Client().get("/login", headers={"Accept-Language": said})
    assert f'<html lang="{shown}"' in by_browser.content.decode()
    if "," not in said:
        client = Client()
        client.cookies["django_language"] = said
        assert f'<html lang="{shown}"' in client.get("/login").content.decode()


def test_words_fall_back_from_a_region_to_its_language(stage: Stage) -> None:
    sku_id = stage.base.skus["east-A"]
    product_id = stage.product_of(sku_id)
    for language, title in (("en-US", "Silk east-A"), ("zh-Hant-TW", "真丝 east-A"), ("pt-BR", "Silk east-A")):
        assert catalog.titles(stage.ctx, [product_id], language) == {product_id: title}


@pytest.mark.parametrize(
    ("language", "words"),
    [("de-DE", "$1.299,00"), ("pt-BR", "US$1.299,00"), ("pt-TH", "US$1.299,00"), ("zh-Hant", "US$1,299.00")],
)
def test_a_price_is_written_as_the_languages_readers_write_it(language: str, words: str) -> None:
    assert price_words(Money(129900, "USD"), language).replace("\u00a0", " ") == words
