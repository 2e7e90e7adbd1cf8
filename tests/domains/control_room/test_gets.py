"""Looking changes nothing: every address that there is, asked with GET and HEAD, leaves every row as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.domains.control_room.floor import Browser, Floor
from tests.domains.control_room.test_isolation import ids_of

from silkcast.domains.base import api as base
from silkcast.domains.orders import api as orders
from silkcast.kernel.storage.seeing import see
from silkcast.ui.admin import back_office

pytestmark = pytest.mark.slow

PART = re.compile(r"<(?:\w+:)?(\w+)>|{(\w+)}")
ADMIN = re.compile(r"^admin/(?!logout/)")


def routes(patterns: list[Any], before: str = "") -> Iterator[str]:
    for each in patterns:
        path = before + str(each.pattern).replace("^", "").replace("$", "").replace(r"\Z", "")
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, path)
        else:
            assert isinstance(each, URLPattern)
            yield path


def rows() -> dict[str, int]:
    see(None)
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of tables
            found[table] = hash(tuple(sorted(map(repr, cursor.fetchall()))))
    return found


def given(floor: Floor) -> dict[str, Any]:
    checkout_id = floor.orders[0].checkout_id
    invited = floor.does(base.Invite(name="New", email="new@east.test", role=base_role()))
    return {
        **ids_of(floor),
        "token": orders.order_token(floor.base.ctx.base_id, checkout_id),
        "person_id": invited.person_id,
        "invitation": base.password_link(invited).rpartition("/")[2],
        "checkout_id": checkout_id,
        "sku_id": floor.skus[0],
        "unit": "USD",
        "quote": "CNY",
        "kind": "price_card",
    }


def base_role() -> Any:
    from silkcast.domains.base.contracts import Role

    return Role.HOST


def addresses(floor: Floor) -> list[str]:
    ids = given(floor)
    found = []
    for route in routes(get_resolver().url_patterns):
        if ADMIN.match(route):
            continue
        found.append("/" + filled(route, {**ids, "token": ids["invitation" if "invitation/" in route else "token"]}))
    for model, shown in back_office.tables.items():
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        rows_of_table: Any = model._default_manager.all()
        own = rows_of_table.of(floor.base.ctx.base_id) if hasattr(rows_of_table, "of") else rows_of_table
        first = own.filter(**{shown.base_field: floor.base.ctx.base_id}).first()
        found += [path, *([f"{path}{first.pk}/change/", f"{path}{first.pk}/history/"] if first else ())]
    return sorted({*found, "/admin/", "/admin/logout/", "/admin/search/?s=a", "/admin/jsi18n/"})


def filled(route: str, ids: dict[str, Any]) -> str:
    return PART.sub(lambda part: str(ids.get(part[1] or part[2], "x")), route)


def test_no_address_changes_a_row_when_it_is_only_looked_at(east: Floor, operator: Browser) -> None:
    key = base.fresh_key()
    made = base.MakeApiKey(name="x", scopes=tuple(base.SCOPES), digest=base.digest_of_key(key), prefix=key[:8])
    east.does(made)
    paths = addresses(east)
    assert len(paths) > 150
    program = Client(headers={"Authorization": f"Bearer {key}"}, raise_request_exception=False)
    operator.client.raise_request_exception = False
    askers = {"operator": operator.client, "program": program, "stranger": Client(raise_request_exception=False)}
    operator.client.get("/")  # who watches a shop has a visitor's cookie
    before, changed, answered = rows(), [], 0
    for path in paths:
        for name, client in askers.items():
            if (name == "program") != path.startswith("/api/"):
                continue
            for ask in (client.get, client.head):
                answered += ask(path).status_code == 200
                after = rows()
                if after != before:
                    tables = sorted(table for table in after if after[table] != before.get(table))
                    changed.append(f"{name} {ask.__name__} {path}: {tables}")
                    before = after
    assert changed == []
    assert answered > 300
    assert operator.get("/control/account").status_code == 200  # and is still signed in
