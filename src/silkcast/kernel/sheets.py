"""Sheets for spreadsheets: CSV by RFC 4180, in UTF-8 with the byte order mark that Excel wants to read it as such.

Commas part the cells. There is no line `sep=,`: Excel alone knows it, heeds the mark no more because of it, and others
show it as data. Excel in a locale that lists by `;` takes each line of a comma file for one cell and splits it
at every `;`, within quotes too; other programs split at a `;` or a tab outside quotes. So every text is quoted, and no
part of one between such signs begins a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

BOM = "\ufeff"
LINE_END = "\r\n"
Cell = str | int | Decimal | datetime | None
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
# Blanks and quotes before a formula do not hide it from every program; East Asian ones know the wide signs too.
_FORMULA = re.compile("(^|;)(?=[\\s\"'\ufeff\u200b]*[=+\\-@\uff1d\uff0b\uff0d\uff20])")


def sheet(columns: Sequence[str], rows: Iterable[Sequence[Cell]], zone: str | None = None) -> str:
    """With a zone, moments are written as spreadsheets read them, by its clocks; without, in UTC, as programs do."""
    clocks = None if zone is None else ZoneInfo(zone)
    lines = ([_cell(cell, clocks) for cell in row] for row in (columns, *rows))
    return BOM + "".join(",".join(line) + LINE_END for line in lines)


def _cell(cell: Cell, clocks: ZoneInfo | None) -> str:
    if isinstance(cell, str):
        return _text(cell)
    if isinstance(cell, Decimal):
        return f"{cell:f}"  # a spreadsheet reads 0E-2 as text
    if isinstance(cell, datetime):
        return f"{cell.astimezone(clocks):%Y-%m-%d %H:%M:%S}" if clocks else cell.isoformat(timespec="seconds")
    return "" if cell is None else str(cell)


def _text(words: str) -> str:
    """One line that no program takes for a formula, whoever wrote it."""
    tame = _FORMULA.sub(r"\1'", _BREAKS.sub(" ", words))
    return '"' + tame.replace('"', '""') + '"' if tame else ""
