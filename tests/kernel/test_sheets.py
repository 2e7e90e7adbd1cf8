"""What a spreadsheet makes of our sheets, whichever sign its locale parts the cells with."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import silkcast
from silkcast.kernel.sheets import Cell, sheet

STARTS = "=+-@＝＋－＠"
HOSTILE = [
    "=1+1",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "＝1+1",
    " =1+1",
    "\u00a0\u3000=1+1",
    "\ufeff=1+1",
    '"=1+1"',
    "'=1+1",
    "\t=1+1",
    "\r=1+1",
    "a\n=1+1",
    "a\u2028=1+1",
    "a;=1+1",
    "a; ;  =1+1",
    'a;"=1+1"',
    'a";"=1+1',
    "a;'=1+1",
    'a\t=1+1;b\r\n@c,=d;"-e',
]


def read(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter))


def split_without_quotes(text: str, delimiters: str) -> list[str]:
    """As a program does that heeds no quotes within a line."""
    cells = [text.removeprefix("\ufeff")]
    for sign in ("\r\n", *delimiters):
        cells = [part for cell in cells for part in cell.split(sign)]
    return cells


def begins_a_formula(cell: str) -> bool:
    bare = cell.lstrip(' \t\r\n"\ufeff\u00a0\u3000')
    return bare.startswith(tuple(STARTS))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_part_of_a_text_is_a_formula_however_the_sheet_is_split(hostile: str) -> None:
    text = sheet(["n", "words", "m"], [[1, hostile, 2]])
    ((_, words, _),) = read(text)[1:]
    cells = [words, *split_without_quotes(text, ";"), *split_without_quotes(text, ";\t")]
    for delimiter in ";\t":
        cells += [cell for row in read(text, delimiter) for cell in row]
    assert [cell for cell in cells if begins_a_formula(cell)] == []
    assert len(text.splitlines()) == 2


@pytest.mark.parametrize("plain", ["Silk, 50% off", 'The "best" one', "a-b; c=d", "丝绸；真丝", "5 + 5", "1;2"])
def test_other_texts_stay_as_they_are_and_in_one_cell(plain: str) -> None:
    text = sheet(["words"], [[plain]])
    for delimiter in ",;\t":
        assert read(text, delimiter) == [["words"], [plain]]


def test_a_tamed_text_has_a_mark_at_each_formula() -> None:
    assert read(sheet(["w"], [["=a; =b;c\n=d"]]))[1] == ["'=a;' =b;c =d"]


def test_a_sheet_has_the_mark_commas_and_line_ends_of_rfc_4180() -> None:
    row: list[Cell] = [7, "a", Decimal("-1.50"), Decimal("0E-2"), None, ""]
    assert sheet(["n", "w", "x", "y", "z", "e"], [row]) == '\ufeff"n","w","x","y","z","e"\r\n7,"a",-1.50,0.00,,\r\n'


def test_moments_are_a_spreadsheets_in_a_zone_and_a_programs_without() -> None:
    rows: list[list[Cell]] = [[datetime(2026, 11, 30, 22, 26, 31, 250_000, tzinfo=UTC)]]
    assert read(sheet(["at"], rows, "Asia/Shanghai"))[1] == ["2026-12-01 06:26:31"]
    assert read(sheet(["at"], rows, "America/New_York"))[1] == ["2026-11-30 17:26:31"]
    assert read(sheet(["at"], rows))[1] == ["2026-11-30T22:26:31+00:00"]


def test_every_sheet_is_written_here() -> None:
    root = Path(silkcast.__file__).parent
    writers = [
        path for path in root.rglob("*.py") if re.search(r"^(import|from) csv\b", path.read_text(), re.MULTILINE)
    ]
    assert writers == []
