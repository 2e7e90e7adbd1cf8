"""What stood open to others is closed, and nothing of somebody else's is touched."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from silkcast.kernel.private import close_to_others


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    for folder in ("logs", "hls/base/show", "media", "photos"):
        (made / folder).mkdir(parents=True)
    for file in (
        "silkcast.db",
        "silkcast.db-wal",
        "keys.db",
        "signing.key",
        "logs/web.log",
        "hls/base/show/1.ts",
        "photos/a",
    ):
        (made / file).write_bytes(b"x")
    for path in (made, *made.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return made


def test_a_folder_that_stood_open_is_closed_with_all_that_is_ours_in_it(data: Path) -> None:
    mended = close_to_others(data)
    assert mended[0] == data
    ours = [path for path in (data, *data.rglob("*")) if "photos" not in path.parts]
    assert sorted(mended) == sorted(ours)
    assert {mode(path) for path in ours if path.is_dir()} == {0o700}
    assert {mode(path) for path in ours if path.is_file()} == {0o600}
    assert close_to_others(data) == []


def test_what_others_put_into_the_folder_keeps_its_rights(data: Path) -> None:
    close_to_others(data)
    assert (mode(data / "photos"), mode(data / "photos" / "a")) == (0o755, 0o644)


def test_no_link_is_followed(data: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_bytes(b"x")
    elsewhere.chmod(0o755)
    (elsewhere / "file").chmod(0o644)
    (data / "media" / "link").symlink_to(elsewhere / "file")
    (data / "signals").symlink_to(elsewhere)
    close_to_others(data)
    assert (mode(elsewhere), mode(elsewhere / "file")) == (0o755, 0o644)


def test_a_folder_that_all_share_is_left_as_it_is(data: Path) -> None:
    data.chmod(0o1777)
    assert data not in close_to_others(data)
    assert mode(data) == 0o1777
    assert mode(data / "silkcast.db") == 0o600
