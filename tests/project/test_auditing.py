"""The auditor finds what was planted, names it, and finds nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from silkcast.domains.insight import auditing
from silkcast.domains.inventory.models import Reservation, Stock
from silkcast.domains.orders.contracts import OrderState
from silkcast.domains.orders.models import Checkout, Order
from silkcast.domains.payments.models import AccountBalance
from silkcast.kernel import relay
from silkcast.kernel.settings import load
from silkcast.kernel.storage.seeing import see
from silkcast.project.auditing import PeriodUnclear, audit
from tests.cast import Cast, on_air
from tests.project.stage import Stage, on_stage

ACCOUNTS = ("stock", "books", "payments", "orders", "airtime", "signals")
LATER = "2100-01-01"  # the cast lives at a noon of its own


@pytest.fixture
def stage(cast: Cast, doors: None) -> Stage:
    stage = on_stage(cast.east)
    stage.base.bought((stage.base.skus["east-A"], 2), show=on_air(stage.show_id, 0))
    while relay.work("insight.outside"):
        pass  # until the signals have heard of every sale
    return stage


def audited(since: str = "", until: str = LATER) -> int:
    return audit(load(), since, until)


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What was printed of the east, by the name of the account: "ok" or what was found."""
    accounts: dict[str, str] = {}
    name = ""
    for line in capsys.readouterr().out.splitlines():
        if line.startswith("east: "):
            _, name, verdict = line.split(": ", 2) if line.count(": ") > 1 else (*line.rstrip(":").split(": "), "")
            accounts[name] = verdict
        elif line.startswith("  ") and name:
            accounts[name] += line
    return accounts


def rows(model: Any, stage: Stage) -> Any:
    return model.objects.of(stage.base.ctx.base_id)


def test_nothing_is_found_where_nothing_is_wrong(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert audited() == 0
    assert said(capsys) == dict.fromkeys(ACCOUNTS, "ok")


def test_sales_on_their_way_to_the_signals_are_waited_for(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def sold_and_told() -> None:
        stage.base.bought((stage.base.skus["east-A"], 1), viewer="viewer-2", show=on_air(stage.show_id, 0))
        while relay.work("insight.outside"):
            pass
        stage.base.bought((stage.base.skus["east-A"], 1), viewer="viewer-3", show=on_air(stage.show_id, 0))

    stage.base.bought((stage.base.skus["east-A"], 1), viewer="viewer-1", show=on_air(stage.show_id, 0))
    monkeypatch.setattr(auditing, "time", SimpleNamespace(sleep=lambda wait_s: sold_and_told() if wait_s else None))
    assert audited() == 0, said(capsys)


def test_sales_that_the_signals_never_heard_of_are_named(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "TOLD_WITHIN_S", (0.0, 0.01))
    stage.base.bought((stage.base.skus["east-A"], 1), viewer="viewer-2", show=on_air(stage.show_id, 0))
    assert audited() == 1
    found = said(capsys)
    assert "'signals': (6300, 0), 'books': (9700, 0)" in found.pop("signals")
    assert set(found.values()) == {"ok"}


def test_a_role_that_cannot_be_asked_is_no_clean_bill(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    stage = on_stage(cast.east)
    assert audited() == 1
    assert stage.base.slug == "east"
    assert "the signals role is away" in said(capsys)["signals"]


PLANTED: dict[str, Callable[[Stage], object]] = {
    "stock": lambda stage: rows(Stock, stage).update(units_on_hand=77),
    "books": lambda stage: AccountBalance.objects.across_bases().filter(account="provider").update(debit_minor=1),
    "orders": lambda stage: rows(Order, stage).update(state=OrderState.CANCELLED.value),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_was_planted_is_named_and_nothing_else(
    stage: Stage, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    see(None)
    PLANTED[what](stage)
    assert audited() == 1
    found = said(capsys)
    assert {name for name in ACCOUNTS if found[name] != "ok"} == {what}


def test_units_promised_otherwise_than_ordered_are_named(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    rows(Reservation, stage).update(units=1)
    assert audited() == 1
    found = said(capsys)
    assert "'ordered': 2" in found["orders"]
    assert "'claimed': 1" in found["orders"]


def test_a_purchase_that_is_not_its_orders_is_named(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    rows(Checkout, stage).update(total_minor=1)
    audited()
    assert "'total': 1" in said(capsys)["orders"]


def test_only_the_period_is_looked_at(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    rows(Order, stage).update(state=OrderState.CANCELLED.value)
    audited("", "2001-01-01")
    assert said(capsys)["orders"] == "ok"


@pytest.mark.parametrize(
    "since", ["yesterday", "0001-01-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "1969-07-20", "9999-12-31"]
)
def test_a_period_that_is_no_moment_of_ours_is_refused(since: str) -> None:
    for period in ((since, ""), ("", since)):
        with pytest.raises(PeriodUnclear):
            audited(*period)


def test_a_folder_that_is_not_ready_is_said_so(tmp_path: Path) -> None:
    told = {"SILKCAST_DATA": str(tmp_path / "new"), "SILKCAST_DATABASE_URL": ""}
    command = [sys.executable, "-m", "silkcast", "audit"]
    run = subprocess.run(command, env={**os.environ, **told}, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (2, "")
    assert "silkcast prepare" in run.stderr
    assert "Traceback" not in run.stderr
