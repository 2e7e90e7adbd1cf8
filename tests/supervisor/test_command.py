"""What `silkcast up` says to whoever started it."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from silkcast.kernel.addresses import is_own
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.settings import Settings
from silkcast.kernel.words import catalogue
from silkcast.supervisor import errors, up
from silkcast.supervisor.command import greeting

LOGIN = {"email": "operator@demo.silkcast.test", "password": "a-demo-password", "role": "operator"}


def test_the_ready_line_is_the_last_and_the_logins_come_before_it(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text(json.dumps({"logins": [LOGIN]}))
    assert list(greeting(Settings(data=tmp_path, port=8123))) == [
        "Logins of the simulated demo base 演示基地（模拟数据）:",
        "  operator  operator@demo.silkcast.test  a-demo-password",
        "Silkcast is ready: http://127.0.0.1:8123",
    ]


def test_without_a_demo_base_there_is_only_the_ready_line(tmp_path: Path) -> None:
    assert list(greeting(Settings(data=tmp_path))) == ["Silkcast is ready: http://127.0.0.1:8000"]


@pytest.mark.parametrize(
    ("settings", "address"),
    [({"host": "::1"}, "http://[::1]:8000"), ({"public_url": "https://live.example"}, "https://live.example")],
)
def test_the_address_is_one_that_a_browser_can_open(tmp_path: Path, settings: dict[str, str], address: str) -> None:
    assert list(greeting(Settings(data=tmp_path, **settings))) == [f"Silkcast is ready: {address}"]  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - what is tested
def test_of_every_address_one_is_named_that_others_can_open(tmp_path: Path, host: str) -> None:
    (line,) = greeting(Settings(data=tmp_path, host=host))
    shown = urlsplit(line.removeprefix("Silkcast is ready: "))
    assert shown.port == 8000
    assert is_own(shown.hostname or "")


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(errors.FolderUnusable) as refused:
        up(Settings(data=tmp_path / "file" / "data"), [], is_prepared=False)
    assert refused.value.facts["reason"] == "Not a directory"


@pytest.mark.parametrize("kind", [errors.AlreadyRunning, errors.PortTaken, errors.FolderUnusable, errors.NotPrepared])
def test_an_error_of_ours_has_words_in_both_languages(kind: type[SilkcastError]) -> None:
    assert set(catalogue()[kind.code]) == {"en", "zh"}
