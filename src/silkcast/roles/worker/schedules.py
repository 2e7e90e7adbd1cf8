"""What happens by the clock. Each job is safe to run twice and says how often it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from silkcast.domains.orders import fulfilment, jobs
from silkcast.domains.shipping.queries import undelivered
from silkcast.kernel import runs
from silkcast.kernel.ids import BaseId, OrderId
from silkcast.kernel.patience import Patience
from silkcast.kernel.storage.rounds import Round

logger = logging.getLogger(__name__)
ANSWERS_KEPT_DAYS = 30
FOLLOW_AGAIN_S_MAX = 600.0
_parcels = Round(200)
_of_parcels = Patience(5, FOLLOW_AGAIN_S_MAX)


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

    return jobs.each(undelivered(datetime.now(UTC), _parcels), ask, "shipping.follow_failed", _of_parcels)


def forget_answers() -> int:
    """Answers to keys that nobody repeats any more."""
    before = datetime.now(UTC) - timedelta(days=ANSWERS_KEPT_DAYS)
    return sum(iter(lambda: runs.forget_answers(before), 0))


JOBS = (
    Job("orders.expire_holds", 5.0, jobs.expire_holds),
    Job("orders.ask_about_payments", 5.0, jobs.ask_about_payments),
    Job("orders.give_back", 5.0, jobs.give_back),
    Job("payments.ask_about_refunds", 30.0, jobs.ask_about_refunds),
    Job("orders.send_what_waits", 60.0, jobs.send_what_waits),
    Job("orders.complete_kept", 600.0, jobs.complete_kept),
    Job("shipping.follow_parcels", 5.0, follow_parcels),
    Job("kernel.forget_answers", 3_600.0, forget_answers),
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
