"""The public port with every role behind it: what holds on each of its addresses."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator

import httpx
import pytest
from pysqlite3 import dbapi2 as sqlite3

from silkcast.domains.control_room.urls import urlpatterns as control_room
from silkcast.domains.shop.urls import urlpatterns as shop
from silkcast.kernel.tokens import sign
from tests.project.test_schemathesis import ids_of
from tests.scenarios.conftest import HANG_GUARD_S, eventually
from tests.scenarios.doors import Doors, open_doors

pytestmark = pytest.mark.slow
PART = re.compile(r"[<{](?:\w+:)?(?P<name>\w+)[>}]")


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with open_doors("sqlite") as opened:
        yield opened


@pytest.fixture(scope="module")
def addresses(doors: Doors) -> list[str]:
    """Of every route that can be read, one that is there."""
    with doors.api() as api:
        ids = {name: values[0] for name, values in ids_of(doors, api).items() if values}
        paths = [path for path, methods in api.get("/openapi.json").json()["paths"].items() if "get" in methods]
        paths += [f"/{pattern.pattern}" for pattern in (*shop, *control_room)]
    ids |= {"event_id": ids["show_id"], "parcel_id": ids["show_id"], "consignment_id": ids["show_id"], "kind": "banner"}
    claims = {"kind": "purchase", "base": doors.note["base"]["id"], "checkout": ids["checkout_id"]}
    ids |= {"token": sign(doors.settings.signing_key(), claims, expires_at=int(time.time()) + 3600)}
    ids |= {"slug": "none", "name": "none.png", "unit": "USD", "quote": "EUR"}
    found = [PART.sub(lambda part: ids[part["name"]], path) for path in paths]
    return [*found, "/healthz", "/readyz", "/metrics", "/hls/none", "/static/none", "/favicon.ico"]


@pytest.fixture
def person(doors: Doors) -> Iterator[httpx.Client]:
    """The operator, signed in."""
    login = next(login for login in doors.note["logins"] if login["role"] == "operator")
    with httpx.Client(base_url=doors.origin, timeout=HANG_GUARD_S, trust_env=False) as client:
        client.get("/login")
        form = {
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
            "email": login["email"],
            "password": login["password"],
        }
        assert client.post("/login", data=form).status_code == 303
        yield client


def test_every_address_answers_head_as_get(doors: Doors, person: httpx.Client, addresses: list[str]) -> None:
    differing = []
    with doors.api() as api:
        for address in addresses:
            client = api if address.startswith("/api/") else person
            get, head = (client.request(method, f"{doors.origin}{address}") for method in ("GET", "HEAD"))
            if (head.status_code, head.content) != (get.status_code, b""):
                differing.append((address, get.status_code, head.status_code))
    assert len(addresses) > 90
    assert differing == []


def test_every_sign_that_a_page_names_is_there(doors: Doors, person: httpx.Client, addresses: list[str]) -> None:
    icons = {"/favicon.ico"}
    paths = [path for path in addresses if not path.startswith("/api/")]
    for path in (*paths, "/admin/", "/admin/base/room/", "/nowhere", "/control/nowhere"):
        page = person.get(path, follow_redirects=True)
        if page.headers["content-type"].startswith("text/html") and "<head" in page.text:
            named = re.findall(r'<link rel="icon" href="([^"]+)"', page.text)
            assert named, path
            icons |= set(named)
    assert len(icons) == 2
    for icon in icons:
        found = person.get(icon, follow_redirects=True)
        assert (found.status_code, found.headers["content-type"]) == (200, "image/svg+xml"), icon


def test_ready_says_when_the_tables_do_not_answer_and_when_they_do_again(doors: Doors) -> None:
    def database() -> str:
        told: str = httpx.get(f"{doors.origin}/readyz", timeout=HANG_GUARD_S, trust_env=False).json()["database"]
        return told

    def rename(before: str, after: str) -> None:
        with contextlib.closing(sqlite3.connect(doors.data / "silkcast.db", timeout=HANG_GUARD_S)) as link:
            link.execute(f"ALTER TABLE {before} RENAME TO {after}")

    assert database() == "ok"
    rename("django_migrations", "elsewhere")
    eventually(lambda: database() == "away", HANG_GUARD_S)
    rename("elsewhere", "django_migrations")
    eventually(lambda: database() == "ok", HANG_GUARD_S)
