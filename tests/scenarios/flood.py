"""Many clients at once on bare connections: quick enough that the server, not the client, is what is tried."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4


@dataclass
class Tally:
    """What the tries came to: by status and code, and which keys won what."""

    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    sold: Counter[str] = field(default_factory=Counter)
    won: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)  # idempotency key: what was asked, and the answer


class Client:
    def __init__(self, origin: str, api_key: str) -> None:
        address = urlsplit(origin)
        self._host, self._port = address.hostname, address.port
        self._head = f"POST /api/v1/orders HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {api_key}\r\n"

    async def __aenter__(self) -> Client:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def post(self, key: str, body: bytes) -> tuple[int, bytes]:
        head = f"{self._head}Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        lines = (await self._reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
        length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
        return int(lines[0].split()[1]), await self._reader.readexactly(length)


def purchase(sku_id: str, viewer: str) -> bytes:
    buyer = {
        "email": "buyer@example.test",
        "address": {
            "name": "Test Buyer",
            "line1": "1 Test Street",
            "city": "Testville",
            "postcode": "90001",
            "country": "US",
        },
    }
    wanted = {"currency": "USD", "lines": [{"sku_id": sku_id, "units": 1}], "buyer": buyer, "viewer": viewer}
    return json.dumps(wanted).encode()


async def flood(origin: str, api_key: str, skus: Sequence[str], *, clients: int, tries: int) -> Tally:
    """`clients` connections share `tries` purchases of one unit each, of SKUs by chance."""
    tally = Tally()
    left = iter(range(tries))

    async def one(number: int) -> None:
        chance = random.Random(number)
        async with Client(origin, api_key) as client:
            for _ in left:
                sku_id, key = chance.choice(skus), str(uuid4())
                body = purchase(sku_id, f"viewer-{number}")
                status, answer = await client.post(key, body)
                code = "" if status == 201 else json.loads(answer)["error"]["code"]
                tally.answers[status, code] += 1
                if status == 201:
                    tally.sold[sku_id] += 1
                    tally.won[key] = (body, answer)

    await asyncio.gather(*(one(number) for number in range(clients)))
    return tally
