"""The chart of accounts, as the base keeps it for itself and in trust for its merchants.

provider           what the payment provider holds for us             asset
escrow             captured and not yet released                      liability
merchant_cost:*    costs borne by a merchant, until release covers    asset
merchant_payable:* released to a merchant and not yet paid out        liability
platform_payable   owed to the channels                               liability
commission_due     the base's share before release                    liability
commission_income  the base's share                                   income
carrier_expected   parcels priced by the rate card, no label yet      liability
carrier_payable    labels bought                                      liability
ad_payable         advertising entered for a show                     liability
memo_cost_of_goods:*, memo_goods:*   the merchant's own cost of what was sold, kept for the airtime ledger
"""

from __future__ import annotations

from uuid import UUID

PROVIDER = "provider"
ESCROW = "escrow"
PLATFORM_PAYABLE = "platform_payable"
COMMISSION_DUE = "commission_due"
COMMISSION_INCOME = "commission_income"
CARRIER_EXPECTED = "carrier_expected"
CARRIER_PAYABLE = "carrier_payable"
AD_PAYABLE = "ad_payable"
AD_COST = "ad_cost"


def merchant_cost(merchant_id: UUID | None) -> str:
    return f"merchant_cost:{merchant_id}"


def merchant_payable(merchant_id: UUID | None) -> str:
    return f"merchant_payable:{merchant_id}"


def memo_cost(merchant_id: UUID | None) -> str:
    return f"memo_cost_of_goods:{merchant_id}"


def memo_goods(merchant_id: UUID | None) -> str:
    return f"memo_goods:{merchant_id}"
