"""The edge as the process that the supervisor starts."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from silkcast.kernel.addresses import bound
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
def edge(settings: Settings, *listening: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    handles = [each.fileno() for each in listening]
    process = subprocess.Popen(
        [sys.executable, "-c", START, "--listen-fd", *map(str, handles)],
        env={**os.environ, "SILKCAST_DATA": str(settings.data)},
        pass_fds=handles,
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


def test_it_serves_every_socket_that_it_was_handed(settings: Settings) -> None:
    with ExitStack() as held:
        listening = [held.enter_context(each) for host in ("127.0.0.1", "::1") for each in bound(host, 0)]
        for each in listening:
            each.listen()
        held.enter_context(edge(settings, *listening))
        assert [answer_at(*each.getsockname()[:2]) for each in listening] == [b"HTTP/1.1 200 OK"] * 2


def test_who_comes_from_this_machine_over_either_family_is_this_machine(settings: Settings) -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listening:
        port = listening.getsockname()[1]
        with edge(settings, listening):
            hosts = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
            assert [answer_at(host, port) for host in hosts] == [b"HTTP/1.1 200 OK"] * 3


def answer_at(host: str, port: int) -> bytes:
    """What is said first to who asks for figures that only this machine gets."""
    with socket.create_connection((host, port), timeout=HANG_GUARD_S) as line:
        line.sendall(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")
        return line.recv(4096).partition(b"\r\n")[0]


def test_nobody_is_refused_while_a_killed_edge_is_replaced(settings: Settings, listening: socket.socket) -> None:
    with edge(settings, listening) as process:
        process.kill()
        process.wait()
        with socket.create_connection(listening.getsockname()) as early:
            early.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
            with edge(settings, listening):
                early.settimeout(HANG_GUARD_S)
                assert early.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")
