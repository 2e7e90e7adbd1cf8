"""`silkcast up`: claims what one machine can have only once, then runs the supervisor until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from silkcast.kernel.log import JsonLines
from silkcast.kernel.settings import Settings
from silkcast.supervisor import lock, ports
from silkcast.supervisor.errors import FolderUnusable
from silkcast.supervisor.supervisor import Supervisor
from silkcast.supervisor.table import Table, standard

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - what a listening address means to a browser here


def up(settings: Settings, arguments: list[str], *, is_prepared: bool) -> int:
    parser = argparse.ArgumentParser(prog="silkcast up", description="Start and watch every role on this machine.")
    parser.add_argument("--viewers", type=int, default=settings.viewers, help="how many the demo's crowd has")
    parser.add_argument("--no-demo", action="store_true", help="leave out the demo's cameras and crowd")
    options = parser.parse_args(arguments)
    try:
        settings.prepare()
    except OSError as error:
        raise FolderUnusable(folder=str(settings.data), reason=error.strerror or str(error)) from error
    with lock.hold(settings.data):
        wanted = {"viewers": options.viewers, "with_demo": not options.no_demo, "is_prepared": is_prepared}
        return _run(settings, partial(standard, settings, **wanted))


def _run(settings: Settings, table_of: Callable[..., Table]) -> int:
    ports.check_free(settings.host, settings.rtmp_port, variable="SILKCAST_RTMP_PORT")
    with (
        ports.claim(settings.host, settings.port, variable="SILKCAST_PORT") as listening,
        _logging_to(settings.data / "logs" / "supervisor.log"),
    ):
        table = table_of(listening=listening.fileno())

        async def supervise() -> None:
            supervisor = Supervisor(settings, table, say, greet=lambda: greeting(settings), listening=listening)
            await supervisor.run()

        say(f"Starting Silkcast on {settings.data} …")
        asyncio.run(supervise())
    say("Silkcast has stopped.")
    return 0


def say(line: str) -> None:
    print(line, flush=True)


def greeting(settings: Settings) -> Iterator[str]:
    """The demo's logins, if there are any, and the line that scripts wait for."""
    try:
        note = json.loads((settings.data / "demo.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        note = {}
    logins = note.get("logins", [])
    if logins:
        yield "Logins of the simulated demo base 演示基地（模拟数据）:"
        for login in logins:
            yield f"  {login.get('role', ''):<9} {login['email']}  {login['password']}"
    host = WILDCARDS.get(settings.host, settings.host)
    yield f"Silkcast is ready: {settings.public_url or f'http://{host}:{settings.port}'}"


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """The supervisor's own log; the terminal is for people."""
    lines = logging.FileHandler(path, encoding="utf-8")
    lines.setFormatter(JsonLines("supervisor"))
    root = logging.getLogger()
    root.addHandler(lines)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(lines)
        lines.close()
