"""Whatever sound a camera sends is heard, or said to be none; its pictures go on either way."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from silkcast.demo.clips import read_tags
from silkcast.media.mixer.camera_sound import SoundDecoder
from silkcast.media.mixer.decode import CameraDecoder
from silkcast.media.mixer.feed import CameraFeed
from silkcast.media.mixer.sound import RATE_HZ, Samples
from silkcast.media.rtmp import FlvTag

CameraTags = Callable[..., list[FlvTag]]
TONE_HZ = 400


def wave(rate_hz: int, seconds: float = 1.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * TONE_HZ * np.arange(round(rate_hz * seconds)) / rate_hz)


def tags_of(path: Path, codec: str, rate_hz: int, layout: str, options: dict[str, str] | None = None) -> list[FlvTag]:
    """A second of a tone, as libav writes it into FLV."""
    with av.open(str(path), "w", format="flv") as container:
        stream: Any = container.add_stream(codec, rate=rate_hz, layout=layout, options=options or {})
        size = stream.codec_context.open(strict=False) or stream.codec_context.frame_size or 1024
        kind = stream.codec_context.format.name
        channels = stream.codec_context.layout.nb_channels
        full = {"s16": 2**15 - 1, "s16p": 2**15 - 1, "s32p": 2**31 - 1}.get(kind, 1)
        tone = np.tile(wave(rate_hz), (channels, 1)) * full
        for at in range(0, tone.shape[1] - size + 1, size):
            block = tone[:, at : at + size].astype({1: np.float32, 2**15 - 1: np.int16}.get(full, np.int32))
            data = block if kind.endswith("p") else block.T.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data), format=kind, layout=layout)
            frame.sample_rate, frame.pts = rate_hz, at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return [tag for tag in read_tags(path) if tag.kind == "audio"]


def heard(decoder: SoundDecoder, tags: list[FlvTag]) -> Samples:
    return np.concatenate(
        [np.zeros((2, 0), np.float32), *(block for tag in tags for block in decoder.take(tag))], axis=1
    )


def is_the_tone(samples: Samples) -> bool:
    """A tenth of a second in the middle has the tone's crossings and about its loudness, on both sides."""
    middle = samples.shape[1] // 2
    part = samples[:, middle : middle + RATE_HZ // 10]
    crossings = (np.diff(np.signbit(part)) != 0).sum(axis=1)
    return bool((abs(crossings - 2 * TONE_HZ // 10) <= 2).all() and (np.abs(part).max(axis=1) > 0.2).all())


@pytest.mark.parametrize(
    ("codec", "rate_hz", "layout"),
    [
        ("pcm_alaw", 8000, "mono"),
        ("pcm_mulaw", 8000, "mono"),
        ("libmp3lame", 44_100, "stereo"),
        ("libmp3lame", 22_050, "mono"),
        ("adpcm_swf", 44_100, "stereo"),
        ("adpcm_swf", 11_025, "mono"),
        ("nellymoser", 16_000, "mono"),
        ("nellymoser", 8000, "mono"),
        ("nellymoser", 44_100, "mono"),
        ("pcm_s16le", 44_100, "stereo"),
        ("aac", 8000, "mono"),
        ("aac", 22_050, "stereo"),
        ("aac", 48_000, "5.1"),
        ("aac", 96_000, "stereo"),
        ("libopus", 48_000, "stereo"),
        ("flac", 48_000, "stereo"),
        ("ac3", 48_000, "5.1"),
        ("eac3", 48_000, "stereo"),
    ],
)
def test_each_kind_of_sound_is_heard(codec: str, rate_hz: int, layout: str, tmp_path: Path) -> None:
    decoder = SoundDecoder()
    samples = heard(decoder, tags_of(tmp_path / "camera.flv", codec, rate_hz, layout))
    assert (decoder.trouble, decoder.wrong) == ("", 0)
    assert samples.shape[1] == pytest.approx(RATE_HZ, rel=0.3)
    assert is_the_tone(samples)


@pytest.mark.parametrize(("codec", "rate_hz"), [("aac", 48_000), ("aac", 44_100), ("pcm_s16le", 44_100)])
def test_one_channel_is_as_loud_as_two(codec: str, rate_hz: int, tmp_path: Path) -> None:
    one, two = (
        heard(SoundDecoder(), tags_of(tmp_path / f"{layout}.flv", codec, rate_hz, layout))[:, 9_600:33_600]
        for layout in ("mono", "stereo")
    )
    assert (one[0] == one[1]).all()
    for samples in (one, two):
        assert np.sqrt((samples**2).mean(axis=1)) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)


@pytest.mark.real_server
@pytest.mark.parametrize(
    ("codec", "arguments"),
    [
        ("libspeex", ["-ar", "16000", "-ac", "1"]),
        ("libmp3lame", ["-ar", "11025", "-ac", "1"]),
        ("pcm_u8", ["-ar", "11025"]),
    ],
)
def test_what_ffmpeg_writes_is_heard(codec: str, arguments: list[str], tmp_path: Path) -> None:
    path = tmp_path / "camera.flv"
    tone = f"sine=frequency={TONE_HZ}:duration=1,volume=4"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", tone, "-c:a", codec, *arguments, path], check=True)
    assert is_the_tone(heard(SoundDecoder(), [tag for tag in read_tags(path) if tag.kind == "audio"]))


def test_mp3_of_8_khz_is_heard() -> None:
    encoder: Any = av.CodecContext.create("libmp3lame", "w")
    encoder.sample_rate, encoder.format, encoder.layout = 8000, "s16p", "mono"
    encoder.open()
    tone, tags = (wave(8000) * 32_767).astype(np.int16)[None], []
    for at in range(0, 8000 - encoder.frame_size, encoder.frame_size):
        block = np.ascontiguousarray(tone[:, at : at + encoder.frame_size])
        frame = av.AudioFrame.from_ndarray(block, format="s16p", layout="mono")
        frame.sample_rate, frame.pts = 8000, at
        tags += [FlvTag("audio", at // 8, b"\xe2" + bytes(packet)) for packet in encoder.encode(frame)]
    assert is_the_tone(heard(SoundDecoder(), tags))


def test_unsigned_octets_are_heard() -> None:
    octets = (wave(22_050) * 127 + 128).astype(np.uint8).tobytes()
    tags = [FlvTag("audio", at // 22, bytes((0x38,)) + octets[at : at + 441]) for at in range(0, len(octets), 441)]
    assert is_the_tone(heard(SoundDecoder(), tags))


def test_sound_that_changes_its_kind_in_mid_stream_is_heard_on_and_may_come_back_without_its_header(
    tmp_path: Path,
) -> None:
    decoder = SoundDecoder()
    aac = tags_of(tmp_path / "aac.flv", "aac", 44_100, "stereo")
    law = tags_of(tmp_path / "law.flv", "pcm_mulaw", 8000, "mono")
    assert [is_the_tone(heard(decoder, tags)) for tags in (aac, law, aac[1:])] == [True, True, True]
    assert decoder.trouble == ""


def test_a_header_of_sound_that_makes_no_sense_costs_the_sound_alone_until_a_good_one_comes(
    camera_tags: CameraTags,
) -> None:
    feed = CameraFeed()
    decoder = CameraDecoder(feed, lambda: 0.0)
    tags = camera_tags(30)
    for tag in tags:
        decoder.take(FlvTag("audio", 0, b"\xaf\x00\xff\xff") if tag.kind == "audio" and tag.is_sequence_header else tag)
    assert (decoder.pictures, decoder.sound_trouble) == (30, "camera.sound_undecodable")
    assert feed.listen(100.0, 1600) is None
    for tag in tags:
        decoder.take(tag)
    assert (decoder.pictures, decoder.sound_trouble) == (60, "")


@pytest.mark.parametrize("first", [0x9F, 0xCF, 0xDF, 0xEF, 0xFF, 0x95])
def test_sound_of_no_known_kind_is_said_and_costs_no_picture(first: int, camera_tags: CameraTags) -> None:
    decoder = CameraDecoder(CameraFeed(), lambda: 0.0)
    for tag in camera_tags(10):
        decoder.take(FlvTag("audio", tag.timestamp_ms, bytes((first,)) + tag.body) if tag.kind == "audio" else tag)
    assert decoder.pictures == 10
    assert decoder.sound_trouble in ("camera.sound_unsupported", "camera.sound_undecodable")


def test_nothing_but_garbage_for_sound_costs_no_picture(camera_tags: CameraTags) -> None:
    decoder = CameraDecoder(CameraFeed(), lambda: 0.0)
    for tag in camera_tags(90):
        is_coded = tag.kind == "audio" and not tag.is_sequence_header
        decoder.take(FlvTag("audio", tag.timestamp_ms, b"\xaf\x01" + b"\xff" * 300) if is_coded else tag)
    assert (decoder.pictures, decoder.sound_trouble) == (90, "camera.sound_undecodable")


def test_one_damaged_packet_is_no_trouble(tmp_path: Path) -> None:
    decoder = SoundDecoder()
    tags = tags_of(tmp_path / "camera.flv", "aac", 44_100, "stereo")
    tags[20] = FlvTag("audio", tags[20].timestamp_ms, b"\xaf\x01" + b"\xff" * 300)
    assert is_the_tone(heard(decoder, tags))
    assert (decoder.wrong, decoder.trouble) == (1, "")


def test_sound_whose_upper_half_is_coded_apart_is_heard_at_its_full_rate(tmp_path: Path) -> None:
    """HE-AAC by its header: 24 kHz at the core, 48 kHz in all."""
    coded = [tag for tag in tags_of(tmp_path / "camera.flv", "aac", 24_000, "stereo") if not tag.is_sequence_header]
    header = int(f"{5:05b}{6:04b}{2:04b}{3:04b}{2:05b}".ljust(24, "0"), 2).to_bytes(3)
    assert is_the_tone(heard(SoundDecoder(), [FlvTag("audio", 0, b"\xaf\x00" + header), *coded]))


@pytest.mark.parametrize("channels", [0, 8, 9, 10, 15])
def test_channels_that_no_device_has_cost_the_sound_at_most(channels: int, tmp_path: Path) -> None:
    decoder = SoundDecoder()
    coded = [tag for tag in tags_of(tmp_path / "camera.flv", "aac", 44_100, "stereo") if not tag.is_sequence_header]
    heard(decoder, [FlvTag("audio", 0, b"\xaf\x00" + aac_header(44_100, channels)), *coded])
    assert decoder.trouble in ("", "camera.sound_unsupported", "camera.sound_undecodable")


def aac_header(rate_hz: int, channels: int) -> bytes:
    """AAC-LC with its rate written out (ISO/IEC 14496-3 1.6.2.1)."""
    bits = f"{2:05b}{15:04b}{rate_hz:024b}{channels:04b}000"
    return int(bits.ljust(40, "0"), 2).to_bytes(5)


@pytest.mark.parametrize("rate_hz", [0, 1, 100, 3999, 192_001, 16_777_215])
def test_a_rate_that_no_device_has_is_refused_before_it_costs_memory(rate_hz: int, tmp_path: Path) -> None:
    decoder = SoundDecoder()
    coded = [tag for tag in tags_of(tmp_path / "camera.flv", "aac", 44_100, "stereo") if not tag.is_sequence_header]
    samples = heard(decoder, [FlvTag("audio", 0, b"\xaf\x00" + aac_header(rate_hz, 2)), *coded])
    assert samples.shape[1] == 0
    assert decoder.trouble in ("camera.sound_unsupported", "camera.sound_undecodable")


def test_a_packet_of_hours_is_refused() -> None:
    decoder = SoundDecoder()
    assert heard(decoder, [FlvTag("audio", 0, b"\x72" + b"\x55" * 4_000_000)]).shape[1] == 0
    assert decoder.trouble == "camera.sound_unsupported"
