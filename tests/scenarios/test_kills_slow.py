"""Every role is killed again and again while people buy, watch and comment: nothing accepted is lost or done twice."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from typing import Any

import httpx
import pytest

from tests import sampling
from tests.scenarios.conftest import Silkcast, eventually
from tests.scenarios.proofs import PATIENCE_S, everything_is_there_once
from tests.scenarios.steady import Crowd

pytestmark = pytest.mark.slow
ROLES = ("edge", "web", "intake", "signals", "worker", "ingest", "room")
ROUNDS = 70 if sampling.IS_SOAK else len(ROLES)
PAUSE_S_MAX = 1.0


class Doubtful(Crowd):
    """Viewers who trust no answer: what was taken in is sent once more, and must be known, whoever died since."""

    def __init__(self, silkcast: Silkcast) -> None:
        super().__init__(silkcast)
        self._taken_in: dict[str, Any] = {}
        self._answers = threading.Event()

    def _ask(self, api: httpx.Client, path: str, key: str, **body: Any) -> dict[str, Any]:
        told = super()._ask(api, path, key, **body)
        self._answers.set()
        if path == "/signals":
            before, self._taken_in = self._taken_in, body
            again = super()._ask(api, path, key, **before) if before else {"accepted": 0}
            assert again["accepted"] == 0, again
        return told

    def hears_an_answer(self) -> None:
        self._answers.clear()
        assert self._answers.wait(PATIENCE_S)


def test_no_kill_of_any_role_loses_or_repeats_what_was_accepted(on_air: Silkcast) -> None:
    crowd = Doubtful(on_air)
    chance = sampling.chance("kills")
    plan = [role for _ in range(ROUNDS // len(ROLES)) for role in chance.sample(ROLES, len(ROLES))]
    print(f"seed {sampling.seed()}: {' '.join(plan)}")
    with crowd.at_work():
        for role in plan:
            crowd.gets_on(PATIENCE_S)
            time.sleep(chance.uniform(0, PAUSE_S_MAX))
            _kill(on_air, role, chance, crowd)
        crowd.gets_on(PATIENCE_S)
    print(crowd)
    everything_is_there_once(on_air, crowd)


def _kill(silkcast: Silkcast, role: str, chance: random.Random, crowd: Doubtful) -> None:
    """One of the role's processes, as by `kill -9`; returns once others answer in the place of all of them.

    Every second time in the moment in which somebody was answered: what is not kept by then is lost.
    """
    running = silkcast.pids()
    name = chance.choice(sorted(name for name in running if name == role or name.startswith(f"{role}-")))
    before = running[name]
    victim = chance.choice(sorted(before))
    if chance.random() < 0.5:
        crowd.hears_an_answer()
    os.kill(victim, signal.SIGKILL)

    def is_back() -> bool:
        now = silkcast.pids().get(name)
        return bool(now) and before.isdisjoint(now or ()) and silkcast.is_well(name)

    eventually(is_back, PATIENCE_S, silkcast.said)
