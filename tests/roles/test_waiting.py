"""Who finds no turn among the writers only waits: that is said as such, comes again and keeps nobody else."""

from __future__ import annotations

import logging
import socket

import pytest
from django.db import OperationalError

from silkcast.domains.orders import jobs
from silkcast.kernel import relay
from silkcast.kernel.errors import Overloaded
from silkcast.kernel.ids import BaseId, new_id
from silkcast.kernel.patience import Patience
from silkcast.roles.worker.relaying import Relay


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int]]:
    return [(record.getMessage(), record.levelno) for record in caplog.records]


def test_a_job_goes_on_with_the_next_after_one_that_found_no_turn(caplog: pytest.LogCaptureFixture) -> None:
    def work(row: tuple[BaseId, int]) -> bool:
        number = row[1]
        if number == 1:
            raise Overloaded(retry_after_s=1)
        if number == 2:
            raise ZeroDivisionError
        return True

    patience, base_id = Patience(60, 60), BaseId(new_id())
    rows = [(base_id, number) for number in (1, 2, 3)]
    assert jobs.each(rows, work, "orders.send_failed", patience) == 1
    assert told(caplog) == [("orders.send_failed", logging.WARNING), ("orders.send_failed", logging.ERROR)]
    caplog.clear()
    assert jobs.each(rows, work, "orders.send_failed", patience) == 1
    assert told(caplog) == [("orders.send_failed", logging.WARNING)]  # what failed is due later, what waits is not


class LockNotAvailable(Exception):
    sqlstate = "55P03"


@pytest.mark.django_db  # the relay looks whether its connection broke
@pytest.mark.parametrize(("cause", "level"), [(LockNotAvailable(), logging.WARNING), (None, logging.ERROR)])
def test_the_relay_tells_a_turn_that_did_not_come_from_a_database_that_fails(
    cause: Exception | None, level: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def work(*_: object) -> int:
        raise OperationalError from cause

    monkeypatch.setattr(relay, "work", work)
    bell, ringer = socket.socketpair()
    with bell, ringer:
        assert Relay(bell)._work("insight", relay.Reader()) == 0
    assert told(caplog) == [("relay.database_busy", level)]
