"""What runs on one machine, what each program waits for, and in which order they end."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from silkcast.kernel.settings import Settings, named

PREPARED = "prepared"  # tables and static files are up to date
DEMO = "demo base"  # there is one
READY = "ready"  # the ready line has been printed


class Ending(IntEnum):
    """First those who let work in, last those who keep it."""

    DOOR = 0
    DEMO = 1
    ROOMS = 2
    WORK = 3
    LOG = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """`needs` are names of other programs, which must have answered that they are well, or of milestones."""

    name: str
    command: tuple[str, ...]
    ending: Ending
    needs: frozenset[str] = frozenset()
    socket: Path | None = None  # asked for health; a program without one is well while it runs
    inherits: tuple[int, ...] = ()  # descriptors handed down, appended to the command
    is_role: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    programs: tuple[Program, ...]
    room: tuple[str, ...]  # the command of a room, its id to be appended
    prepare: tuple[str, ...] = ()  # run once before all that need PREPARED; nothing when empty


def silkcast(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "silkcast", *arguments)


def standard(
    settings: Settings, *, listening: tuple[int, ...], viewers: int, with_demo: bool, is_prepared: bool
) -> Table:
    """Everything of this machine; the demo's programs start only where there is a demo base to animate."""
    prepared = frozenset({PREPARED})

    def role(name: str, ending: Ending, needs: frozenset[str], inherits: tuple[int, ...] = ()) -> Program:
        command = silkcast("role", name, *(("--listen-fd",) if inherits else ()))
        socket = settings.socket(name)
        return Program(name=name, command=command, ending=ending, needs=needs, socket=socket, inherits=inherits)

    def several(name: str, count: int) -> list[Program]:
        return [role(name, Ending.WORK, prepared), *(_further(settings, name, number) for number in range(1, count))]

    programs = [
        *several("web", settings.webs),
        *several("worker", settings.workers),
        *several("intake", settings.intakes),
        role("signals", Ending.LOG, frozenset()),
        role("ingest", Ending.ROOMS, frozenset()),
        role("edge", Ending.DOOR, frozenset(), listening),
    ]
    counters = settings.signals_counters if settings.signals_url else 0
    programs += [_counter(settings, number, counters) for number in range(counters)]
    if with_demo:
        programs.append(_demo("platforms", frozenset({DEMO})))
        programs.append(_demo("cameras", frozenset({DEMO, "ingest"})))
        if viewers:
            programs.append(_demo("crowd", frozenset({DEMO, READY}), "--viewers", str(viewers)))
    prepare = () if is_prepared else silkcast("prepare")
    return Table(programs=tuple(programs), room=silkcast("role", "room", "--room"), prepare=prepare)


def _further(settings: Settings, role: str, number: int) -> Program:
    """One more process of a role; it waits for the first, which makes what they share."""
    command = silkcast("role", role, "--number", str(number))
    socket = settings.socket(role, number)
    return Program(
        name=named(role, number), command=command, ending=Ending.WORK, needs=frozenset({role}), socket=socket
    )


def _counter(settings: Settings, number: int, of: int) -> Program:
    name = f"signals_counter-{number}"
    command = silkcast("role", "signals_counter", f"{number}/{of}")
    return Program(name=name, command=command, ending=Ending.LOG, socket=settings.socket(name))


def _demo(name: str, needs: frozenset[str], *arguments: str) -> Program:
    command = silkcast("demo", name, *arguments)
    return Program(name=f"demo-{name}", command=command, ending=Ending.DEMO, needs=needs, is_role=False)
