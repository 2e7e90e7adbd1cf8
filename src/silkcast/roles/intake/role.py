"""The loop: a bounded queue, one thread that commits, and the stock that screens see falling."""

from __future__ import annotations

import asyncio
import collections
import gc
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import django

from silkcast.kernel.errors import Overloaded
from silkcast.kernel.role import Method, number_of, run_role
from silkcast.kernel.settings import Settings, named
from silkcast.kernel.storage.answering import tables_answer
from silkcast.kernel.wake import NAME, ring_after_commits
from silkcast.kernel.wire import HubClient
from silkcast.roles.intake import wanted

logger = logging.getLogger(__name__)
QUEUE_MAX = 4096
BATCH_MAX, BATCH_LEAST = 250, 32
BATCH_S = 0.06  # about how long one may take: where there is one writer at a time, an operator waits as long for a turn
STOCK_EVERY_S = 0.2
STRANGERS_MAX = 256  # keys being looked up or waiting for it
GARBAGE_OBJECTS_MAX = 50_000
Answer = dict[str, Any]


class _Group:
    """Orders that came in one message and are answered in one, once all of them are, in whatever batches."""

    def __init__(self, count: int) -> None:
        self.done: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._answers: list[Answer] = [{}] * count
        self._missing = count

    def answer(self, place: int, answer: Answer) -> None:
        self._answers[place] = answer
        self._missing -= 1
        if not self._missing and not self.done.done():  # the caller may be gone
            self.done.set_result(self._answers)


@dataclass(slots=True)
class _Waiting:
    asked: Any
    group: _Group
    place: int


class Intake:
    """Collects calls into batches. While one batch commits, the next one gathers."""

    def __init__(self, settings: Settings) -> None:
        from silkcast.roles.intake.batches import Asked, Batches
        from silkcast.roles.intake.callers import Callers

        self._asked = Asked
        self._queue: collections.deque[_Waiting] = collections.deque()
        self._at_once = BATCH_MAX  # orders that are done in BATCH_S, by the last batch of such a size
        self._come = asyncio.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="intake")
        self._doorkeeper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="intake-keys")
        self._strangers = 0
        self._hub = HubClient(settings.socket("hub"))
        self._changed: dict[tuple[UUID, UUID | None], set[UUID]] = {}  # by base and show
        self._callers = Callers()
        self._batches = Batches(self._note_sold, self._callers)

    async def place(self, body: dict[str, Any]) -> Answer:
        """Answered once committed; Overloaded at once when the queue is full, and then nothing was done."""
        return (await self.place_many([body]))[0]

    async def place_many(self, bodies: list[dict[str, Any]]) -> list[Answer]:
        """The same for orders that come together; there is room for all of them or for none."""
        if not bodies:
            return []
        if len(self._queue) + len(bodies) > QUEUE_MAX:
            raise Overloaded(retry_after_s=1)
        asked = [
            self._asked(
                base_id=body.get("base_id") or "",
                viewer=body.get("viewer") or "",
                client=body.get("client") or "",
                key=body.get("key") or "",
                idempotency_key=body.get("idempotency_key") or "",
                body=body["body"],
            )
            for body in bodies
        ]
        group = _Group(len(asked))
        self._queue.extend(_Waiting(one, group, place) for place, one in enumerate(asked))
        self._come.set()
        return await group.done

    async def authenticate(self, body: dict[str, Any]) -> dict[str, Any]:
        """Whose a key is; Unauthenticated for none of ours, Overloaded when too many have to be looked up."""
        key = body["key"]
        known = self._callers.remembered(key)
        if known is None:
            if self._strangers >= STRANGERS_MAX:
                raise Overloaded(retry_after_s=1)
            self._strangers += 1
            try:
                known = await asyncio.get_running_loop().run_in_executor(self._doorkeeper, self._callers.find, key)
            finally:
                self._strangers -= 1
        merchant = str(known.ctx.merchant_id) if known.ctx.merchant_id else None
        whose = {"base_id": str(known.ctx.base_id), "merchant_id": merchant, "key_id": known.ctx.actor.id}
        return {**whose, "scopes": list(known.scopes)}

    async def tables(self, _: Any) -> dict[str, bool]:
        """For whoever asks whether the installation is ready; health is about this process, which is well without."""
        return {"ok": await asyncio.get_running_loop().run_in_executor(self._doorkeeper, tables_answer)}

    async def run(self, stop: asyncio.Event) -> None:
        await self._hub.start()
        telling = asyncio.create_task(self._tell_stock())
        placing = asyncio.create_task(self._place_batches())
        await stop.wait()
        while self._queue:  # what was taken in is answered before the end
            await asyncio.sleep(0.01)
        placing.cancel()
        telling.cancel()
        await asyncio.gather(placing, telling, return_exceptions=True)
        self._thread.shutdown(wait=True)
        self._doorkeeper.shutdown(wait=True)
        await self._hub.close()

    async def _place_batches(self) -> None:
        while True:
            while not self._queue:
                self._come.clear()
                await self._come.wait()
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), self._at_once))]
            placing = asyncio.create_task(self._place_batch(batch))
            try:
                await asyncio.shield(placing)
            except asyncio.CancelledError:
                await placing
                raise

    async def _place_batch(self, batch: list[_Waiting]) -> None:
        """Each of it is answered, whatever becomes of the batch, and none of another."""
        loop = asyncio.get_running_loop()
        asked = [one.asked for one in batch]
        began_s = loop.time()
        try:
            answers = await loop.run_in_executor(self._thread, self._batches.place, asked)
        except Exception:
            logger.exception("intake.batch_failed")
            answers = [wanted.refused("kernel.error", {}, 500)] * len(batch)
        self._learn(len(asked), loop.time() - began_s)
        for one, answer in zip(batch, answers, strict=True):
            one.group.answer(one.place, answer)

    def _learn(self, orders: int, took_s: float) -> None:
        """Half the way to what this batch says; small ones say little, since much of their time is any batch's."""
        if orders >= BATCH_LEAST:
            fits = round((self._at_once + orders * BATCH_S / max(took_s, 1e-6)) / 2)
            self._at_once = min(max(fits, BATCH_LEAST), BATCH_MAX)

    def _note_sold(self, base_id: UUID, show_id: UUID | None, sku_ids: set[UUID]) -> None:
        self._changed.setdefault((base_id, show_id), set()).update(sku_ids)

    async def _tell_stock(self) -> None:
        """Say what is left of what was just sold, five times a second at most."""
        from silkcast.domains.inventory.api import units_free
        from silkcast.kernel.context import SYSTEM, Context
        from silkcast.kernel.ids import BaseId

        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(STOCK_EVERY_S)
            changed, self._changed = self._changed, {}
            for (base_id, show_id), sku_ids in changed.items():
                ctx = Context(base_id=BaseId(base_id), actor=SYSTEM, at=datetime.now(UTC))
                try:
                    left = await loop.run_in_executor(self._thread, units_free, ctx, sku_ids)
                except Exception:  # screens miss one step of the count and get the next
                    logger.exception("intake.stock_untold")
                    continue
                for sku_id, units in left.items():
                    said = {"sku_id": str(sku_id), "units_left": units}
                    self._hub.publish(f"{base_id}/shop/stock", said)
                    if show_id is not None:
                        self._hub.publish(f"{base_id}/{show_id}/stock", {"show_id": str(show_id), **said})


def main(settings: Settings, arguments: list[str]) -> None:
    number = number_of("intake", arguments)
    django.setup()
    ring_after_commits(settings.socket(NAME))
    # A batch makes tens of thousands of objects and no cycles: looking for some in between only costs time.
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS_MAX, 20, 50)

    async def serve() -> None:
        intake = Intake(settings)
        methods: dict[str, Method] = {
            "orders.place": intake.place,
            "orders.place_many": intake.place_many,
            "intake.authenticate": intake.authenticate,
            "intake.tables": intake.tables,
        }
        await run_role(named("intake", number), settings, methods, intake.run)

    asyncio.run(serve())
