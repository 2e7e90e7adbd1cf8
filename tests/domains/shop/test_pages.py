"""Every page of the shop, in both languages, as a stranger's browser asks for it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.cast import Base, Cast
from tests.project.stage import Stage, door, on_stage

from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.contracts import ProductRole
from silkcast.domains.orders import api as orders
from silkcast.domains.studio import api as studio
from silkcast.kernel.ids import new_id
from silkcast.kernel.money import Money
from silkcast.kernel.settings import load
from silkcast.kernel.tokens import verify

LANGUAGES = ("en", "zh-hans")


def text(page: Any) -> str:
    return str(page.content.decode())


def topics(page: Any) -> list[str]:
    """Kinds of the page's event stream."""
    found = re.search(r'data-events="/events\?token=([^"]+)"', text(page))
    if found is None:
        return []
    claims = verify(load().signing_key(), found[1], now=0)
    assert all(topic.startswith(f"{claims['base']}/") for topic in claims["topics"])
    return sorted({topic.rsplit("/", 1)[-1] for topic in claims["topics"]})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_there_in_both_languages(shopper: Client, stage: Stage, language: str) -> None:
    shopper.cookies["django_language"] = language
    product_id = stage.product_of(stage.base.skus["east-A"])
    pages = ["/", f"/live/{stage.show_id}", f"/p/{product_id}", "/cart", "/checkout", "/privacy"]
    titles = {"en": "Silk east-A", "zh-hans": "真丝 east-A"}
    for path in pages:
        page = shopper.get(path)
        assert page.status_code == 200, path
        assert f'<html lang="{language}"' in text(page), path
        if path in pages[:3]:
            assert titles[language] in text(page), path


def test_home_shows_what_is_on_air_with_the_product_on_pitch_at_its_offer(shopper: Client, stage: Stage) -> None:
    page = shopper.get("/")
    (live,) = page.context["live"]
    assert (live["title"], live["url"]) == ("east show", f"/live/{stage.show_id}")
    assert live["card"].price_from == Money(2900, "USD")
    assert sorted(card.title for card in page.context["page"]) == ["Silk east-A", "Silk east-B"]
    assert [card.units_left for card in page.context["page"]] == [10, 10]
    assert topics(page) == ["crowd", "goods", "pitch", "price", "show", "stock"]


def test_a_card_of_home_costs_what_its_page_charges_and_leads_into_the_show(
    shopper: Client, stage: Stage, htmx: dict[str, Any]
) -> None:
    def seen(page: Any) -> dict[str, tuple[Money, Money | None, str | None]]:
        return {card.title: (card.price_from, card.was, card.show_url) for card in page.context["page"]}

    live, dear, cheap = f"/live/{stage.show_id}", Money(3900, "USD"), Money(2900, "USD")
    page = shopper.get("/")
    assert seen(page) == {"Silk east-A": (cheap, dear, live), "Silk east-B": (dear, None, live)}
    for card in page.context["page"]:
        assert min(sku.price.minor for sku in shopper.get(card.url).context["skus"]) == card.price_from.minor
    assert text(page).count("In the live show now") == 2
    stage.does(studio.EndShow(show_id=stage.show_id))
    part = shopper.get("/?part=products", **htmx)
    assert seen(part) == {"Silk east-A": (dear, None, None), "Silk east-B": (dear, None, None)}
    assert "In the live show now" not in text(part)


def test_the_live_part_of_home_comes_alone_to_a_script(shopper: Client, stage: Stage, htmx: dict[str, Any]) -> None:
    part = text(shopper.get("/?part=live", **htmx))
    assert "<html" not in part
    assert "east show" in part


def test_search_finds_by_title_in_either_language(shopper: Client) -> None:
    for query in ("Silk east-B", "真丝 east-B"):
        page = shopper.get("/", query_params={"query": query})
        assert [card.title for card in page.context["page"]] == ["Silk east-B"]
    assert list(shopper.get("/?query=porcelain").context["page"]) == []


@pytest.mark.parametrize("page", ["0", "99", "-1", "x", "9" * 30])
def test_a_page_number_beyond_the_list_is_answered_with_one_that_is_there(shopper: Client, page: str) -> None:
    assert shopper.get("/", query_params={"page": page}).status_code == 200


def test_the_live_page_carries_the_picture_the_offers_and_a_viewers_token(shopper: Client, stage: Stage) -> None:
    page = shopper.get(f"/live/{stage.show_id}")
    base_id = stage.base.ctx.base_id
    assert page.context["hls_url"] == f"/hls/{base_id}/{stage.show_id}/index.m3u8"
    assert page.context["show"]["state"] == "on_air"
    assert page.context["show"]["simulated"] is True
    offers = page.context["offers"]
    assert [(o.title, o.price, o.was, o.units_left, o.on_pitch) for o in offers] == [
        ("Silk east-A", Money(2900, "USD"), Money(3900, "USD"), 10, True),
        ("Silk east-B", Money(3900, "USD"), None, 10, False),
    ]
    assert page.context["on_pitch"] == offers[0]
    claims = verify(load().signing_key(), page.context["viewer"]["token"], now=0)
    assert (claims["kind"], claims["base"], claims["show"]) == ("viewer", str(base_id), str(stage.show_id))
    assert (claims.get("waits"), 'id="like">' in text(page)) == (None, True)
    assert topics(page) == ["comment", "crowd", "goods", "pitch", "price", "show", "stock"]


def figures(page: Any) -> list[str]:
    return re.findall(r'data-(?:figure="(?:online|likes)"|show-online="[^"]+")>([^<]*)<', text(page))


def test_nobody_is_counted_while_the_signals_role_is_away(shopper: Client, stage: Stage) -> None:
    live = shopper.get(f"/live/{stage.show_id}")
    assert (live.context["show"]["online"], live.context["show"]["likes"]) == (None, None)
    assert figures(live) == ["–", "–"]
    assert figures(shopper.get("/")) == ["–"]


def test_a_show_that_nobody_has_watched_yet_counts_none(doors: None, shopper: Client, stage: Stage) -> None:
    assert figures(shopper.get(f"/live/{stage.show_id}")) == ["0", "0"]
    assert figures(shopper.get("/")) == ["0"]


@pytest.mark.parametrize("part", ["pin", "shelf", "shelf_list", "comments"])
def test_each_part_of_the_live_page_comes_alone(shopper: Client, stage: Stage, htmx: dict[str, Any], part: str) -> None:
    answer = text(shopper.get(f"/live/{stage.show_id}?part={part}", **htmx))
    assert "<html" not in answer
    assert ("Silk east-A" in answer) == (part != "comments")


def test_the_product_sheet_sells_at_the_shows_price(shopper: Client, stage: Stage, htmx: dict[str, Any]) -> None:
    product_id = stage.product_of(stage.base.skus["east-A"])
    path = f"/live/{stage.show_id}?part=product_sheet&product="
    assert "$29.00" in text(shopper.get(f"{path}{product_id}", **htmx))
    assert shopper.get(f"{path}nonsense", **htmx).status_code == 404
    assert shopper.get(f"{path}{new_id()}", **htmx).status_code == 404


def test_a_visitor_is_the_same_in_one_base_and_another_in_the_next(cast: Cast) -> None:
    east, west, client = on_stage(cast.east), on_stage(cast.west), Client()

    def viewer(stage: Stage) -> str:
        page = client.get(f"/live/{stage.show_id}")
        return str(verify(load().signing_key(), page.context["viewer"]["token"], now=0)["viewer"])

    first = viewer(east)
    assert viewer(west) != first
    assert viewer(east) == first
    cookie = client.cookies["visitor"]
    assert cookie["httponly"] is True
    assert first not in cookie.value


def test_a_forged_visitor_cookie_makes_a_new_visitor(shopper: Client, stage: Stage) -> None:
    before = shopper.get(f"/live/{stage.show_id}").context["viewer"]["name"]
    shopper.cookies["visitor"] = shopper.cookies["visitor"].value[:-4] + "AAAA"
    assert shopper.get(f"/live/{stage.show_id}").context["viewer"]["name"] != before


def test_a_planned_show_keeps_its_offers_to_itself(shopper: Client, stage: Stage) -> None:
    planned = studio.PlanShow(room_id=stage.room_id, title="Tomorrow", language="en", currency="USD")
    show_id = stage.does(planned).show_id
    stage.does(studio.AddToRundown(show_id=show_id, product_id=stage.product_of(stage.base.skus["east-A"])))
    page = shopper.get(f"/live/{show_id}")
    assert (page.context["show"]["state"], page.context["offers"], page.context["hls_url"]) == ("planned", [], None)


def test_nothing_can_be_said_before_a_show_and_its_page_sends_nothing_that_counts(
    shopper: Client, stage: Stage
) -> None:
    planned = studio.PlanShow(room_id=stage.room_id, title="Tomorrow", language="en", currency="USD")
    page = shopper.get(f"/live/{stage.does(planned).show_id}")
    claims = verify(load().signing_key(), page.context["viewer"]["token"], now=0)
    assert claims["waits"] is True
    assert 'id="like" disabled' in text(page)
    assert 'placeholder="Open while the show is on air" disabled' in text(page)


def test_after_the_show_its_products_cost_what_they_always_do(shopper: Client, stage: Stage) -> None:
    stage.does(studio.EndShow(show_id=stage.show_id))
    page = shopper.get(f"/live/{stage.show_id}")
    assert page.context["show"]["state"] == "ended"
    assert [offer.price for offer in page.context["offers"]] == [Money(3900, "USD")] * 2
    assert page.context["on_pitch"] is None


def test_a_product_on_air_links_to_its_show_at_that_price(shopper: Client, stage: Stage) -> None:
    product_id = stage.product_of(stage.base.skus["east-A"])
    page = shopper.get(f"/p/{product_id}")
    assert page.context["show"]["url"] == f"/live/{stage.show_id}"
    assert [sku.price for sku in page.context["skus"]] == [Money(2900, "USD")]
    assert topics(page) == ["goods", "price", "show", "stock"]
    stage.does(studio.EndShow(show_id=stage.show_id))
    page = shopper.get(f"/p/{product_id}")
    assert page.context["show"] is None
    assert [sku.price for sku in page.context["skus"]] == [Money(3900, "USD")]
    assert topics(page) == ["goods", "price", "show", "stock"]


def test_prices_follow_the_chosen_currency(shopper: Client, stage: Stage) -> None:
    stage.does(catalog.EnterRate(unit="USD", quote="EUR", rate="0.9", source="test"))
    assert shopper.post("/currency", {"currency": "EUR", "next": "/cart"})["Location"] == "/cart"
    page = shopper.get(f"/live/{stage.show_id}")
    assert page.context["shop"]["currencies"] == ("USD", "EUR")
    assert page.context["offers"][0].price == Money(2610, "EUR")
    assert shopper.post("/currency", {"currency": "XXX", "next": "/"}).status_code == 303
    assert shopper.get("/").context["shop"]["currency"] == "EUR"


def test_a_choice_never_leads_to_another_site(shopper: Client) -> None:
    for onward in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"):
        assert shopper.post("/currency", {"currency": "USD", "next": onward})["Location"] == "/"


def test_the_shop_last_visited_is_the_one_at_the_bare_address(cast: Cast) -> None:
    client = Client()
    assert client.get("/").context["base"].slug == "east"
    client.get("/s/west")
    assert client.get("/").context["base"].slug == "west"
    west = on_stage(cast.west)
    client.get("/s/east")
    client.get(f"/live/{west.show_id}")
    assert client.get("/cart").context["base"].slug == "west"
    assert client.get("/s/nowhere").status_code == 404


def test_what_is_nowhere_is_answered_with_a_page_and_a_code(shopper: Client) -> None:
    for path in (f"/live/{new_id()}", f"/p/{new_id()}", f"/live/{new_id()}/poster.jpg", "/o/forged", "/nowhere"):
        page = shopper.get(path)
        assert page.status_code == (401 if path == "/o/forged" else 404), path
        assert page.context["code"] in {"kernel.missing", "kernel.bad_token"}


def test_without_any_base_the_shop_says_so(tables: None) -> None:
    assert Client().get("/").status_code == 404


def test_the_still_picture_is_asked_of_the_room_once_for_many(shopper: Client, stage: Stage) -> None:
    asked: list[Any] = []

    async def preview(body: Any) -> bytes:
        asked.append(body)
        return b"\xff\xd8 a picture"

    with door(f"room-{stage.room_id}", room__poster=preview):
        answers = [shopper.get(f"/live/{stage.show_id}/poster.jpg") for _ in range(3)]
    assert [answer.content for answer in answers] == [b"\xff\xd8 a picture"] * 3
    assert answers[0]["Content-Type"] == "image/jpeg"
    assert len(asked) == 1


def test_without_its_room_a_show_has_no_still_picture(shopper: Client, stage: Stage) -> None:
    answer = shopper.get(f"/live/{stage.show_id}/poster.jpg")
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (204, b"", "no-store")


def test_pictures_of_products_are_served_and_no_other_file_of_the_media_folder(shopper: Client) -> None:
    media = load().data / "media"
    for name in ("products/scarf.png", "labels/secret.pdf.sealed", "products/notes.txt"):
        (media / name).parent.mkdir(parents=True, exist_ok=True)
        (media / name).write_bytes(b"bytes of " + name.encode())
    served = shopper.get("/media/products/scarf.png")
    assert b"".join(served.streaming_content) == b"bytes of products/scarf.png"  # type: ignore[attr-defined]
    assert served["Content-Type"] == "image/png"
    served.close()
    hidden = ["products/notes.txt", "products/..%2Flabels%2Fsecret.pdf.sealed", "labels/secret.pdf.sealed"]
    long = ["products/" + "a" * 300 + ".png", "products/" + "%E4%B8%9D" * 100 + ".png"]
    for name in [*hidden, *long, "products/../labels/secret.pdf.sealed", "products/none.png"]:
        assert shopper.get(f"/media/{name}").status_code == 404, name


def test_a_product_without_words_in_the_language_falls_back(cast: Cast, shopper: Client) -> None:
    east: Base = cast.east
    wanted = catalog.NewSku(code="only-en", name="", price=Money(100, "USD"), cost=Money(50, "USD"), weight_g=10)
    added = east.does(
        catalog.AddProduct(
            merchant_id=east.merchants[0], title="English only", role=ProductRole.TRAFFIC, markets=("US",), sku=wanted
        )
    )
    shopper.cookies["django_language"] = "zh-hans"
    assert "English only" in text(shopper.get(f"/p/{added.product_id}"))


STATEMENTS = {"home": 25, "live": 13, "product": 12, "cart": 11, "checkout": 12, "purchase": 14}


def test_a_page_takes_as_many_statements_as_it_always_does_however_many_rows_there_are(
    shopper: Client, stage: Stage
) -> None:
    scarf = stage.base.skus["east-A"]
    checkout_id = stage.base.bought((scarf, 1))
    paths = {
        "home": "/",
        "live": f"/live/{stage.show_id}",
        "product": f"/p/{stage.product_of(scarf)}",
        "cart": "/cart",
        "checkout": "/checkout",
        "purchase": f"/o/{orders.order_token(stage.base.ctx.base_id, checkout_id)}",
    }

    def statements() -> dict[str, int]:
        taken = {}
        for page, path in paths.items():
            shopper.get(path)  # whatever is read once and kept is read now
            with CaptureQueriesContext(connection) as asked:
                assert shopper.get(path).status_code == 200, path
            # On PostgreSQL a connection is told on top whose rows it may see.
            taken[page] = sum("set_config" not in query["sql"] for query in asked.captured_queries)
        return taken

    shopper.post("/cart", {"sku_id": scarf, "units": 1, "show_id": stage.show_id})
    assert statements() == STATEMENTS
    for number in range(8):
        sku_id = stage.base.sells(f"more-{number}", 5)
        stage.does(studio.AddToRundown(show_id=stage.show_id, product_id=stage.product_of(sku_id)))
        shopper.post("/cart", {"sku_id": sku_id, "units": 1, "show_id": stage.show_id})
    assert statements() == STATEMENTS


def test_a_real_base_is_not_called_simulated(cast: Cast) -> None:
    west = on_stage(cast.west)
    page = Client().get(f"/live/{west.show_id}")
    assert page.context["show"]["simulated"] is False
    assert "SIMULATED" not in text(page)


@pytest.mark.parametrize("onward", ["/cart\r\nSet-Cookie: a=b", "//evil.test/", "https://evil.test/", "/丝", "cart"])
def test_the_choice_of_a_currency_leads_nowhere_but_on_in_the_shop(shopper: Client, stage: Stage, onward: str) -> None:
    answer = shopper.post("/currency", {"currency": "USD", "next": onward})
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert shopper.post("/currency", {"currency": "USD", "next": "/cart?a=b"})["Location"] == "/cart?a=b"
