"""Makes the two camera clips once and reads them back as FLV tags; from then on a camera only copies bytes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from PIL import Image, ImageDraw

from silkcast.demo import pictures
from silkcast.media.lettering.faces import installed
from silkcast.media.lettering.line import shaped
from silkcast.media.rtmp import FlvTag

WIDTH, HEIGHT, FPS = 1280, 720, 30
SECONDS = 9
RATE = 48_000
FRAME_SAMPLES = 1024
KINDS = ("presenter", "product")
# A soft major chord that comes and goes: heard to be live, and never taken for speech.
CHORD_HZ = (220.0, 277.2, 329.6)


def ensure_clips(folder: Path) -> dict[str, Path]:
    """The clip of each kind of camera, made now if it is not there; about ten seconds of work each."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {kind: folder / f"{kind}.flv" for kind in KINDS}
    for kind, path in paths.items():
        if not path.exists():
            draft = path.with_suffix(".draft.flv")
            _write(draft, kind)
            draft.replace(path)
    return paths


def _write(path: Path, kind: str) -> None:
    frames = _presenter() if kind == "presenter" else _product()
    with av.open(str(path), "w", format="flv") as container:
        video = container.add_stream("libx264", rate=FPS)
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.bit_rate = 2_500_000
        video.options = {"preset": "superfast", "tune": "zerolatency", "g": str(FPS), "sc_threshold": "0"}
        audio = container.add_stream("aac", rate=RATE, layout="stereo")
        assert isinstance(audio, AudioStream)
        audio.bit_rate = 96_000
        sound = _tone() if kind == "presenter" else np.zeros((2, SECONDS * RATE), np.float32)
        _mux(container, video, audio, frames, sound)


def _mux(
    container: OutputContainer, video: VideoStream, audio: AudioStream, frames: Iterator[Image.Image], sound: np.ndarray
) -> None:
    heard = 0
    for number, picture in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        container.mux(video.encode(frame))
        while heard + FRAME_SAMPLES <= min((number + 1) * RATE // FPS, sound.shape[1]):
            block = av.AudioFrame.from_ndarray(sound[:, heard : heard + FRAME_SAMPLES].copy(), "fltp", "stereo")
            block.sample_rate, block.pts, block.time_base = RATE, heard, Fraction(1, RATE)
            container.mux(audio.encode(block))
            heard += FRAME_SAMPLES
    container.mux(video.encode(None))
    container.mux(audio.encode(None))


def _tone() -> np.ndarray:
    """Two channels of the chord, swelling once a second, whole periods long so that the loop has no click."""
    at = np.arange(SECONDS * RATE, dtype=np.float64) / RATE
    chord = sum(np.sin(2 * math.pi * round(hz * SECONDS) / SECONDS * at) for hz in CHORD_HZ)
    swell = 0.5 - 0.5 * np.cos(2 * math.pi * at)
    mono = (0.05 * swell * chord).astype(np.float32)
    return np.stack([mono, mono])


def _presenter() -> Iterator[Image.Image]:
    still = pictures.presenter_card(WIDTH, HEIGHT)
    for number in range(SECONDS * FPS):
        picture = still.copy()
        draw = ImageDraw.Draw(picture)
        turn = 2 * math.pi * number / FPS
        # Eyes that blink, a mouth that follows the tone, and a bar that shows the second passing.
        closed = number % (3 * FPS) < 4
        for x in (WIDTH // 2 - 38, WIDTH // 2 + 38):
            draw.ellipse([x - 9, 270 if closed else 263, x + 9, 274 if closed else 281], fill=(40, 30, 30))
        gape = 4 + round(10 * (0.5 - 0.5 * math.cos(turn)))
        draw.ellipse([WIDTH // 2 - 26, 328 - gape, WIDTH // 2 + 26, 328 + gape], fill=(140, 50, 50))
        draw.rectangle([0, HEIGHT - 8, WIDTH * (number % FPS) // FPS, HEIGHT], fill=(220, 180, 90))
        yield picture


def _product() -> Iterator[Image.Image]:
    names = list(pictures.PRODUCTS)
    shown = [pictures.product(name).resize((600, 600), Image.Resampling.LANCZOS) for name in names]
    words = shaped("SIMULATED  模拟", installed(), 28)
    per_product = SECONDS * FPS // len(names)
    for number in range(SECONDS * FPS):
        index, step = min(number // per_product, len(names) - 1), number % per_product
        # Turning is told by the width alone: wide, narrow, wide.
        width = max(24, round(600 * abs(math.cos(math.pi * step / per_product))))
        picture = Image.new("RGB", (WIDTH, HEIGHT), pictures.PAPER)
        picture.paste(shown[index].resize((width, 600), Image.Resampling.BILINEAR), ((WIDTH - width) // 2, 60))
        words.draw(picture, 40, 44, (120, 110, 100))
        yield picture


def read_tags(path: Path) -> list[FlvTag]:
    """Every tag of an FLV file (Adobe FLV 10.1, annex E), in file order."""
    raw = path.read_bytes()
    kinds = {8: "audio", 9: "video", 18: "script"}
    at = int.from_bytes(raw[5:9], "big") + 4
    tags: list[FlvTag] = []
    while at + 11 <= len(raw):
        size = int.from_bytes(raw[at + 1 : at + 4], "big")
        timestamp_ms = int.from_bytes(raw[at + 4 : at + 7], "big") | raw[at + 7] << 24
        kind = kinds.get(raw[at])
        if kind is not None:
            tags.append(FlvTag(kind, timestamp_ms, raw[at + 11 : at + 11 + size]))  # type: ignore[arg-type]
        at += 11 + size + 4
    return tags
