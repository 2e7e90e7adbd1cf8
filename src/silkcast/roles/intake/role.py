"""The loop: a bounded queue, one thread that commits, and the stock that screens see falling."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import django

from silkcast.kernel.errors import Overloaded
from silkcast.kernel.role import run_role
from silkcast.kernel.settings import Settings
from silkcast.kernel.wake import NAME, ring_after_commits
from silkcast.kernel.wire import HubClient

logger = logging.getLogger(__name__)
QUEUE_MAX = 4096
BATCH_MAX = 250
STOCK_EVERY_S = 0.2


class Intake:
    """Collects calls into batches. While one batch commits, the next one gathers."""

    def __init__(self, settings: Settings) -> None:
        from silkcast.roles.intake.batches import Asked, Batches

        self._asked = Asked
        self._queue: asyncio.Queue[tuple[Any, asyncio.Future[dict[str, Any]]]] = asyncio.Queue(QUEUE_MAX)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="intake")
        self._hub = HubClient(settings.socket("hub"))
        self._changed: dict[tuple[UUID, UUID], set[UUID]] = {}
        self._batches = Batches(self._note_sold)

    async def place(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answered once committed; Overloaded at once when the queue is full, and then nothing was done."""
        asked = self._asked(
            base_id=body.get("base_id") or "",
            viewer=body.get("viewer") or "",
            key=body.get("key") or "",
            idempotency_key=body.get("idempotency_key") or "",
            body=body["body"],
        )
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((asked, answer))
        except asyncio.QueueFull:
            raise Overloaded(retry_after_s=1) from None
        return await answer

    async def authenticate(self, body: dict[str, Any]) -> dict[str, Any]:
        """Whose a key is; Unauthenticated for none of ours."""
        from silkcast.domains.base.api import context_of_key, digest_of_key, find_api_key

        def find() -> dict[str, Any]:
            ctx = context_of_key(body["key"], datetime.now(UTC))
            found = find_api_key(digest_of_key(body["key"]))
            scopes = list(found[1].scopes) if found else []
            merchant = str(ctx.merchant_id) if ctx.merchant_id else None
            return {"base_id": str(ctx.base_id), "merchant_id": merchant, "scopes": scopes, "key_id": ctx.actor.id}

        return await asyncio.get_running_loop().run_in_executor(self._thread, find)

    async def run(self, stop: asyncio.Event) -> None:
        await self._hub.start()
        telling = asyncio.create_task(self._tell_stock())
        placing = asyncio.create_task(self._place_batches())
        await stop.wait()
        while not self._queue.empty():  # what was taken in is answered before the end
            await asyncio.sleep(0.01)
        placing.cancel()
        telling.cancel()
        await asyncio.gather(placing, telling, return_exceptions=True)
        self._thread.shutdown(wait=True)
        await self._hub.close()

    async def _place_batches(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH_MAX and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            asked = [one for one, _ in batch]
            working = asyncio.ensure_future(loop.run_in_executor(self._thread, self._batches.place, asked))
            try:
                answers = await asyncio.shield(working)
            except asyncio.CancelledError:
                answers = await working
                self._answer(batch, answers)
                raise
            except Exception as error:
                logger.exception("intake.batch_failed")
                for _, answer in batch:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            self._answer(batch, answers)

    @staticmethod
    def _answer(batch: list[tuple[Any, asyncio.Future[dict[str, Any]]]], answers: list[dict[str, Any]]) -> None:
        for (_, answer), given in zip(batch, answers, strict=True):
            if not answer.done():
                answer.set_result(given)

    def _note_sold(self, base_id: UUID, show_id: UUID, sku_ids: set[UUID]) -> None:
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
                    said = {"show_id": str(show_id), "sku_id": str(sku_id), "units_left": units}
                    self._hub.publish(f"{base_id}/{show_id}/stock", said)


def main(settings: Settings, arguments: list[str]) -> None:
    django.setup()
    ring_after_commits(settings.socket(NAME))

    async def serve() -> None:
        intake = Intake(settings)
        methods = {"orders.place": intake.place, "intake.authenticate": intake.authenticate}
        await run_role("intake", settings, methods, intake.run)

    asyncio.run(serve())
