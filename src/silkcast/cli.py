"""The `silkcast` command: start everything, run one role, make and remove bases, prepare the data folder."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from silkcast.kernel.errors import NotPrepared, SettingUnusable, SilkcastError
from silkcast.kernel.log import without_secrets
from silkcast.kernel.settings import Settings, load, refuse_unknown
from silkcast.kernel.words import LANGUAGES, sentence

ROLES = ("edge", "web", "intake", "signals", "signals_counter", "worker", "ingest", "room")

READ_THE_REST = ("up", "role", "demo")  # these have arguments of their own


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it went well, 2 when a setting or the request makes no sense."""
    parser = argparse.ArgumentParser(prog="silkcast", description="The operating system of a livestream-commerce base")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start and watch every role on this machine", add_help=False)
    role = commands.add_parser("role", help="run one role in the foreground", add_help=False)
    role.add_argument("name", choices=ROLES)
    commands.add_parser("prepare", help="bring the data folder up to date: tables, guards, demo base")
    _add_base_commands(commands.add_parser("base", help="make real bases, and mend them"))
    demo = commands.add_parser("demo", help="the simulated base and what animates it", add_help=False)
    demo.add_argument("verb", choices=("cameras", "crowd", "platforms", "remove"))
    parked = commands.add_parser("parked", help="events that a reaction could not apply")
    again = parked.add_subparsers(dest="verb").add_parser("resume", help="try a subject's events again, in order")
    for name in ("consumer", "base_id", "subject"):
        again.add_argument(name)
    audit = commands.add_parser("audit", help="prove stock, orders, books, airtime and signals against each other")
    for name in ("since", "until"):
        audit.add_argument(f"--{name}", default="", help="ISO 8601, for example 2026-11-22T09:00Z")
    known, rest = parser.parse_known_args(arguments)
    if rest and known.command not in READ_THE_REST:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    os.umask(0o077)  # whatever we make is for us alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "silkcast.project.settings")
    try:
        settings = load()
        refuse_unknown()
        try:
            settings.prepare()
        except OSError as error:
            facts = {"value": str(settings.data), "reason": error.strerror or str(error)}
            raise SettingUnusable(name="SILKCAST_DATA", **facts) from error
        return _COMMANDS[known.command](settings, known, rest)
    except SilkcastError as error:
        for language in LANGUAGES:
            print(without_secrets(sentence(error.code, error.facts, language)), file=sys.stderr)
        return 2


def _up(settings: Settings, known: argparse.Namespace, rest: list[str]) -> int:
    from silkcast.preparing import is_prepared
    from silkcast.supervisor import up

    return int(up(settings, rest, is_prepared=is_prepared(settings)))


def _role(settings: Settings, known: argparse.Namespace, rest: list[str]) -> int:
    import_module(f"silkcast.roles.{known.name}").main(settings, rest)
    return 0


def _prepare(settings: Settings, known: argparse.Namespace, rest: list[str]) -> int:
    from silkcast.preparing import prepare

    prepare(settings)
    return 0


def _add_base_commands(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("new", help="make a base and its first operator; the password is read from standard input")
    for name in ("slug", "name", "currency", "time-zone", "email", "operator"):
        new.add_argument(f"--{name}", required=True)
    verbs.add_parser("list", help="every base: its short name, name, kind, currency, time zone and id")
    change = verbs.add_parser("set", help="give a base another name or time zone")
    change.add_argument("--slug", required=True)
    for name in ("name", "time-zone"):
        change.add_argument(f"--{name}")
    password = verbs.add_parser("password", help="set somebody's password, read from standard input")
    password.add_argument("--email", required=True)


def _base(settings: Settings, known: argparse.Namespace, rest: list[str]) -> int:
    from silkcast.preparing import is_prepared
    from silkcast.project.bases import main

    if not is_prepared(settings):
        raise NotPrepared(data=str(settings.data))
    return main(settings, known)


def _demo(settings: Settings, known: argparse.Namespace, rest: list[str]) -> int:
    return int(import_module(f"silkcast.demo.{known.verb}").main(settings, rest))


def _audit(settings: Settings, known: argparse.Namespace, rest: list[str]) -> int:
    from silkcast.project.auditing import audit

    return audit(settings, known.since, known.until)


def _parked(settings: Settings, known: argparse.Namespace, rest: list[str]) -> int:
    from silkcast.project import parked

    if known.verb == "resume":
        return parked.resume(settings, known.consumer, known.base_id, known.subject)
    return parked.show(settings)


_COMMANDS: dict[str, Callable[[Settings, argparse.Namespace, list[str]], int]] = {
    "up": _up,
    "role": _role,
    "prepare": _prepare,
    "base": _base,
    "demo": _demo,
    "parked": _parked,
    "audit": _audit,
}
