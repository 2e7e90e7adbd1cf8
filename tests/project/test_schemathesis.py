"""Schemathesis walks every operation of the document against the processes that answer in production."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import sampling
from tests.scenarios.doors import Doors, open_doors
from tests.scenarios.flood import purchase

pytestmark = pytest.mark.slow
HANG_GUARD_S = 1_800.0
HOOKS = "tests.project.schemathesis_hooks"
ROOT = Path(__file__).resolve().parents[2]
ANSWER_GUARD_S = 120
# Requests made up for each operation in the fuzzing phase, beside those that cover every bound of its schema.
EXAMPLES = 50 if sampling.IS_SOAK else 8
PHASES = "examples,coverage,fuzzing"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
# Most ids are real, so that the domains answer and not only the look-up; the others are made up.
REAL_SHARE = 0.8


@pytest.fixture
def doors() -> Iterator[Doors]:
    with open_doors(os.environ.get("SILKCAST_TEST_DATABASE", "sqlite")) as opened:
        yield opened


def listed(api: httpx.Client, path: str) -> list[str]:
    answer = api.get(path)
    assert answer.status_code == 200, answer.text
    return [str(item["id"]) for item in answer.json()["items"]]


def made(api: httpx.Client, path: str, body: Any) -> Any:
    answer = api.post(path, json=body, headers={"Idempotency-Key": f"made {path}"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def ids_of(doors: Doors, api: httpx.Client) -> dict[str, list[str]]:
    """Something that exists for every id of the document, by the name of the parameter that asks for it."""
    note = doors.note
    show_id, sku_ids = note["live_show_id"], list(note["skus"].values())
    room = note["rooms"][0]
    placed = made(api, "/orders", json.loads(purchase(sku_ids[0], "viewer-1", show_id)))
    key = made(api, "/keys", {"name": "to be revoked", "scopes": ["orders.read"]})
    return {
        "show_id": listed(api, "/shows"),
        "room_id": listed(api, "/rooms"),
        "camera_id": [camera["id"] for camera in room["cameras"]],
        "scene_id": listed(api, f"/rooms/{room['id']}/scenes"),
        "line_id": listed(api, f"/shows/{show_id}/rundown"),
        "destination_id": listed(api, "/destinations"),
        "merchant_id": note["merchants"],
        "product_id": listed(api, "/products"),
        "sku_id": sku_ids,
        "warehouse_id": listed(api, "/warehouses"),
        "order_id": listed(api, "/orders"),
        "checkout_id": [placed["checkout_id"]],
        "key_id": [key["key_id"]],
    }


def configured(folder: Path, ids: dict[str, list[str]], key: str) -> None:
    """Schemathesis' own file of settings."""
    lines = [
        f'hooks = "{HOOKS}"',
        f'auth.openapi.ApiKey.bearer = "{key}"',
        f"request-timeout = {ANSWER_GUARD_S}",
        "[checks]",
        "enabled = false",
        *(f"{check}.enabled = true" for check in CHECKS),
        # A machine that stands still for seconds may be told to come back; the logs show what was more than that.
        'not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503"]',
        "[[operations]]  # the run's own key is not to be revoked",
        'include-path = "/api/v1/keys/{key_id}/revoke"',
        f'parameters = {{ key_id = "{ids["key_id"][0]}" }}',
        "[[operations]]  # a batch is taken, and a bad signal in it refuses itself",
        'include-path = "/api/v1/signals"',
        "checks.negative_data_rejection.enabled = false",
    ]
    for name, values in ids.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}"]
    lines.append("[parameters]")
    for name in ids:
        for place in ("path", "query", "body"):
            lines.append(f'"{place}.{name}" = {{ dictionary = "{name}", probability = {REAL_SHARE} }}')
    (folder / "schemathesis.toml").write_text("\n".join(lines))


def test_no_request_makes_an_answer_that_the_document_does_not_promise(doors: Doors, tmp_path: Path) -> None:
    with doors.api() as api:
        ids = ids_of(doors, api)
        configured(tmp_path, ids, doors.note["api_key"])
        command = [
            sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
            "run", f"{doors.origin}/api/v1/openapi.json", "--phases", PHASES, "--max-examples", str(EXAMPLES),
            "--seed", str(sampling.seed()), "--continue-on-failure", "--no-color",
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=HANG_GUARD_S, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr + doors.said()
        assert api.get("/me").status_code == 200, "the run's own key was revoked on the way"
        assert all(child.poll() is None for child in doors.running.values()), doors.said()
        assert doors.defects() == []
