from __future__ import annotations

from silkcast.kernel.errors import Conflict, Invalid


class CartInvalid(Invalid):
    code = "orders.cart_invalid"


class PerBuyerLimit(Conflict):
    code = "orders.per_buyer_limit"


class TooManyUnits(Invalid):
    """Of one SKU in a purchase that is not paid yet."""

    code = "orders.too_many_units"


class TooManyUnpaid(Conflict):
    """The viewer has as many purchases open as are held for one; a place is free once one is paid or let go."""

    code = "orders.too_many_unpaid"


class TooManyUnpaidThere(Conflict):
    """The same of all viewers of one client address."""

    code = "orders.too_many_unpaid_there"


class CheckoutClosed(Conflict):
    """Paid, being paid, or expired: it cannot be paid (again)."""

    code = "orders.checkout_closed"


class TotalTooLarge(Invalid):
    code = "orders.total_too_large"


class CostTooLarge(Conflict):
    """What the merchant says that it costs could not be booked, so it is not sold before somebody has mended that."""

    code = "orders.cost_too_large"


class ParcelTooHeavy(Invalid):
    code = "orders.parcel_too_heavy"


class NotReceivable(Conflict):
    code = "orders.not_receivable"


class NotObjectionable(Conflict):
    """Nothing is on its way yet, or the money has gone where it goes."""

    code = "orders.not_objectionable"


class ProblemNewer(Conflict):
    """The buyer has said something else since."""

    code = "orders.problem_newer"


class BuyerIsErased(Conflict):
    """Nothing more is kept about who bought, so neither is what they would say."""

    code = "orders.buyer_is_erased"


class NoGateway(Conflict):
    """A real base must have a gateway of its own; the sandbox never serves it."""

    code = "orders.no_gateway"


class ErasureTooEarly(Conflict):
    """The parcel still needs its address."""

    code = "orders.erasure_too_early"


class AddressInvalid(Invalid):
    """`field`: where it stands in a purchase; `field_word`, `why_word`: the codes of its name and of what is wrong."""

    code = "orders.address_invalid"
