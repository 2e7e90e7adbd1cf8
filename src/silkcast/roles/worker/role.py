from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from importlib import import_module
from typing import Any

import django

from silkcast.kernel.role import number_of, run_role
from silkcast.kernel.settings import Settings, named
from silkcast.kernel.wake import NAME, listen, ring_after_commits
from silkcast.kernel.wire import HubClient

logger = logging.getLogger(__name__)
RELAY_STALLED_S = 20.0
WORKFLOWS_AFTER_S = 3.0


def main(settings: Settings, arguments: list[str]) -> None:
    number = number_of("worker", arguments)
    settings.prepare()
    django.setup()
    from silkcast.kernel.storage import guards

    guards.verify()  # a start that had nothing to prepare looks all the same: a lost guard must not go unseen
    asyncio.run(_serve(settings, number))


async def _serve(settings: Settings, number: int) -> None:
    """The first worker does all; further ones apply what stays within our tables, and end workflows of their own.

    What leaves our tables, and what is done by the clock, would only be done twice.
    """
    # Reactions register themselves on import, which needs Django set up.
    from silkcast.domains.payments.api import count_to_return
    from silkcast.domains.studio.control import Control
    from silkcast.project import wiring
    from silkcast.roles.worker import parked, schedules, screens
    from silkcast.roles.worker.relaying import Relay

    wiring.load_everything()
    hub = HubClient(settings.socket("hub"))
    bell = listen(settings.socket(NAME, number))
    ring_after_commits(settings.socket(NAME))
    relay = Relay(bell, has_outside=number == 0)
    control = Control(settings, hub.publish)

    async def health(_: Any) -> dict[str, Any]:
        idle_s = time.monotonic() - relay.last_turn
        detail = {
            "relay_idle_s": round(idle_s, 1),
            "parked_events": await asyncio.to_thread(parked.count),
            "payments_to_return": await asyncio.to_thread(count_to_return),
        }
        return {"ok": relay.is_alive() and idle_s < RELAY_STALLED_S, "detail": detail}

    methods = {"health": health, "relay.parked": parked.listed, "relay.resume": parked.resume}

    async def work(stop: asyncio.Event) -> None:
        await hub.start()
        screens.subscribe(hub.publish)
        relay.start()
        keeping = []
        if number == 0:
            keeping.append(asyncio.create_task(control.run(stop)))
            keeping += [asyncio.create_task(schedules.keep(job, stop)) for job in schedules.JOBS]
        # A start's first seconds belong to rooms and pages; what workflows react to waits in the outbox till then.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), WORKFLOWS_AFTER_S)
        workflows = None
        if not stop.is_set():
            workflows = await asyncio.to_thread(import_module, "silkcast.roles.worker.workflows")
            await asyncio.to_thread(workflows.launch, settings, number)
        await stop.wait()
        await asyncio.to_thread(relay.stop)
        await asyncio.gather(*keeping, return_exceptions=True)
        if workflows is not None:
            await asyncio.to_thread(workflows.close)
        await hub.close()

    await run_role(named("worker", number), settings, {**methods, **control.methods()}, work)
