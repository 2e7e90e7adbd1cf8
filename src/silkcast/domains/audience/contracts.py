"""What may leave the domain: the numbers of a show as the signals role tells them, and the comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from silkcast.domains.audience.engine.kinds import SHOP_SOURCE
from silkcast.domains.audience.engine.reports import nickname
from silkcast.kernel.typed import decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What viewers did and what was sold, in one scope; money in minor units of the base's currency."""

    viewers: int = 0
    views: int = 0
    stay_s: int = 0
    interactors: int = 0
    comments: int = 0
    likes: int = 0
    shares: int = 0
    follows: int = 0
    clicks: int = 0
    carts: int = 0
    online: int = 0
    interaction_rate: float = 0.0
    buyers: int = 0
    orders: int = 0
    units: int = 0
    gmv_minor: int = 0
    refunds_minor: int = 0
    net_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MinuteMetrics(Counts):
    """One minute of event time, which begins at `minute_ms` (Unix)."""

    minute_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductMetrics:
    sku_id: str
    visitors: int
    clicks: int
    carts: int
    buyers: int
    orders: int
    units: int
    gmv_minor: int
    refunds_minor: int
    net_minor: int


@decoded
@dataclass(frozen=True, slots=True, kw_only=True)
class ShowMetrics(Counts):
    """A show as of `at_ms`; all zero for one that nobody has watched yet."""

    at_ms: int = 0
    signals: int = 0
    leaves: int = 0
    stay_s_average: float = 0.0
    conversion: float = 0.0
    series: tuple[MinuteMetrics, ...] = ()
    products: tuple[ProductMetrics, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recounted:
    """A show's live numbers, and the same counted again from the log, as the signals role reports both."""

    is_equal: bool
    live: dict[str, Any]
    again: dict[str, Any]


@decoded
@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """`id` is the signal's own, by which the page that sent it knows it again. `viewer` is a nickname, no id."""

    id: str
    viewer: str
    text: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSignal:
    index: int
    code: str


@decoded
@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """What became of a batch: each signal was accepted, known already, or refused for itself."""

    accepted: int
    duplicates: int
    refused: tuple[RefusedSignal, ...] = ()


__all__ = [
    "SHOP_SOURCE",
    "Appended",
    "Comment",
    "Counts",
    "MinuteMetrics",
    "ProductMetrics",
    "RefusedSignal",
    "ShowMetrics",
    "nickname",
]
