"""The programs' log files: kept within a bound of size, and their errors summed up for the terminal.

Programs write into their files themselves: through pipes, a supervisor that stands still would make them all stand.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

FILE_BYTES_MAX = 10 * 1024 * 1024
FILES_KEPT = 3
READ_BYTES_MAX = 256 * 1024  # of one file at a time; what a flood writes beyond that is skipped
REPEAT_S = 30.0
LOUD = frozenset({"error", "critical"})


class LogFile:
    """One program's file, read from where it ended when we came."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last_line = ""  # what a program said last, for when it dies
        self._offset = self._size()
        self._rest = b""

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def new_lines(self) -> Iterator[str]:
        size = self._size()
        if size < self._offset:
            self._offset = 0
        if size == self._offset:
            return
        with self.path.open("rb") as handle:
            if size - self._offset > READ_BYTES_MAX:
                self._offset, self._rest = size - READ_BYTES_MAX, b""
            handle.seek(self._offset)
            received = handle.read(size - self._offset)
        self._offset += len(received)
        *lines, self._rest = (self._rest + received).split(b"\n")
        for line in lines:
            text = line.decode("utf-8", "replace").strip()
            if text:
                self.last_line = text
                yield text

    def rotate(self) -> None:
        """Shift older copies on and empty the file in place: the program goes on writing to the same one.

        What it writes between the copy and the emptying is lost; that is microseconds, once in ten megabytes.
        """
        if self._size() < FILE_BYTES_MAX:
            return
        for number in range(FILES_KEPT - 1, 0, -1):
            older = self._copy(number)
            if older.exists():
                older.replace(self._copy(number + 1))
        shutil.copyfile(self.path, self._copy(1))
        os.truncate(self.path, 0)
        self._offset, self._rest = 0, b""

    def _copy(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


class ErrorSummary:
    """One line on the terminal for each kind of error of each program, and how often it came again."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said_s: dict[tuple[str, str], float] = {}
        self._again: Counter[tuple[str, str]] = Counter()

    def look(self, program: str, line: str, now_s: float) -> None:
        entry = _entry(line)
        if entry.get("level") not in LOUD:
            return
        kind = (program, str(entry.get("event", "")))
        if now_s - self._said_s.get(kind, float("-inf")) < REPEAT_S:
            self._again[kind] += 1
            return
        self._said_s[kind] = now_s
        again = self._again.pop(kind, 0)
        cause = str(entry.get("error", "")).strip().rsplit("\n", 1)[-1]
        more = f" ({again} more in between)" if again else ""
        self._say(f"{program}: {kind[1]}{': ' + cause if cause else ''}{more}")


def _entry(line: str) -> dict[str, object]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
