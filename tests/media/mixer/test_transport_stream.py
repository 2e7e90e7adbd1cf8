from __future__ import annotations

import io

import av
import pytest

from silkcast.media.mixer.transport_stream import PACKET_BYTES, TransportStream, adts_of, annexb_of, parameter_sets

AVC_C = bytes([1, 100, 0, 31, 0xFF, 0xE1, 0, 3]) + b"SPS" + bytes([1, 0, 2]) + b"PP"


def packets(stream: bytes) -> list[bytes]:
    assert len(stream) % PACKET_BYTES == 0
    return [stream[at : at + PACKET_BYTES] for at in range(0, len(stream), PACKET_BYTES)]


def pid(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def body(packet: bytes) -> bytes:
    return packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]


@pytest.mark.parametrize("size", [*range(1, 400), 10_000, 70_000])
def test_a_payload_of_any_size_arrives_whole(size: int) -> None:
    payload = bytes(number % 251 for number in range(size))
    for stream, extra in (
        (TransportStream().picture(payload, 90_000, is_keyframe=True), 14),
        (TransportStream().sound(payload[:60_000], 90_000), 14),
    ):
        taken = packets(stream)
        assert all(packet[0] == 0x47 for packet in taken)
        assert [packet[1] >> 6 & 1 for packet in taken] == [1] + [0] * (len(taken) - 1)
        assert b"".join(map(body, taken))[extra:] == payload[: len(b"".join(map(body, taken))) - extra]
        assert [packet[3] & 0x0F for packet in taken] == [number % 16 for number in range(len(taken))]


def test_continuity_counters_run_on_through_segments() -> None:
    stream = TransportStream()
    written = b"".join(stream.tables() + stream.picture(b"x" * 1000, 0, is_keyframe=True) for _ in range(9))
    for wanted in (0, 0x1000, 0x100):
        counters = [packet[3] & 0x0F for packet in packets(written) if pid(packet) == wanted]
        assert counters == [number % 16 for number in range(len(counters))]


def test_libavformat_reads_times_and_sound_back() -> None:
    stream = TransportStream()
    asc = bytes([0x11, 0x90])
    frames = [bytes([0x21, 0x10, number]) * 20 for number in range(8)]
    written = stream.tables()
    for number, frame in enumerate(frames):
        written += stream.picture(b"\0\0\0\1\x09\xf0" + bytes(500), number * 3000, is_keyframe=number == 0)
        written += stream.sound(adts_of(frame, asc), number * 1920)
    with av.open(io.BytesIO(written), "r", format="mpegts") as container:
        sound = container.streams.audio[0]
        assert (sound.codec_context.name, sound.codec_context.sample_rate, sound.codec_context.channels) == (
            "aac",
            48_000,
            2,
        )
        read = [(packet.pts, bytes(packet)[7:]) for packet in container.demux(sound) if packet.size]
    assert read == [(number * 1920, frame) for number, frame in enumerate(frames)]


def test_times_wrap_at_33_bits() -> None:
    before, after = (
        TransportStream().picture(b"x", clock, is_keyframe=False) for clock in (12_345, 12_345 + (1 << 33))
    )
    assert before == after


def test_the_tables_have_the_checksums_that_decoders_demand() -> None:
    for packet in packets(TransportStream().tables()):
        length = int.from_bytes(packet[6:8]) & 0x0FFF
        register = 0xFFFFFFFF
        for octet in packet[5 : 8 + length]:
            for bit in range(7, -1, -1):
                carry = (register >> 31) ^ (octet >> bit & 1)
                register = (register << 1 & 0xFFFFFFFF) ^ (0x04C11DB7 if carry else 0)
        assert register == 0


def test_units_become_a_byte_stream_with_parameter_sets_before_a_keyframe() -> None:
    payload = (2).to_bytes(4) + b"ab" + (3).to_bytes(4) + b"cde"
    start = b"\0\0\0\1"
    assert parameter_sets(AVC_C) == [b"SPS", b"PP"]
    assert annexb_of(payload, AVC_C, is_keyframe=False) == start + b"\x09\xf0" + start + b"ab" + start + b"cde"
    assert annexb_of(payload, AVC_C, is_keyframe=True) == (
        start + b"\x09\xf0" + start + b"SPS" + start + b"PP" + start + b"ab" + start + b"cde"
    )


def test_an_adts_head_says_what_the_header_says() -> None:
    framed = adts_of(b"z" * 300, bytes([0x11, 0x90]))
    assert framed[:7].hex() == "fff14c80267ffc"
    assert framed[7:] == b"z" * 300
