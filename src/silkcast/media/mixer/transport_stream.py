"""MPEG transport stream (ISO 13818-1) for HLS: one H.264 and one AAC stream, packet by packet as they are coded.

Written here rather than by libavformat because a segment must end exactly before a keyframe: libavformat's
interleaving holds packets back at the cut, and its HLS muxer takes its dates from the wall clock.
"""

from __future__ import annotations

from typing import Final

import numpy as np

PACKET_BYTES: Final = 188
CLOCK_HZ: Final = 90_000
_SYNC: Final = 0x47
_HEAD: Final = 4
_BODY: Final = PACKET_BYTES - _HEAD
_PMT_PID, _VIDEO_PID, _AUDIO_PID = 0x1000, 0x100, 0x101
_H264, _AAC_ADTS = 0x1B, 0x0F
_VIDEO_STREAM, _AUDIO_STREAM = 0xE0, 0xC0
_CLOCK_MODULUS: Final = 1 << 33
_LEAD: Final = CLOCK_HZ // 10  # a picture arrives this long before it is due
_START_CODE: Final = b"\0\0\0\1"
_ACCESS_UNIT_DELIMITER: Final = _START_CODE + b"\x09\xf0"
_NAL_LENGTH_BYTES: Final = 4


class TransportStream:
    """Times are 90 kHz clocks of any size; they wrap here."""

    def __init__(self) -> None:
        self._counters = {0: 0, _PMT_PID: 0, _VIDEO_PID: 0, _AUDIO_PID: 0}

    def tables(self) -> bytes:
        """PAT and PMT, with which every segment begins."""
        association = _section(0x00, 1, (1).to_bytes(2) + (0xE000 | _PMT_PID).to_bytes(2))
        streams = b"".join(
            bytes([kind]) + (0xE000 | pid).to_bytes(2) + b"\xf0\0"
            for kind, pid in ((_H264, _VIDEO_PID), (_AAC_ADTS, _AUDIO_PID))
        )
        programme = _section(0x02, 1, (0xE000 | _VIDEO_PID).to_bytes(2) + b"\xf0\0" + streams)
        return self._table(0, association) + self._table(_PMT_PID, programme)

    def picture(self, annexb: bytes, clock: int, *, is_keyframe: bool) -> bytes:
        head = _pes_head(_VIDEO_STREAM, clock, 0)  # 0: a picture may be longer than 64 KiB
        return self._packets(_VIDEO_PID, head + annexb, pcr=clock - _LEAD, is_keyframe=is_keyframe)

    def sound(self, adts: bytes, clock: int) -> bytes:
        return self._packets(_AUDIO_PID, _pes_head(_AUDIO_STREAM, clock, len(adts)) + adts)

    def _table(self, pid: int, section: bytes) -> bytes:
        body = (b"\0" + section).ljust(_BODY, b"\xff")
        return self._head(pid, starts=True, flags=0x10) + body

    def _packets(self, pid: int, pes: bytes, *, pcr: int | None = None, is_keyframe: bool = False) -> bytes:
        adaptation = b"" if pcr is None else bytes([0x50 if is_keyframe else 0x10]) + _pcr(pcr)
        room = _BODY - (len(adaptation) + 1 if adaptation else 0)
        if len(pes) <= room:
            return self._padded(pid, pes, adaptation, starts=True)
        flags = 0x30 if adaptation else 0x10
        field = bytes([len(adaptation)]) + adaptation if adaptation else b""
        first = self._head(pid, starts=True, flags=flags) + field + pes[:room]
        whole = (len(pes) - room) // _BODY
        middle = self._whole_packets(pid, pes[room : room + whole * _BODY], whole)
        rest = pes[room + whole * _BODY :]
        return first + middle + (self._padded(pid, rest, b"", starts=False) if rest else b"")

    def _whole_packets(self, pid: int, body: bytes, count: int) -> bytes:
        """Packets without an adaptation field, all at once: they are nearly all of a stream."""
        packets = np.empty((count, PACKET_BYTES), np.uint8)
        packets[:, 0], packets[:, 1], packets[:, 2] = _SYNC, pid >> 8, pid & 0xFF
        packets[:, 3] = 0x10 | (self._counters[pid] + np.arange(count)) % 16
        packets[:, _HEAD:] = np.frombuffer(body, np.uint8).reshape(count, _BODY)
        self._counters[pid] = (self._counters[pid] + count) % 16
        return packets.tobytes()

    def _padded(self, pid: int, body: bytes, adaptation: bytes, *, starts: bool) -> bytes:
        """One packet filled up by its adaptation field, as a PES packet's last must be."""
        free = _BODY - len(body)
        if free == 0:
            return self._head(pid, starts=starts, flags=0x10) + body
        # A field of one byte is its own length, zero; longer ones carry flags.
        field = bytes([free - 1]) + ((adaptation or b"\0").ljust(free - 1, b"\xff") if free > 1 else b"")
        return self._head(pid, starts=starts, flags=0x30) + field + body

    def _head(self, pid: int, *, starts: bool, flags: int) -> bytes:
        counter = self._counters[pid]
        self._counters[pid] = (counter + 1) % 16
        return bytes([_SYNC, (0x40 if starts else 0) | pid >> 8, pid & 0xFF, flags | counter])


def annexb_of(payload: bytes, header: bytes, *, is_keyframe: bool) -> bytes:
    """Length-prefixed NAL units as a byte stream; before a keyframe come the parameter sets of the avcC header."""
    parts = [_ACCESS_UNIT_DELIMITER]
    if is_keyframe:
        parts += [_START_CODE + unit for unit in parameter_sets(header)]
    at = 0
    while at < len(payload):
        length = int.from_bytes(payload[at : at + _NAL_LENGTH_BYTES])
        at += _NAL_LENGTH_BYTES
        parts += [_START_CODE, payload[at : at + length]]
        at += length
    return b"".join(parts)


def parameter_sets(header: bytes) -> list[bytes]:
    """The SPS and PPS of an AVCDecoderConfigurationRecord."""
    units, at = [], 5
    for mask in (0x1F, 0xFF):
        count, at = header[at] & mask, at + 1
        for _ in range(count):
            length = int.from_bytes(header[at : at + 2])
            units.append(header[at + 2 : at + 2 + length])
            at += 2 + length
    return units


def adts_of(payload: bytes, header: bytes) -> bytes:
    """A raw AAC frame behind the seven bytes that say what its AudioSpecificConfig says."""
    profile, frequency = (header[0] >> 3) - 1, (header[0] & 7) << 1 | header[1] >> 7
    channels, length = header[1] >> 3 & 0x0F, len(payload) + 7
    head = 0xFFF1 << 40 | profile << 38 | frequency << 34 | channels << 30 | length << 13 | 0x7FF << 2
    return head.to_bytes(7) + payload


def _pes_head(stream: int, clock: int, payload_bytes: int) -> bytes:
    clock %= _CLOCK_MODULUS
    stamp = 0x21 << 32 | (clock >> 30 & 7) << 33 | (clock >> 15 & 0x7FFF) << 17 | 1 << 16 | (clock & 0x7FFF) << 1 | 1
    length = payload_bytes + 8 if payload_bytes else 0
    return b"\0\0\1" + bytes([stream]) + length.to_bytes(2) + b"\x80\x80\x05" + stamp.to_bytes(5)


def _pcr(clock: int) -> bytes:
    return ((clock % _CLOCK_MODULUS) << 15 | 0x3F << 9).to_bytes(6)


def _section(table: int, identity: int, body: bytes) -> bytes:
    length = len(body) + 9  # the five octets after the length, the body and the CRC
    section = bytes([table]) + (0xB000 | length).to_bytes(2) + identity.to_bytes(2) + b"\xc1\0\0" + body
    return section + _crc32(section).to_bytes(4)


def _crc32(octets: bytes) -> int:
    """CRC-32/MPEG-2, which is not the one in zlib: neither reflected nor inverted."""
    register = 0xFFFFFFFF
    for octet in octets:
        register ^= octet << 24
        for _ in range(8):
            register = (register << 1 ^ (0x04C11DB7 if register & 0x80000000 else 0)) & 0xFFFFFFFF
    return register
