"""The pages and the REST API: Django by WSGI in a few threads, behind a Unix socket that only the edge knows.

By WSGI because Django's ASGI handler was measured at four to seven times the CPU for a small page. The server runs the
application in a worker process of its own; that process dies with its parent, whichever way the parent goes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from silkcast.kernel import log
from silkcast.kernel.lifeline import die_with
from silkcast.kernel.settings import Settings, named
from silkcast.kernel.wire import serve

logger = logging.getLogger(__name__)

APPLICATION = "silkcast.project.wsgi:application"
THREADS = 8
THREAD_IDLE_S_MAX = 600  # a thread keeps its database connection
CONNECTIONS_MAX = 128
STOP_S_MAX = 8
STUCK_S_MAX = 120.0  # every thread busy with one request for so long: nothing but a restart frees them
STUCK_EXIT_CODE = 70

_doorkeeper = ThreadPoolExecutor(1, "hearing")

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Watched:
    """The application, with a look at how long each thread has been at its request."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._since_s: dict[int, float] = {}

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        thread = threading.get_ident()
        self._since_s[thread] = time.monotonic()
        try:
            return self._application(environ, start_response)
        finally:
            del self._since_s[thread]

    def ages_s(self) -> list[float]:
        now_s = time.monotonic()
        return [now_s - since_s for since_s in list(self._since_s.values())]

    async def health(self, _: Any) -> dict[str, Any]:
        ages_s = self.ages_s()
        if len(ages_s) >= THREADS and min(ages_s) > STUCK_S_MAX:
            logger.error("web.stuck", extra={"facts": {"threads": THREADS, "longest_s": round(max(ages_s))}})
            os._exit(STUCK_EXIT_CODE)
        detail = {
            "pid": os.getpid(),
            "busy": len(ages_s),
            "threads": THREADS,
            "longest_s": round(max(ages_s, default=0)),
        }
        return {"ok": True, "detail": detail}


def main(settings: Settings, arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="silkcast role web")
    parser.add_argument("application", nargs="?", default=APPLICATION, help="a WSGI application, module:name")
    parser.add_argument("--number", type=int, default=0, help="tells the processes of one role apart")
    options = parser.parse_args(arguments)
    log.configure(named("web", options.number))
    settings.prepare()
    path = settings.socket("web-http", options.number)
    health = settings.socket("web", options.number)
    path.unlink(missing_ok=True)  # a killed process leaves its socket behind
    server = Server(
        options.application,
        uds=path,
        uds_permissions=0o600,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=THREAD_IDLE_S_MAX,
        backlog=CONNECTIONS_MAX,
        backpressure=CONNECTIONS_MAX,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=60_000),
        websockets=False,
        workers_kill_timeout=STOP_S_MAX,
        log_enabled=False,
    )
    logger.info("role.started", extra={"facts": {"pid": os.getpid()}})
    server.serve(target_loader=partial(_load, health, os.getpid()))
    health.unlink(missing_ok=True)
    logger.info("role.stopped")


def _load(health: Path, parent: int, target: str) -> Application:
    """In the worker process: tie its life to its parent's, load the application, and say so."""
    die_with(parent)
    module, _, name = target.partition(":")
    application = Watched(getattr(importlib.import_module(module), name))
    serving = threading.Thread(target=_serve_health, args=(health, application), name="health", daemon=True)
    serving.start()
    return application


async def _hearing(asked: Any) -> list[str]:
    """Of the sessions whose streams the edge holds open: those that may go on."""
    from silkcast.project.identity import hearing

    return await asyncio.get_running_loop().run_in_executor(_doorkeeper, hearing, [str(each) for each in asked])


def _serve_health(path: Path, application: Watched) -> None:
    async def forever() -> None:
        server = await serve(path, {"health": application.health, "web.hearing": _hearing})
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await server.close()

    asyncio.run(forever())
