"""Many that want the same thing at once get it made once; what could not be made is made by the next who asks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import once


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(once.PLACE, str(tmp_path))


def test_it_is_made_once_and_all_get_it_whole() -> None:
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "a").write_text("1")

    def asks(_: int) -> str:
        return (once.once("thing", make) / "a").read_text()

    with ThreadPoolExecutor(8) as workers:
        assert list(workers.map(asks, range(8))) == ["1"] * 8
    assert len(made) == 1


def test_what_failed_halfway_is_not_taken_for_made() -> None:
    def fails(folder: Path) -> None:
        (folder / "half").write_text("")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once.once("thing", fails)
    assert list(once.once("thing", lambda folder: (folder / "whole").touch()).iterdir()) == [
        once.once("thing", fails) / "whole"
    ]
