"""What happens by the clock. Each job is safe to run twice and says how often it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from silkcast.domains.orders import fulfilment, jobs
from silkcast.domains.shipping.queries import undelivered
from silkcast.kernel.ids import BaseId, OrderId

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    every_s: float
    run: Callable[[], int]


def follow_parcels() -> int:
    """Ask the carriers about every parcel that has not arrived; how many were asked about."""

    def ask(row: tuple[BaseId, OrderId]) -> bool:
        fulfilment.follow(str(row[0]), str(row[1]))
        return True

    return jobs.each(undelivered(datetime.now(UTC)), ask, "shipping.follow_failed")


JOBS = (
    Job("orders.expire_holds", 5.0, jobs.expire_holds),
    Job("orders.ask_about_payments", 5.0, jobs.ask_about_payments),
    Job("payments.ask_about_refunds", 30.0, jobs.ask_about_refunds),
    Job("orders.send_what_waits", 60.0, jobs.send_what_waits),
    Job("shipping.follow_parcels", 5.0, follow_parcels),
)


async def keep(job: Job, stop: asyncio.Event) -> None:
    """Run a job for ever; one that fails is logged and runs again at its next time."""
    while not stop.is_set():
        try:
            await asyncio.to_thread(job.run)
        except Exception:
            logger.exception("schedule.failed", extra={"facts": {"job": job.name}})
        try:
            async with asyncio.timeout(job.every_s):
                await stop.wait()
        except TimeoutError:
            continue
