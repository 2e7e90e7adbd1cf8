"""Encoders and platforms that are not ours: FFmpeg pushes the cameras, nginx-rtmp receives the programme."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest

from silkcast.media.mixer import counter
from tests.ports import free_port

FFMPEG = shutil.which("ffmpeg")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
RTMP_MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")

needs_encoders = pytest.mark.skipif(
    FFMPEG is None or NGINX is None or not RTMP_MODULE.exists(),
    reason="FFmpeg, or nginx with its RTMP module, is not installed",
)


@contextmanager
def camera(url: str, pattern: str, pitch_hz: int) -> Iterator[None]:
    """An encoder at work until the end of the block."""
    assert FFMPEG is not None
    picture = ["-re", "-f", "lavfi", "-i", f"{pattern}=size=640x360:rate=30"]
    sound = ["-re", "-f", "lavfi", "-i", f"sine=frequency={pitch_hz}:sample_rate=48000"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "60", "-bf", "0", "-c:a", "aac"]
    command = [FFMPEG, "-hide_banner", "-loglevel", "error", *picture, *sound, *coding, "-f", "flv", url]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as encoder:
        try:
            yield
            assert encoder.poll() is None, f"the encoder ended by itself with {encoder.returncode}"
        finally:
            encoder.kill()


class Platform:
    """One RTMP server; each of its runs records what it receives into a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._runs: list[Path] = []
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"rtmp://127.0.0.1:{self._port}/live"

    def start(self) -> None:
        assert NGINX is not None
        run = self._folder / f"run-{len(self._runs)}"
        run.mkdir(parents=True)
        self._runs.append(run)
        user = "user root;" if os.getuid() == 0 else ""
        (self._folder / "nginx.conf").write_text(f"""
            load_module {RTMP_MODULE}; daemon off; master_process off; pid {self._folder}/nginx.pid; {user}
            events {{}}
            rtmp {{ server {{ listen 127.0.0.1:{self._port};
                application live {{ live on; record all; record_path {run}; }} }} }}
        """)
        command = [NGINX, "-p", str(self._folder), "-c", "nginx.conf", "-e", "stderr"]
        self._server = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def recordings(self) -> list[list[int]]:
        """Stop, and read the frame counters that each run's recording shows, in the order of the recording."""
        assert self._server is not None
        self._server.terminate()
        self._server.wait()
        return [counters(only(run)) for run in self._runs]


def only(run: Path) -> Path:
    (file,) = run.glob("*.flv")
    return file


def counters(recording: Path) -> list[int]:
    """What the mixer burned into each picture; a picture in which none can be read fails the test."""
    found: list[int] = []
    with av.open(str(recording)) as container:
        for frame in container.decode(video=0):
            luma = frame.to_ndarray(format="gray")
            value = counter.read(cast("np.ndarray[tuple[int, int], np.dtype[np.uint8]]", luma))
            assert value is not None, f"no counter in picture {len(found)} of {recording}"
            found.append(value)
    return found
