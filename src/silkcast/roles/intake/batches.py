"""Many purchases at once: decoded, placed and sealed in one thread, committed together, answered one by one."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from silkcast.domains.base.api import context_of_buyer, context_of_key
from silkcast.domains.orders.api import PlaceOrder, check_buyer, subject
from silkcast.domains.orders.contracts import Buyer, LineWanted, PlacedOrder
from silkcast.domains.orders.links import order_token
from silkcast.domains.shipping.contracts import Address
from silkcast.kernel.actions import Done, Replayed, run_many
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid, SilkcastError
from silkcast.kernel.ids import CheckoutId, SkuId, new_id
from silkcast.kernel.storage.keys import keyring
from silkcast.roles.intake import wanted
from silkcast.roles.intake.placements import Placements
from silkcast.roles.intake.wanted import Purchase

logger = logging.getLogger(__name__)
KEY_LENGTH_MAX = 100
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: `base_id` and `viewer` from a buyer's token, or `key` from a program."""

    base_id: str
    viewer: str
    key: str
    idempotency_key: str
    body: bytes


@dataclass(slots=True)
class _Ready:
    index: int
    ctx: Context
    request: PlaceOrder
    buyer: bytes
    key: str
    digest: str


class Batches:
    """Runs on one thread, which owns its database connection."""

    def __init__(self, sold: Callable[[UUID, UUID, set[UUID]], None]) -> None:
        self._placements = Placements()
        self._sold = sold

    def place(self, batch: Sequence[Asked]) -> list[Answer]:
        """Answers in the order asked. Nothing that fails in one purchase reaches another."""
        answers: list[Answer | None] = [None] * len(batch)
        ready: list[_Ready] = []
        at, clock = datetime.now(UTC), time.monotonic()
        for index, asked in enumerate(batch):
            try:
                ready.append(self._prepare(index, asked, at, clock))
            except SilkcastError as refusal:
                answers[index] = wanted.refused(refusal.code, refusal.facts, refusal.status)
            except Exception:  # whatever one purchase breaks, the others of its batch are placed
                logger.exception("intake.prepare_failed")
                answers[index] = wanted.refused("kernel.error", {}, 500)
        for row, answer in zip(ready, self._commit(ready), strict=True):
            answers[row.index] = answer
        return [answer for answer in answers if answer is not None]

    def _prepare(self, index: int, asked: Asked, at: datetime, clock: float) -> _Ready:
        if not 0 < len(asked.idempotency_key) <= KEY_LENGTH_MAX:
            raise Invalid(reason="Idempotency-Key")
        ctx = self._context(asked, at)
        purchase = wanted.purchase(asked.body)
        address = Address(**msgspec.structs.asdict(purchase.buyer.address))
        buyer = Buyer(email=purchase.buyer.email, address=address)
        check_buyer(buyer)
        placement, pitches = None, dict[UUID, UUID | None]()
        destination_id = purchase.destination_id if asked.key else None  # a buyer does not choose the channel's fee
        if purchase.show_id is not None:
            placement, pitches = self._placements.place(
                ctx.base_id, purchase.show_id, destination_id, [x.sku_id for x in purchase.lines], at, clock
            )
        request = PlaceOrder(
            checkout_id=CheckoutId(new_id()),
            viewer=asked.viewer or purchase.viewer or f"key:{ctx.actor.id}",
            currency=purchase.currency,
            country=purchase.country or address.country,
            shipping_option_id=purchase.shipping_option_id,
            lines=_lines(purchase, pitches),
            placement=placement,
            language=purchase.language,
            sealed_buyer=b"",
        )
        digest = wanted.digest(asked.body)
        return _Ready(index, ctx, request, msgspec.json.encode(buyer), asked.idempotency_key, digest)

    def _context(self, asked: Asked, at: datetime) -> Context:
        if asked.viewer:
            return context_of_buyer(UUID(asked.base_id), asked.viewer, at)
        return context_of_key(asked.key, at)

    def _commit(self, ready: Sequence[_Ready]) -> list[Answer]:
        if not ready:
            return []
        try:
            sealed = keyring().seal_many([(subject(row.request.checkout_id), row.buyer) for row in ready])
            requests = [replace(row.request, sealed_buyer=blob) for row, blob in zip(ready, sealed, strict=True)]
            outcomes = run_many([r.ctx for r in ready], requests, [r.key for r in ready], [r.digest for r in ready])
        except SilkcastError as refusal:
            if len(ready) > 1:
                return [self._commit([row])[0] for row in ready]
            return [wanted.refused(refusal.code, refusal.facts, refusal.status)]
        except Exception:
            if len(ready) > 1:  # one of them is poison; apart, it fails alone
                return [self._commit([row])[0] for row in ready]
            logger.exception("intake.place_failed")
            return [wanted.refused("kernel.error", {}, 500)]
        self._tell(ready, outcomes)
        return [_answered(row, outcome) for row, outcome in zip(ready, outcomes, strict=True)]

    def _tell(self, ready: Sequence[_Ready], outcomes: Sequence[Any]) -> None:
        for row, outcome in zip(ready, outcomes, strict=True):
            if isinstance(outcome, Done) and row.request.placement is not None:
                show_id = row.request.placement.show_id
                self._sold(row.ctx.base_id, show_id, {line.sku_id for line in row.request.lines})


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
