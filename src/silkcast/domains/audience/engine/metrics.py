"""What each number of a show means. The live count and the recount share these definitions, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

ONLINE_MS = 30_000  # a viewer is online while the latest heartbeat is younger
SLOT_MS = 10_000  # a viewer present in a slot stayed for all of it: one heartbeat is due in each
MINUTE_MS = 60_000
FUTURE_MS_MAX = 5_000  # a stamp further ahead of its receipt than this is set back to it
SEAL_AFTER_MS = 60_000  # a minute is sealed so long after its end; what is received later corrects it, and is late


def ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """Counted from facts, in minor units of the base's currency.

    A buyer is a known viewer; an order without one counts as an order, and adds no buyer.
    """

    buyers: int
    orders: int
    units: int
    gmv_minor: int
    refunds_minor: int

    @property
    def net_minor(self) -> int:
        return self.gmv_minor - self.refunds_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """One minute of event time. `online` counts viewers with a heartbeat in it, `viewers` those with any signal.

    `late` of its signals and facts were received after it was sealed; they count like all others.
    """

    minute_ms: int
    online: int
    viewers: int
    interactors: int
    stay_s: int
    views: int
    comments: int
    likes: int
    shares: int
    follows: int
    clicks: int
    carts: int
    late: int
    sales: Sales


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One SKU in the show. `visitors` are the viewers who clicked it."""

    sku_id: str
    visitors: int
    clicks: int
    carts: int
    sales: Sales


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """A show as of `at_ms`; everything but `online` is the same whenever it is asked.

    `viewers` have any signal, or an order; `views` are entries; `interactors` commented, liked, shared or followed.
    """

    at_ms: int
    signals: int
    online: int
    viewers: int
    views: int
    stay_s: int
    interactors: int
    comments: int
    likes: int
    shares: int
    follows: int
    clicks: int
    carts: int
    leaves: int
    sales: Sales
    minutes: tuple[Minute, ...]
    products: tuple[Product, ...]

    @property
    def stay_s_average(self) -> float:
        return ratio(self.stay_s, self.viewers)

    @property
    def interaction_rate(self) -> float:
        return ratio(self.interactors, self.viewers)

    @property
    def conversion(self) -> float:
        return ratio(self.sales.buyers, self.viewers)
