from __future__ import annotations

import asyncio
import ctypes
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from silkcast.media.room.watchdog import HOLD_MS_MAX, TELL_EVERY_S, Watchdog

LONG_S = 3 * HOLD_MS_MAX / 1000


@asynccontextmanager
async def watching() -> AsyncIterator[Watchdog]:
    made = Watchdog()
    made.start()
    try:
        yield made
    finally:
        made.close()


def hold_the_interpreter() -> None:
    """As a C call that does not let go of it."""
    ctypes.PyDLL(None).usleep(int(LONG_S * 1e6))


def hold_the_loop() -> None:
    time.sleep(LONG_S)


def told(caplog: pytest.LogCaptureFixture, what: str) -> list[dict[str, Any]]:
    facts = [record.__dict__["facts"] for record in caplog.records if record.message == "room.held"]
    return [fact for fact in facts if fact["what"] == what]


async def until_seen(watchdog: Watchdog, what: str, plant: Callable[[], None], count: int = 1) -> None:
    """Again and again, since the first may come before the watchdog's first look."""
    while int(str(watchdog.state()[what])) < count:
        plant()
        await asyncio.sleep(0.05)


async def test_a_call_that_holds_the_interpreter_is_counted_and_told(caplog: pytest.LogCaptureFixture) -> None:
    def plant() -> None:
        culprit = threading.Thread(target=hold_the_interpreter, name="culprit")
        culprit.start()
        culprit.join()

    async with watching() as watchdog:
        await until_seen(watchdog, "interpreter", plant)
    longest = watchdog.state()["interpreter_ms_max"]
    assert isinstance(longest, float) and longest > HOLD_MS_MAX
    assert told(caplog, "interpreter")[0]["held_ms"] > HOLD_MS_MAX


async def test_a_call_that_holds_the_loop_is_counted_with_its_own_stack(caplog: pytest.LogCaptureFixture) -> None:
    async with watching() as watchdog:
        await until_seen(watchdog, "loop", hold_the_loop)
    stacks = [line for fact in told(caplog, "loop") for stack in fact["stacks"].values() for line in stack]
    assert any("hold_the_loop" in line for line in stacks)


async def test_many_holds_are_all_counted_and_seldom_told(caplog: pytest.LogCaptureFixture) -> None:
    began_s = time.monotonic()
    async with watching() as watchdog:
        await until_seen(watchdog, "loop", hold_the_loop, count=3)
    assert len(told(caplog, "loop")) <= 1 + (time.monotonic() - began_s) / TELL_EVERY_S


async def test_it_ends_when_told_and_leaves_no_thread() -> None:
    async with watching():
        assert "watchdog" in [thread.name for thread in threading.enumerate()]
    assert "watchdog" not in [thread.name for thread in threading.enumerate()]
