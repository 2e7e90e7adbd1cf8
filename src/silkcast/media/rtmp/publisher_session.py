"""The client's side of one connection to a destination, without any input or output of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from silkcast.media.rtmp import handshake, messages
from silkcast.media.rtmp.address import Address
from silkcast.media.rtmp.amf0 import AmfObject, AmfValue
from silkcast.media.rtmp.chunk_reader import ChunkReader
from silkcast.media.rtmp.chunk_writer import ChunkWriter
from silkcast.media.rtmp.destination import Reason
from silkcast.media.rtmp.errors import CommandError
from silkcast.media.rtmp.messages import COMMAND_CHUNKS, CONTROL_CHUNKS, KIND_CHUNKS, Command, Message
from silkcast.media.rtmp.tags import FlvTag

MESSAGE_BYTES_MAX: Final = 256 * 1024  # a server only sends commands to a publisher
CHUNK_BYTES_OUT: Final = 60_000  # most pictures travel in one chunk; FFmpeg's value, which every platform takes
ACK_WINDOW_BYTES: Final = 64 * 1024  # asks the server to acknowledge often: about six times a second at 3 Mbit/s
ACK_EVERY_BYTES: Final = 64 * 1024

_CONNECT, _RELEASE, _FC_PUBLISH, _CREATE, _PUBLISH, _FC_UNPUBLISH, _DELETE = range(1, 8)


@dataclass(frozen=True, slots=True)
class HandshakeDone:
    pass


@dataclass(frozen=True, slots=True)
class PublishStarted:
    pass


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Reason
    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The server's own count of bytes that it has read, modulo 2**32."""

    bytes_total: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """The server ended a stream that had been running."""

    code: str


PublisherEvent = HandshakeDone | PublishStarted | Refused | Acknowledged | Stopped


class _Phase(IntEnum):
    HANDSHAKE = 0
    CONNECTING = 1
    CREATING = 2
    REQUESTING = 3
    PUBLISHING = 4
    ENDED = 5


class PublisherSession:
    """Greets, connects and asks to publish by itself as answers come in; tags may be sent after `PublishStarted`."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._phase = _Phase.HANDSHAKE
        self._reader = ChunkReader(message_bytes_max=MESSAGE_BYTES_MAX)
        self._writer = ChunkWriter()
        self._handshake = bytearray()
        self._outgoing: list[bytes | memoryview] = [handshake.hello()]
        self._stream_id = 0
        self._bytes_received = 0
        self._bytes_acknowledged = 0

    @property
    def is_publishing(self) -> bool:
        return self._phase is _Phase.PUBLISHING

    def feed(self, received: bytes) -> list[PublisherEvent]:
        events: list[PublisherEvent] = []
        self._bytes_received += len(received)
        if self._phase is _Phase.HANDSHAKE:
            received = self._shake_hands(received, events)
        if _Phase.CONNECTING <= self._phase < _Phase.ENDED:
            self._reader.push(received)
            while self._phase is not _Phase.ENDED and (message := self._reader.next()) is not None:
                self._take(message, events)
        if self._phase is not _Phase.HANDSHAKE and self._bytes_received - self._bytes_acknowledged >= ACK_EVERY_BYTES:
            self._bytes_acknowledged = self._bytes_received
            self._send(messages.control(messages.ACKNOWLEDGEMENT, self._bytes_received), CONTROL_CHUNKS)
        return events

    def outgoing(self) -> bytes:
        """Bytes to send now; each is handed out once."""
        parts, self._outgoing = self._outgoing, []
        return b"".join(parts)

    def send(self, tag: FlvTag, timestamp_ms: int) -> None:
        """Queue the tag under a time of the caller's choice."""
        assert self._phase is _Phase.PUBLISHING, self._phase
        self._send(messages.tag_message(tag, timestamp_ms, self._stream_id), KIND_CHUNKS[tag.kind])

    def end(self) -> None:
        """Take leave, so that the platform knows at once that this is no break; no effect before the handshake."""
        if self._phase in (_Phase.HANDSHAKE, _Phase.ENDED):
            return
        if self._stream_id:
            self._command("FCUnpublish", _FC_UNPUBLISH, self._address.stream_key)
            self._command("deleteStream", _DELETE, float(self._stream_id))
        self._phase = _Phase.ENDED

    def _shake_hands(self, received: bytes, events: list[PublisherEvent]) -> bytes:
        self._handshake += received
        answer = handshake.client_answer(self._handshake)
        if answer is None:
            return b""
        self._outgoing.append(answer)
        self._phase = _Phase.CONNECTING
        events.append(HandshakeDone())
        self._send(messages.control(messages.SET_CHUNK_SIZE, CHUNK_BYTES_OUT), CONTROL_CHUNKS)
        self._writer.chunk_bytes = CHUNK_BYTES_OUT
        asked: AmfObject = {
            "app": self._address.app,
            "type": "nonprivate",
            "flashVer": "FMLE/3.0 (compatible; Silkcast)",
            "tcUrl": self._address.app_url,
        }
        self._send(messages.command("connect", _CONNECT, asked), COMMAND_CHUNKS)
        return bytes(self._handshake)

    def _take(self, message: Message, events: list[PublisherEvent]) -> None:
        kind = message.type_id
        if kind in (messages.COMMAND_AMF0, messages.COMMAND_AMF3):
            self._hear(messages.read_command(message), events)
        elif kind == messages.ACKNOWLEDGEMENT:
            events.append(Acknowledged(messages.u32(message)))
        elif kind == messages.USER_CONTROL:
            answer = messages.ping_answer(message)
            if answer is not None:
                self._send(answer, CONTROL_CHUNKS)

    def _hear(self, command: Command, events: list[PublisherEvent]) -> None:
        if command.name == "_result" and command.transaction == _CONNECT and self._phase is _Phase.CONNECTING:
            self._create_stream()
        elif command.name == "_result" and command.transaction == _CREATE and self._phase is _Phase.CREATING:
            self._ask_to_publish(command)
        elif command.name == "_error" and command.transaction in (_CONNECT, _CREATE, _PUBLISH):
            self._end_refused(command.members(1), events)
        elif command.name == "onStatus":
            self._hear_status(command.members(1), events)
        elif command.name == "close" and self._phase < _Phase.PUBLISHING:
            self._end_refused({}, events)
        # Others (onBWDone, onFCPublish, answers to releaseStream, which many servers do not know) change nothing.

    def _create_stream(self) -> None:
        self._send(messages.control(messages.WINDOW_ACK_SIZE, ACK_WINDOW_BYTES), CONTROL_CHUNKS)
        self._command("releaseStream", _RELEASE, self._address.stream_key)
        self._command("FCPublish", _FC_PUBLISH, self._address.stream_key)
        self._command("createStream", _CREATE)
        self._phase = _Phase.CREATING

    def _ask_to_publish(self, command: Command) -> None:
        number = command.arguments[1] if len(command.arguments) > 1 else None
        if not isinstance(number, float) or not 0 < number < 1 << 32:
            raise CommandError(command="createStream", missing="stream id")
        self._stream_id = int(number)
        asked = messages.command("publish", _PUBLISH, None, self._address.stream_key, "live", stream_id=self._stream_id)
        self._send(asked, COMMAND_CHUNKS)
        self._phase = _Phase.REQUESTING

    def _hear_status(self, told: AmfObject, events: list[PublisherEvent]) -> None:
        code = _word(told, "code")
        if code == "NetStream.Publish.Start":
            if self._phase is _Phase.REQUESTING:
                self._phase = _Phase.PUBLISHING
                events.append(PublishStarted())
        elif _word(told, "level") == "error" and self._phase < _Phase.PUBLISHING:
            self._end_refused(told, events)
        elif _word(told, "level") == "error" or code in ("NetStream.Unpublish.Success", "NetConnection.Connect.Closed"):
            self._phase = _Phase.ENDED
            events.append(Stopped(code))

    def _end_refused(self, told: AmfObject, events: list[PublisherEvent]) -> None:
        code, description = _word(told, "code"), _word(told, "description")
        self._phase = _Phase.ENDED
        events.append(Refused(_classify(code, description), code, description))

    def _command(self, name: str, transaction: int, *arguments: AmfValue) -> None:
        self._send(messages.command(name, transaction, None, *arguments), COMMAND_CHUNKS)

    def _send(self, message: Message, chunk_stream: int) -> None:
        self._outgoing += self._writer.write(message, chunk_stream)


def _word(told: AmfObject, name: str) -> str:
    value = told.get(name)
    return value[:200] if isinstance(value, str) else ""


def _classify(code: str, description: str) -> Reason:
    # nginx-rtmp and others use BadName also for a name that is taken just now, which passes by itself.
    if "already" in description.lower():
        return Reason.BUSY
    if code in ("NetStream.Publish.BadName", "NetStream.Publish.Denied", "NetStream.Publish.Unauthorized"):
        return Reason.BAD_KEY
    if code in ("NetConnection.Connect.InvalidApp", "NetConnection.Connect.Rejected"):
        return Reason.BAD_APP
    return Reason.REFUSED
