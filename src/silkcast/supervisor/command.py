"""`silkcast up`: claims what one machine can have only once, then runs the supervisor until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from silkcast.kernel.addresses import why_silent
from silkcast.kernel.errors import SettingUnusable
from silkcast.kernel.log import JsonLines
from silkcast.kernel.private import close_to_others
from silkcast.kernel.settings import Settings, with_addresses
from silkcast.kernel.words import LANGUAGES, sentence
from silkcast.supervisor import lock, ports
from silkcast.supervisor.errors import FolderUnusable
from silkcast.supervisor.supervisor import Supervisor
from silkcast.supervisor.table import Table, standard

logger = logging.getLogger(__name__)


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
    # Asked for once: every child reads them in the environment.
    os.environ["SILKCAST_TRUSTED_PROXIES"] = ",".join(with_addresses(settings).trusted_proxies)
    ports.check_free(settings.host, settings.rtmp_port, variable="SILKCAST_RTMP_PORT")
    with ExitStack() as held:
        listening = [
            held.enter_context(each) for each in ports.claim(settings.host, settings.port, variable="SILKCAST_PORT")
        ]
        held.enter_context(_logging_to(settings.data / "logs" / "supervisor.log"))
        if mended := close_to_others(settings.data):
            facts = {"paths": len(mended), "first": str(mended[0])}
            logger.warning("folder.stood_open", extra={"facts": facts})
            say(f"{mended[0]} was open to other users of this machine; it is closed to them now.")
        table = table_of(listening=tuple(each.fileno() for each in listening))

        async def supervise() -> None:
            supervisor = Supervisor(settings, table, say, greet=lambda: greeting(settings), listening=listening)
            await supervisor.run()

        say(f"Starting Silkcast on {settings.data} …")
        for line in servers_away(settings):
            say(line)
        asyncio.run(supervise())
    say("Silkcast has stopped.")
    return 0


def servers_away(settings: Settings) -> Iterator[str]:
    """Of servers that a setting names: they may come, and whoever waits for them is to know which setting it is."""
    named = (
        ("SILKCAST_DATABASE_URL", settings.database_url, 5432),
        ("SILKCAST_SIGNALS_URL", settings.signals_url, 4222),
    )
    for name, url, port in named:
        parts = urlsplit(url)
        reason = why_silent(parts.hostname, parts.port or port) if parts.hostname else ""
        if reason:
            facts = {"name": name, "value": f"{parts.scheme}://{parts.hostname}", "reason": reason}
            yield from (sentence(SettingUnusable.code, facts, language) for language in LANGUAGES)


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
    yield f"Silkcast is ready: {settings.origin}"


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
