"""The back office: for operators, of their own base, to look at and nothing else."""

from __future__ import annotations

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
    hidden = {"digest", "key_digest", "sealed", "sealed_key", "password"}
    for model, shown in back_office.tables.items():
        columns = {field.name for field in model._meta.local_fields} - set(shown.exclude or ())
        assert not columns & hidden, model


def test_leaving_ends_the_session(office: Client) -> None:
    assert office.post("/admin/logout/").headers["Location"] == "/login"
    assert office.get("/admin/").status_code == 302


def test_words_of_the_back_office_make_no_migration(tables: None) -> None:
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
