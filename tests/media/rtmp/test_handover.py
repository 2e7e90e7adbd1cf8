"""A live encoder's socket changes hands, also between processes, and not a byte is lost or read twice."""

from __future__ import annotations

import asyncio
import errno
import json
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from silkcast.media.rtmp import handover
from silkcast.media.rtmp.handover import CameraPort, Outcome, send_camera
from silkcast.media.rtmp.publish_session import PublishSession
from silkcast.media.rtmp.publisher import Publisher
from silkcast.media.rtmp.server import Arrival, Door
from silkcast.media.rtmp.tags import FlvTag

Programme = Callable[..., list[FlvTag]]
STATE = PublishSession().export_state()

# The other process: takes one camera, and prints every tag that it then reads from it.
TAKER = """
import asyncio, json, sys
from pathlib import Path
from silkcast.media.rtmp.handover import CameraPort, Outcome
from silkcast.media.rtmp.server import receive

async def main():
    taken = asyncio.get_running_loop().create_future()
    async def take(camera_id, encoder, session):
        taken.set_result((camera_id, encoder, session))
        return Outcome.TAKEN
    port = CameraPort(Path(sys.argv[1]), take)
    await port.open()
    print("open", flush=True)
    camera_id, encoder, session = await taken
    tags = []
    with encoder:
        reason = await receive(encoder, session, lambda tag: tags.append([tag.kind, tag.timestamp_ms, tag.body.hex()]))
    await port.close()
    print(json.dumps({"camera_id": camera_id, "reason": reason, "tags": tags}))

asyncio.run(main())
"""


@pytest.fixture
def pair() -> Any:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@asynccontextmanager
async def port(path: Path, answer: Outcome = Outcome.TAKEN) -> AsyncIterator[list[tuple[str, socket.socket]]]:
    got: list[tuple[str, socket.socket]] = []

    async def take(camera_id: str, encoder: socket.socket, session: PublishSession) -> Outcome:
        if answer is Outcome.TAKEN:
            got.append((camera_id, encoder))
        return answer

    opened = CameraPort(path, take)
    await opened.open()
    try:
        yield got
    finally:
        await opened.close()
        for _, encoder in got:
            encoder.close()


async def test_the_socket_arrives_and_is_the_same_connection(tmp_path: Path, pair: Any) -> None:
    ours, theirs = pair
    async with port(tmp_path / "cameras") as got:
        assert await send_camera(tmp_path / "cameras", ours, "camera-1", STATE) is Outcome.TAKEN
        ((camera_id, encoder),) = got
        ours.close()
        theirs.send(b"still here")
        assert (camera_id, encoder.recv(100)) == ("camera-1", b"still here")


@pytest.mark.parametrize("answer", [Outcome.REFUSED, Outcome.BUSY])
async def test_a_camera_that_is_not_wanted_stays_with_its_sender(answer: Outcome, tmp_path: Path, pair: Any) -> None:
    ours, theirs = pair
    async with port(tmp_path / "cameras", answer):
        assert await send_camera(tmp_path / "cameras", ours, "camera-1", STATE) is answer
    ours.send(b"no")
    assert theirs.recv(100) == b"no"


async def test_nobody_there_is_told_apart_from_no_answer(
    tmp_path: Path, pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "DEADLINE_S", 0.2)
    ours, _ = pair
    assert await send_camera(tmp_path / "nowhere", ours, "camera-1", STATE) is Outcome.ABSENT
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute"))
        mute.listen(1)
        assert await send_camera(tmp_path / "mute", ours, "camera-1", STATE) is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "frame",
    [
        struct.pack(">I", 3) + b"abc",  # not msgpack
        struct.pack(">I", 1 << 31),  # longer than any state
        b"\0",  # cut off
    ],
)
async def test_a_frame_that_cannot_be_read_costs_nothing_but_itself(tmp_path: Path, pair: Any, frame: bytes) -> None:
    ours, theirs = pair
    async with port(tmp_path / "cameras") as got:
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(tmp_path / "cameras"))
            socket.send_fds(link, [frame], [ours.fileno()])
            link.shutdown(socket.SHUT_WR)
            link.settimeout(0)
            assert await asyncio.get_running_loop().sock_recv(link, 1) == b"0"
        ours.close()
        assert theirs.recv(1) == b""  # no copy of the descriptor is left open
        assert got == []
        assert await send_camera(tmp_path / "cameras", theirs, "camera-1", STATE) is Outcome.TAKEN


async def test_a_camera_without_its_socket_is_refused(tmp_path: Path) -> None:
    async with port(tmp_path / "cameras") as got:
        reader, writer = await asyncio.open_unix_connection(tmp_path / "cameras")
        frame = msgspec.msgpack.encode({"camera_id": "camera-1", "state": STATE})
        writer.write(struct.pack(">I", len(frame)) + frame)
        assert await reader.read() == b"0"
        writer.close()
    assert got == []


async def test_another_process_reads_on_where_this_one_stopped(
    tmp_path: Path, programme: Programme, running: Any, until: Any
) -> None:
    tags = programme(pictures=140)
    outcomes: list[Outcome] = []

    async def pass_on(arrival: Arrival) -> None:
        arrival.session.accept()
        state = arrival.session.export_state()
        outcomes.append(await send_camera(tmp_path / "cameras", arrival.encoder, "camera-1", state))
        arrival.encoder.close()

    taker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", TAKER, str(tmp_path / "cameras"), stdout=asyncio.subprocess.PIPE, limit=1 << 26
    )
    assert taker.stdout is not None
    assert await taker.stdout.readline() == b"open\n"
    door = Door(pass_on)
    await door.open("127.0.0.1", 0)
    publisher = Publisher("camera", f"rtmp://127.0.0.1:{door.port}/live/key")
    async with running(publisher):
        for tag in tags[:150]:
            publisher.offer(tag)
        await until(lambda: publisher.state().phase == "live")
        await door.close()  # the process that took the encoder in may end: it is no longer needed
        for tag in tags[150:]:
            publisher.offer(tag)
        await until(lambda: publisher.state().tags_sent == len(tags))
    told = json.loads(await taker.stdout.readline())
    assert await taker.wait() == 0
    assert outcomes == [Outcome.TAKEN]
    assert (told["camera_id"], told["reason"]) == ("camera-1", "FCUnpublish")
    assert [FlvTag(kind, at_ms, bytes.fromhex(body)) for kind, at_ms, body in told["tags"]] == tags


async def test_a_port_without_descriptors_for_a_moment_takes_the_next_camera(
    tmp_path: Path, pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, _ = pair
    loop = asyncio.get_running_loop()
    accept, failed = loop.sock_accept, list[int]()

    async def refusing(listener: socket.socket) -> Any:
        if not failed:
            failed.append(1)
            raise OSError(errno.EMFILE, "Too many open files")
        return await accept(listener)

    monkeypatch.setattr(loop, "sock_accept", refusing)
    async with port(tmp_path / "cameras") as got:
        assert await send_camera(tmp_path / "cameras", ours, "camera-1", STATE) is Outcome.TAKEN
        assert ([name for name, _ in got], failed) == (["camera-1"], [1])
