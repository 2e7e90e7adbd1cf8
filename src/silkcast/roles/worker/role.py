from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import django

from silkcast.kernel.role import run_role
from silkcast.kernel.settings import Settings
from silkcast.kernel.wake import NAME, listen, ring_after_commits
from silkcast.kernel.wire import HubClient

logger = logging.getLogger(__name__)
RELAY_STALLED_S = 20.0


def main(settings: Settings, arguments: list[str]) -> None:
    settings.prepare()
    django.setup()
    from silkcast.kernel.storage import guards

    guards.verify()  # a start that had nothing to prepare looks all the same: a lost guard must not go unseen
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    # Reactions register themselves on import, which needs Django set up.
    from silkcast.domains.studio.control import Control
    from silkcast.project import wiring
    from silkcast.roles.worker import schedules, screens, workflows
    from silkcast.roles.worker.relaying import Relay

    wiring.load_everything()
    hub = HubClient(settings.socket("hub"))
    bell = listen(settings.socket(NAME))
    ring_after_commits(settings.socket(NAME))
    relay = Relay(bell)
    control = Control(settings, hub.publish)

    async def health(_: Any) -> dict[str, Any]:
        idle_s = time.monotonic() - relay.last_turn
        return {"ok": relay.is_alive() and idle_s < RELAY_STALLED_S, "detail": {"relay_idle_s": round(idle_s, 1)}}

    async def work(stop: asyncio.Event) -> None:
        await hub.start()
        screens.subscribe(hub.publish)
        await asyncio.to_thread(workflows.launch, settings.data / "workflows.db")
        relay.start()
        keeping = [asyncio.create_task(schedules.keep(job, stop)) for job in schedules.JOBS]
        keeping.append(asyncio.create_task(control.run(stop)))
        await stop.wait()
        await asyncio.to_thread(relay.stop)
        await asyncio.gather(*keeping, return_exceptions=True)
        await asyncio.to_thread(workflows.close)
        await hub.close()

    await run_role("worker", settings, {"health": health, **control.methods()}, work)
