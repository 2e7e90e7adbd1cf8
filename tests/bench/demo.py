"""The whole demo as a newcomer has it: how soon it is back after a stop, and what it holds in memory."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.rows import REPEATS, AtMost, Row
from tests.scenarios.conftest import Silkcast, answered, eventually

START_S_MAX = 5.0
PSS_GB_MAX = 1.2
SETTLE_S = 30.0
BYTES_PER_GB = 1e9


def start_and_memory() -> list[Row]:
    """Every start but the first, which makes the base and its clips; memory of the last, with a room on air."""
    starts_s: list[float] = []
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:
        silkcast = Silkcast(Path(folder))
        silkcast.start()
        for _ in range(REPEATS):
            silkcast.stop()
            began_s = time.monotonic()
            silkcast.start()
            starts_s.append(time.monotonic() - began_s)
        try:
            eventually(lambda: "live" in _cameras(silkcast))
            time.sleep(SETTLE_S)
            held = dict(sorted(_held(Path(folder)), key=lambda of: -of[1]))
        finally:
            silkcast.stop()
    total_gb = sum(held.values()) / BYTES_PER_GB
    detail = ", ".join(f"{name} {size / 1e6:.0f}" for name, size in held.items())
    return [
        Row(
            "second start of the demo, until it is ready",
            statistics.median(starts_s),
            unit=" s",
            goal=AtMost(START_S_MAX),
        ),
        Row(
            "memory of the demo, one live room (PSS)",
            total_gb,
            detail=f"MB: {detail}",
            unit=" GB",
            goal=AtMost(PSS_GB_MAX),
        ),
    ]


def _cameras(silkcast: Silkcast) -> list[str]:
    with silkcast.api() as api:
        items = answered(api.get(f"/rooms/{silkcast.note['rooms'][0]['id']}/cameras"))["items"]
    return [item["presence"] for item in items]


def _held(folder: Path) -> Iterator[tuple[str, int]]:
    """Each process of the installation and its share of memory; they carry the folder in their environment."""
    mark = f"SILKCAST_DATA={folder}".encode()
    for found in Path("/proc").glob("[0-9]*"):
        try:
            if mark not in (found / "environ").read_bytes().split(b"\0"):
                continue
            words = (found / "cmdline").read_bytes().decode().split("\0")
            rollup = (found / "smaps_rollup").read_text()
        except OSError:
            continue  # it has just ended
        pss_kb = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        yield f"{_name(words)} [{found.name}]", pss_kb * 1024


def _name(words: list[str]) -> str:
    """What follows `-m silkcast`, without the ids."""
    return (
        " ".join(word for word in words[words.index("silkcast") + 1 :][:3] if word.isalpha())
        if "silkcast" in words
        else os.path.basename(words[0])
    )
