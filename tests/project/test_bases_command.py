"""`silkcast base`: makes, lists and mends bases, and says what is wrong in both languages."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.test import Client

from silkcast import cli, preparing
from silkcast.domains.base import api as base
from silkcast.domains.base.models import Base
from silkcast.kernel.settings import load
from silkcast.kernel.storage.turns import in_transaction
from tests.cast import PASSWORD, Cast
from tests.entering import entered

NEW = ["--slug", "harbour", "--name", "Harbour", "--currency", "USD", "--time-zone", "Europe/Berlin"]
OPERATOR = ["--email", "first@harbour.test", "--operator", "First"]


@pytest.fixture(autouse=True)
def prepared(data: Path) -> None:
    load().static_root.mkdir(parents=True, exist_ok=True)
    (data / preparing.STAMP).write_text(preparing._state(load()))


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("seventeen quiet herons\n"))


def test_a_base_is_made_and_its_operator_enters(cast: Cast, typed: None) -> None:
    assert cli.main(["base", "new", *NEW, *OPERATOR]) == 0
    answer = Client().post("/login", {"email": "first@harbour.test", "password": "seventeen quiet herons"})
    assert answer.status_code == 303


def test_what_is_wrong_is_said_in_both_languages_and_nothing_is_made(
    cast: Cast, typed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ["Asia/Beijing" if part == "Europe/Berlin" else part for part in NEW]
    assert cli.main(["base", "new", *wrong, *OPERATOR]) == 2
    told = capsys.readouterr()
    assert "“Asia/Beijing” is no time zone." in told.err
    assert "“Asia/Beijing”不是有效的时区" in told.err
    assert "Traceback" not in told.err
    assert not Base.objects.filter(slug="harbour").exists()


def test_a_second_base_with_the_same_operator_is_refused(
    cast: Cast, typed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = ["--email", cast.west.operator.email, "--operator", "Again"]
    assert cli.main(["base", "new", *NEW, *taken]) == 2
    assert "Somebody already signs in with" in capsys.readouterr().err


def test_a_misspelt_option_is_not_passed_over(cast: Cast, typed: None) -> None:
    with pytest.raises(SystemExit):
        cli.main(["base", "set", "--slug", "east", "--zone", "Europe/Berlin"])


def test_a_base_with_a_zone_that_is_none_is_listed_and_mended(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    with in_transaction(cast.east.ctx.base_id):
        Base.objects.filter(slug="east").update(time_zone="Asia/Beijing")
    assert cli.main(["base", "list"]) == 0
    assert "east\tBase east\tdemo\tUSD\tAsia/Beijing is no time zone\t" in capsys.readouterr().out
    assert cli.main(["base", "set", "--slug", "east", "--time-zone", "Asia/Shanghai"]) == 0
    assert base.get_base(cast.east.ctx.base_id).time_zone == "Asia/Shanghai"
    assert cli.main(["base", "set", "--slug", "nowhere", "--name", "X"]) == 2


def test_a_password_is_set_and_whoever_was_in_is_out(cast: Cast, typed: None) -> None:
    inside = entered(cast.east.operator.id)
    assert cli.main(["base", "password", "--email", cast.east.operator.email.upper()]) == 0
    assert inside.get("/control/account").status_code == 302
    email = cast.east.operator.email
    assert Client().post("/login", {"email": email, "password": PASSWORD}).status_code == 401
    assert Client().post("/login", {"email": email, "password": "seventeen quiet herons"}).status_code == 303


def test_a_weak_or_a_strangers_password_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1234567890\n"))
    assert cli.main(["base", "password", "--email", cast.east.operator.email]) == 2
    assert cli.main(["base", "password", "--email", "nobody@east.test"]) == 2
    entering = {"email": cast.east.operator.email, "password": PASSWORD}
    assert Client().post("/login", entering).status_code == 303


def test_a_folder_that_is_not_ready_says_so(
    cast: Cast, typed: None, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / preparing.STAMP).unlink()
    assert cli.main(["base", "list"]) == 2
    assert "silkcast prepare" in capsys.readouterr().err
