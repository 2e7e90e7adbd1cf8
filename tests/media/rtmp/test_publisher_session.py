"""The client's side of one destination: what it says, and what it makes of the answers."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkcast.media.rtmp import amf0, handshake, messages
from silkcast.media.rtmp.address import Address
from silkcast.media.rtmp.chunk_reader import ChunkReader
from silkcast.media.rtmp.chunk_writer import ChunkWriter
from silkcast.media.rtmp.destination import Reason
from silkcast.media.rtmp.errors import CommandError, RtmpError
from silkcast.media.rtmp.messages import Message
from silkcast.media.rtmp.publish_session import Ended, Media, PublishRequested, PublishSession
from silkcast.media.rtmp.publisher_session import (
    Acknowledged,
    HandshakeDone,
    PublisherEvent,
    PublisherSession,
    PublishStarted,
    Refused,
    Stopped,
)
from silkcast.media.rtmp.tags import FlvTag

ADDRESS = Address.parse("rtmp://media.example/live/key")
HELLO = handshake.hello() + bytes(handshake.PART_BYTES)


class Server:
    """Writes what a destination's server sends."""

    def __init__(self) -> None:
        self._writer = ChunkWriter()

    def says(self, message: Message, chunk_stream: int = 3) -> bytes:
        return b"".join(self._writer.write(message, chunk_stream))

    def until_publish(self) -> bytes:
        connected = messages.command("_result", 1, {}, {"level": "status", "code": "NetConnection.Connect.Success"})
        return HELLO + self.says(connected) + self.says(messages.command("_result", 4, None, 1.0))

    def status(self, level: str, code: str, description: str = "") -> bytes:
        return self.says(messages.status(level, code, description, stream_id=1))


@pytest.fixture
def server() -> Server:
    return Server()


def said(session: PublisherSession) -> list[Message]:
    reader = ChunkReader()
    reader.push(session.outgoing())
    return list(iter(reader.next, None))


def test_it_says_what_every_server_expects_and_in_this_order(server: Server) -> None:
    session = PublisherSession(ADDRESS)
    assert session.outgoing() == handshake.hello()
    assert session.feed(server.until_publish()) == [HandshakeDone()]
    reader = ChunkReader()
    reader.push(session.outgoing()[handshake.PART_BYTES :])
    told = list(iter(reader.next, None))
    commands = [amf0.decode(message.body) for message in told if message.type_id == messages.COMMAND_AMF0]
    assert commands == [
        [
            "connect",
            1.0,
            {
                "app": "live",
                "type": "nonprivate",
                "flashVer": "FMLE/3.0 (compatible; Silkcast)",
                "tcUrl": "rtmp://media.example/live",
            },
        ],
        ["releaseStream", 2.0, None, "key"],
        ["FCPublish", 3.0, None, "key"],
        ["createStream", 4.0, None],
        ["publish", 5.0, None, "key", "live"],
    ]
    assert session.feed(server.status("status", "NetStream.Publish.Start")) == [PublishStarted()]


def test_our_two_sides_understand_each_other() -> None:
    client, server = PublisherSession(ADDRESS), PublishSession()
    tags = [
        FlvTag("script", 0, amf0.encode("onMetaData", {})),
        FlvTag("video", 5, b"\x17\x01\x00\x00\x00" + bytes(99_999)),
    ]
    heard: list[object] = []
    while not client.is_publishing:
        for event in server.feed(client.outgoing()):
            heard.append(event)
            if isinstance(event, PublishRequested):
                server.accept()
        client.feed(server.outgoing())
    for tag in tags:
        client.send(tag, tag.timestamp_ms)
    client.end()
    heard += server.feed(client.outgoing())
    assert heard[1:] == [PublishRequested("key"), *map(Media, tags), Ended("FCUnpublish")]


REFUSALS = [
    # level  code  description  at publish -> reason
    ("NetStream.Publish.BadName", "Unknown stream key", Reason.BAD_KEY),
    ("NetStream.Publish.BadName", "Already publishing", Reason.BUSY),
    ("NetStream.Publish.Denied", "", Reason.BAD_KEY),
    ("NetStream.Publish.Unauthorized", "", Reason.BAD_KEY),
    ("NetStream.Failed", "try again", Reason.REFUSED),
    ("", "", Reason.REFUSED),
]


@pytest.mark.parametrize(("code", "description", "reason"), REFUSALS)
def test_a_refusal_at_publish_has_a_reason(server: Server, code: str, description: str, reason: Reason) -> None:
    session = PublisherSession(ADDRESS)
    session.feed(server.until_publish())
    assert session.feed(server.status("error", code, description)) == [Refused(reason, code, description)]
    assert not session.is_publishing


@pytest.mark.parametrize("code", ["NetConnection.Connect.InvalidApp", "NetConnection.Connect.Rejected"])
def test_a_refusal_at_connect_means_the_address_is_wrong(server: Server, code: str) -> None:
    session = PublisherSession(ADDRESS)
    refusal = messages.command("_error", 1, None, {"level": "error", "code": code, "description": "no"})
    assert session.feed(HELLO + server.says(refusal)) == [HandshakeDone(), Refused(Reason.BAD_APP, code, "no")]


def test_servers_that_do_not_know_release_stream_are_no_refusal(server: Server) -> None:
    session = PublisherSession(ADDRESS)
    error = server.says(messages.command("_error", 2, None, {"level": "error", "code": "NetConnection.Call.Failed"}))
    assert session.feed(server.until_publish() + error) == [HandshakeDone()]


def test_acknowledgements_pings_and_the_end_are_heard(server: Server) -> None:
    session = PublisherSession(ADDRESS)
    session.feed(server.until_publish() + server.status("status", "NetStream.Publish.Start"))
    session.outgoing()
    told = server.says(messages.control(messages.ACKNOWLEDGEMENT, 5000), 2)
    told += server.says(messages.user_control(messages.PING_REQUEST, 77), 2)
    told += server.status("status", "NetStream.Unpublish.Success")
    events: list[PublisherEvent] = [Acknowledged(5000), Stopped("NetStream.Unpublish.Success")]
    assert session.feed(told) == events
    assert said(session) == [messages.user_control(messages.PING_RESPONSE, 77)]


def test_a_stream_without_a_number_is_refused(server: Server) -> None:
    told = HELLO + server.says(messages.command("_result", 1, {}, {}))
    with pytest.raises(CommandError):
        PublisherSession(ADDRESS).feed(told + server.says(messages.command("_result", 4, None, None)))


@given(st.binary(max_size=400))
def test_garbage_raises_nothing_but_rtmp_errors(garbage: bytes) -> None:
    session = PublisherSession(ADDRESS)
    with contextlib.suppress(RtmpError):
        session.feed(Server().until_publish() + garbage)
