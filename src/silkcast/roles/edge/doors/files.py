"""Files for everyone: the live picture's segments and the pages' own styles and scripts.

A segment is asked for by every viewer within the same second, so the last few files stay in memory; a file is
known by its time and size, and one that has changed is read again.
"""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from silkcast.roles.edge.http.messages import NOSNIFF, Header, Reply, Request
from silkcast.roles.edge.refusals import NothingHere, WrongMethod

KEPT_BYTES_MAX = 48 * 1024 * 1024
KEPT_FILE_BYTES_MAX = 8 * 1024 * 1024
PART_BYTES = 256 * 1024
READERS = 4
IMMUTABLE = b"public, max-age=31536000, immutable"
ASK_AGAIN = b"no-cache"
HASHED = re.compile(r"\.[0-9a-f]{8,64}\.[A-Za-z0-9.]+$")
SEGMENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
TYPES = {
    ".css": b"text/css; charset=utf-8",
    ".gif": b"image/gif",
    ".ico": b"image/x-icon",
    ".jpeg": b"image/jpeg",
    ".jpg": b"image/jpeg",
    ".js": b"text/javascript; charset=utf-8",
    ".json": b"application/json",
    ".m3u8": b"application/vnd.apple.mpegurl",
    ".m4s": b"video/iso.segment",
    ".map": b"application/json",
    ".mjs": b"text/javascript; charset=utf-8",
    ".mp3": b"audio/mpeg",
    ".mp4": b"video/mp4",
    ".png": b"image/png",
    ".svg": b"image/svg+xml",
    ".ts": b"video/mp2t",
    ".txt": b"text/plain; charset=utf-8",
    ".wasm": b"application/wasm",
    ".webp": b"image/webp",
    ".woff": b"font/woff",
    ".woff2": b"font/woff2",
}
UNKNOWN_TYPE = b"application/octet-stream"


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells one state of a file from another."""

    inode: int
    modified_ns: int
    length: int

    @property
    def etag(self) -> bytes:
        return b'"%x-%x"' % (self.modified_ns, self.length)


class Shelf:
    """The files asked for last, within a bound of bytes; read in a few threads, so that a slow disk delays no one."""

    def __init__(self) -> None:
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="files")
        self._kept: OrderedDict[Path, tuple[Mark, bytes]] = OrderedDict()
        self.kept_bytes = 0

    def mark(self, path: Path) -> Mark:
        """Raises NothingHere for whatever is not a plain file."""
        try:
            known = path.lstat()
        except (OSError, ValueError):
            raise NothingHere from None
        if not stat.S_ISREG(known.st_mode):
            raise NothingHere
        return Mark(known.st_ino, known.st_mtime_ns, known.st_size)

    async def read(self, path: Path, mark: Mark) -> bytes:
        kept = self._kept.get(path)
        if kept is not None and kept[0] == mark:
            self._kept.move_to_end(path)
            return kept[1]
        try:
            whole = await asyncio.get_running_loop().run_in_executor(self._readers, path.read_bytes)
        except FileNotFoundError:
            raise NothingHere from None
        if len(whole) == mark.length:
            self._keep(path, mark, whole)
        return whole

    async def part(self, handle: int, offset: int) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._readers, os.pread, handle, PART_BYTES, offset)

    def close(self) -> None:
        self._readers.shutdown(wait=False, cancel_futures=True)

    def _keep(self, path: Path, mark: Mark, whole: bytes) -> None:
        self._forget(path)
        self._kept[path] = (mark, whole)
        self.kept_bytes += len(whole)
        while self.kept_bytes > KEPT_BYTES_MAX:
            self._forget(next(iter(self._kept)))

    def _forget(self, path: Path) -> None:
        _, whole = self._kept.pop(path, (None, b""))
        self.kept_bytes -= len(whole)


class FilesDoor:
    """Files below one folder; `prefix` is the path under which they are asked for."""

    ends_with_client = False

    def __init__(self, shelf: Shelf, root: Path, prefix: str) -> None:
        self._shelf = shelf
        self._root = root
        self._prefix = prefix

    async def answer(self, request: Request, reply: Reply) -> None:
        if request.method not in {"GET", "HEAD"}:
            raise WrongMethod(allowed="GET, HEAD")
        path = self.find(request.path)
        mark = self._shelf.mark(path)
        headers: list[Header] = [
            (b"content-type", TYPES.get(path.suffix, UNKNOWN_TYPE)),
            (b"cache-control", self.caching(path)),
            (b"etag", mark.etag),
            NOSNIFF,
        ]
        if request.header(b"if-none-match") == mark.etag:
            reply.send(304, headers)
        elif mark.length <= PART_BYTES:
            reply.send(200, headers, await self._shelf.read(path, mark))
        elif mark.length <= KEPT_FILE_BYTES_MAX:
            await _send_kept(await self._shelf.read(path, mark), headers, reply)
        else:
            await self._send_in_parts(path, headers, reply)

    def find(self, path: str) -> Path:
        """The file of a path, which never lies outside the folder."""
        parts = unquote(path.removeprefix(self._prefix)).split("/")
        if any(part in {"", ".", ".."} or "\\" in part or "\0" in part for part in parts):
            raise NothingHere
        return self._root.joinpath(*parts)

    def caching(self, path: Path) -> bytes:
        return IMMUTABLE if HASHED.search(path.name) else ASK_AGAIN

    async def _send_in_parts(self, path: Path, headers: list[Header], reply: Reply) -> None:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            length = os.fstat(handle).st_size
            reply.start(200, headers, length=length)
            while reply.bytes_sent < length and not reply.is_bodiless:
                part = await self._shelf.part(handle, reply.bytes_sent)
                if not part:
                    return  # it has shrunk under us; the connection is broken off
                reply.write(part[: length - reply.bytes_sent])
                await reply.drained()
            reply.finish()
        finally:
            os.close(handle)


async def _send_kept(whole: bytes, headers: list[Header], reply: Reply) -> None:
    """No faster than it is read: a client that does not read costs a part of the file, not all of it."""
    reply.start(200, headers, length=len(whole))
    for start in range(0, len(whole), PART_BYTES):
        reply.write(whole[start : start + PART_BYTES])
        await reply.drained()
    reply.finish()


class PictureDoor(FilesDoor):
    """`/hls/<base_id>/<show_id>/<file>`: the playlist changes with every segment, a segment never."""

    def find(self, path: str) -> Path:
        parts = path.removeprefix(self._prefix).split("/")
        if len(parts) != 3 or not all(SEGMENT_NAME.fullmatch(part) for part in parts):
            raise NothingHere
        return self._root.joinpath(*parts)

    def caching(self, path: Path) -> bytes:
        return ASK_AGAIN if path.suffix == ".m3u8" else IMMUTABLE
