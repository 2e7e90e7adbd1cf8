"""What the privacy page says of cookies is what a visit leaves behind."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from tests.project.stage import Stage

from silkcast.domains.catalog import api as catalog
from silkcast.domains.shop.cart import cookie_name

LANGUAGES = ("en", "zh-hans")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visit_sets_the_cookies_that_the_privacy_page_names_and_no_other(stage: Stage, language: str) -> None:
    stage.does(catalog.EnterRate(unit="USD", quote="EUR", rate="0.9", source="test"))
    stranger = Client()
    scarf = stage.base.skus["east-A"]
    assert stranger.get("/").status_code == 200
    assert stranger.post("/currency", {"currency": "EUR", "next": "/"}).status_code == 303
    assert stranger.post("/language", {"language": language, "next": "/"}).status_code == 303
    assert stranger.get(f"/live/{stage.show_id}").status_code == 200
    assert stranger.post("/cart", {"sku_id": scarf, "units": 1, "show_id": stage.show_id}).status_code == 303
    for path in ("/cart", "/checkout"):
        assert stranger.get(path).status_code == 200
    page = stranger.get("/privacy")
    named = re.findall(r"<code[^>]*>([^<]+)</code>", page.content.decode())
    assert set(named) == set(stranger.cookies)
    assert cookie_name(stage.base.ctx.base_id) in named
    assert len(named) == len(set(named)) == 6
