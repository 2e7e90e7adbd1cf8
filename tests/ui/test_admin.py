"""The back office: for operators, of their own base, to look at and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import models
from django.test import Client
from tests.cast import PASSWORD, Cast
from tests.entering import entered

from silkcast.domains.base.models import Merchant, Person
from silkcast.domains.catalog.models import Product, Sku
from silkcast.domains.orders.models import Order
from silkcast.ui.admin import back_office

pytestmark = pytest.mark.slow

TABLES = sorted(back_office.tables, key=lambda model: model._meta.label_lower)


def address(model: type[models.Model], *rest: object) -> str:
    path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    return path + "".join(f"{part}/" for part in rest)


@pytest.fixture
def office(cast: Cast) -> Client:
    """An operator of the eastern base, in a browser; both bases have sold something."""
    for own in (cast.east, cast.west):
        own.bought((own.sells(f"{own.slug}-scarf", 5), 1))
    return entered(cast.east.operator.id)


def rows_of(model: type[models.Model], base_id: Any) -> list[Any]:
    rows: Any = model._default_manager.all()
    own = rows.of(base_id) if hasattr(rows, "of") else rows.filter(**{back_office.tables[model].base_field: base_id})
    return list(own)


def test_tables_show_the_own_bases_rows_and_none_of_another(office: Client, cast: Cast) -> None:
    for model in TABLES:
        own, other = rows_of(model, cast.east.ctx.base_id), rows_of(model, cast.west.ctx.base_id)
        listed = office.get(address(model))
        assert listed.status_code == 200, model
        assert listed.context["cl"].result_count == len(own), model
        if own:
            assert office.get(address(model, own[0].pk, "change")).status_code == 200, model
        if other:
            assert office.get(address(model, other[0].pk, "change")).status_code in {302, 404}, model


def test_tables_are_searched_as_all_lists_are(office: Client, cast: Cast) -> None:
    merchant = Merchant.objects.of(cast.east.ctx.base_id)[0]
    Merchant.objects.of(cast.east.ctx.base_id).filter(id=merchant.id).update(name="Crème Кимоно")
    for query, count in (("КИМОНО creme", 1), ("кимоно robe", 0), ("", 2)):
        assert office.get(address(Merchant), {"q": query}).context["cl"].result_count == count, query
    product = Product.objects.of(cast.east.ctx.base_id).get()
    for query, count in (("SILK Ｅａｓｔ", 1), ("真丝", 1), ("silk 100", 0)):
        assert office.get(address(Product), {"q": query}).context["cl"].result_count == count, (query, product.searched)
    assert office.get(address(Order), {"q": "１"}).context["cl"].result_count == 1


def test_nothing_is_added_changed_or_deleted(office: Client, cast: Cast) -> None:
    for model in TABLES:
        assert office.post(address(model, "add"), {}).status_code == 403, model
        before = rows_of(model, cast.east.ctx.base_id)
        if before:
            assert office.post(address(model, before[0].pk, "change"), {}).status_code == 403, model
            assert office.post(address(model, before[0].pk, "delete"), {"post": "yes"}).status_code == 403, model
            office.post(address(model), {"action": "delete_selected", "_selected_action": [str(before[0].pk)]})
        assert {row.pk for row in rows_of(model, cast.east.ctx.base_id)} == {row.pk for row in before}, model


def test_the_first_page_opens_in_both_languages(office: Client) -> None:
    assert "Postings" in office.get("/admin/").content.decode()
    office.cookies["django_language"] = "zh-hans"
    text = office.get("/admin/").content.decode()
    assert "记账分录" in text
    assert "Postings" not in text
    assert "在库件数" in office.get("/admin/inventory/stock/").content.decode()


def test_others_are_sent_away(office: Client, cast: Cast) -> None:
    stranger = Client()
    sent_to = stranger.get(address(Sku), follow=True).redirect_chain[-1][0]
    assert sent_to == "/login?next=%2Fadmin%2Fcatalog%2Fsku%2F"
    sent = {"email": cast.east.operator.email, "password": PASSWORD, "next": address(Sku)}
    assert stranger.post("/login", sent).headers["Location"] == address(Sku)
    assert stranger.get(address(Sku)).status_code == 200
    seller = entered(cast.east.sellers[0].id)
    for path in ("/admin/", address(Sku)):
        answer = seller.get(path, follow=True)
        assert [status for _, status in answer.redirect_chain][-1] == 302
        assert answer.redirect_chain[-1][0].startswith("/control/")


def test_secrets_have_no_column(office: Client, cast: Cast) -> None:
    person = Person.objects.get(id=cast.east.operator.id)
    text = office.get(address(Person, person.pk, "change")).content.decode()
    assert person.email in text
    assert person.password not in text
    assert {f"{model.__name__}.{name}" for model, shown in back_office.tables.items() for name in shown.hidden} == {
        "ApiKey.digest",
        "Camera.key_digest",
        "Order.problem",
        "Destination.sealed_key",
        "Destination.url",
        "Person.password",
        "Refund.sealed_reason",
    }


def lookups_of(model: type[models.Model], depth: int = 2) -> list[str]:
    """Every way to ask about every column of a table, also through those that it refers to."""
    found = []
    for field in model._meta.get_fields():
        found.append(field.name)
        found += [f"{field.name}__{how}" for how in getattr(field, "get_lookups", dict)()]
        if field.is_relation and field.related_model and depth:
            found += [f"{field.name}__{rest}" for rest in lookups_of(field.related_model, depth - 1)]
    return found


def test_a_table_is_narrowed_by_its_own_filters_and_by_nothing_else() -> None:
    asked = 0
    for model, shown in back_office.tables.items():
        own = {f"{name}{how}" for name in shown.list_filter for how in ("", "__exact", "__isnull")}
        lookups = lookups_of(model)
        asked += len(lookups)
        assert {each for each in lookups if shown.lookup_allowed(each, "x")} == own & set(lookups), model
    assert asked > 5_000


def test_what_is_hidden_is_neither_searched_nor_listed_nor_sorted_by() -> None:
    for model, shown in back_office.tables.items():
        columns = {field.name for field in model._meta.local_fields}
        asked = {*shown.search_fields, *shown.list_filter, *(name.lstrip("-") for name in shown.ordering or ())}
        assert asked <= columns - set(shown.hidden), model
        assert not set(shown.list_display) & set(shown.hidden), model


@pytest.mark.parametrize(
    "asked",
    ["password__startswith=pbkdf2", "password__regex=.", "id__gt=0", "roles__x=1", "is_active=1", "_to_field=password"],
)
def test_asking_about_a_hidden_column_is_refused_and_tells_nothing(office: Client, cast: Cast, asked: str) -> None:
    answer = office.get(f"{address(Person)}?{asked}")
    assert answer.status_code == 400
    assert cast.east.operator.email not in answer.content.decode()
    found = office.get(f"{address(Person)}?q=pbkdf2")  # search reads the columns that are shown
    assert found.context["cl"].result_count == 0


def test_a_filter_that_is_offered_works(office: Client, cast: Cast) -> None:
    from silkcast.domains.base.models import RoleGrant

    answer = office.get(f"{address(RoleGrant)}?role__exact=operator")
    assert answer.context["cl"].result_count == 1


def test_leaving_ends_the_session(office: Client) -> None:
    assert office.post("/admin/logout/").headers["Location"] == "/login"
    assert office.get("/admin/").status_code == 302


def test_words_of_the_back_office_make_no_migration(tables: None) -> None:
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize("path", ["/admin/", address(Sku)])
def test_pages_have_our_sign_a_main_part_and_nothing_that_is_heavy_and_unused(office: Client, path: str) -> None:
    from django.contrib.staticfiles import finders

    page = office.get(path).content.decode()
    assert '<link rel="icon" href="/static/ui/mark.svg"' in page
    assert '<script src="/static/ui/office.js"' in page  # which marks this one as the main part
    assert page.count('id="content"') == 1
    assert "jquery" not in page
    charts, fonts = finders.find("unfold/js/chart/chart.js"), finders.find("unfold/fonts/inter/styles.css")
    assert Path(str(charts)).stat().st_size < 200
    assert "Inter-Bold" not in Path(str(fonts)).read_text()
