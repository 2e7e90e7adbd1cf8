"""Who may be a camera and who is turned away, and that the encoder and the screen are both told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from silkcast.media.room import cameras
from silkcast.media.rtmp import FlvTag, amf0, handshake, messages
from silkcast.media.rtmp.address import Address
from silkcast.media.rtmp.chunk_reader import ChunkReader
from silkcast.media.rtmp.publisher_session import PublisherSession, PublishStarted, Refused

Until = Callable[[Callable[[], object]], Any]
Maker = Callable[[], AbstractAsyncContextManager[Any]]
Document = Callable[..., dict[str, Any]]

# Enhanced RTMP names its codecs by four letters; before it, many encoders sent HEVC under number 12.
SEQUENCE_STARTS = {
    "hevc": b"\x90hvc1\x01hevc configuration",
    "av1": b"\x90av01\x81av1 configuration",
    "vp9": b"\x90vp09\x01vp9 configuration",
    "hevc, as it was sent before": b"\x1c\x00\x00\x00\x00\x01hevc configuration",
    "sorenson": b"\x12\x00\x84\x00 sorenson",
}


class Encoder:
    """Sends what a test tells it, and hears how it is answered."""

    def __init__(self, port: int, key: str) -> None:
        self._session = PublisherSession(Address.parse(f"rtmp://127.0.0.1:{port}/live", key))
        self._port = port
        self._link = socket.socket()
        self._link.settimeout(0)
        self._heard = b""

    async def ask(self) -> PublishStarted | Refused:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self._link, ("127.0.0.1", self._port))
        while True:
            await loop.sock_sendall(self._link, self._session.outgoing())
            received = await loop.sock_recv(self._link, 65536)
            self._heard += received
            for event in self._session.feed(received):
                if isinstance(event, PublishStarted | Refused):
                    return event

    async def send(self, *bodies: bytes) -> None:
        for number, body in enumerate(bodies):
            self._session.send(FlvTag("video", number * 33, body), number * 33)
        await asyncio.get_running_loop().sock_sendall(self._link, self._session.outgoing())

    async def errors(self) -> list[tuple[object, object]]:
        """Code and words of all that is told to be wrong until it is hung up on."""
        loop = asyncio.get_running_loop()
        while received := await loop.sock_recv(self._link, 65536):
            self._heard += received
        reader = ChunkReader()
        reader.push(self._heard[1 + 2 * handshake.PART_BYTES :])
        commands = [told for told in iter(reader.next, None) if told.type_id == messages.COMMAND_AMF0]
        said = [amf0.decode(told.body)[-1] for told in commands]
        wrong = [told for told in said if isinstance(told, dict) and told["level"] == "error"]
        return [(told["code"], told["description"]) for told in wrong]

    def close(self) -> None:
        self._link.close()


@pytest.mark.parametrize("body", SEQUENCE_STARTS.values(), ids=SEQUENCE_STARTS)
async def test_a_codec_that_we_do_not_take_is_said_to_the_encoder_and_at_its_camera_until_a_picture_comes(
    body: bytes, studio: Maker, document: Document
) -> None:
    async with studio() as room:
        await room.apply(document())
        for _ in range(3):  # an encoder that comes back by itself is told of once
            encoder = Encoder(room.port, "red")
            assert isinstance(await encoder.ask(), PublishStarted)
            await encoder.send(body)
            assert await encoder.errors() == [
                ("NetStream.Publish.Rejected", "The camera uses a codec we do not take. Send H.264 and AAC.")
            ]
            encoder.close()
            assert await room.warnings("red") == ["camera.codec_unsupported"]
        told = [event for event in (await room.call("room.events", {}))["events"] if event["id"] == "red"]
        assert [(event["kind"], event["reason"]) for event in told] == [("camera_refused", "camera.codec_unsupported")]
        room.camera("red")
        await until_told(room, "camera_connected")
        assert await room.warnings("red") == []


async def test_a_second_encoder_is_turned_away_and_both_sides_hear_of_it(studio: Maker, document: Document) -> None:
    async with studio() as room:
        await room.apply(document())
        room.camera("red")
        await room.until_shown("red")
        for _ in range(2):
            second = Encoder(room.port, "red")
            answer = await second.ask()
            assert isinstance(answer, Refused)
            assert answer.description == "busy"
            second.close()
        assert await room.is_shown("red")
        assert await room.warnings("red") == ["camera.second_encoder"]
        told = [event for event in (await room.call("room.events", {}))["events"] if event["id"] == "red"]
        assert [event["kind"] for event in told].count("camera_lost") == 0
        assert [event["reason"] for event in told if event["kind"] == "camera_refused"] == ["camera.second_encoder"]


async def test_an_encoder_that_comes_back_takes_the_place_of_its_dead_connection(
    studio: Maker, document: Document
) -> None:
    async with studio() as room:
        await room.apply(document())
        before = room.camera("red")
        await until_told(room, "camera_connected")
        before.is_paused = True  # as when its line broke and nobody said so
        room.camera("red")
        await until_told(room, "camera_connected", times=2)
        lost = [event for event in (await room.call("room.events", {}))["events"] if event["kind"] == "camera_lost"]
        assert [(event["id"], event["reason"]) for event in lost] == [("red", "replaced")]
        assert await room.warnings("red") == []


async def test_of_two_that_come_at_once_one_is_taken(
    studio: Maker, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cameras, "SILENCE_S", 0.3)
    monkeypatch.setattr(cameras, "ECHO_S", 0.0)
    async with studio() as room:
        await room.apply(document())
        silent = Encoder(room.port, "red")
        assert isinstance(await silent.ask(), PublishStarted)
        pair = [Encoder(room.port, "red") for _ in range(2)]
        answers = await asyncio.gather(*(encoder.ask() for encoder in pair))
        assert sorted(type(answer).__name__ for answer in answers) == ["PublishStarted", "Refused"]
        for encoder in (silent, *pair):
            encoder.close()


async def test_a_camera_is_told_of_once_its_picture_is_seen(studio: Maker, document: Document) -> None:
    async with studio() as room:
        await room.apply(document())
        encoder = Encoder(room.port, "blue")
        await encoder.ask()
        await encoder.send(b"\x17\x02\x00\x00\x00")
        room.camera("red")
        await until_told(room, "camera_connected")
        state = await room.call("room.state")
        assert {camera["id"]: camera["state"] for camera in state["cameras"]} == {"red": "live", "blue": "absent"}
        assert [event for event in await room.events() if event[1] in ("red", "blue")] == [("camera_connected", "red")]
        encoder.close()


async def until_told(room: Any, kind: str, times: int = 1) -> None:
    while [told for told, _ in await room.events()].count(kind) < times:
        await asyncio.sleep(0.01)
