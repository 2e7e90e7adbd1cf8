"""What the console's buttons do, with htmx and without, and how a refusal comes back."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest
from tests.cast import on_air
from tests.domains.control_room.floor import Browser, Enter, Floor
from tests.entering import entered

from silkcast.domains.base.contracts import Role
from silkcast.domains.catalog.api import SetOffer, find_limit, get_product
from silkcast.domains.orders import api as orders
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Layout, LineState, ShowState
from silkcast.kernel.actions import ACTIONS
from silkcast.kernel.ids import new_id
from silkcast.kernel.models import OutboxEvent
from silkcast.kernel.money import Money


def console(floor: Floor) -> str:
    return f"/control/shows/{floor.show_id}"


def facts(floor: Floor) -> int:
    return int(OutboxEvent.objects.of(floor.base.ctx.base_id).count())


def test_a_planned_show_goes_live_and_ends(east: Floor, operator: Browser) -> None:
    ended = operator.post(f"{console(east)}/end", hx=True)
    assert (ended.status_code, ended.headers["HX-Redirect"]) == (200, console(east))
    planned = f"/control/shows/{east.planned_id}"
    started = operator.post(f"{planned}/start")
    assert (started.status_code, started.headers["Location"]) == (303, planned)
    assert studio.get_show(east.ctx, east.planned_id).state is ShowState.LIVE


def test_a_room_that_is_on_air_refuses_a_second_show_as_a_fragment_and_as_a_page(
    east: Floor, operator: Browser
) -> None:
    path, before = f"/control/shows/{east.planned_id}/start", facts(east)
    fragment = operator.post(path, hx=True)
    assert fragment.status_code == 409
    assert 'data-code="studio.room_on_air"' in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    page = operator.post(path)
    assert page.status_code == 409
    assert page.context_data["refusal"]["code"] == "studio.room_on_air"
    assert "<html" in page.content.decode()
    assert facts(east) == before


def test_a_refusal_speaks_the_readers_language(east: Floor, operator: Browser) -> None:
    answer = operator.in_chinese().post(f"/control/shows/{east.planned_id}/start", hx=True)
    assert "本直播间正在直播" in answer.content.decode()


def test_a_scene_is_switched_and_its_part_comes_back(east: Floor, operator: Browser) -> None:
    sent = {"layout": "side_by_side", "cameras": [str(camera) for camera in reversed(east.cameras)]}
    answer = operator.post(f"{console(east)}/scene", hx=True, **sent)
    assert answer.status_code == 200
    assert 'id="part-cameras"' in answer.content.decode()
    programme = studio.get_programme(east.ctx, east.show_id)
    assert (programme.layout, programme.camera_ids) == (Layout.SIDE_BY_SIDE, east.cameras[::-1])


def test_without_htmx_a_button_leads_back_to_the_console(east: Floor, operator: Browser) -> None:
    answer = operator.post(f"{console(east)}/overlays", kind="price_card", visible="0")
    assert (answer.status_code, answer.headers["Location"]) == (303, console(east))
    card, label = studio.list_overlays(east.ctx, east.show_id)
    assert (card.is_visible, label.is_visible) == (False, True)


def test_the_label_of_a_simulated_base_stays(east: Floor, operator: Browser) -> None:
    answer = operator.post(f"{console(east)}/overlays", hx=True, kind="label", visible="0")
    assert answer.status_code == 409
    assert 'data-code="studio.overlay_locked"' in answer.content.decode()


def test_a_pitch_starts_and_ends(east: Floor, operator: Browser) -> None:
    started = operator.post(f"{console(east)}/pitch", hx=True, line_id=east.lines[1], state="start")
    assert 'id="part-rundown"' in started.content.decode()
    assert states(east) == [LineState.PITCHED, LineState.ON_PITCH]
    operator.post(f"{console(east)}/pitch", hx=True, line_id=east.lines[1], state="end")
    assert states(east) == [LineState.PITCHED, LineState.PITCHED]


def states(floor: Floor) -> list[LineState]:
    return [
        line.state for line in studio.list_rundown(floor.ctx, studio.get_show(floor.ctx, floor.show_id), floor.ctx.at)
    ]


def test_the_rundown_is_arranged(east: Floor, operator: Browser) -> None:
    path = f"{console(east)}/rundown"
    assert operator.post(f"{path}/move", hx=True, line_id=east.lines[1], position=1).status_code == 200
    assert rundown(east) == [east.products[1], east.products[0]]
    assert operator.post(f"{path}/remove", hx=True, line_id=east.lines[1]).status_code == 200
    assert operator.post(f"{path}/add", hx=True, product_id=east.products[1]).status_code == 200
    assert rundown(east) == [east.products[0], east.products[1]]


def test_what_can_be_added_to_a_rundown_is_read_when_its_dialog_opens(east: Floor, operator: Browser) -> None:
    def offered() -> list[str]:
        part = operator.get(console(east), hx=True, part="add_line_form").content.decode()
        return re.findall(r'<option value="([^"]+)">Silk', part)

    assert (offered(), "products_to_add" in operator.get(console(east)).context_data) == ([], False)
    operator.post(f"{console(east)}/rundown/remove", hx=True, line_id=east.lines[1])
    assert offered() == [str(east.products[1])]


def rundown(floor: Floor) -> list[Any]:
    show = studio.get_show(floor.ctx, floor.show_id)
    return [line.product_id for line in studio.list_rundown(floor.ctx, show, floor.ctx.at)]


def test_an_offer_is_set_in_the_shows_currency(east: Floor, operator: Browser) -> None:
    answer = operator.post(f"{console(east)}/offer", hx=True, sku_id=east.skus[0], price="29.90", was="39")
    assert "29.90" in answer.content.decode()
    sku = get_product(east.ctx, east.products[0], currency="USD", show_id=east.show_id).skus[0]
    assert (sku.price, sku.was) == (Money(2990, "USD"), Money(3900, "USD"))


def limit(floor: Floor) -> int | None:
    return find_limit(floor.ctx, floor.show_id, floor.skus[0])


def test_a_new_price_keeps_the_limit_for_each_buyer(east: Floor, operator: Browser) -> None:
    sku_id, path = east.skus[0], f"{console(east)}/offer"
    east.does(SetOffer(show_id=east.show_id, sku_id=sku_id, price=Money(2990, "USD"), per_buyer_max=3))
    assert 'data-fill-per_buyer_max="3"' in operator.get(console(east)).content.decode()
    operator.post(path, hx=True, sku_id=sku_id, price="28", per_buyer_max="3")
    assert limit(east) == 3
    operator.post(path, hx=True, sku_id=sku_id, price="27")
    assert limit(east) == 3
    operator.post(path, hx=True, sku_id=sku_id, price="26", per_buyer_max="5")
    assert limit(east) == 5
    answer = operator.post(path, hx=True, sku_id=sku_id, price="25", per_buyer_max=" ")
    assert (answer.status_code, limit(east)) == (200, None)
    assert 'data-fill-per_buyer_max=""' in answer.content.decode()


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "many", "1000001"])
def test_a_limit_that_cannot_be_is_refused_and_changes_nothing(east: Floor, operator: Browser, typed: str) -> None:
    east.does(SetOffer(show_id=east.show_id, sku_id=east.skus[0], price=Money(2990, "USD"), per_buyer_max=3))
    sent = {"sku_id": east.skus[0], "price": "10", "per_buyer_max": typed}
    answer = operator.post(f"{console(east)}/offer", hx=True, **sent)
    assert answer.status_code == 422
    assert 'data-field="per_buyer_max"' in answer.content.decode()
    sku = get_product(east.ctx, east.products[0], currency="USD", show_id=east.show_id).skus[0]
    assert (sku.price, limit(east)) == (Money(2990, "USD"), 3)


@pytest.mark.parametrize("was", ["29.90", "20"])
def test_a_struck_price_not_above_the_price_is_marked_at_its_field(east: Floor, operator: Browser, was: str) -> None:
    before = facts(east)
    answer = operator.post(f"{console(east)}/offer", hx=True, sku_id=east.skus[0], price="29.90", was=was)
    assert answer.status_code == 422
    assert '<li data-field="was">More than the price, or empty.</li>' in answer.content.decode()
    assert facts(east) == before


@pytest.mark.parametrize(("typed", "field"), [("", "price"), ("twelve", "price"), ("1.234", "price"), ("-3", "price")])
def test_an_amount_that_cannot_be_is_marked_at_its_field(
    east: Floor, operator: Browser, typed: str, field: str
) -> None:
    answer = operator.post(f"{console(east)}/offer", hx=True, sku_id=east.skus[0], price=typed, was="39")
    assert answer.status_code == 422
    assert f'data-field="{field}"' in answer.content.decode()
    assert "39.00" in answer.content.decode()  # an example of what is wanted


def test_a_refused_form_shows_what_was_typed_and_no_secret(east: Floor, operator: Browser) -> None:
    answer = operator.post(f"{console(east)}/offer", sku_id=east.skus[0], price="x", was="39", password="secret")
    assert answer.status_code == 422
    assert answer.context_data["values"] == {"sku_id": str(east.skus[0]), "price": "x", "was": "39"}


def test_destinations_are_switched_and_tried_again(east: Floor, operator: Browser) -> None:
    path = f"{console(east)}/destinations"
    operator.post(f"{path}/retry", hx=True, destination_id=east.destination_id)
    operator.post(path, hx=True, destination_id=east.destination_id, enabled="0")
    (row,) = studio.list_show_destinations(east.ctx, east.show_id)
    assert (row.attempt, row.is_enabled) == (1, False)


def test_a_form_sent_twice_acts_once(east: Floor, operator: Browser) -> None:
    once = str(new_id())
    path = f"{console(east)}/destinations/retry"
    for _ in range(2):
        sent = operator.post(path, hx=True, destination_id=east.destination_id, request_id=once)
        assert sent.status_code == 200
    assert studio.list_show_destinations(east.ctx, east.show_id)[0].attempt == 1


def test_ad_spend_waits_while_nobody_can_say_how_many_watched(east: Floor, operator: Browser) -> None:
    before = facts(east)
    answer = operator.post(f"{console(east)}/ad-spend", hx=True, amount="120")
    assert answer.status_code == 503
    assert 'data-code="control_room.viewers_unknown"' in answer.content.decode()
    assert facts(east) == before


def test_crew_run_the_show_but_enter_no_money(east: Floor, enter: Enter) -> None:
    crew = enter(east.people[Role.CREW])
    assert crew.post(f"{console(east)}/overlays", hx=True, kind="price_card", visible="0").status_code == 200
    assert crew.post(f"{console(east)}/ad-spend", hx=True, amount="120").status_code == 403
    page = crew.get(console(east)).content.decode()
    assert f"{console(east)}/ad-spend" not in page


def test_a_host_pitches_but_does_not_end_the_show(east: Floor, enter: Enter) -> None:
    host = enter(east.people[Role.HOST])
    assert host.post(f"{console(east)}/pitch", hx=True, line_id=east.lines[1], state="start").status_code == 200
    refused = host.post(f"{console(east)}/end", hx=True)
    assert refused.status_code == 403
    assert 'data-code="kernel.not_allowed"' in refused.content.decode()
    page = host.get(console(east)).content.decode()
    assert f'action="{console(east)}/end"' not in page


def test_the_console_shows_what_was_sold_of_each_product(east: Floor, operator: Browser) -> None:
    page = operator.get(console(east)).context_data
    scarf, mask = page["rundown"]
    assert [(offer.units_sold, offer.units_left) for offer in scarf.offers] == [(2, 48)]
    assert [(offer.units_sold, offer.units_left) for offer in mask.offers] == [(1, 19)]
    assert page["metrics"]["gmv"] == Money(3 * 3900 + 2 * 500, "USD")
    assert page["metrics"]["orders"] == 2
    assert page["metrics"]["online"] is None


def test_the_newest_orders_stand_first(east: Floor, operator: Browser) -> None:
    east.base.bought((east.skus[0], 3), show=on_air(east.show_id, 5))
    rows = operator.get(console(east)).context_data["orders"]
    newest = [orders.get_order(east.ctx, row.id) for row in rows]
    assert [order.number for order in newest] == [row.number for row in rows] == [3, 2, 1]
    assert [row.units for row in rows] == [3, 1, 2]
    assert [(row.total, row.at) for row in rows] == [(order.total, order.placed_at) for order in newest]
    assert [row.state for row in rows] == ["paid", "paid", "shipped"]
    assert [row.merchant_name for row in rows] == ["east merchant 1", "east merchant 2", "east merchant 1"]


def test_a_pitch_keeps_its_name_when_its_product_has_left_the_rundown(east: Floor, operator: Browser) -> None:
    operator.post(f"{console(east)}/pitch", hx=True, line_id=east.lines[1], state="start")
    operator.post(f"{console(east)}/rundown/remove", hx=True, line_id=east.lines[0])
    page = operator.get(console(east)).context_data
    assert [line.title for line in page["rundown"]] == ["Silk east-mask"]
    assert [pitch["name"] for pitch in page["curves"]["pitches"]] == ["Silk east-scarf", "Silk east-mask"]
    assert page["overlays"][0].detail == "Silk east-mask"


def test_every_form_of_the_console_has_a_key_of_its_own_and_the_pages_token(east: Floor, operator: Browser) -> None:
    pages = [operator.get(console(east)).content.decode() for _ in range(2)]
    keys = [re.findall(r'name="request_id" value="([^"]+)"', page) for page in pages]
    assert len(keys[0]) == len(keys[1]) == pages[0].count('hx-post="')
    assert len({UUID(key) for key in keys[0] + keys[1]}) == 2 * len(keys[0])
    for page in pages:
        tokens = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page))
        assert tokens == set(re.findall(r'name="csrf-token" content="([^"]+)"', page))
        assert len(tokens) == 1


def test_a_form_that_was_drawn_for_somebody_else_before_works_for_me(east: Floor, enter: Enter) -> None:
    enter(east.people[Role.CREW]).get(console(east))
    client = entered(east.people[Role.OPERATOR].id, enforce_csrf_checks=True)
    page = client.get(console(east)).content.decode()
    form = page.partition(f'action="{console(east)}/overlays"')[2].partition("</form>")[0]
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert sent["kind"] == "price_card"
    assert client.post(f"{console(east)}/overlays", {**sent, "csrfmiddlewaretoken": "0" * 64}).status_code == 403
    assert client.post(f"{console(east)}/overlays", sent).status_code == 303
    assert studio.list_overlays(east.ctx, east.show_id)[0].is_visible is False


def test_what_is_drawn_once_is_not_shown_to_those_who_may_do_less(east: Floor, operator: Browser, enter: Enter) -> None:
    assert f'action="{console(east)}/destinations"' in operator.get(console(east)).content.decode()
    host = enter(east.people[Role.HOST]).get(console(east)).content.decode()
    assert f'action="{console(east)}/destinations"' not in host
    assert f'action="{console(east)}/end"' not in host
    assert "host of east" in host
    assert "Operator east" not in host.partition('<nav id="side"')[2].partition("</nav>")[0]


def test_the_page_carries_a_token_for_the_shows_own_events(east: Floor, operator: Browser) -> None:
    from silkcast.kernel.http import opened

    token = operator.get(console(east)).context_data["events_url"].partition("token=")[2]
    base_id = str(east.base.ctx.base_id)
    claims = opened("events", token)
    assert (claims["base"], claims["topics"]) == (base_id, [f"{base_id}/{east.show_id}/"])


def test_the_chain_of_an_event_starts_with_what_was_wanted(east: Floor, operator: Browser) -> None:
    answer = operator.get(f"/control/events/{east.event_id()}", hx=True)
    chain = answer.context_data["chain"]
    assert chain[0]["kind"] == "action"
    assert [link["depth"] for link in chain][:2] == [0, 1]
    assert sum(link["is_self"] for link in chain) == 1


def test_an_action_of_a_chain_stands_beside_its_icon_and_nothing_else_has_one(east: Floor, operator: Browser) -> None:
    answer = operator.get(f"/control/events/{east.event_id()}", hx=True)
    icons = {link["name"]: link["icon"] for link in answer.context_data["chain"]}
    assert {name: icon for name, icon in icons.items() if icon} == {
        name: ACTIONS[name].icon for name in icons if name in ACTIONS
    }
    drawn = re.findall(r'<span class="chip" data-tone="accent"><svg.*?icons[^"]*\.svg#(\w+)"', answer.content.decode())
    assert drawn == [icon for icon in icons.values() if icon]


def test_an_action_that_only_an_older_release_knew_is_shown_without_an_icon(
    east: Floor, operator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/control/events/{east.event_id()}"
    first = operator.get(path, hx=True).context_data["chain"][0]["name"]
    monkeypatch.delitem(ACTIONS, first)
    answer = operator.get(path, hx=True)
    assert (answer.status_code, answer.context_data["chain"][0]["icon"]) == (200, "")


def test_a_chain_hides_what_was_asked_from_those_who_may_not_read_the_audit(east: Floor, enter: Enter) -> None:
    path = f"/control/events/{east.event_id()}"
    seen = {
        role: enter(east.people[role]).get(path, hx=True).context_data["chain"] for role in (Role.OPERATOR, Role.CREW)
    }
    assert seen[Role.OPERATOR][0]["facts"]
    assert seen[Role.CREW][0]["facts"] == []


def test_done_words_travel_as_ascii(east: Floor) -> None:
    from django.test import RequestFactory

    from silkcast.domains.control_room.answers import done

    answer = done(RequestFactory().post("/", headers={"HX-Request": "true"}), "已录入", "/control/")
    assert answer.status_code == 204
    assert answer.headers["HX-Trigger"].isascii()
    assert json.loads(answer.headers["HX-Trigger"]) == {"silkcast:done": {"words": "已录入"}}
