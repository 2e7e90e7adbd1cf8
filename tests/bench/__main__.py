"""Prints one table; `--json` prints the same for a program, `--markdown` for docs/benchmarks.md.

`python -m tests.bench orders-engine` measures only the rows named. Ratios hold where single figures drift with the
machine. A measure that cannot be taken here says why on the error stream, and the others go on.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace

from tests.bench import counting, demo, house, ordering, pages, reacting, recovery, room, signalling, table, viewing
from tests.bench.destinations import Measured, one_more_destination
from tests.bench.rows import AtLeast, AtMost, Goal, Row

Measure = Callable[[], list[Row]]


def cores(measure: Callable[[], Measured | None]) -> Callable[[], Row]:
    """A row of CPU seconds a second; less is better."""

    def measured() -> Row:
        found = measure()
        if found is None:
            return Row("not measured: FFmpeg is not on this machine", 0.0)
        what, figure, beside, beside_figure = found
        return Row(what, figure, beside, beside_figure, unit=" cores")

    return measured


def one(measure: Callable[[], Row], goal: Goal | None = None, ratio: Goal | None = None) -> Measure:
    """A measure of one row, with its goals where it does not state them itself."""

    def measured() -> list[Row]:
        row = measure()
        return [replace(row, goal=goal or row.goal, ratio_goal=ratio or row.ratio_goal)]

    return measured


MEASURES: dict[str, Measure] = {
    "orders-http": ordering.through_http,
    "orders-action": one(ordering.action_alone),
    "orders-engine": one(ordering.engine_alone, AtLeast(30_000)),
    "signals-http": signalling.through_http,
    "signals-age": one(signalling.age_of_metrics),
    "signals-engine": counting.engine_beside_loops,
    "reactions": one(reacting.through_five),
    "room": one(cores(room.room_beside_the_bare_work), ratio=AtMost(1.25)),
    "room-ffmpeg": one(cores(room.room_beside_ffmpeg)),
    "destination": one(cores(one_more_destination), AtMost(0.01)),
    "destination-faults": recovery.destinations,
    "camera-faults": recovery.cameras,
    "viewing": viewing.camera_to_shop_page,
    "pages": pages.pages,
    "demo": demo.start_and_memory,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("rows", nargs="*", help=f"which: {', '.join(MEASURES)}; all of them where none is named")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="for a program")
    form.add_argument("--markdown", action="store_true", help="for docs/benchmarks.md")
    options = parser.parse_args()
    if unknown := set(options.rows) - set(MEASURES):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    measured: dict[str, list[Row]] = {}
    with house.folder():
        for name, measure in MEASURES.items():
            if name not in (options.rows or MEASURES):
                continue
            try:
                measured[name] = measure()
            except Exception:
                print(f"not measured: {name}", file=sys.stderr)
                traceback.print_exc()
    rows = [row for found in measured.values() for row in found]
    print(table.as_json(measured) if options.json else table.markdown(rows) if options.markdown else table.text(rows))
    sys.exit(len(measured) < len(options.rows or MEASURES))


if __name__ == "__main__":
    main()
