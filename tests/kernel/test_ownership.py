from __future__ import annotations

import os

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection
from tests.cast import Cast

from silkcast.domains.base.models import Merchant, RoleGrant
from silkcast.domains.catalog.models import Sku
from silkcast.kernel.errors import Misconfigured, Missing, Unscoped
from silkcast.kernel.storage import guards
from silkcast.kernel.storage.batches import rows_of, statement
from silkcast.kernel.storage.ownership import ScopedQuerySet
from silkcast.kernel.storage.seeing import see
from silkcast.kernel.storage.turns import in_transaction

only_postgresql = pytest.mark.skipif(
    os.environ.get("SILKCAST_TEST_DATABASE") != "postgresql", reason="SQLite has no row-level security"
)


@pytest.mark.parametrize(
    "read",
    [
        lambda: list(Merchant.objects.all()),
        lambda: Merchant.objects.count(),
        lambda: Merchant.objects.filter(name="x").exists(),
        lambda: Merchant.objects.filter(name="x").update(name="y"),
        lambda: Merchant.objects.filter(name="x").delete(),
        lambda: Merchant.objects.aggregate(),
        lambda: Merchant.objects.first(),
        lambda: list(Merchant.objects.values_list("id")),
        lambda: list(Merchant.objects.iterator()),
        lambda: Merchant._base_manager.get(),
    ],
)
def test_a_read_or_write_without_a_scope_raises(cast: Cast, read: object) -> None:
    with pytest.raises(Unscoped):
        read()  # type: ignore[operator]


def test_a_refresh_without_a_scope_raises(cast: Cast) -> None:
    merchant = Merchant.objects.scoped(cast.east.ctx).one(id=cast.east.merchants[0])
    with pytest.raises(Unscoped):
        merchant.refresh_from_db()
    merchant.refresh_from_db(from_queryset=Merchant.objects.scoped(cast.east.ctx))


def test_another_bases_row_is_as_missing_as_no_row(cast: Cast) -> None:
    with pytest.raises(Missing):
        Merchant.objects.scoped(cast.east.ctx).one(id=cast.west.merchants[0])


def test_every_row_of_a_base_is_read_through_a_scope_but_people_who_sign_in_before_their_base_is_known() -> None:
    of_a_base = {model for model in apps.get_models() if any(f.column == "base_id" for f in model._meta.local_fields)}
    assert len(of_a_base) > 40
    unscoped = {
        model.__name__
        for model in of_a_base
        for manager in (model._base_manager, model._default_manager)
        if not isinstance(manager.get_queryset(), ScopedQuerySet)
    }
    assert unscoped == {"Person"}


def test_a_merchants_context_sees_only_its_own_goods(cast: Cast) -> None:
    mine, _ = cast.east.sells("A", 1), cast.east.sells("B", 1, merchant=1)
    seller = cast.east.as_person(cast.east.sellers[0])
    assert list(Sku.objects.scoped(seller).values_list("id", flat=True)) == [mine]


def test_saving_a_row_that_claims_another_base_changes_nothing(cast: Cast) -> None:
    merchant = Merchant.objects.scoped(cast.east.ctx).one(id=cast.east.merchants[0])
    merchant.base_id, merchant.name = cast.west.ctx.base_id, "stolen"
    with pytest.raises(Exception, match="Save with update_fields did not affect any rows"):
        merchant.save(update_fields=["name"])
    assert not Merchant.objects.of(cast.west.ctx.base_id).filter(name="stolen").exists()


def test_the_database_refuses_a_key_into_another_base(cast: Cast) -> None:
    # SQLite's trigger says so in words, PostgreSQL names the composite key.
    with pytest.raises(IntegrityError, match=r"not of this base|guard_base_rolegrant_merchant_id"):
        RoleGrant(
            base_id=cast.east.ctx.base_id,
            person_id=cast.east.operator.id,
            role="merchant",
            merchant_id=cast.west.merchants[0],
        ).save(force_insert=True)


def test_the_database_refuses_to_change_what_never_changes(cast: Cast) -> None:
    from silkcast.kernel.models import AuditEntry

    with pytest.raises(IntegrityError, match="never change"):
        AuditEntry.objects.of(cast.east.ctx.base_id).update(action="forged")
    with pytest.raises(IntegrityError, match="never change"):
        AuditEntry.objects.of(cast.east.ctx.base_id).delete()


LOSSES = {
    "sqlite": "DROP TRIGGER guard_kernel_auditentry_immutable_delete",
    "postgresql": "ALTER TABLE kernel_auditentry DISABLE TRIGGER USER",
}


def test_a_lost_guard_is_noticed(cast: Cast) -> None:
    guards.verify()
    with in_transaction():
        statement(LOSSES[connection.vendor])
    try:
        with pytest.raises(Misconfigured, match="guard_kernel_auditentry_immutable_delete"):
            guards.verify()
    finally:
        with in_transaction():
            if connection.vendor == "postgresql":
                statement("ALTER TABLE kernel_auditentry ENABLE TRIGGER USER")
            guards.lay()


@only_postgresql
def test_the_database_shows_a_connection_one_base_at_a_time(cast: Cast) -> None:
    count = "SELECT count(*) FROM base_merchant"
    see(cast.east.ctx.base_id)
    assert rows_of(count) == [(2,)]
    see(None)
    assert rows_of(count) == [(4,)]
    connection.close()  # a connection that has not said for whom it asks
    assert rows_of(count) == [(0,)]


@only_postgresql
def test_the_database_writes_no_row_of_a_base_that_was_not_named(cast: Cast) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), in_transaction(cast.east.ctx.base_id):
        statement(
            "INSERT INTO base_merchant (id, base_id, name, commission_bp) "
            f"SELECT gen_random_uuid(), '{cast.west.ctx.base_id}', 'x', 0"
        )


@only_postgresql
def test_a_rolled_back_change_of_base_is_not_believed(cast: Cast) -> None:
    see(cast.west.ctx.base_id)
    with pytest.raises(Missing), in_transaction():
        Merchant.objects.scoped(cast.east.ctx).one(id=cast.west.merchants[0])
    assert Merchant.objects.scoped(cast.east.ctx).count() == 2
