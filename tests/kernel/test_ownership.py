from __future__ import annotations

import pytest
from django.db import IntegrityError
from tests.cast import Cast

from silkcast.domains.base.models import Merchant, RoleGrant
from silkcast.domains.catalog.models import Sku
from silkcast.kernel.errors import Missing, Unscoped
from silkcast.kernel.storage import guards
from silkcast.kernel.storage.batches import in_transaction, statement


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
    with pytest.raises(IntegrityError, match="not of this base"):
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


def test_a_lost_guard_is_noticed(cast: Cast) -> None:
    guards.verify()
    with in_transaction():
        statement(f"DROP TRIGGER {guards.installed()[0]}")
    with pytest.raises(Exception, match="misconfigured"):
        guards.verify()
