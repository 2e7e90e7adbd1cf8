"""Pictures and styles: the right bytes, types and caching, and nothing from outside the folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from silkcast.kernel.settings import Settings
from silkcast.roles.edge.doors import files

pytestmark = pytest.mark.anyio


@pytest.fixture
def show(settings: Settings) -> Path:
    folder = settings.data / "hls" / "base-1" / "show-1"
    folder.mkdir(parents=True)
    (folder / "index.m3u8").write_bytes(b"#EXTM3U\n")
    (folder / "000001.ts").write_bytes(b"\x47" * 188)
    return folder


@pytest.fixture
def statics(settings: Settings) -> Path:
    folder = settings.static_root / "ui"
    folder.mkdir(parents=True)
    (folder / "app.55e7cbb9ba48.js").write_bytes(b"export {}\n")
    (folder / "app.js").write_bytes(b"export {}\n")
    (folder / "a b.css").write_bytes(b"a{}\n")
    return folder


@pytest.mark.parametrize(
    ("path", "kind", "caching"),
    [
        ("/hls/base-1/show-1/index.m3u8", "application/vnd.apple.mpegurl", "no-cache"),
        ("/hls/base-1/show-1/000001.ts", "video/mp2t", "public, max-age=31536000, immutable"),
        ("/static/ui/app.55e7cbb9ba48.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/static/ui/app.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/static/ui/a%20b.css", "text/css; charset=utf-8", "no-cache"),
    ],
)
async def test_a_file_has_its_type_and_its_caching(
    stage: Any, show: Path, statics: Path, path: str, kind: str, caching: str
) -> None:
    async with stage() as edge, edge.client() as client:
        answer = await client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == kind
        assert answer.headers["cache-control"] == caching
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_segment_comes_byte_for_byte_and_head_says_its_length(stage: Any, show: Path) -> None:
    async with stage() as edge, edge.client() as client:
        assert (await client.get("/hls/base-1/show-1/000001.ts")).content == b"\x47" * 188
        head = await client.head("/hls/base-1/show-1/000001.ts")
        assert (head.headers["content-length"], head.content) == ("188", b"")


async def test_a_playlist_that_changed_is_read_again(stage: Any, show: Path) -> None:
    async with stage() as edge, edge.client() as client:
        first = await client.get("/hls/base-1/show-1/index.m3u8")
        (show / "index.m3u8").write_bytes(b"#EXTM3U\n000001.ts\n")
        second = await client.get("/hls/base-1/show-1/index.m3u8", headers={"If-None-Match": first.headers["etag"]})
        assert (second.status_code, second.content) == (200, b"#EXTM3U\n000001.ts\n")


async def test_an_unchanged_file_is_not_sent_again(stage: Any, statics: Path) -> None:
    async with stage() as edge, edge.client() as client:
        first = await client.get("/static/ui/app.js")
        second = await client.get("/static/ui/app.js", headers={"If-None-Match": first.headers["etag"]})
        assert (second.status_code, second.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/hls/base-1/show-1/none.ts",
        "/hls/base-1/show-1",
        "/hls/base-1/show-1/",
        "/hls/base-1/show-1/x/index.m3u8",
        "/hls/../silkcast.db",
        "/hls/base-1/../../silkcast.db",
        "/hls/base-1/%2e%2e/silkcast.db",
        "/hls/base-1/..%2f..%2fsilkcast.db",
        "/hls/base-1/show-1/..",
        "/hls/base-1/show-1/.hidden",
        "/hls/base-1/show-1/link.ts",
        "/hls/base-1/show-1/index.m3u8%00.ts",
        "/static/../silkcast.db",
        "/static/%2e%2e/silkcast.db",
        "/static/..%2fsilkcast.db",
        "/static/ui/..%5c..%5csilkcast.db",
        "/static//etc/passwd",
        "/static/ui",
        "/static/",
        "/static/ui/link.js",
        "/static/ui/app.js%00",
        "/static/" + "x" * 5000,
    ],
)
async def test_nothing_outside_the_folder_is_ever_sent(
    stage: Any, settings: Settings, show: Path, statics: Path, path: str
) -> None:
    (settings.data / "silkcast.db").write_bytes(b"secret")
    (show / ".hidden").write_bytes(b"secret")
    (show / "link.ts").symlink_to(settings.data / "silkcast.db")
    (statics / "link.js").symlink_to(settings.data / "silkcast.db")
    async with stage() as edge, edge.line() as line:
        line.send(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        status, _, body = await line.answer()
        assert (status, b"secret" in body) in {(404, False), (400, False)}
        assert (b"edge.nothing_here" in body) == (status == 404)


async def test_files_take_no_other_method(stage: Any, show: Path) -> None:
    async with stage() as edge, edge.client() as client:
        answer = await client.delete("/hls/base-1/show-1/index.m3u8")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
        assert (show / "index.m3u8").exists()


async def test_a_large_file_is_sent_in_parts(stage: Any, show: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "KEPT_FILE_BYTES_MAX", 1000)
    monkeypatch.setattr(files, "PART_BYTES", 4096)
    whole = bytes(range(256)) * 400
    (show / "long.ts").write_bytes(whole)
    async with stage() as edge, edge.client() as client:
        answer = await client.get("/hls/base-1/show-1/long.ts")
        assert answer.headers["content-length"] == str(len(whole))
        assert answer.content == whole
        assert (await client.head("/hls/base-1/show-1/long.ts")).headers["content-length"] == str(len(whole))


async def test_the_shelf_keeps_no_more_than_its_bytes(show: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "KEPT_BYTES_MAX", 500)
    shelf = files.Shelf()
    for number in range(5):
        path = show / f"{number}.ts"
        path.write_bytes(bytes([number]) * 200)
        assert await shelf.read(path, shelf.mark(path)) == bytes([number]) * 200
    assert shelf.kept_bytes == 400
    shelf.close()
