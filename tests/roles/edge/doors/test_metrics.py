"""What a role says of itself can be scraped, from this machine alone, by whatever reads the text format."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from silkcast.project.figures import FIGURES, NO_FIGURES, UP, exposition
from silkcast.roles.edge.limits import EdgeLimits

pytestmark = pytest.mark.anyio
SOURCES = Path(__file__).resolve().parents[4] / "src" / "silkcast"


def telling(detail: dict[str, Any]) -> dict[str, Any]:
    async def health(_: Any) -> Any:
        return {"ok": True, "detail": detail}

    return {"health": health}


def one_of_each() -> dict[str, dict[str, Any]]:
    detail = {figure.key: {"a": 1, 'b"\\\n': 2} if figure.label else 3 for figure in FIGURES}
    return {role: {"ok": True, "detail": detail} for role in ("one", "two")}


async def test_each_role_and_room_is_asked(stage: Any) -> None:
    behind = {"web": telling({"busy": 3, "note": "text", "tick": {"late_ms": 1.5}}), "room-r1": telling({"ticks": 9})}
    behind["signals_counter-0"] = telling({"next": {"base-1": 12}})
    async with stage(**behind) as edge, edge.client() as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = set(answer.text.splitlines())
    assert {'silkcast_up{role="web"} 1', 'silkcast_up{role="worker"} 0', 'silkcast_busy{role="web"} 3'} <= lines
    assert 'silkcast_ticks_total{role="room-r1"} 9' in lines
    assert 'silkcast_next_batch{role="signals_counter-0",base="base-1"} 12' in lines
    assert "late_ms" not in answer.text
    assert "note" not in answer.text


def test_answers_are_one_counter_by_status() -> None:
    told = {"edge": {"ok": True, "detail": {"answers": {"200": 7, "503": 1}}}}
    *_, answers = text_string_to_metric_families(exposition(told))
    assert (answers.name, answers.type) == ("silkcast_answers", "counter")
    assert [(sample.labels, sample.value) for sample in answers.samples] == [
        ({"role": "edge", "status": "200"}, 7.0),
        ({"role": "edge", "status": "503"}, 1.0),
    ]


async def test_strangers_find_no_such_address(stage: Any) -> None:
    limits = EdgeLimits(exempt_addresses=frozenset())
    async with stage(limits) as edge, edge.client() as client:
        assert (await client.get("/metrics")).status_code == 404


def test_samples_of_one_name_stand_together_below_what_they_mean() -> None:
    told = {role: {"ok": True, "detail": {"busy": 1}} for role in ("a", "b")}
    assert exposition(told) == (
        "# HELP silkcast_up 1 where the role answers and is well.\n# TYPE silkcast_up gauge\n"
        'silkcast_up{role="a"} 1\nsilkcast_up{role="b"} 1\n'
        "# HELP silkcast_busy Threads of the pages that are answering.\n# TYPE silkcast_busy gauge\n"
        'silkcast_busy{role="a"} 1\nsilkcast_busy{role="b"} 1\n'
    )


@pytest.mark.parametrize(
    ("number", "digits"), [(12_345_678_901_234_567, "12345678901234567"), (0.1 + 0.2, "0.30000000000000004")]
)
def test_numbers_keep_all_their_digits(number: float, digits: str) -> None:
    told = {"signals": {"ok": True, "detail": {"accepted_signals": number}}}
    assert exposition(told).splitlines()[-1] == f'silkcast_accepted_signals_total{{role="signals"}} {digits}'


def test_a_role_that_is_away_or_tells_something_else_has_no_figures() -> None:
    for answer in (
        {"ok": False},
        {"ok": False, "detail": None},
        {"ok": False, "detail": {"busy": "many", "answers": 3}},
    ):
        assert exposition({"web": answer}).splitlines()[-1] == 'silkcast_up{role="web"} 0'


def test_whatever_reads_the_format_reads_all_of_it() -> None:
    families = list(text_string_to_metric_families(exposition(one_of_each())))
    assert [(found.name, found.type, found.documentation) for found in families] == [
        (f"silkcast_{figure.name}".removesuffix("_total"), figure.kind, f"{figure.help}.") for figure in (UP, *FIGURES)
    ]
    labelled = {figure.name for figure in FIGURES if figure.label}
    for found in families:
        values = [tuple(sample.labels.values()) for sample in found.samples]
        roles = ("one", "two")
        if found.samples[0].name.removeprefix("silkcast_") in labelled:
            assert values == [(role, value) for role in roles for value in ("a", 'b"\\\n')]
        else:
            assert values == [(role,) for role in roles]


def test_names_follow_their_kind_and_units_are_whole_words() -> None:
    names = [figure.name for figure in (UP, *FIGURES)]
    assert len(names) == len(set(names))
    for figure in (UP, *FIGURES):
        assert figure.name.endswith("_total") == (figure.kind == "counter"), figure.name
        assert not figure.name.endswith(("_s", "_ms", "_us", "_ns", "_kb", "_mb")), figure.name


@pytest.mark.real_server
@pytest.mark.skipif(which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_nothing_to_say() -> None:
    asked = subprocess.run(
        ["promtool", "check", "metrics"], input=exposition(one_of_each()), capture_output=True, text=True, check=False
    )
    assert (asked.returncode, asked.stdout + asked.stderr) == (0, "")


def test_all_that_roles_tell_stands_in_the_table() -> None:
    """By the words with which health is told, in all sources."""
    told = {
        key.value
        for path in [*(SOURCES / "roles").rglob("*.py"), *(SOURCES / "media").rglob("*.py"), SOURCES / "kernel/role.py"]
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and function.name.strip("_") in {"health", "healthy", "detail"}
        for told in ast.walk(function)
        if isinstance(told, ast.Dict)
        for key in told.keys
        if isinstance(key, ast.Constant)
    }
    assert told - {"ok", "detail", "facts"} - NO_FIGURES == {figure.key for figure in FIGURES}
