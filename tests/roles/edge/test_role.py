"""The edge as the process that the supervisor starts."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import WireError, call_blocking

HANG_GUARD_S = 60.0
START = (
    "import sys; from silkcast.kernel.settings import load; from silkcast.roles.edge import main; "
    "main(load(), sys.argv[1:])"
)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        made.listen()
        yield made


@contextmanager
def edge(settings: Settings, listening: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    handle = listening.fileno()
    process = subprocess.Popen(
        [sys.executable, "-c", START, "--listen-fd", str(handle)],
        env={**os.environ, "SILKCAST_DATA": str(settings.data)},
        pass_fds=[handle],
        stderr=subprocess.PIPE,
    )
    try:
        give_up_s = time.monotonic() + HANG_GUARD_S
        while not healthy(settings) and time.monotonic() < give_up_s:
            assert process.poll() is None, process.communicate()[1].decode()
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.communicate()


def healthy(settings: Settings) -> bool:
    try:
        return bool(call_blocking(settings.socket("edge"), "health")["ok"])
    except WireError:
        return False


def url(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}/healthz"


def test_it_serves_the_socket_it_was_handed_and_stops_cleanly(settings: Settings, listening: socket.socket) -> None:
    with edge(settings, listening) as process:
        assert httpx.get(url(listening), trust_env=False).json() == {"ok": True}
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=HANG_GUARD_S)
        assert process.returncode == 0
        assert b'"event": "role.stopped"' in errors


def test_nobody_is_refused_while_a_killed_edge_is_replaced(settings: Settings, listening: socket.socket) -> None:
    with edge(settings, listening) as process:
        process.kill()
        process.wait()
        with socket.create_connection(listening.getsockname()) as early:
            early.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
            with edge(settings, listening):
                early.settimeout(HANG_GUARD_S)
                assert early.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")
