"""A data folder of the bench's own with a show on air, and the roles that orders pass, as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cast import Base

START_GUARD_S = 120.0
UNITS = 10_000_000
PER_BUYER_MAX = 2


@dataclass(frozen=True)
class Shop:
    """One hot SKU with plenty of units, sold in a show at an offer with a limit for each buyer."""

    base: Base
    show_id: str
    sku_id: str
    api_key: str


@contextmanager
def folder() -> Iterator[None]:
    """The product's own settings, durable as in production, on empty tables."""
    with tempfile.TemporaryDirectory(prefix="silk-", ignore_cleanup_errors=True) as made:
        os.environ |= {"SILKCAST_DATA": made, "DJANGO_SETTINGS_MODULE": "silkcast.project.settings"}
        import django
        from django.core.management import call_command

        django.setup()
        from silkcast.kernel.settings import load
        from silkcast.project.wiring import load_everything

        load().prepare()
        load_everything()
        call_command("migrate", verbosity=0, interactive=False)
        yield


def open_shop(name: str, *, scopes: Sequence[str] = ("orders.write",)) -> Shop:
    from silkcast.domains.base.contracts import BaseKind
    from silkcast.domains.catalog.api import SetOffer
    from silkcast.kernel.money import Money
    from tests.cast import make_base
    from tests.project.stage import on_stage

    base = make_base(name, kind=BaseKind.DEMO, currency="USD")
    stage = on_stage(base)
    sku_id = base.sells("HOT", UNITS)
    offer = SetOffer(show_id=stage.show_id, sku_id=sku_id, price=Money(2900, "USD"), per_buyer_max=PER_BUYER_MAX)
    stage.does(offer)
    return Shop(base, str(stage.show_id), str(sku_id), stage.key(*scopes))


@contextmanager
def serving(
    intake: str = "silkcast role intake", *, beside: Sequence[str] = ()
) -> Iterator[tuple[str, dict[str, int]]]:
    """The edge's address and the process ids by role; `intake` is the module that runs orders, with its arguments.

    Other roles run `beside`.
    """
    from tests.ports import free_port

    port = free_port()
    environment = {**os.environ, "SILKCAST_PORT": str(port), "SILKCAST_CLIENT_RATE": "1000000"}
    commands = {role: ["silkcast", "role", role] for role in (*beside, "edge")} | {"intake": intake.split()}
    with (Path(os.environ["SILKCAST_DATA"]) / "roles.log").open("ab") as log:
        running = {
            role: subprocess.Popen([sys.executable, "-m", *command], env=environment, stderr=log, stdout=log)
            for role, command in commands.items()
        }
        try:
            origin = f"http://127.0.0.1:{port}"
            _wait_for(origin, ("intake", *beside))
            yield origin, {role: child.pid for role, child in running.items()}
        finally:
            for child in running.values():
                child.terminate()
            for child in running.values():
                child.wait(30)


def _wait_for(origin: str, roles: Sequence[str]) -> None:
    from silkcast.kernel.settings import load
    from silkcast.kernel.wire import WireError, call_blocking

    give_up_s = time.monotonic() + START_GUARD_S
    while True:
        try:
            with urllib.request.urlopen(f"{origin}/healthz", timeout=5) as answer:  # noqa: S310 - our own address
                assert answer.status == 200
            for role in roles:
                call_blocking(load().socket(role), "health")
        except (OSError, WireError):
            assert time.monotonic() < give_up_s, "the roles did not start"
            time.sleep(0.1)
        else:
            return
