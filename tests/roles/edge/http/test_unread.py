"""Who does not read its answers gets no more of them, and is let go."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

import pytest

from silkcast.kernel.settings import Settings
from silkcast.roles.edge.limits import EdgeLimits

pytestmark = pytest.mark.anyio
GET = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"


@pytest.mark.parametrize("asked", [GET, b"NONSENSE\r\n\r\n"], ids=["answer", "refusal"])
async def test_a_little_that_stays_unread_keeps_no_connection_for_ever(stage: Any, asked: bytes) -> None:
    """Less than makes us wait: the connection rests, or has been refused, with bytes that nobody takes."""
    async with stage(EdgeLimits(unread_s_max=0.5, idle_s_max=0.5, linger_s_max=0.5)) as edge:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", edge.port))
            await edge.shows("connections", 1)
            connection = next(iter(edge.edge.listener._all))
            connection._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            connection.write(b"x" * 100_000)
            client.sendall(asked)
            await edge.shows("connections", 0)


@pytest.mark.parametrize("length", [200_000, 4_000_000], ids=["in one piece", "in parts"])
async def test_who_does_not_read_gets_no_further_answers_and_is_let_go(
    stage: Any, settings: Settings, length: int
) -> None:
    assert settings.static_root is not None
    settings.static_root.mkdir(exist_ok=True)
    (settings.static_root / "big.js").write_bytes(b"x" * length)
    async with stage(EdgeLimits(unread_s_max=0.5)) as edge:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", edge.port))
            await edge.shows("connections", 1)
            with contextlib.suppress(ConnectionError):
                for _ in range(100):
                    client.sendall(b"GET /static/big.js HTTP/1.1\r\nhost: localhost\r\n\r\n")
                    await asyncio.sleep(0.002)
            await edge.shows("connections", 0)  # though the client is still there
        answers = (await edge.edge.health(None))["detail"]["answers"]
    assert set(answers) == {"200"}
    assert answers["200"] * length < 16_000_000
