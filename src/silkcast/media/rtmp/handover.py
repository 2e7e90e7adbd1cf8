"""Passes a live encoder's TCP socket from one process to another, so that neither restarts when the other does.

One connection per camera: a frame of four bytes of length and msgpack {camera_id, state}, with the descriptor as
ancillary data of its first byte; the answer is one byte, "1" taken, "0" refused or "2" busy.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import Awaitable, Callable
from enum import Enum
from pathlib import Path
from typing import Final

import msgspec

from silkcast.media.rtmp.errors import RtmpError, StateError
from silkcast.media.rtmp.publish_session import PublishSession

logger = logging.getLogger(__name__)

FRAME_BYTES_MAX: Final = 4 * 1024 * 1024
DEADLINE_S: Final = 3.0
PENDING_MAX: Final = 16
FULL_PAUSE_S: Final = 0.1
_TAKEN: Final = b"1"
_REFUSED: Final = b"0"
_BUSY: Final = b"2"
_CLOSE_ON_EXEC: Final = getattr(socket, "MSG_CMSG_CLOEXEC", 0)  # Linux only
_LENGTH: Final = struct.Struct(">I")


class Outcome(Enum):
    TAKEN = "taken"
    REFUSED = "refused"
    BUSY = "busy"  # another encoder with the same key is on
    ABSENT = "absent"  # nobody listens: nothing has happened
    UNKNOWN = "unknown"  # no answer in time: the other process may read the encoder already


# Gets the camera, its socket (its own to close once it says TAKEN) and its session; may take a second or two.
OnCamera = Callable[[str, socket.socket, PublishSession], Awaitable[Outcome]]
_ANSWERS: Final = {Outcome.TAKEN: _TAKEN, Outcome.BUSY: _BUSY}


class _Handover(msgspec.Struct):
    camera_id: str
    state: bytes


async def send_camera(path: Path, encoder: socket.socket, camera_id: str, state: bytes) -> Outcome:
    """Offer the socket to whoever listens at `path`.

    After TAKEN and after UNKNOWN, close the socket here without writing to it: the stream may be the other's.
    """
    loop = asyncio.get_running_loop()
    frame = msgspec.msgpack.encode(_Handover(camera_id, state))
    with _unix_socket() as link:
        try:
            async with asyncio.timeout(DEADLINE_S):
                await loop.sock_connect(link, str(path))
        except (OSError, TimeoutError):
            return Outcome.ABSENT
        try:
            async with asyncio.timeout(DEADLINE_S):
                whole = _LENGTH.pack(len(frame)) + frame
                # The buffer of a fresh socket is empty, so at least the first byte goes, and with it the descriptor.
                sent = socket.send_fds(link, [whole], [encoder.fileno()])
                if sent < len(whole):  # sending nothing to a room that has answered and closed is an error
                    await loop.sock_sendall(link, memoryview(whole)[sent:])
                answer = await loop.sock_recv(link, 1)
        except (OSError, TimeoutError):
            return Outcome.UNKNOWN
    # A close without an answer is the other process dying before it took anything.
    return next((outcome for outcome, told in _ANSWERS.items() if told == answer), Outcome.REFUSED)


class CameraPort:
    """Listens where cameras are handed over; a refusal or a fault of one never touches the next."""

    def __init__(self, path: Path, on_camera: OnCamera) -> None:
        self._path = path
        self._on_camera = on_camera
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._pending: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._path.unlink(missing_ok=True)
        listener = _unix_socket()
        listener.bind(str(self._path))
        self._path.chmod(0o600)
        listener.listen(PENDING_MAX)
        self._listener = listener
        self._accepting = asyncio.create_task(self._accept(listener))

    async def close(self) -> None:
        tasks = [*self._pending, *([self._accepting] if self._accepting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._listener is not None:
            self._listener.close()
            self._path.unlink(missing_ok=True)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        room = asyncio.Semaphore(PENDING_MAX)
        while True:
            await room.acquire()
            try:
                link, _ = await loop.sock_accept(listener)
            except OSError as error:
                # Out of descriptors for a moment: the port goes on, and encoders come again.
                logger.warning("rtmp.accept_failed", extra={"facts": {"reason": str(error)}})
                room.release()
                await asyncio.sleep(FULL_PAUSE_S)
                continue
            task = asyncio.create_task(self._take(link))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)
            task.add_done_callback(lambda _: room.release())

    async def _take(self, link: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with link, contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(DEADLINE_S):
                outcome = await self._receive(link)
                await loop.sock_sendall(link, _ANSWERS.get(outcome, _REFUSED))

    async def _receive(self, link: socket.socket) -> Outcome:
        descriptors: list[int] = []
        try:
            frame = await _read_frame(link, descriptors)
            handover = msgspec.msgpack.decode(frame, type=_Handover)
            session = PublishSession.from_state(handover.state)
            if len(descriptors) != 1:
                raise StateError(descriptors=len(descriptors))
        except (RtmpError, msgspec.MsgspecError) as error:
            logger.warning("rtmp.handover_unreadable", extra={"facts": {"reason": str(error)}})
            _close(descriptors)
            return Outcome.REFUSED
        except BaseException:
            _close(descriptors)
            raise
        encoder = socket.socket(fileno=descriptors[0])
        encoder.settimeout(0)
        outcome = Outcome.REFUSED
        try:
            outcome = await self._on_camera(handover.camera_id, encoder, session)
        finally:
            if outcome is not Outcome.TAKEN:
                encoder.close()
        return outcome


def _unix_socket() -> socket.socket:
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(0)
    return link


async def _read_frame(link: socket.socket, descriptors: list[int]) -> bytes:
    """The frame's msgpack; the descriptors that came along are appended as they arrive, so that none can leak."""
    received = bytearray()
    length: int | None = None
    while length is None or len(received) < 4 + length:
        await _readable(link)
        part = _receive_with_descriptors(link, descriptors)
        if not part:
            raise StateError(reason="cut off")
        received += part
        if length is None and len(received) >= 4:
            length = int(_LENGTH.unpack_from(received)[0])
            if length > FRAME_BYTES_MAX:
                raise StateError(frame_bytes=length, most=FRAME_BYTES_MAX)
    return bytes(received[4 : 4 + length])


def _receive_with_descriptors(link: socket.socket, descriptors: list[int]) -> bytes:
    numbers = array.array("i")
    space = socket.CMSG_SPACE(4 * numbers.itemsize)
    part, ancillary, _, _ = link.recvmsg(64 * 1024, space, _CLOSE_ON_EXEC)
    for level, kind, payload in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            numbers.frombytes(payload[: len(payload) - len(payload) % numbers.itemsize])
    descriptors += numbers
    return part


async def _readable(link: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(link, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(link)


def _close(descriptors: list[int]) -> None:
    for number in descriptors:
        socket.close(number)
