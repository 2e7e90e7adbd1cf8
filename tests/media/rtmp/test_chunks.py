"""The chunk layer: exact bytes for every header form, whatever the cuts on the way, and bounds on everything."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkcast.media.rtmp.chunk_reader import CHUNK_STREAMS_MAX, ChunkReader, ReaderState
from silkcast.media.rtmp.chunk_writer import ChunkWriter
from silkcast.media.rtmp.errors import ChunkError, RtmpError, TooLarge
from silkcast.media.rtmp.messages import Message, control


def written(*messages: Message, chunk_stream: int = 4, chunk_bytes: int = 128) -> bytes:
    writer = ChunkWriter()
    writer.chunk_bytes = chunk_bytes
    return b"".join(part for message in messages for part in writer.write(message, chunk_stream))


def read(received: bytes, reader: ChunkReader | None = None) -> list[Message]:
    reader = reader or ChunkReader()
    reader.push(received)
    return list(iter(reader.next, None))


def audio(timestamp_ms: int, body: bytes = b"abc") -> Message:
    return Message(8, 1, timestamp_ms, body)


FULL = "04 000014 000003 08 01000000 616263"
TOLD: list[tuple[str, list[Message], str]] = [
    ("a first message says everything", [audio(20)], FULL),
    ("another length leaves out the stream", [audio(20), audio(43, b"x")], FULL + "44 000017 000001 08 78"),
    ("the same length leaves that out too", [audio(20), audio(43)], FULL + "84 000017 616263"),
    ("the same step says nothing", [audio(20), audio(43), audio(66)], FULL + "84 000017 616263 c4 616263"),
    ("a step back starts afresh", [audio(20), audio(19)], FULL + "04 000013 000003 08 01000000 616263"),
    ("a time past 24 bits is extended", [audio(0x1000000)], "04 ffffff 000003 08 01000000 01000000 616263"),
    ("the first time that needs it", [audio(0xFFFFFF)], "04 ffffff 000003 08 01000000 00ffffff 616263"),
    ("the last time that does not", [audio(0xFFFFFE)], "04 fffffe 000003 08 01000000 616263"),
    ("an empty message", [audio(0, b"")], "04 000000 000000 08 01000000"),
]


@pytest.mark.parametrize(("messages", "told"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_headers_have_exactly_these_bytes(messages: list[Message], told: str) -> None:
    assert written(*messages) == bytes.fromhex(told)
    assert read(bytes.fromhex(told)) == messages


def test_a_long_message_is_cut_and_its_extended_time_repeated() -> None:
    payload = bytes(range(256)) + b"\x01\x02"
    message, again = audio(0x1000000, payload), bytes.fromhex("c4 01000000")
    told = bytes.fromhex("04 ffffff 000102 08 01000000 01000000") + payload[:128] + again + payload[128:256] + again
    told += payload[256:]
    assert written(message) == told
    assert read(told) == [message]


def test_extended_times_left_out_of_continuations_are_understood() -> None:
    payload = bytes(range(256)) + b"\x01\x02"
    told = bytes.fromhex("04 ffffff 000102 08 01000000 01000000") + payload[:128]
    told += b"\xc4" + payload[128:256] + b"\xc4" + payload[256:]
    assert read(told) == [audio(0x1000000, payload)]


@pytest.mark.parametrize("chunk_bytes", [0, 1, 127, 1 << 25])
def test_crumbs_and_lumps_are_no_chunk_size(chunk_bytes: int) -> None:
    with pytest.raises(ChunkError):
        read(written(control(1, chunk_bytes), chunk_stream=2))


def test_a_bare_header_after_a_full_one_repeats_its_time_as_the_step() -> None:
    assert read(bytes.fromhex(FULL + "c4 616263")) == [audio(20), audio(40)]


def test_a_step_past_24_bits_is_extended_and_repeated_by_bare_headers() -> None:
    told = FULL + "84 ffffff 01000000 616263" + "c4 01000000 616263"
    assert [message.timestamp_ms for message in read(bytes.fromhex(told))] == [20, 0x1000014, 0x2000014]


def test_times_wrap_at_32_bits() -> None:
    told = "04 ffffff 000003 08 01000000 fffffffe 616263" + "84 000005 616263"
    assert [message.timestamp_ms for message in read(bytes.fromhex(told))] == [0xFFFFFFFE, 3]


@pytest.mark.parametrize(("basic", "number"), [("03", 3), ("3f", 63), ("00 00", 64), ("00 ff", 319), ("01 00 01", 320)])
def test_chunk_stream_ids_of_one_two_and_three_bytes(basic: str, number: int) -> None:
    reader = ChunkReader()
    first = bytes.fromhex(basic + "000000 000003 08 01000000 616263")
    second = bytes((0xC0 | first[0],)) + bytes.fromhex(basic)[1:] + b"abc"
    assert read(first + second, reader) == [audio(0), audio(0)]
    assert list(reader.export().streams) == [number]


def test_messages_of_two_chunk_streams_may_interleave() -> None:
    told = bytes.fromhex("04 000000 000082 08 01000000") + bytes(128)
    told += bytes.fromhex("06 000005 000001 09 01000000 56") + b"\xc4\x01\x02"
    assert read(told) == [Message(9, 1, 5, b"V"), audio(0, bytes(128) + b"\x01\x02")]


def test_a_first_header_without_a_stream_id_is_understood() -> None:
    assert read(bytes.fromhex("42 000000 000003 08 616263")) == [Message(8, 0, 0, b"abc")]


def test_an_aborted_message_is_forgotten() -> None:
    begun = bytes.fromhex("04 000000 000082 08 01000000") + bytes(128)
    abort = written(control(2, 4), chunk_stream=2)
    assert read(begun + abort + bytes.fromhex(FULL)) == [audio(20)]


@pytest.mark.parametrize(
    "told",
    [
        "84 000000 616263",  # nothing before to take the length from
        "c4 616263",
        written(control(1, 0), chunk_stream=2).hex(),  # chunks of no bytes
        written(control(1, 1 << 31), chunk_stream=2).hex(),
        "02 000000 000001 01 00000000 00",  # a control message cut short
        "04 000000 000082 08 01000000" + "00" * 128 + FULL,  # a message begun within another
    ],
)
def test_a_chunk_stream_that_contradicts_itself_is_refused(told: str) -> None:
    with pytest.raises(ChunkError):
        read(bytes.fromhex(told))


def test_a_message_past_the_bound_is_refused_by_its_header() -> None:
    told = bytes.fromhex("04 000000 000401 09 01000000")
    assert read(bytes.fromhex("04 000000 000400 09 01000000"), ChunkReader(message_bytes_max=1024)) == []
    with pytest.raises(TooLarge):
        read(told, ChunkReader(message_bytes_max=1024))


def test_chunk_streams_are_bounded() -> None:
    one = bytes.fromhex("000000 000003 08 01000000 616263")
    told = b"".join(bytes((number,)) + one for number in range(2, 64))
    told += b"".join(bytes((0, number)) + one for number in range(CHUNK_STREAMS_MAX - 62))
    reader = ChunkReader()
    assert len(read(told, reader)) == CHUNK_STREAMS_MAX
    with pytest.raises(TooLarge):
        read(bytes((0, 200)) + one, reader)


def test_half_received_messages_are_bounded_together() -> None:
    reader = ChunkReader(message_bytes_max=8 * 1024 * 1024)
    part = written(control(1, 6 * 1024 * 1024), chunk_stream=2)
    header = bytes.fromhex("000000 700000 09 01000000")  # 7 MiB, of which 6 are sent
    read(part + b"\x04" + header + bytes(6 * 1024 * 1024) + b"\x05" + header + bytes(6 * 1024 * 1024), reader)
    with pytest.raises(TooLarge):
        read(b"\x06" + header + bytes(6 * 1024 * 1024), reader)


MESSAGES = st.lists(
    st.tuples(
        st.builds(
            Message,
            st.sampled_from([8, 9, 18]),
            st.integers(0, 3),
            st.one_of(st.integers(0, 5000), st.integers(0xFFFFF0, 0x1000010), st.integers(0, 0xFFFFFFFF)),
            st.binary(max_size=700),
        ),
        st.sampled_from([3, 4, 6, 63]),
    ),
    max_size=12,
)


@given(MESSAGES, st.integers(128, 400), st.lists(st.integers(1, 400), max_size=40))
def test_whatever_is_written_reads_back_however_it_arrives(
    sent: list[tuple[Message, int]], chunk_bytes: int, cuts: list[int]
) -> None:
    writer = ChunkWriter()
    stream = b"".join(writer.write(control(1, chunk_bytes), 2))
    writer.chunk_bytes = chunk_bytes
    stream += b"".join(part for message, number in sent for part in writer.write(message, number))
    reader, received, at = ChunkReader(), list[Message](), 0
    for cut in [*cuts, len(stream)]:
        received += read(stream[at : at + cut], reader)
        at += cut
        # Half-way, the reader may move to another process.
        reader = ChunkReader.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(reader.export()), type=ReaderState))
    assert received == [message for message, _ in sent]


@given(st.binary(max_size=400))
def test_garbage_raises_nothing_but_rtmp_errors(garbage: bytes) -> None:
    with contextlib.suppress(RtmpError):
        read(garbage)
