"""Every id, number and token that an address carries is taken in one spelling, and none of them ends in a log."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.test import Client

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import Role
from silkcast.domains.control_room.urls import urlpatterns as control_room
from silkcast.domains.orders import api as orders
from silkcast.domains.shop.urls import urlpatterns as shop
from silkcast.kernel.log import JsonLines
from tests.cast import on_air
from tests.project.stage import Program, Stage

ID = "018f3c1e-7a2b-7c3d-8e4f-5a6b7c8d9e0f"
IDS = (ID.upper(), f"{{{ID}}}", f"urn:uuid:{ID}", ID.replace("-", ""), f"{ID} ")
NUMBERS = ("+1", "1_0", "01", " 1", "1.0", "٣", "１", "1e1")
PART = re.compile(r"{(\w+)}")
BEHIND = ("%0A", "%20", "=", "==", "!", ".", ".x", "%00", "%C3%A9", "~")


def parameters(program: Program) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Of every reading operation, those of its query that are ids or numbers, with what they may not be."""
    for path, methods in Client().get("/api/v1/openapi.json").json()["paths"].items():
        for told in methods.get("get", {}).get("parameters", ()):
            kinds = told["schema"].get("anyOf", [told["schema"]])
            if any(kind.get("format") == "uuid" for kind in kinds):
                yield path, told["name"], IDS
            elif any(kind.get("type") == "integer" for kind in kinds):
                yield path, told["name"], NUMBERS


def filled(path: str, given: dict[str, str]) -> str:
    return PART.sub(lambda part: quote(given.get(part[1], ID), safe=""), path)


def test_an_operation_takes_ids_and_numbers_in_one_spelling(program: Program) -> None:
    found = list(parameters(program))
    assert {name for _, name, _ in found} >= {"show_id", "merchant_id", "limit", "offset", "before", "after"}
    answers: dict[tuple[str, str, str], int] = {}
    for path, name, spellings in found:
        for spelling in (ID if spellings is IDS else "7", *spellings):
            asked = {"country": "US", "weight_g": "100", name: spelling}
            address = filled(path, asked)
            answer = program.asks("get", address.removeprefix("/api/v1"), **asked)
            is_good = spelling in {ID, "7"}
            if answer.status_code not in (({200, 404}) if is_good else {404 if f"{{{name}}}" in path else 422}):
                answers[path, name, spelling] = answer.status_code
    assert answers == {}


def tokens(stage: Stage) -> dict[str, str]:
    """Living ones: of a purchase, and of somebody who is asked to join."""
    checkout_id = stage.base.bought((next(iter(stage.base.skus.values())), 1), show=on_air(stage.show_id, 0))
    invited = stage.does(base.Invite(name="New", email="new@east.test", role=Role.HOST))
    return {
        "o/": orders.order_token(stage.base.ctx.base_id, checkout_id),
        "invitation/": base.password_link(invited).rpartition("/")[2],
    }


def test_a_token_with_more_behind_it_is_none_and_no_token_is_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = Client(raise_request_exception=False)
    walked, broken, of_path = 0, [], tokens(stage)
    assert [client.get(f"/{start}{token}").status_code for start, token in of_path.items()] == [200, 200]
    for pattern in (*shop, *control_room):
        path = str(pattern.pattern)
        if "<str:token>" not in path:
            continue
        token = next(token for start, token in of_path.items() if path.startswith(start))
        for more in ("", *BEHIND):
            for method in (client.get, client.post):
                answer = method("/" + path.replace("<str:token>", token + more))
                walked += 1
                if answer.status_code >= 500 or (more and answer.status_code < 400):
                    broken.append((path, more, answer.status_code))
                for cookie in ("visitor", "sessionid"):
                    client.cookies[cookie] = token + more.replace("%", "")
                client.get("/")
    assert walked == 12 * (1 + len(BEHIND))
    assert broken == []
    lines = [JsonLines("web").format(record) for record in caplog.records]
    assert [line for line in lines for token in of_path.values() if token[:60] in line] == []
