"""Parked events can be seen and tried again, through the worker's own socket."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from tests.cast import Cast

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import Role
from silkcast.domains.base.events import RoleGranted
from silkcast.kernel import events, relay
from silkcast.kernel.actions import run
from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import serve
from silkcast.project import parked as command
from silkcast.roles.worker import parked


@pytest.fixture
def settings() -> Iterator[Settings]:
    """The worker's two methods at its socket, on a loop of another thread."""
    import asyncio

    with tempfile.TemporaryDirectory(prefix="silk-") as folder:
        made = Settings(data=Path(folder))
        made.prepare()
        listening, loops = Event(), []

        async def listen() -> None:
            stop = asyncio.Event()
            loops.append((asyncio.get_running_loop(), stop))
            server = await serve(made.socket("worker"), {"relay.parked": parked.listed, "relay.resume": parked.resume})
            listening.set()
            await stop.wait()
            await server.close()

        thread = Thread(target=lambda: asyncio.run(listen()))
        thread.start()
        assert listening.wait(20)
        yield made
        loop, stop = loops[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)


def test_a_parked_event_is_shown_and_goes_through_once_mended(
    cast: Cast, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = True

    def react(ctx: Any, fact: RoleGranted) -> None:
        if broken:
            reason = "no such shelf"
            raise ValueError(reason)

    subscription = events.Subscription("probe", RoleGranted.topic, react, outside=False)
    events.REACTIONS.append(subscription)
    try:
        run(cast.east.ctx, base.GrantRole(person_id=cast.east.operator.id, role=Role.HOST))
        while relay.work("probe"):
            pass
        subject = f"base.person:{cast.east.operator.id}"
        assert command.show(settings) == 1
        shown = capsys.readouterr().out
        assert subject in shown
        assert "no such shelf" in shown
        broken = False
        before = parked.count()
        assert command.resume(settings, "probe", str(cast.east.ctx.base_id), subject) == 0
        assert capsys.readouterr().out == f"{before}\n"
        assert command.show(settings) == 0
    finally:
        events.REACTIONS.remove(subscription)
