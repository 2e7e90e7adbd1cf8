"""The rows in the three forms in which they are read: on a terminal, in the docs, and by a program."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from tests.bench.rows import Goal, Row

VERDICTS = {True: "met", False: "MISSED", None: ""}
LARGE = 1000.0  # from here on nobody reads decimals


def text(rows: Iterable[Row]) -> str:
    lines = []
    for row in rows:
        line = f"{row.what:78} {_figure(row.figure, row.unit):>18}  {_goals(row):22} {VERDICTS[row.is_met]:6}"
        lines.append(f"{line}  {_beside(row)}".rstrip())
        lines += [f"    {row.detail}"] if row.detail else []
    return "\n".join(lines)


def markdown(rows: Iterable[Row]) -> str:
    lines = ["| what | figure | goal | | beside it in the same run |", "| --- | ---: | --- | --- | --- |"]
    for row in rows:
        what = f"{row.what}<br><small>{row.detail}</small>" if row.detail else row.what
        cells = (what, _figure(row.figure, row.unit), _goals(row), VERDICTS[row.is_met], _beside(row))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def as_json(measured: dict[str, list[Row]]) -> str:
    return json.dumps(
        {
            name: [{**asdict(row), "ratio": row.ratio, "goals": _goals(row), "is_met": row.is_met} for row in rows]
            for name, rows in measured.items()
        },
        indent=2,
        ensure_ascii=False,
    )


def _figure(figure: float, unit: str) -> str:
    digits = 0 if figure >= LARGE else 3 if figure < 1 else 2
    return f"{figure:,.{digits}f}{unit}"


def _goals(row: Row) -> str:
    own = [f"{row.goal.sign} {_limit(row.goal)}{row.unit}"] if row.goal else []
    return ", ".join([*own, *([f"{row.ratio_goal.sign} {_limit(row.ratio_goal)} ×"] if row.ratio_goal else [])])


def _limit(goal: Goal) -> str:
    return f"{goal.limit:,.3f}".rstrip("0").rstrip(".")


def _beside(row: Row) -> str:
    if row.ratio is None:
        return ""
    return f"{row.beside} {_figure(row.beside_figure, row.unit)}: × {row.ratio:.2f}"
