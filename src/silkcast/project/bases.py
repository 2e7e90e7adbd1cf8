"""`silkcast base …`: makes real bases, names them, and mends what keeps people out of one."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime

import django

from silkcast.kernel.errors import Missing
from silkcast.kernel.settings import Settings


def main(settings: Settings, known: argparse.Namespace) -> int:
    django.setup()
    {"new": _new, "list": _list, "set": _set, "password": _password}[known.verb](known)
    return 0


def _new(known: argparse.Namespace) -> None:
    from silkcast.domains.base.api import Founding, found_base
    from silkcast.domains.base.contracts import BaseKind

    founding = Founding(
        slug=known.slug,
        name=known.name,
        kind=BaseKind.REAL,
        currency=known.currency,
        time_zone=known.time_zone,
        operator_email=known.email,
        operator_name=known.operator,
        password=_asked(),
    )
    print(found_base(founding).id)


def _asked() -> str:
    """The password, asked for or read from standard input."""
    return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def _list(_: argparse.Namespace) -> None:
    from silkcast.domains.base.api import list_bases

    for base in list_bases():
        zone = f"{base.unknown_zone} is no time zone" if base.unknown_zone else base.time_zone
        print(f"{base.slug}\t{base.name}\t{base.kind}\t{base.currency}\t{zone}\t{base.id}")


def _set(known: argparse.Namespace) -> None:
    from silkcast.domains.base.api import SetBase, find_base
    from silkcast.kernel.actions import run
    from silkcast.kernel.context import SYSTEM, Context

    base = find_base(known.slug)
    if base is None:
        raise Missing(kind="base", slug=known.slug)
    ctx = Context(base_id=base.id, actor=SYSTEM, at=datetime.now(UTC))
    run(ctx, SetBase(name=known.name, time_zone=known.time_zone))


def _password(known: argparse.Namespace) -> None:
    """As through a link that was made and used at once: whoever is signed in with the old one is signed out."""
    from django.contrib.auth.hashers import make_password

    from silkcast.domains.base.api import (
        AcceptInvitation,
        MakePasswordLink,
        find_person,
        require_strength,
    )
    from silkcast.kernel.actions import run
    from silkcast.kernel.context import SYSTEM, Context
    from silkcast.kernel.signs import opaque

    person = find_person(known.email)
    if person is None:
        raise Missing(kind="person", email=known.email)
    ctx = Context(base_id=person.base_id, actor=SYSTEM, at=datetime.now(UTC))
    password = _asked()
    require_strength(password, email=person.email, name=person.name)
    run(ctx, MakePasswordLink(person_id=person.id))
    wanted = AcceptInvitation(person_id=person.id, password_hash=make_password(opaque(password)), link_made_at=ctx.at)
    run(ctx, wanted)
