"""A process dies before and after each write of orders, payments, relay and workflows; another one goes on with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests import postgresql, sampling
from tests.holds import UNBOUNDED
from tests.scenarios.conftest import NEEDS_POSTGRESQL
from tests.scenarios.crash_points import depends_on_time

pytestmark = pytest.mark.slow
SHARES = 2
POINTS_EACH = 0 if sampling.IS_SOAK else 24  # of each share; 0 for every point there is
HANG_GUARD_S = 3_600 if POINTS_EACH else 36_000
KILLED = -9


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=NEEDS_POSTGRESQL)])
def addresses(request: pytest.FixtureRequest) -> list[str]:
    """A database for each share; none means SQLite in the data folder."""
    if request.param == "sqlite":
        return [""] * SHARES
    return [postgresql.another(postgresql.shared(), f"share_{number}_{uuid4().hex[:8]}") for number in range(SHARES)]


@pytest.fixture
def stories(addresses: list[str], tmp_path: Path) -> Iterator[dict[Path, subprocess.Popen[bytes]]]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("SILKCAST_", "DJANGO_"))}
    started = {}
    for number, address in enumerate(addresses):
        folder = tmp_path / str(number)
        told = {
            "SILKCAST_DATA": str(folder / "data"),
            "DJANGO_SETTINGS_MODULE": "silkcast.project.settings",
        } | UNBOUNDED
        told |= {"SILKCAST_DATABASE_URL": address} if address else {}
        which = (number, SHARES, sampling.seed(), POINTS_EACH)
        command = [sys.executable, "-m", "tests.scenarios.crash_story", *map(str, which)]
        folder.mkdir()
        with (folder / "said").open("wb") as said, (folder / "errors").open("wb") as errors:
            started[folder] = subprocess.Popen(command, env=ours | told, stdout=said, stderr=errors)
    yield started
    for story in started.values():
        story.kill()
        story.wait()


def test_whoever_dies_at_whichever_write_nothing_accepted_is_lost_and_nothing_happens_twice(
    stories: dict[Path, subprocess.Popen[bytes]],
) -> None:
    print(f"seed {sampling.seed()}")
    reached: set[str] = set()
    amiss: list[str] = []
    for folder, story in stories.items():
        assert story.wait(HANG_GUARD_S) == 0, (folder / "errors").read_text()
        undisturbed, *deaths = map(json.loads, (folder / "said").read_text().splitlines())
        assert (undisturbed["died"], undisturbed["wrong"]) == (0, [])
        amiss += [found for death in deaths for found in _amiss(death, undisturbed["facts"])]
        assert len(deaths) >= POINTS_EACH
        reached |= {point.rpartition(" ")[0] for point in undisturbed["points"]}
    assert not amiss, "\n".join(amiss)
    assert reached >= {f"after {write}" for write in WRITES}


# Of each plane that has to survive one that must be among them: a harness that sees no writes would find no fault.
WRITES = (
    "INSERT INTO orders_order",
    "UPDATE inventory_stock",
    "INSERT INTO payments_posting",
    "UPDATE payments_payment",
    "INSERT INTO payments_refund",
    "INSERT INTO kernel_idempotencyrecord",
    "UPDATE kernel_relaycursor",
    "INSERT INTO shipping_consignment",
    "INSERT OR IGNORE INTO outcome",  # the gateway's own memory
    "INSERT OR IGNORE INTO subject_key",
)


def _amiss(death: dict[str, Any], facts: dict[str, Any]) -> Iterator[str]:
    """What is not as it would be had nobody died."""
    if death["died"] != KILLED and not depends_on_time(death["point"]):
        yield f"nobody died at {death['point']}"
    if (death["ended"], death.get("wrong"), death.get("lost")) != (0, [], []):
        yield json.dumps(death)
        return
    for name, what in facts.items() if death["asked_again"] else ():
        if death["facts"][name] != what:
            yield f"{death['point']}: {name} {death['facts'][name]} instead of {what}"
