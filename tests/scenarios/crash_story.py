"""Business that a process lives through, told to die at one of its writes; then others go on with it.

    python -m tests.scenarios.crash_story <share> <shares> <seed> <points>

A warm process that never opens a database forks one that lives through all of it and names every point. Then for each
point: everything is put back, one child dies there, and another goes on, either as when every caller asks again under
its key, or as when nobody does and the next release's worker ends what was begun. One line of JSON for each. The data
folder and the database are those of the environment. 0 points are every one, and each both ways; otherwise so many are
drawn by the seed from those that differ: transactions that write alike count once.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import shutil
import sys
import traceback
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django

Told = Callable[[str, object], None]


class House:
    """The data folder and the tables, and a copy of both as they were before the story."""

    def __init__(self) -> None:
        self._data = Path(os.environ["SILKCAST_DATA"])
        self._kept = self._data.with_name("kept")
        self._url = os.environ.get("SILKCAST_DATABASE_URL", "")
        self._name = urlsplit(self._url).path.strip("/")

    def keep(self) -> None:
        shutil.copytree(self._data, self._kept)
        self._copy(self._name, f"{self._name}_kept")

    def restore(self) -> None:
        shutil.rmtree(self._data)
        shutil.copytree(self._kept, self._data)
        self._copy(f"{self._name}_kept", self._name)

    def _copy(self, old: str, new: str) -> None:
        if not self._url:
            return
        import psycopg

        with psycopg.connect(self._url.replace(f"/{self._name}", "/postgres"), autocommit=True) as link:
            # FORCE would be refused where a vacuum of the server's own is at work; a plain DROP sends that one away.
            open_to = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename = current_user"
            for (pid,) in link.execute(open_to, [new]).fetchall():
                link.execute("SELECT pg_terminate_backend(%s)", [pid])
            link.execute(f"DROP DATABASE IF EXISTS {new}".encode())
            link.execute(f"CREATE DATABASE {new} TEMPLATE {old} STRATEGY FILE_COPY".encode())


def in_child(work: Callable[[Told], None]) -> tuple[int, dict[str, Any]]:
    """Run in a fork of this process: how it ended, and all that it told before."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work(lambda name, what: _tell(writing, name, what))
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as lines:
        told = dict(json.loads(line) for line in lines)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), told


def _tell(descriptor: int, name: str, what: object) -> None:
    os.write(descriptor, json.dumps([name, what]).encode() + b"\n")  # at once: what is told next may not come


def lived(fatal: str = "") -> tuple[int, dict[str, Any]]:
    from tests.scenarios import crash_business as business
    from tests.scenarios.crash_points import Points

    def live(tell: Told) -> None:
        points = Points(fatal)
        points.watch()
        business.open_doors()
        business.go_through(tell)
        tell("points", points.reached)
        tell("commits", points.commits)
        tell("facts", business.facts())
        tell("wrong", business.wrong())

    return in_child(live)


def ended(accepted: dict[str, Any], *, asked_again: bool) -> dict[str, Any]:
    """What another process makes of it: what is wrong then, what was accepted and is lost, and what there is."""
    from tests.scenarios import crash_business as business

    def go_on(tell: Told) -> None:
        business.open_doors(upgraded=not asked_again)
        if asked_again:
            again: dict[str, Any] = {}
            business.go_through(again.__setitem__)
            tell("facts", business.facts())
            tell("lost", [name for name, what in again.items() if accepted.get(name, what) != what])
        else:
            business.end_what_was_begun()
            tell("lost", business.lost(accepted))
        tell("wrong", business.wrong())

    status, told = in_child(go_on)
    return {"ended": status, **told}


def main(share: int, shares: int, seed: int, points: int) -> None:
    faulthandler.enable()
    django.setup()
    from silkcast.project.wiring import load_everything

    load_everything()
    from tests.scenarios import crash_business as business
    from tests.scenarios.crash_points import one_of_each

    house = House()
    status, _ = in_child(lambda tell: business.prepare())
    assert status == 0
    house.keep()
    status, whole = lived()
    print(json.dumps({"point": "", "died": status, **whole}), flush=True)
    every = not points
    chosen = whole["points"] if every else one_of_each(whole["commits"])
    # By name: how many points come before it is another with each telling, and so with each share.
    ours = [point for point in chosen if zlib.crc32(point.rpartition(" ")[0].encode()) % shares == share]
    ends = {written[-1] for written in whole["commits"]}
    luck = {point: random.Random(f"{seed} {point}") for point in ours}  # its own, however many others there are
    for point in sorted(ours, key=lambda each: luck[each].random())[: points or None]:
        is_decided = every or point in ends  # what was answered, or never was: both ways
        for asked_again in (True, False) if is_decided else (luck[point].random() < 0.5,):
            house.restore()
            status, accepted = lived(point)
            found = ended(accepted, asked_again=asked_again)
            said = {"point": point, "died": status, "asked_again": asked_again, "accepted": accepted, **found}
            print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
