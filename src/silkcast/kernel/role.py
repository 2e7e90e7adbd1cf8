"""What every long-running process does alike: logs, its wire socket with `health`, and a stop on SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from silkcast.kernel import log
from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import serve

logger = logging.getLogger(__name__)
Method = Callable[[Any], Awaitable[Any]]


def number_of(role: str, arguments: list[str]) -> int:
    """Which of a role's processes this one is, from its arguments; 0 is the first, or the only one."""
    parser = argparse.ArgumentParser(prog=f"silkcast role {role}")
    parser.add_argument("--number", type=int, default=0, help="tells the processes of one role apart")
    return int(parser.parse_args(arguments).number)


async def _healthy(_: Any) -> dict[str, Any]:
    return {"ok": True, "detail": {"pid": os.getpid()}}


async def run_role(
    name: str,
    settings: Settings,
    methods: Mapping[str, Method],
    main: Callable[[asyncio.Event], Awaitable[None]],
) -> None:
    """Serve `methods` at the role's socket while `main(stop)` runs; `stop` is set by SIGTERM or SIGINT.

    `health` answers plainly unless `methods` brings its own.
    """
    log.configure(name)
    settings.prepare()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await serve(settings.socket(name), {"health": _healthy, **methods})
    logger.info("role.started", extra={"facts": {"pid": os.getpid()}})
    try:
        await main(stop)
    finally:
        await server.close()
        logger.info("role.stopped")
