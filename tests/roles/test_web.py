"""The web role as a process: it serves a WSGI application on its Unix socket, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import WireError, call_blocking
from silkcast.roles.web import Watched

HANG_GUARD_S = 60.0
START = (
    "import sys; from silkcast.kernel.settings import load; from silkcast.roles.web import main; "
    "main(load(), sys.argv[1:])"
)
APPLICATION = """
import os
def application(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode(), b" ", environ["PATH_INFO"].encode(), b" ", str(len(body)).encode()]
"""


@pytest.fixture
def settings() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:
        (Path(folder) / "small_app.py").write_text(APPLICATION)
        made = Settings(data=Path(folder))
        made.prepare()
        yield made


@contextmanager
def web(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", START, "small_app:application"],
        env={**os.environ, "SILKCAST_DATA": str(settings.data), "PYTHONPATH": str(settings.data)},
        stderr=subprocess.PIPE,
    )
    try:
        eventually(lambda: health(settings) is not None and get(settings) is not None)
        yield process
    finally:
        process.kill()
        process.communicate()


def health(settings: Settings) -> dict[str, Any] | None:
    try:
        answer: dict[str, Any] = call_blocking(settings.socket("web"), "health")
    except WireError:
        return None
    return answer


def get(settings: Settings, body: bytes = b"") -> list[str] | None:
    transport = httpx.HTTPTransport(uds=str(settings.socket("web-http")))
    with httpx.Client(transport=transport, trust_env=False) as client:
        try:
            return client.post("http://web/a/page", content=body).text.split()
        except httpx.TransportError:
            return None


def eventually(claim: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + HANG_GUARD_S
    while not claim():
        assert time.monotonic() < give_up_s
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_pages_are_served_by_a_worker_that_says_it_is_well(settings: Settings) -> None:
    with web(settings) as process:
        answer = get(settings, b"x" * 100_000)
        well = health(settings)
        assert answer is not None
        assert well is not None
        assert answer[1:] == ["/a/page", "100000"]
        assert well["ok"] is True
        assert int(answer[0]) == well["detail"]["pid"] != process.pid


def test_a_stop_is_clean(settings: Settings) -> None:
    with web(settings) as process:
        answer = get(settings)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=HANG_GUARD_S)
        assert process.returncode == 0
        assert answer is not None
        assert not is_running(int(answer[0]))


def test_no_worker_survives_a_killed_parent_and_the_next_start_finds_its_place(settings: Settings) -> None:
    with web(settings) as process:
        answer = get(settings)
        assert answer is not None
        process.kill()
        process.wait()
        eventually(lambda: not is_running(int(answer[0])))
        with web(settings):
            assert get(settings) != answer


def test_a_killed_worker_takes_its_parent_with_it(settings: Settings) -> None:
    with web(settings) as process:
        answer = get(settings)
        assert answer is not None
        os.kill(int(answer[0]), signal.SIGKILL)
        process.communicate(timeout=HANG_GUARD_S)
        assert process.returncode == 1


def test_a_request_under_way_is_counted_and_a_failed_one_no_longer() -> None:
    ages: list[int] = []

    def application(environ: dict[str, Any], _: Any) -> list[bytes]:
        ages.append(len(watched.ages_s()))
        raise RuntimeError

    watched = Watched(application)
    with pytest.raises(RuntimeError):
        watched({}, lambda *_: None)
    assert ages == [1]
    assert watched.ages_s() == []
