"""Many purchases at once: decoded, placed, sealed and committed together, answered one by one."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError

from silkcast.domains.base.api import context_of_buyer
from silkcast.domains.orders.api import PlaceOrder, checked_buyer
from silkcast.domains.orders.contracts import PROGRAM, Buyer, LineWanted, OnAir, PlacedOrder
from silkcast.domains.orders.links import order_token
from silkcast.kernel.actions import Done, Replayed, run_many, storing
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Contradiction, Invalid, Overloaded, SilkcastError, StorageAway
from silkcast.kernel.ids import BaseId, CheckoutId, SkuId, new_ids
from silkcast.kernel.languages import language_of
from silkcast.kernel.settings import load
from silkcast.roles.intake import wanted
from silkcast.roles.intake.callers import Callers
from silkcast.roles.intake.origins import Origins, origins
from silkcast.roles.intake.placements import Placed, Placements
from silkcast.roles.intake.wanted import Purchase

logger = logging.getLogger(__name__)
KEY_LENGTH_MAX = 100
Answer = dict[str, Any]


@dataclass(slots=True)
class Asked:
    """One call: `base_id`, `viewer` and the `client` that the edge saw of a buyer's token, or `key` from a program."""

    base_id: str
    viewer: str
    key: str
    idempotency_key: str
    body: bytes
    client: str = ""


@dataclass(slots=True)
class _Read:
    index: int
    asked: Asked
    ctx: Context
    purchase: Purchase
    buyer: Buyer


@dataclass(slots=True)
class _Ready:
    index: int
    ctx: Context
    request: PlaceOrder
    key: str
    digest: str


class Batches:
    """Runs on one thread, which owns its database connection."""

    def __init__(self, sold: Callable[[UUID, UUID | None, set[UUID]], None], callers: Callers | None = None) -> None:
        self._placements = Placements()
        self._callers = callers or Callers()
        self._sold = sold
        self._origin = origins(load().signing_key())

    def place(self, batch: Sequence[Asked]) -> list[Answer]:
        """Answers in the order asked. Nothing that fails in one purchase reaches another."""
        answers: dict[int, Answer] = {}
        moment = _Moment(self._placements, self._callers, self._origin)
        read: list[_Read] = []
        for index, asked in enumerate(batch):
            with _answering(answers, index):
                read.append(_read(index, asked, moment))
        with _answering(answers, *(one.index for one in read)):
            moment.learn(read)
        ready: list[_Ready] = []
        for one, checkout_id in zip(read, new_ids(len(read)), strict=True):
            if one.index not in answers:
                with _answering(answers, one.index):
                    ready.append(_prepare(one, CheckoutId(checkout_id), moment))
        for row, answer in zip(ready, self._commit(ready), strict=True):
            answers[row.index] = answer
        return [answers[index] for index in range(len(batch))]

    def _commit(self, ready: Sequence[_Ready], *, is_again: bool = False) -> list[Answer]:
        if not ready:
            return []
        try:
            outcomes = run_many(
                [r.ctx for r in ready], [r.request for r in ready], [r.key for r in ready], [r.digest for r in ready]
            )
        except (Overloaded, StorageAway) as refusal:  # apart, each would wait as long again for the same
            if len({row.ctx.base_id for row in ready}) > 1:  # a base may stand in the way of its own orders alone
                return self._commit_by_base(ready)
            return [wanted.refused(refusal.code, refusal.facts, refusal.status)] * len(ready)
        except SilkcastError as refusal:
            if len(ready) > 1:
                return [self._commit([row])[0] for row in ready]
            return [wanted.refused(refusal.code, refusal.facts, refusal.status)]
        except Exception as error:
            if len(ready) > 1:  # one of them is poison; apart, it fails alone
                return [self._commit([row])[0] for row in ready]
            if isinstance(error, IntegrityError) and not is_again:  # another intake was first with the key
                return self._commit(ready, is_again=True)
            logger.exception("intake.place_failed")
            return [wanted.refused("kernel.error", {}, 500)]
        self._tell(ready, outcomes)
        return [_answered(row, outcome) for row, outcome in zip(ready, outcomes, strict=True)]

    def _commit_by_base(self, ready: Sequence[_Ready]) -> list[Answer]:
        answers: dict[int, Answer] = {}
        for base_id in dict.fromkeys(row.ctx.base_id for row in ready):
            own = [row for row in ready if row.ctx.base_id == base_id]
            answers.update(zip((row.index for row in own), self._commit(own), strict=True))
        return [answers[row.index] for row in ready]

    def _tell(self, ready: Sequence[_Ready], outcomes: Sequence[Any]) -> None:
        for row, outcome in zip(ready, outcomes, strict=True):
            if isinstance(outcome, Done):
                show_id = row.request.placement.show_id if row.request.placement is not None else None
                self._sold(row.ctx.base_id, show_id, {line.sku_id for line in row.request.lines})


@contextmanager
def _answering(answers: dict[int, Answer], *indexes: int) -> Iterator[None]:
    """Whatever one purchase breaks is its own answer: the others of its batch are placed."""
    try:
        with storing():
            yield
    except SilkcastError as refusal:
        answer = wanted.refused(refusal.code, refusal.facts, refusal.status)
    except Exception:
        logger.exception("intake.prepare_failed")
        answer = wanted.refused("kernel.error", {}, 500)
    else:
        return
    answers.update(dict.fromkeys(indexes, answer))


class _Moment:
    """All of a batch happens at one time, so what is asked of that time again has the same answer."""

    def __init__(self, placements: Placements, callers: Callers, origin: Origins) -> None:
        self.origin = origin
        self.at = datetime.now(UTC)
        self._clock = time.monotonic()
        self._placements = placements
        self._callers = callers
        self._contexts: dict[str, Context] = {}
        self._on_air: dict[tuple[UUID, OnAir | None], tuple[OnAir, ...]] = {}
        self._placed: dict[tuple[UUID, UUID, UUID | None, tuple[UUID, ...]], Placed] = {}

    def learn(self, read: Sequence[_Read]) -> None:
        """What is asked of all purchases together: looked up one by one, made-up SKUs would hold up everybody."""
        wanted: dict[BaseId, set[UUID]] = {}
        for one in read:
            if one.purchase.show_id is not None:
                wanted.setdefault(one.ctx.base_id, set()).update(line.sku_id for line in one.purchase.lines)
        for base_id, sku_ids in wanted.items():
            self._placements.learn_products(base_id, sku_ids, self.at)

    def context(self, asked: Asked) -> Context:
        if asked.viewer:
            return context_of_buyer(UUID(asked.base_id), asked.viewer, self.at)
        if asked.key not in self._contexts:
            self._contexts[asked.key] = self._callers.context(asked.key, self.at)
        return self._contexts[asked.key]

    def placement(self, ctx: Context, show_id: UUID, destination_id: UUID | None, skus: tuple[UUID, ...]) -> Placed:
        name = (ctx.base_id, show_id, destination_id, skus)
        if name not in self._placed:
            self._placed[name] = self._placements.place(
                ctx.base_id, show_id, destination_id, skus, self.at, self._clock
            )
        return self._placed[name]

    def on_air(self, ctx: Context, own: OnAir | None) -> tuple[OnAir, ...]:
        """Those that are, and the one in which it is bought: that may be over since a moment."""
        name = (ctx.base_id, own)
        if name not in self._on_air:
            known = self._placements.on_air(ctx.base_id, self.at, self._clock)
            self._on_air[name] = known if own is None or own in known else (*known, own)
        return self._on_air[name]


def _read(index: int, asked: Asked, moment: _Moment) -> _Read:
    if not 0 < len(asked.idempotency_key) <= KEY_LENGTH_MAX:
        raise Invalid(reason="Idempotency-Key")
    ctx = moment.context(asked)
    purchase = wanted.purchase(asked.body)
    buyer = checked_buyer(msgspec.convert(purchase.buyer, Buyer, from_attributes=True))
    _check_said_twice(asked, purchase, buyer)
    return _Read(index, asked, ctx, purchase, buyer)


def _prepare(read: _Read, checkout_id: CheckoutId, moment: _Moment) -> _Ready:
    asked, ctx, purchase, buyer = read.asked, read.ctx, read.purchase, read.buyer
    placement, own, pitches = None, None, dict[UUID, UUID | None]()
    destination_id = purchase.destination_id if asked.key else None  # a buyer does not choose the channel's fee
    if purchase.show_id is not None:
        skus = tuple(line.sku_id for line in purchase.lines)
        placement, own, pitches = moment.placement(ctx, purchase.show_id, destination_id, skus)
    request = PlaceOrder(
        checkout_id=checkout_id,
        viewer=asked.viewer or purchase.viewer or f"{PROGRAM}{ctx.actor.id}",
        currency=purchase.currency,
        country=buyer.address.country,
        shipping_option_id=purchase.shipping_option_id,
        lines=_lines(purchase, pitches),
        placement=placement,
        language=language_of(purchase.language),
        buyer=msgspec.json.encode(buyer),
        on_air=moment.on_air(ctx, own),
        address=moment.origin(ctx.base_id, asked.client) if asked.viewer else None,
    )
    return _Ready(read.index, ctx, request, asked.idempotency_key, wanted.digest(asked.body))


def _check_said_twice(asked: Asked, purchase: Purchase, buyer: Buyer) -> None:
    """What is priced and cleared is what is sent, and who asks is who buys."""
    if purchase.country not in (None, buyer.address.country):
        raise Contradiction(field="country", other="buyer.address.country")
    if asked.viewer and purchase.viewer not in (None, asked.viewer):
        raise Contradiction(field="viewer", other="Authorization")


def _lines(purchase: Purchase, pitches: dict[UUID, UUID | None]) -> tuple[LineWanted, ...]:
    return tuple(
        LineWanted(sku_id=SkuId(line.sku_id), units=line.units, pitch_id=pitches.get(line.sku_id))
        for line in purchase.lines
    )


def _answered(row: _Ready, outcome: Any) -> Answer:
    if isinstance(outcome, SilkcastError):
        return wanted.refused(outcome.code, {**outcome.facts, "key": row.key}, outcome.status)
    if isinstance(outcome, Replayed):
        placed = msgspec.json.decode(outcome.answer, type=PlacedOrder)
        return {**_placed(row, placed), "headers": {"Idempotent-Replayed": "true"}}
    assert isinstance(outcome, Done)
    return _placed(row, outcome.answer)


def _placed(row: _Ready, placed: PlacedOrder) -> Answer:
    token = order_token(row.ctx.base_id, UUID(placed.checkout_id))
    return wanted.answer(201, replace(placed, token=token))
