"""Events in plain Python, the way to columns, and the definitions of issue and glossary counted one event at a time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import pytest
from hypothesis import strategies as st

from silkcast.domains.audience.engine.batch import Batch, Names
from silkcast.domains.audience.engine.kinds import Kind
from silkcast.domains.audience.engine.metrics import Minute, Product, Sales, Show
from silkcast.kernel.ids import id_from_parts

NOON_MS = 1_790_000_040_000  # some full minute
INTERACTIVE = {Kind.COMMENT, Kind.LIKE, Kind.SHARE, Kind.FOLLOW}
MONEY = {Kind.BUY, Kind.REFUND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    id: UUID
    kind: Kind
    at_ms: int
    viewer: str = ""
    sku: str = ""
    show: str = "evening"
    source: str = "shop"
    order: str = ""
    units: int = 0
    amount_minor: int = 0
    text: bytes = b""
    delay_ms: int = 0  # from its stamp to its receipt


def columns(events: Sequence[Event], names: Names) -> Batch:
    facts = [event for event in events if event.kind in MONEY]
    return Batch(
        id_high=np.array([event.id.int >> 64 for event in events], np.uint64),
        id_low=np.array([event.id.int & 2**64 - 1 for event in events], np.uint64),
        at_ms=np.array([event.at_ms for event in events], np.int64),
        received_ms=np.array([event.at_ms + event.delay_ms for event in events], np.int64),
        kind=np.array([event.kind for event in events], np.uint8),
        source=names.sources.numbers([event.source for event in events]),
        show=names.shows.numbers([event.show for event in events]),
        viewer=names.viewers.numbers([event.viewer for event in events]),
        sku=names.skus.numbers([event.sku for event in events]),
        order=names.orders.numbers([event.order for event in facts]),
        units=np.array([event.units for event in facts], np.int64),
        amount_minor=np.array([event.amount_minor for event in facts], np.int64),
        texts=[event.text for event in events if event.kind == Kind.COMMENT],
        names=names,
    )


def counted_plainly(events: Iterable[Event], at_ms: int) -> Show:
    """Every definition once more, in sets and loops. Of two events with one identity the first counts."""
    seen: dict[tuple[str, UUID], Event] = {}
    for event in events:
        seen.setdefault((event.source, event.id), event)
    unique = list(seen.values())
    signals = [event for event in unique if event.kind not in MONEY]
    heard: dict[str, int] = {}
    for event in _of(unique, Kind.HEARTBEAT):
        heard[event.viewer] = max(heard.get(event.viewer, 0), event.at_ms)
    return Show(
        at_ms=at_ms,
        signals=len(signals),
        online=sum(latest > at_ms - 30_000 for latest in heard.values()),
        viewers=len({event.viewer for event in unique if event.viewer}),
        views=len(_of(unique, Kind.ENTER)),
        stay_s=_stay_s(unique),
        interactors=len({event.viewer for event in unique if event.kind in INTERACTIVE}),
        comments=len(_of(unique, Kind.COMMENT)),
        likes=len(_of(unique, Kind.LIKE)),
        shares=len(_of(unique, Kind.SHARE)),
        follows=len(_of(unique, Kind.FOLLOW)),
        clicks=len(_of(unique, Kind.CLICK)),
        carts=len(_of(unique, Kind.CART)),
        leaves=len(_of(unique, Kind.LEAVE)),
        sales=_sales(unique),
        minutes=tuple(_minute(start, unique) for start in sorted({event.at_ms // 60_000 for event in unique})),
        products=tuple(
            _product(sku, unique)
            for sku in sorted(
                {event.sku for event in unique if event.kind in {Kind.CLICK, Kind.CART, *MONEY} and event.sku}
            )
        ),
    )


def _of(events: Iterable[Event], kind: Kind) -> list[Event]:
    return [event for event in events if event.kind == kind]


def _stay_s(events: Iterable[Event]) -> int:
    return 10 * len({(event.viewer, event.at_ms // 10_000) for event in _of(events, Kind.HEARTBEAT)})


def _sales(events: Sequence[Event]) -> Sales:
    bought = _of(events, Kind.BUY)
    return Sales(
        buyers=len({event.viewer for event in bought if event.viewer}),
        orders=len({event.order for event in bought}),
        units=sum(event.units for event in bought),
        gmv_minor=sum(event.amount_minor for event in bought),
        refunds_minor=sum(event.amount_minor for event in _of(events, Kind.REFUND)),
    )


def _minute(number: int, events: Iterable[Event]) -> Minute:
    rows = [event for event in events if event.at_ms // 60_000 == number]
    return Minute(
        minute_ms=number * 60_000,
        online=len({event.viewer for event in _of(rows, Kind.HEARTBEAT)}),
        viewers=len({event.viewer for event in rows if event.kind not in MONEY}),
        interactors=len({event.viewer for event in rows if event.kind in INTERACTIVE}),
        stay_s=_stay_s(rows),
        views=len(_of(rows, Kind.ENTER)),
        comments=len(_of(rows, Kind.COMMENT)),
        likes=len(_of(rows, Kind.LIKE)),
        shares=len(_of(rows, Kind.SHARE)),
        follows=len(_of(rows, Kind.FOLLOW)),
        clicks=len(_of(rows, Kind.CLICK)),
        carts=len(_of(rows, Kind.CART)),
        late=sum(event.at_ms + event.delay_ms >= (number + 2) * 60_000 for event in rows),
        sales=_sales(rows),
    )


def _product(sku: str, events: Iterable[Event]) -> Product:
    rows = [event for event in events if event.sku == sku]
    return Product(
        sku_id=sku,
        visitors=len({event.viewer for event in _of(rows, Kind.CLICK)}),
        clicks=len(_of(rows, Kind.CLICK)),
        carts=len(_of(rows, Kind.CART)),
        sales=_sales(rows),
    )


@dataclass(frozen=True, slots=True)
class Crowd:
    """Draws events. Few viewers, orders and moments, so that everything meets everything."""

    viewers: int = 4
    span_ms: int = 15 * 60_000

    def event(self, chance: random.Random) -> Event:
        kind = chance.choice([*Kind, Kind.HEARTBEAT, Kind.HEARTBEAT, Kind.LIKE])
        viewer = f"viewer-{chance.randrange(self.viewers)}"
        sku = f"sku-{chance.randrange(3)}"
        bought = kind in MONEY
        at_ms = NOON_MS + chance.choice([chance.randrange(self.span_ms), chance.randrange(30) * 10_000])
        return Event(
            id=id_from_parts(at_ms, chance.getrandbits(74)),
            kind=kind,
            at_ms=at_ms,
            viewer="" if bought and chance.random() < 0.3 else viewer,
            sku=sku if bought or (kind in {Kind.CLICK, Kind.CART} and chance.random() < 0.8) else "",
            source="orders" if bought else chance.choice(["shop", "partner"]),
            order=f"order-{chance.randrange(5)}" if bought else "",
            units=chance.randrange(4) if bought else 0,
            amount_minor=chance.randrange(10_000) if bought else 0,
            text=b"nice" if kind == Kind.COMMENT else b"",
            delay_ms=chance.choice([0, 0, chance.randrange(200_000)]),
        )

    def events(self, chance: random.Random, count: int) -> list[Event]:
        return [self.event(chance) for _ in range(count)]

    def beat(self, viewer: str, at_ms: int) -> Event:
        number = int.from_bytes(viewer.encode()[:8])
        return Event(id=id_from_parts(at_ms, number), kind=Kind.HEARTBEAT, at_ms=at_ms, viewer=viewer)

    def drawn(self, most: int = 60) -> st.SearchStrategy[list[Event]]:
        return st.builds(
            lambda seed, count: self.events(random.Random(seed), count),
            st.integers(0, 2**32),
            st.integers(0, most),
        )


@pytest.fixture(scope="session")
def crowd() -> Crowd:
    return Crowd()


@pytest.fixture(scope="session")
def to_columns() -> Callable[[Sequence[Event], Names], Batch]:
    return columns


@pytest.fixture(scope="session")
def count_plainly() -> Callable[[Iterable[Event], int], Show]:
    return counted_plainly
