"""The server's side of one encoder: the exact conversation, however it is cut, moved between processes, or garbled."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkcast.media.rtmp import amf0, handshake, messages
from silkcast.media.rtmp.amf0 import AmfValue
from silkcast.media.rtmp.chunk_reader import ChunkReader
from silkcast.media.rtmp.chunk_writer import ChunkWriter
from silkcast.media.rtmp.errors import ChunkError, CommandError, HandshakeError, RtmpError, StateError, TooLarge
from silkcast.media.rtmp.messages import Message
from silkcast.media.rtmp.publish_session import (
    ACK_EVERY_BYTES,
    BYTES_MAX_BEFORE_PUBLISH,
    MESSAGES_MAX_BEFORE_PUBLISH,
    UNREAD_BYTES_MAX,
    Connected,
    Ended,
    Media,
    PublishRequested,
    PublishSession,
    SessionEvent,
)
from silkcast.media.rtmp.tags import FlvTag

HELLO = handshake.hello() + bytes(handshake.PART_BYTES)
KEYFRAME = b"\x17\x01\x00\x00\x00 picture"


class Encoder:
    """Writes what an encoder sends."""

    def __init__(self) -> None:
        self._writer = ChunkWriter()

    def command(self, name: str, transaction: int, *arguments: AmfValue, stream_id: int = 0) -> bytes:
        return self.message(messages.command(name, transaction, *arguments, stream_id=stream_id), 3)

    def message(self, message: Message, chunk_stream: int = 4) -> bytes:
        return b"".join(self._writer.write(message, chunk_stream))

    def until_publish(self) -> bytes:
        """What OBS and FFmpeg send, before they wait for the answer to "publish"."""
        return (
            HELLO
            + self.command("connect", 1, {"app": "live", "type": "nonprivate", "tcUrl": "rtmp://base/live"})
            + self.message(messages.control(messages.WINDOW_ACK_SIZE, 2_500_000), 2)
            + self.command("releaseStream", 2, None, "key")
            + self.command("FCPublish", 3, None, "key")
            + self.command("createStream", 4, None)
            + self.command("_checkbw", 5, None)
            + self.command("publish", 6, None, "key", "live", stream_id=1)
        )


class Ears:
    """Reads what a session sends, from its first byte on."""

    def __init__(self, session: PublishSession) -> None:
        self._session = session
        self._reader = ChunkReader()
        self._handshake_left = 1 + 2 * handshake.PART_BYTES

    def listen_to(self, session: PublishSession) -> None:
        self._session = session

    def messages(self) -> list[Message]:
        outgoing = self._session.outgoing()
        self._reader.push(outgoing[self._handshake_left :])
        self._handshake_left = max(0, self._handshake_left - len(outgoing))
        return list(iter(self._reader.next, None))

    def commands(self) -> list[list[AmfValue]]:
        return [amf0.decode(message.body) for message in self.messages() if message.type_id == messages.COMMAND_AMF0]

    def statuses(self) -> list[tuple[AmfValue, AmfValue]]:
        told = [words[3] for words in self.commands() if words[0] == "onStatus"]
        return [(status["level"], status["code"]) for status in told if isinstance(status, dict)]


@pytest.fixture
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture
def session() -> PublishSession:
    return PublishSession()


@pytest.fixture
def ears(session: PublishSession) -> Ears:
    return Ears(session)


@pytest.fixture
def publishing(session: PublishSession, encoder: Encoder, ears: Ears) -> PublishSession:
    session.feed(encoder.until_publish())
    session.accept()
    ears.messages()
    return session


def test_the_handshake_echoes_what_the_encoder_sent(session: PublishSession) -> None:
    part = bytes(range(256)) * 6
    assert session.feed(b"\x03" + part) == []
    answer = session.outgoing()
    assert (len(answer), answer[0], answer[1 + handshake.PART_BYTES :]) == (1 + 2 * 1536, 3, part)


def test_an_encoder_that_may_publish_hears_so_and_its_media_comes_through(
    encoder: Encoder, session: PublishSession, ears: Ears
) -> None:
    assert session.feed(encoder.until_publish()) == [Connected("live"), PublishRequested("key")]
    assert [words[:2] for words in ears.commands()] == [["_result", float(number)] for number in (1, 2, 3, 4)]
    session.accept()
    assert ears.statuses() == [("status", "NetStream.Publish.Start")]
    picture = encoder.message(Message(messages.VIDEO, 1, 40, KEYFRAME))
    assert session.feed(picture) == [Media(FlvTag("video", 40, KEYFRAME))]
    assert session.feed(encoder.command("FCUnpublish", 7, None, "key")) == [Ended("FCUnpublish")]
    goodbye = {"code": "NetStream.Unpublish.Success", "description": "Unpublished"}
    assert ears.commands() == [
        ["onFCUnpublish", 0.0, None, goodbye],
        ["_result", 7.0, None, None],
        ["onStatus", 0.0, None, {"level": "status", **goodbye}],
    ]


def test_blanks_around_a_pasted_key_are_none_of_it(encoder: Encoder, session: PublishSession) -> None:
    connect = encoder.command("connect", 1, {"app": "live"})
    asked = encoder.command("publish", 2, None, " key\r\n", "live", stream_id=1)
    assert session.feed(HELLO + connect + asked) == [Connected("live"), PublishRequested("key")]


def test_a_question_without_a_number_gets_no_answer(encoder: Encoder, session: PublishSession, ears: Ears) -> None:
    """GStreamer asks so, and warns of answers that it cannot place."""
    session.feed(encoder.until_publish())
    session.accept()
    ears.commands()
    session.feed(encoder.command("releaseStream", 0, None, "key") + encoder.command("FCUnpublish", 0, None, "key"))
    assert [words[0] for words in ears.commands()] == ["onFCUnpublish", "onStatus"]


def test_a_refused_encoder_is_told_why_and_nothing_more_is_read(
    encoder: Encoder, session: PublishSession, ears: Ears
) -> None:
    session.feed(encoder.until_publish())
    session.refuse("NetStream.Publish.BadName", "Unknown stream key")
    assert ears.statuses() == [("error", "NetStream.Publish.BadName")]
    assert session.feed(encoder.message(Message(messages.VIDEO, 1, 0, KEYFRAME))) == []


def test_the_key_and_the_app_come_without_their_queries(encoder: Encoder) -> None:
    told = HELLO + encoder.command("connect", 1, {"app": "live/?token=1"})
    told += encoder.command("publish", 2, None, "key?user=1", "live")
    assert PublishSession().feed(told) == [Connected("live"), PublishRequested("key")]


def test_metadata_loses_its_wrapper_and_keeps_its_bytes(encoder: Encoder, publishing: PublishSession) -> None:
    body = amf0.encode("onMetaData", amf0.EcmaArray(width=1280.0))
    wrapped = amf0.encode("@setDataFrame") + body
    for sent in (
        Message(messages.DATA_AMF0, 1, 0, wrapped),
        Message(messages.DATA_AMF0, 1, 0, body),
        Message(messages.DATA_AMF3, 1, 0, b"\0" + wrapped),
    ):
        assert publishing.feed(encoder.message(sent, 5)) == [Media(FlvTag("script", 0, body))]


def test_an_aggregate_is_split_into_its_tags(encoder: Encoder, publishing: PublishSession) -> None:
    def inner(kind: int, at_ms: int, body: bytes) -> bytes:
        head = bytes((kind,)) + len(body).to_bytes(3, "big") + at_ms.to_bytes(3, "big") + bytes(4)
        return head + body + (11 + len(body)).to_bytes(4, "big")

    body = inner(9, 1000, KEYFRAME) + inner(8, 1010, b"\xaf\x01a")
    assert publishing.feed(encoder.message(Message(messages.AGGREGATE, 1, 500, body))) == [
        Media(FlvTag("video", 500, KEYFRAME)),
        Media(FlvTag("audio", 510, b"\xaf\x01a")),
    ]


def test_media_before_publish_and_empty_messages_are_dropped(encoder: Encoder) -> None:
    session = PublishSession()
    early = encoder.message(Message(messages.VIDEO, 1, 0, KEYFRAME))
    assert session.feed(HELLO + encoder.command("connect", 1, {"app": "live"}) + early) == [Connected("live")]
    session.feed(encoder.command("publish", 2, None, "key", "live"))
    session.accept()
    assert session.feed(encoder.message(Message(messages.VIDEO, 1, 0, b""))) == []


def test_nothing_is_read_between_the_wish_and_the_answer(encoder: Encoder) -> None:
    media = [Message(messages.VIDEO, 1, at_ms, KEYFRAME) for at_ms in (0, 33)]
    session = PublishSession()
    hasty = encoder.until_publish() + encoder.message(media[0])
    assert session.feed(hasty)[-1] == PublishRequested("key")
    assert session.feed(encoder.message(media[1])) == []
    session.accept()
    assert session.feed(b"") == [Media(FlvTag("video", 0, KEYFRAME)), Media(FlvTag("video", 33, KEYFRAME))]


def test_times_grow_past_32_bits(encoder: Encoder, publishing: PublishSession) -> None:
    times = (0xFFFFFFF0, 5, 38)
    events = [publishing.feed(encoder.message(Message(messages.VIDEO, 1, at_ms, KEYFRAME))) for at_ms in times]
    assert events == [
        [Media(FlvTag("video", at_ms, KEYFRAME))] for at_ms in (0xFFFFFFF0, (1 << 32) + 5, (1 << 32) + 38)
    ]


def test_a_ping_is_answered_with_its_own_number(encoder: Encoder, publishing: PublishSession, ears: Ears) -> None:
    publishing.feed(encoder.message(messages.user_control(messages.PING_REQUEST, 1234), 2))
    assert ears.messages() == [messages.user_control(messages.PING_RESPONSE, 1234)]


def test_received_bytes_are_acknowledged(encoder: Encoder, publishing: PublishSession, ears: Ears) -> None:
    publishing.feed(encoder.message(Message(messages.VIDEO, 1, 0, bytes(ACK_EVERY_BYTES))))
    (ack,) = ears.messages()
    assert ack.type_id == messages.ACKNOWLEDGEMENT
    assert messages.u32(ack) > ACK_EVERY_BYTES


def test_a_smaller_window_is_acknowledged_more_often(encoder: Encoder, publishing: PublishSession, ears: Ears) -> None:
    publishing.feed(encoder.message(messages.control(messages.WINDOW_ACK_SIZE, 2000), 2))
    ears.messages()
    publishing.feed(encoder.message(Message(messages.AUDIO, 1, 0, bytes(1000))))
    assert [message.type_id for message in ears.messages()] == [messages.ACKNOWLEDGEMENT]


def test_an_encoder_that_does_not_wait_for_the_answer_is_bounded(encoder: Encoder, session: PublishSession) -> None:
    session.feed(encoder.until_publish())
    session.feed(bytes(UNREAD_BYTES_MAX))
    with pytest.raises(TooLarge):
        session.feed(b"\0")


def _refusals() -> Iterator[tuple[str, Callable[[Encoder], bytes], type[RtmpError]]]:
    yield "HTTP", lambda _: b"GET / HTTP/1.1\r\n\r\n", HandshakeError
    yield "TLS", lambda _: bytes.fromhex("160301"), HandshakeError
    yield "publish before connect", lambda e: HELLO + e.command("publish", 1, None, "key"), CommandError
    yield "connect without app", lambda e: HELLO + e.command("connect", 1, {}), CommandError
    yield "connect twice", lambda e: HELLO + e.command("connect", 1, {"app": "a"}) * 2, CommandError
    connected: Callable[[Encoder], bytes] = lambda e: HELLO + e.command("connect", 1, {"app": "a"})  # noqa: E731
    yield "publish without a key", lambda e: connected(e) + e.command("publish", 2, None), CommandError
    yield "a command without a name", lambda e: HELLO + e.message(Message(20, 0, 0, b"\x05"), 3), CommandError
    yield "a flood", lambda e: HELLO + e.command("x", 1) * (MESSAGES_MAX_BEFORE_PUBLISH + 1), TooLarge
    data = Message(messages.DATA_AMF0, 0, 0, bytes(100))
    yield "a flood of data", lambda e: HELLO + e.message(data) * (MESSAGES_MAX_BEFORE_PUBLISH + 1), TooLarge
    crumbs = messages.control(messages.SET_CHUNK_SIZE, 1)
    yield "crumbs", lambda e: HELLO + e.message(crumbs, 2), ChunkError
    big = Message(messages.DATA_AMF0, 0, 0, bytes(60_000))
    yield "too much", lambda e: HELLO + e.message(big) * (BYTES_MAX_BEFORE_PUBLISH // 60_000 + 1), TooLarge
    yield "a giant before its key", lambda e: HELLO + e.message(Message(20, 0, 0, bytes(70_000)), 3), TooLarge


@pytest.mark.parametrize(("told", "error"), [row[1:] for row in _refusals()], ids=[row[0] for row in _refusals()])
def test_what_makes_no_sense_is_refused(
    encoder: Encoder, told: Callable[[Encoder], bytes], error: type[RtmpError]
) -> None:
    with pytest.raises(error):
        PublishSession().feed(told(encoder))


@pytest.mark.parametrize(
    ("type_id", "body"),
    [
        (messages.DATA_AMF0, amf0.encode(7.0)),
        (messages.DATA_AMF0, amf0.encode({"cue": "now"})),
        (messages.DATA_AMF0, b"\x11\x06\x07cue"),
        (messages.DATA_AMF3, b"\x06\x07cue"),
        (messages.COMMAND_AMF0, amf0.encode("cue", 0.0) + b"\x11\x0a\x0b\x01\x01"),
        (messages.COMMAND_AMF0, amf0.encode("cue", 0.0) + b"\x07\0\0"),
        (messages.COMMAND_AMF0, amf0.encode("cue", 0.0) + b"\x63"),
        (messages.COMMAND_AMF0, amf0.encode(7.0)),
        (messages.COMMAND_AMF3, b"\0" + amf0.encode("cue", 0.0) + b"\x11\x01"),
        (messages.COMMAND_AMF0, amf0.encode("connect", 1.0, {"app": "live"})),
        (messages.COMMAND_AMF0, amf0.encode("publish", 6.0, None, "other", "live")),
        (messages.COMMAND_AMF0, amf0.encode("play", 0.0, None, "key")),
    ],
)
def test_what_is_not_for_us_leaves_the_picture_running(
    encoder: Encoder, publishing: PublishSession, type_id: int, body: bytes
) -> None:
    assert publishing.feed(encoder.message(Message(type_id, 1, 0, body), 3)) == []
    picture = encoder.message(Message(messages.VIDEO, 1, 40, KEYFRAME))
    assert publishing.feed(picture) == [Media(FlvTag("video", 40, KEYFRAME))]


def test_a_goodbye_is_heard_whatever_comes_with_it(encoder: Encoder, publishing: PublishSession) -> None:
    body = amf0.encode("deleteStream", 0.0) + b"\x11\x01"
    assert publishing.feed(encoder.message(Message(messages.COMMAND_AMF0, 0, 0, body), 3)) == [Ended("deleteStream")]


def test_a_player_is_told_that_nothing_plays_here(encoder: Encoder, session: PublishSession, ears: Ears) -> None:
    session.feed(HELLO + encoder.command("connect", 1, {"app": "live"}))
    assert session.feed(encoder.command("play", 2, None, "key")) == [Ended("play")]
    assert ears.statuses() == [("error", "NetStream.Play.Failed")]


def conversation() -> tuple[bytes, list[SessionEvent]]:
    encoder = Encoder()
    told = encoder.until_publish()
    events: list[SessionEvent] = [Connected("live"), PublishRequested("key")]
    for number in range(4):
        body = KEYFRAME + bytes((number,)) * 300
        told += encoder.message(Message(messages.VIDEO, 1, number * 33, body), 6)
        told += encoder.message(Message(messages.AUDIO, 1, number * 33, b"\xaf\x01" + body[:20]))
        events.append(Media(FlvTag("video", number * 33, body)))
        events.append(Media(FlvTag("audio", number * 33, b"\xaf\x01" + body[:20])))
    told += encoder.command("deleteStream", 9, None, 1.0)
    return told, [*events, Ended("deleteStream")]


def heard(session: PublishSession, received: bytes) -> list[SessionEvent]:
    """Feed, and accept as soon as it is asked for."""
    events = session.feed(received)
    if events and isinstance(events[-1], PublishRequested):
        session.accept()
        events += session.feed(b"")
    return events


@pytest.mark.parametrize("step", [1, 7, 129, 1537])
def test_the_conversation_is_the_same_however_it_is_cut(step: int) -> None:
    told, expected = conversation()
    session = PublishSession()
    assert [event for at in range(0, len(told), step) for event in heard(session, told[at : at + step])] == expected


def test_the_session_may_move_between_any_two_bytes() -> None:
    told, expected = conversation()
    for cut in range(0, len(told), 41):
        here = PublishSession()
        events = heard(here, told[:cut])
        there = PublishSession.from_state(here.export_state())
        assert there.outgoing() == here.outgoing()
        assert events + heard(there, told[cut:]) == expected


def test_an_encoder_understands_the_process_that_took_over(
    encoder: Encoder, session: PublishSession, ears: Ears
) -> None:
    session.feed(encoder.until_publish())
    assert ears.commands()
    there = PublishSession.from_state(session.export_state())
    there.accept()
    ears.listen_to(there)
    assert ears.statuses() == [("status", "NetStream.Publish.Start")]


@given(st.binary(max_size=300))
def test_a_state_that_is_none_is_refused(blob: bytes) -> None:
    with pytest.raises(StateError):
        PublishSession.from_state(blob)


@given(st.binary(max_size=600), st.integers(0, 2000))
def test_garbage_at_any_point_raises_nothing_but_rtmp_errors(garbage: bytes, after: int) -> None:
    told, _ = conversation()
    session = PublishSession()
    with contextlib.suppress(RtmpError):
        heard(session, told[: len(told) - after])
        heard(session, garbage)
