from __future__ import annotations

import re
from pathlib import Path

import pytest

from silkcast.kernel import settings
from silkcast.kernel.errors import Misconfigured
from silkcast.kernel.settings import RUN_NAME_BYTES_MAX, Settings, load

ROOT = Path(__file__).resolve().parents[2]


def test_the_example_lists_every_setting_and_no_other() -> None:
    listed = set(re.findall(r"^(SILKCAST_\w+)=", (ROOT / "silkcast.example.env").read_text(), re.M))
    read = set(re.findall(r"SILKCAST_\w+", Path(settings.__file__).read_text())) - {"SILKCAST_"}
    assert listed == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SILKCAST_PORT", "0"),
        ("SILKCAST_PORT", "x"),
        ("SILKCAST_DEBUG", "perhaps"),
        ("SILKCAST_PRIVATE_DESTINATIONS", "the-office"),
        ("SILKCAST_PRIVATE_DESTINATIONS", "10.1.2.3/8"),
    ],
)
def test_nonsense_stops_the_start_and_names_the_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as refused:
        load()
    assert refused.value.facts["name"] == name


def test_sockets_fit_the_systems_limit_however_long_the_data_folders_path(tmp_path: Path) -> None:
    for data in (tmp_path, tmp_path / ("x" * 120)):
        longest = Settings(data=data).run / ("r" * RUN_NAME_BYTES_MAX)
        assert len(str(longest).encode()) < 108


def test_two_processes_read_one_secret(tmp_path: Path) -> None:
    assert Settings(data=tmp_path).signing_key() == Settings(data=tmp_path).signing_key()
    assert (tmp_path / "signing.key").stat().st_mode & 0o077 == 0
