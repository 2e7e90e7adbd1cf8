"""`silkcast demo crowd --viewers N`: simulated viewers who watch, talk and buy, through public HTTP alone."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import re
import signal
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from silkcast.kernel import log
from silkcast.kernel.ids import new_id
from silkcast.kernel.settings import Settings

logger = logging.getLogger(__name__)
HEARTBEAT_S = 10.0
DEADLINE_S = 10.0
STAY_S = (90.0, 400.0)
RETRY_S = 3.0
# Chances per heartbeat, so that a few dozen viewers make a lively show with a few orders a minute.
COMMENT, LIKE, CLICK, SHARE, BUY = 0.10, 0.20, 0.25, 0.02, 0.03
COMMENTS = (
    "Does it come in blue?",
    "好漂亮！",
    "How long does shipping to Germany take?",
    "¿Es seda de verdad?",
    "I have the cup, it is lovely",
    "这个可以机洗吗？",
    "Kann man das verschenken?",
    "Beautiful colour",
    "C'est combien en euros ?",
    "手触りはどうですか",
    "Just ordered one",
    "Price is great today",
)
CARDS = ("4242424242424242", "4242424242424242", "4242424242424242", "4000000000000002", "4000000000000127")
NAMES = ("Simulated Buyer One", "Simulated Buyer Two", "Simulated Buyer Three")
PLACES = (
    ("US", "Los Angeles", "CA", "90001"),
    ("DE", "Berlin", "", "10115"),
    ("JP", "Chiyoda", "Tokyo", "100-0001"),
    ("SG", "Singapore", "", "018956"),
)
ATTRIBUTE = re.compile(r'data-(viewer|signals)="([^"]+)"')
SKU = re.compile(r'data-sku="([0-9a-f-]{36})"')
FIELD = re.compile(r'name="(csrfmiddlewaretoken|request_id)" value="([^"]+)"')


def main(settings: Settings, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="silkcast demo crowd")
    parser.add_argument("--viewers", type=int, default=settings.viewers)
    wanted = parser.parse_args(arguments)
    log.configure("demo-crowd")
    note = json.loads((settings.data / "demo.json").read_text(encoding="utf-8"))
    origin = f"http://{settings.own_name}:{settings.port}"
    asyncio.run(_gather(origin, note["live_show_id"], wanted.viewers))
    return 0


async def _gather(origin: str, show_id: str, viewers: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as group:
        for seed in range(viewers):
            group.create_task(_seat(origin, show_id, random.Random(seed), stop))  # noqa: S311 - not for secrets


async def _seat(origin: str, show_id: str, chance: random.Random, stop: asyncio.Event) -> None:
    """One place in the crowd: somebody comes, stays a while and goes; then somebody else comes."""
    await _rest(chance.uniform(0, HEARTBEAT_S), stop)
    while not stop.is_set():
        try:
            async with httpx.AsyncClient(base_url=origin, timeout=DEADLINE_S, follow_redirects=True) as client:
                await Viewer(client, show_id, chance).watch(stop)
        except (httpx.HTTPError, LookupError) as error:
            logger.info("crowd.turned_away", extra={"facts": {"reason": repr(error)}})
            await _rest(RETRY_S, stop)


async def _rest(seconds: float, stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


@dataclass
class Viewer:
    """Somebody who does not exist, with a browser's cookies and a page's token."""

    client: httpx.AsyncClient
    show_id: str
    chance: random.Random
    token: str = ""
    signals: str = ""
    skus: list[str] = field(default_factory=list)
    purchases: list[str] = field(default_factory=list)

    async def watch(self, stop: asyncio.Event) -> None:
        page = await self.client.get(f"/live/{self.show_id}")
        page.raise_for_status()
        found = dict(ATTRIBUTE.findall(page.text))
        self.token, self.signals = found["viewer"], found["signals"]
        self.skus = list(dict.fromkeys(SKU.findall(page.text)))
        leaves_at = time.monotonic() + self.chance.uniform(*STAY_S)
        await self._send("enter")
        while not stop.is_set() and time.monotonic() < leaves_at:
            await self._act()
            await _rest(HEARTBEAT_S, stop)
        await self._send("leave")

    async def _act(self) -> None:
        said: list[tuple[str, dict[str, Any]]] = [("heartbeat", {})]
        draw = self.chance.random
        if draw() < COMMENT:
            said.append(("comment", {"text": self.chance.choice(COMMENTS)}))
        if draw() < LIKE:
            said.append(("like", {}))
        if draw() < SHARE:
            said.append(("share", {}))
        if self.skus and draw() < CLICK:
            said.append(("click", {"sku_id": self.chance.choice(self.skus)}))
        await self._send_all(said)
        if self.skus and draw() < BUY:
            await self._buy()
        await self._look_at_purchases()

    async def _send(self, kind: str) -> None:
        await self._send_all([(kind, {})])

    async def _send_all(self, said: list[tuple[str, dict[str, Any]]]) -> None:
        at = time.time_ns() // 1_000_000
        body = [{"id": str(new_id()), "show_id": self.show_id, "kind": kind, "at": at, **more} for kind, more in said]
        answer = await self.client.post(self.signals, json=body, headers={"Authorization": f"Bearer {self.token}"})
        answer.raise_for_status()

    async def _buy(self) -> None:
        sku_id = self.chance.choice(self.skus)
        query = {"sku_id": sku_id, "units": "1", "show_id": self.show_id}
        form = await self.client.get("/checkout", params=query)
        country, city, region, postcode = self.chance.choice(PLACES)
        fields = {
            **dict(FIELD.findall(form.text)),
            **query,
            "email": "buyer@demo.silkcast.test",
            "name": self.chance.choice(NAMES),
            "phone": "",
            "line1": "1 Simulated Street",
            "line2": "",
            "city": city,
            "region": region,
            "postcode": postcode,
            "country": country,
            "card_number": self.chance.choice(CARDS),
            "card_expiry": "12/39",
            "card_cvc": "123",
        }
        done = await self.client.post("/checkout", data=fields, headers={"Referer": str(form.url)})
        if done.url.path.startswith("/o/"):
            await self._let_go(done)
            self.purchases.append(done.url.path)
        else:
            logger.info("crowd.not_sold", extra={"facts": {"status": done.status_code}})

    async def _let_go(self, page: httpx.Response) -> None:
        """Who has no other card leaves the goods to others: all of the crowd come from one address."""
        let_go = f"{page.url.path}/let-go"
        if f'action="{let_go}"' in page.text:
            fields = dict(FIELD.findall(page.text))
            await self.client.post(let_go, data=fields, headers={"Referer": str(page.url)})

    async def _look_at_purchases(self) -> None:
        """Open an order's page now and then, and confirm what has arrived."""
        if not self.purchases or self.chance.random() > 0.3:
            return
        path = self.chance.choice(self.purchases)
        page = await self.client.get(path)
        numbers = re.findall(r'name="number" value="(\d+)"', page.text)
        if f'action="{path}/receipt"' in page.text and numbers:
            fields = {**dict(FIELD.findall(page.text)), "number": numbers[0]}
            await self.client.post(f"{path}/receipt", data=fields, headers={"Referer": str(page.url)})
