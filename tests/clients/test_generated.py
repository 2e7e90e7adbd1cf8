"""Clients that other people's generators make from our document build, buy, and read what they bought."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.conftest import HANG_GUARD_S
from tests.scenarios.doors import Doors, open_doors
from tests.scenarios.flood import purchase

pytestmark = pytest.mark.slow
TYPESCRIPT = Path(__file__).parent / "typescript"
PYTHON_CONFIG = """
content_type_overrides: {application/pdf: application/octet-stream}
post_hooks: []
"""


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with open_doors("sqlite") as opened:
        yield opened


@pytest.fixture
def document(doors: Doors, tmp_path: Path) -> Path:
    with doors.api() as api:
        answer = api.get("/openapi.json")
    assert answer.status_code == 200
    told = answer.json()
    assert [server["url"] for server in told["servers"]] == [doors.origin]
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(told))
    return file


def runs(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=HANG_GUARD_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def python_client(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.yml").write_text(PYTHON_CONFIG)
    program = "from openapi_python_client.cli import app; app()"
    options = ("--path", document, "--output-path", "made", "--config", "config.yml", "--fail-on-warning")
    said = runs(sys.executable, "-c", program, "generate", *options, cwd=tmp_path)
    assert "WARNING" not in said, said
    monkeypatch.syspath_prepend(str(tmp_path / "made"))
    return tmp_path / "made" / "silkcast_client"


def test_a_python_client_buys_and_reads_its_order(doors: Doors, python_client: Path) -> None:
    def part(name: str) -> Any:
        return importlib.import_module(f"silkcast_client.{name}")

    models = part("models")
    sku_id = next(iter(doors.note["skus"].values()))
    wanted = models.OrdersPurchase.from_dict(json.loads(purchase(sku_id, "viewer-1")))
    with part("client").AuthenticatedClient(base_url=doors.origin, token=doors.note["api_key"]) as client:
        placed = part("api.orders.orders_place_order").sync(client=client, body=wanted, idempotency_key="from Python")
        assert isinstance(placed, models.OrdersPlacedOrder), placed
        listed = part("api.orders.orders_list_orders").sync(client=client, limit=1)
        assert isinstance(listed, models.PageOrderView), listed
        (order,) = listed.items
        read = part("api.orders.orders_read_order").sync(order.id, client=client)
        refused = part("api.orders.orders_read_order").sync(wanted.lines[0].sku_id, client=client)
    assert str(order.checkout_id) == placed.checkout_id
    assert [(str(line.sku_id), line.units) for line in order.lines] == [(sku_id, 1)]
    assert (read.order.number, read.order.total.currency, read.payment) == (order.number, "USD", None)
    assert isinstance(refused, models.Error)
    assert refused.error.code == "kernel.missing"


@pytest.fixture
def typescript(document: Path, tmp_path: Path) -> Path:
    """Built in a folder of its own, by the versions that the lock file names."""
    folder = Path(shutil.copytree(TYPESCRIPT, tmp_path / "typescript", ignore=shutil.ignore_patterns("node_modules")))
    runs("npm", "ci", "--prefer-offline", "--no-progress", cwd=folder)
    runs("node_modules/.bin/openapi-typescript", document, "--output", "schema.d.ts", cwd=folder)
    runs("node_modules/.bin/tsc", cwd=folder)
    return folder


def test_a_typescript_client_buys_and_reads_its_order(doors: Doors, typescript: Path) -> None:
    sku_id = list(doors.note["skus"].values())[1]
    said = json.loads(runs("node", "built/client.js", doors.origin, doors.note["api_key"], sku_id, cwd=typescript))
    assert said["placed"] is not None
    assert (said["listed"], said["units"], said["total"]["currency"]) == (said["placed"], [1], "USD")
    assert said["refused"]["field"] == "lines.0.units"
