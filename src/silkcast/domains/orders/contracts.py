from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from silkcast.domains.shipping.contracts import Address
from silkcast.kernel.ids import CheckoutId, MerchantId, OrderId, ProductId, ShowId, SkuId
from silkcast.kernel.money import Money
from silkcast.kernel.typed import decoded

LINES_MAX = 50
UNITS_MAX = 1_000  # of one SKU in one purchase
PROGRAM = "key:"  # how the viewer of a purchase begins that a program makes in its own name; no viewer's begins so


class CheckoutState(StrEnum):
    """awaiting -> paying -> paid | declined | unknown; declined -> paying again; awaiting/declined -> expired.

    returned: it was captured and could not be booked, so the money goes back and nothing is sent.
    """

    AWAITING = "awaiting"
    PAYING = "paying"
    PAID = "paid"
    UNKNOWN = "unknown"
    DECLINED = "declined"
    EXPIRED = "expired"
    RETURNED = "returned"


# Goods are held and not paid. In this order: the tables' index of them says it so.
UNPAID = (CheckoutState.AWAITING, CheckoutState.DECLINED, CheckoutState.PAYING, CheckoutState.UNKNOWN)


class OrderState(StrEnum):
    AWAITING = "awaiting"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


@decoded
@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Personal: exists sealed under the checkout's subject key, and in memory while it is needed."""

    email: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class LineWanted:
    """`pitch_id` and the show come from the door, which knows the studio; orders only carries them."""

    sku_id: SkuId
    units: int
    pitch_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where in a show the order was placed, and the channel's dated percentage then."""

    show_id: ShowId
    programme_ms: int
    platform_fee_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnAir:
    """A show whose offers limit what each buyer may have of a SKU from its beginning on, wherever it is bought."""

    show_id: ShowId
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """`buyer` is the Buyer as JSON: sealed under the checkout's key once the purchase is accepted, never audited.

    `on_air`: the shows that are, as the door knows them, the one of the placement among them. `address` stands for
    where the viewer is, see `limits`; None for a program.
    """

    checkout_id: CheckoutId
    viewer: str
    currency: str
    country: str
    shipping_option_id: UUID | None
    lines: tuple[LineWanted, ...]
    placement: Placement | None
    language: str
    buyer: bytes
    on_air: tuple[OnAir, ...] = ()
    address: int | None = None

    @property
    def is_of_program(self) -> bool:
        return self.viewer.startswith(PROGRAM)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    sku_id: SkuId
    product_id: ProductId
    units: int
    price: Money
    total: Money
    pitch_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    id: OrderId
    checkout_id: CheckoutId
    number: int
    merchant_id: MerchantId
    viewer: str
    state: OrderState
    placed_at: datetime
    show_id: ShowId | None
    programme_ms: int | None
    goods: Money
    shipping: Money
    total: Money
    delivered_at: datetime | None = None
    problem_at: datetime | None = None
    lines: tuple[LineView, ...]

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSummary:
    """An order as lists show it, without its lines."""

    id: OrderId
    number: int
    merchant_id: MerchantId
    placed_at: datetime
    state: OrderState
    total: Money
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldInShow:
    """One line of an order that was captured. `minute` is its placement in programme time."""

    order_id: OrderId
    merchant_id: MerchantId
    minute: int
    sku_id: SkuId
    pitch_id: UUID | None
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutView:
    id: CheckoutId
    number: int
    viewer: str
    state: CheckoutState
    placed_at: datetime
    expires_at: datetime
    total: Money
    language: str
    orders: tuple[OrderView, ...]


@decoded
@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """What the buyer's program gets back; `orders` are numbers, one per merchant."""

    checkout_id: str
    number: int
    state: str
    currency: str
    total_minor: int
    orders: tuple[dict[str, str | int], ...]
    expires_at: str
    token: str = ""
