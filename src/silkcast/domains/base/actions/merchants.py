from __future__ import annotations

from dataclasses import dataclass

from silkcast.domains.base.models import Merchant
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Conflict, Invalid
from silkcast.kernel.ids import MerchantId, new_id
from silkcast.kernel.signs import is_alike
from silkcast.kernel.texts import name_of

ALL_BP = 10_000


class MerchantNameTaken(Conflict):
    code = "base.merchant_name_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMerchant:
    """`commission_bp`: the base's share of sales, in hundredths of a percent."""

    name: str
    commission_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantRef:
    added_merchant_id: MerchantId


@action("base.add_merchant", request=AddMerchant, icon="plus")
def add_merchant(ctx: Context, request: AddMerchant) -> MerchantRef:
    """Take a merchant into the base on agreed terms."""
    name = name_of(request.name)
    if not 0 <= request.commission_bp <= ALL_BP:
        raise Invalid(reason="commission_bp")
    if is_alike(name, Merchant.objects.scoped(ctx).values_list("name", flat=True)):
        raise MerchantNameTaken(name=name)
    merchant = Merchant(id=new_id(), base_id=ctx.base_id, name=name, commission_bp=request.commission_bp)
    merchant.save(force_insert=True)
    return MerchantRef(added_merchant_id=MerchantId(merchant.id))
