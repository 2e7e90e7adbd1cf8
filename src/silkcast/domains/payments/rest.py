"""`/api/v1`: the books of the whole base, and the test cards of a simulated one."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Schema

from silkcast.domains.payments import api as payments
from silkcast.domains.payments.models import AccountBalance
from silkcast.kernel.rest import Limit, Offset, Page, allowed, allowed_for_base, page, sliced

router = Router(tags=["payments"])


class Account(Schema):
    """Sums of an account's postings in one currency, in minor units."""

    account: str
    currency: str
    debit_minor: int
    credit_minor: int


@router.get("/ledger/accounts", response=Page[Account])
def list_accounts(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    ctx = allowed_for_base(request, "read.ledger")
    rows = AccountBalance.objects.scoped(ctx).order_by("account", "currency")
    return page(list(rows[offset : offset + limit]), rows.count(), offset)


class Audit(Schema):
    """`differences`: accounts whose balance is not the sum of their postings. None, unless something is badly wrong."""

    is_balanced: bool
    differences: list[dict[str, object]]


@router.get("/ledger/audit", response=Audit)
def audit(request: HttpRequest) -> Audit:
    """Sum every posting of the base again and compare with the balances that are kept."""
    found = payments.differences(allowed_for_base(request, "read.ledger"))
    return Audit(is_balanced=not found, differences=found)


class TestCard(Schema):
    __test__ = False  # no test case, whatever its name begins with
    number: str
    behaviour: str


@router.get("/test-cards", response=Page[TestCard])
def list_test_cards(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    """Cards of the sandbox gateway; any future expiry date and any three digits go with them."""
    allowed(request, "orders.pay")
    return sliced(payments.TEST_CARDS, offset, limit)
