"""The server's side of one encoder's connection, without any input or output of its own: bytes in, events out.

Reading stops at the encoder's wish to publish until it is accepted or refused, so that the session can be passed on to
another process with nothing read too much: `export_state` there, `from_state` here, and the byte stream goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import msgspec

from silkcast.media.rtmp import handshake, messages
from silkcast.media.rtmp.amf0 import AmfObject
from silkcast.media.rtmp.chunk_reader import MESSAGE_BYTES_MAX, ChunkReader, ReaderState
from silkcast.media.rtmp.chunk_writer import ChunkWriter
from silkcast.media.rtmp.errors import AmfError, CommandError, StateError, TooLarge
from silkcast.media.rtmp.messages import COMMAND_CHUNKS, CONTROL_CHUNKS, Command, Message
from silkcast.media.rtmp.tags import FlvTag

# Nobody who has not shown a key gets more memory than this, nor may talk for ever.
MESSAGE_BYTES_MAX_BEFORE_PUBLISH: Final = 64 * 1024
UNREAD_BYTES_MAX: Final = 1024 * 1024
# What somebody may say before a key is shown; an encoder needs about ten messages and two kilobytes.
MESSAGES_MAX_BEFORE_PUBLISH: Final = 64
BYTES_MAX_BEFORE_PUBLISH: Final = 256 * 1024

GOODBYES: Final = frozenset(("FCUnpublish", "closeStream", "deleteStream"))
OPENINGS: Final = frozenset(("connect", "publish", "play"))

STATE_VERSION: Final = 1
STREAM_ID: Final = 1
CHUNK_BYTES_OUT: Final = 4096
PEER_WINDOW_BYTES: Final = 2_500_000
# Publishers judge by our acknowledgements whether we live; three seconds of a show at most lie between two.
ACK_EVERY_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Connected:
    app: str


@dataclass(frozen=True, slots=True)
class PublishRequested:
    stream_key: str


@dataclass(frozen=True, slots=True)
class Media:
    tag: FlvTag


@dataclass(frozen=True, slots=True)
class Ended:
    """The encoder said that it is done; `reason` names the command that it used."""

    reason: str


SessionEvent = Connected | PublishRequested | Media | Ended


class _Phase(IntEnum):
    HANDSHAKE = 0
    HANDSHAKE_ECHO = 1
    COMMANDS = 2
    REQUESTED = 3
    PUBLISHING = 4
    ENDED = 5


class _State(msgspec.Struct):
    version: int
    phase: int
    app: str | None
    commands: int
    ack_every_bytes: int
    bytes_received: int
    bytes_acknowledged: int
    last_ms: int | None
    handshake: bytes
    outgoing: bytes
    reader: ReaderState


class PublishSession:
    def __init__(self) -> None:
        self._phase = _Phase.HANDSHAKE
        self._reader = ChunkReader(message_bytes_max=MESSAGE_BYTES_MAX_BEFORE_PUBLISH)
        self._writer = ChunkWriter()
        self._handshake = bytearray()
        self._outgoing: list[bytes | memoryview] = []
        self._app: str | None = None
        self._said = 0  # messages before it publishes
        self._ack_every_bytes = ACK_EVERY_BYTES
        self._bytes_received = 0
        self._bytes_acknowledged = 0
        self._last_ms: int | None = None

    def feed(self, received: bytes) -> list[SessionEvent]:
        """Events in order. After `accept`, or `from_state`, feed(b"") yields what had already come in."""
        events: list[SessionEvent] = []
        self._bytes_received += len(received)
        if self._phase <= _Phase.HANDSHAKE_ECHO:
            received = self._shake_hands(received)
        if _Phase.COMMANDS <= self._phase < _Phase.ENDED:
            self._reader.push(received)
            self._read(events)
        if self._bytes_received - self._bytes_acknowledged >= self._ack_every_bytes:
            self._bytes_acknowledged = self._bytes_received
            self._send(messages.control(messages.ACKNOWLEDGEMENT, self._bytes_received), CONTROL_CHUNKS)
        return events

    def outgoing(self) -> bytes:
        """Bytes to send now; each is handed out once."""
        parts, self._outgoing = self._outgoing, []
        return b"".join(parts)

    def accept(self) -> None:
        """Let the encoder publish; no effect when it already does."""
        if self._phase is _Phase.PUBLISHING:
            return
        assert self._phase is _Phase.REQUESTED, self._phase
        self._phase = _Phase.PUBLISHING
        self._reader.message_bytes_max = MESSAGE_BYTES_MAX
        self._send(messages.user_control(messages.STREAM_BEGIN, STREAM_ID), CONTROL_CHUNKS)
        self._send_status("status", "NetStream.Publish.Start", "Publishing")

    def refuse(self, code: str, description: str) -> None:
        """Say no, for example with "NetStream.Publish.BadName"; then send what is outgoing and close."""
        self._phase = _Phase.ENDED
        self._send_status("error", code, description)

    def export_state(self) -> bytes:
        """A copy to go on from elsewhere, what is outgoing included; only one of the two may be used further."""
        state = _State(
            version=STATE_VERSION,
            phase=self._phase,
            app=self._app,
            commands=self._said,
            ack_every_bytes=self._ack_every_bytes,
            bytes_received=self._bytes_received,
            bytes_acknowledged=self._bytes_acknowledged,
            last_ms=self._last_ms,
            handshake=bytes(self._handshake),
            outgoing=b"".join(self._outgoing),
            reader=self._reader.export(),
        )
        return msgspec.msgpack.encode(state)

    @classmethod
    def from_state(cls, blob: bytes) -> PublishSession:
        try:
            state = msgspec.msgpack.decode(blob, type=_State)
            session = cls()
            session._phase = _Phase(state.phase)
            session._reader = ChunkReader.restore(state.reader)
        except (msgspec.MsgspecError, ValueError, KeyError) as error:
            raise StateError(reason=str(error)[:200]) from error
        if state.version != STATE_VERSION:
            raise StateError(version=state.version)
        session._handshake = bytearray(state.handshake)
        session._outgoing = [state.outgoing] if state.outgoing else []
        session._app, session._said = state.app, state.commands
        session._ack_every_bytes = state.ack_every_bytes
        session._bytes_received, session._bytes_acknowledged = state.bytes_received, state.bytes_acknowledged
        session._last_ms = state.last_ms
        if session._phase >= _Phase.COMMANDS:
            # The new writer has no memory of headers; full ones are always understood, in the agreed chunk size.
            session._writer.chunk_bytes = CHUNK_BYTES_OUT if state.app is not None else session._writer.chunk_bytes
        return session

    def _shake_hands(self, received: bytes) -> bytes:
        """Consume handshake bytes; returns what came after them."""
        self._handshake += received
        if self._phase is _Phase.HANDSHAKE:
            answer = handshake.server_answer(self._handshake)
            if answer is None:
                return b""
            self._outgoing.append(answer)
            self._phase = _Phase.HANDSHAKE_ECHO
        if len(self._handshake) < handshake.PART_BYTES:
            return b""
        rest = bytes(self._handshake[handshake.PART_BYTES :])
        self._handshake.clear()
        self._phase = _Phase.COMMANDS
        return rest

    def _read(self, events: list[SessionEvent]) -> None:
        if self._phase is _Phase.REQUESTED and self._reader.unread_bytes > UNREAD_BYTES_MAX:
            raise TooLarge(unread_bytes=self._reader.unread_bytes, most=UNREAD_BYTES_MAX)
        while self._phase in (_Phase.COMMANDS, _Phase.PUBLISHING):
            message = self._reader.next()
            if self._phase is _Phase.COMMANDS:
                self._require_brief(is_message=message is not None)
            if message is None:
                return
            self._take(message, events)

    def _require_brief(self, *, is_message: bool) -> None:
        self._said += is_message
        if self._said > MESSAGES_MAX_BEFORE_PUBLISH:
            raise TooLarge(messages=self._said, most=MESSAGES_MAX_BEFORE_PUBLISH)
        read_bytes = self._bytes_received - self._reader.unread_bytes
        if read_bytes > BYTES_MAX_BEFORE_PUBLISH:
            raise TooLarge(bytes=read_bytes, most=BYTES_MAX_BEFORE_PUBLISH)

    def _take(self, message: Message, events: list[SessionEvent]) -> None:
        kind = message.type_id
        if kind in (messages.VIDEO, messages.AUDIO, messages.DATA_AMF0, messages.DATA_AMF3, messages.AGGREGATE):
            # Media before "publish" is dropped: nobody has vouched for it yet.
            if self._phase is _Phase.PUBLISHING:
                events += [Media(tag) for tag in messages.read_tags(self._on_one_line(message))]
        elif kind in (messages.COMMAND_AMF0, messages.COMMAND_AMF3):
            command = self._read_command(message)
            if command is not None:
                self._obey(command, events)
        elif kind == messages.USER_CONTROL:
            answer = messages.ping_answer(message)
            if answer is not None:
                self._send(answer, CONTROL_CHUNKS)
        elif kind == messages.WINDOW_ACK_SIZE:
            # Half the window, so that a sender who waits for acknowledgements is never stopped by ours being late.
            self._ack_every_bytes = max(1, min(ACK_EVERY_BYTES, messages.u32(message) // 2))

    def _read_command(self, message: Message) -> Command | None:
        """None for one that is of no use to a stream that runs: a picture must not end by it."""
        if self._phase is not _Phase.PUBLISHING:
            return messages.read_command(message)
        try:
            command = messages.read_command(message)
        except (AmfError, CommandError):
            return None
        return None if command.name in OPENINGS else command

    def _on_one_line(self, message: Message) -> Message:
        """Undo the wrap of 32-bit milliseconds after 49.7 days, so that times only ever grow."""
        if self._last_ms is None:
            self._last_ms = message.timestamp_ms
            return message
        step_ms = (message.timestamp_ms - self._last_ms + (1 << 31)) % (1 << 32) - (1 << 31)
        self._last_ms += step_ms
        return message._replace(timestamp_ms=self._last_ms) if self._last_ms != message.timestamp_ms else message

    def _obey(self, command: Command, events: list[SessionEvent]) -> None:
        name = command.name
        if name == "connect":
            self._connect(command, events)
        elif name == "createStream":
            self._reply(command, float(STREAM_ID))
        elif name in ("releaseStream", "FCPublish"):
            self._reply(command, None)
        elif name == "publish":
            self._request_publish(command, events)
        elif name in GOODBYES:
            if self._phase is _Phase.PUBLISHING:
                self._phase = _Phase.ENDED
                self._say_goodbye(command)
                events.append(Ended(name))
        elif name == "play":
            self._phase = _Phase.ENDED
            self._send_status("error", "NetStream.Play.Failed", "This port only takes streams")
            events.append(Ended(name))
        # Others (_checkbw, getStreamLength, onBWDone's answer) ask for nothing that an encoder waits for.

    def _connect(self, command: Command, events: list[SessionEvent]) -> None:
        if self._app is not None:
            raise CommandError(command="connect", reason="twice")
        app = command.members(0).get("app")
        if not isinstance(app, str):
            raise CommandError(command="connect", missing="app")
        self._app = app.partition("?")[0].strip("/")
        self._send(messages.control(messages.WINDOW_ACK_SIZE, PEER_WINDOW_BYTES), CONTROL_CHUNKS)
        self._send(messages.control(messages.SET_PEER_BANDWIDTH, PEER_WINDOW_BYTES, b"\x02"), CONTROL_CHUNKS)
        self._send(messages.control(messages.SET_CHUNK_SIZE, CHUNK_BYTES_OUT), CONTROL_CHUNKS)
        self._writer.chunk_bytes = CHUNK_BYTES_OUT
        properties: AmfObject = {"fmsVer": "FMS/3,0,1,123", "capabilities": 31.0}
        told: AmfObject = {
            "level": "status",
            "code": "NetConnection.Connect.Success",
            "description": "Connected",
            "objectEncoding": 0.0,
        }
        self._send(messages.command("_result", command.transaction, properties, told), COMMAND_CHUNKS)
        events.append(Connected(self._app))

    def _request_publish(self, command: Command, events: list[SessionEvent]) -> None:
        if self._app is None or self._phase is not _Phase.COMMANDS:
            raise CommandError(command="publish", reason="not now")
        stream_key = command.text(1).partition("?")[0].strip()  # some encoders keep the line's end of what was pasted
        self._phase = _Phase.REQUESTED
        events.append(PublishRequested(stream_key))

    def _say_goodbye(self, command: Command) -> None:
        if command.name == "FCUnpublish":
            told: AmfObject = {"code": "NetStream.Unpublish.Success", "description": "Unpublished"}
            self._send(messages.command("onFCUnpublish", 0, None, told), COMMAND_CHUNKS)
            self._reply(command, None)
        self._send_status("status", "NetStream.Unpublish.Success", "Unpublished")

    def _reply(self, command: Command, value: float | None) -> None:
        if not command.transaction:
            return  # nobody waits for it, and some call an answer without a question an error
        self._send(messages.command("_result", command.transaction, None, value), COMMAND_CHUNKS)

    def _send_status(self, level: str, code: str, description: str) -> None:
        self._send(messages.status(level, code, description, stream_id=STREAM_ID), COMMAND_CHUNKS)

    def _send(self, message: Message, chunk_stream: int) -> None:
        self._outgoing += self._writer.write(message, chunk_stream)
