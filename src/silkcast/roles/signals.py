"""The signals process: owner of the signal log and of the live numbers; answers "accepted" only after the disk did.

The event loop takes requests in, reads them and refuses what is bad; one writer thread owns the ledger and does all
else in turn: what was waiting becomes one batch and one sync per base. Reading the log at length has a second thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, TypeVar

import msgspec
import uvloop

from silkcast.domains.audience.engine.admission import AT_MS_MOST, Request, read_facts, read_signals
from silkcast.domains.audience.engine.reports import as_curve, for_the_crowd, in_brief, in_full
from silkcast.domains.audience.signal_log.errors import SyncFailed
from silkcast.domains.audience.signal_log.ledger import Answer, Comment, Ledger, subject_of
from silkcast.domains.audience.signal_log.logs import logs_at
from silkcast.domains.audience.signal_log.recomputation import recompute
from silkcast.domains.audience.signal_log.waiting import WaitingRoom
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.keyring import Keyring
from silkcast.kernel.role import Method, run_role
from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import HubClient
from silkcast.roles.signals_words import name_in, shown, signal_id, told

logger = logging.getLogger(__name__)

BATCH_SIGNALS_MAX = 65_536
BATCH_BYTES_MAX = 16_000_000
SIGNAL_BYTES = 256  # without its text, about
CHARACTER_BYTES_MAX = 4
BATCH_GAP_S = 0.01  # between the starts of two batches while few wait: a trickle then costs 100 syncs a second, not 300
FEW_SIGNALS = 1_000
PUBLISH_S = 1.0
ACTIVE_MS = 60_000  # a show is published until it has been silent for so long; by then nobody is online
SERIES_MS = 5 * 60_000  # the tail of the minute series that goes with each publication
COMMENTS_MAX = 200
POINTS_MAX = 2_000

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class _Waiting:
    base_id: str
    request: Request
    reply: Callable[[Answer | SilkcastError], None]


class _Group:
    """Requests that came in one message and are answered in one, once all of them are."""

    def __init__(self, count: int) -> None:
        self.done: asyncio.Future[list[Answer | SilkcastError]] = asyncio.get_running_loop().create_future()
        self._answers: list[Answer | SilkcastError | None] = [None] * count
        self._missing = count

    def reply(self, place: int, answer: Answer | SilkcastError) -> None:
        self._answers[place] = answer
        self._missing -= 1
        if not self._missing and not self.done.done():  # the caller's connection may be gone
            self.done.set_result([answer for answer in self._answers if answer is not None])


@dataclass(slots=True)
class _Sent:
    base_id: str
    request: Request
    size: int


class SignalDesk:
    """Between the wire and the ledger. `now_ms` is the clock."""

    def __init__(self, settings: Settings, *, now_ms: Callable[[], int]) -> None:
        self._settings = settings
        self._now_ms = now_ms
        self._writer = ThreadPoolExecutor(1, "signals-writer")
        self._reader = ThreadPoolExecutor(1, "signals-reader")
        self._waiting: WaitingRoom[_Waiting] = WaitingRoom(rate=lambda: self._rate)
        self._wake = asyncio.Event()
        self._ready = asyncio.Event()
        self._rate = 0.0  # signals a second, smoothed over batches
        self._accepted = 0
        self._ledger: Ledger
        self._keyring: Keyring
        self._hub = HubClient(settings.socket("hub"))

    def methods(self) -> Mapping[str, Method]:
        return {
            "health": self.health,
            "signals.append": self.append,
            "signals.append_many": self.append_many,
            "signals.append_facts": self.append_facts,
            "signals.metrics": self.metrics,
            "signals.comments": self.comments,
            "signals.minutes": self.minutes,
            "signals.curve": self.curve,
            "signals.recompute": self.recompute,
            "signals.export": self.export,
            "signals.forget": self.forget,
            "signals.note_airtime": self.note_airtime,
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; what was let in by then is still written and answered. SyncFailed ends it too."""
        await self._write(self._open)
        await self._hub.start()
        self._ready.set()
        publishing = asyncio.create_task(self._publish())
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self._wake.set())
        try:
            await self._commit_until(stop)
        finally:
            for task in (publishing, stopping):
                task.cancel()
            await asyncio.gather(publishing, stopping, return_exceptions=True)
            await self._hub.close()
            await self._write(self._close)
            self._writer.shutdown()
            self._reader.shutdown()

    async def health(self, _: Any) -> dict[str, Any]:
        ready = self._ready.is_set()
        unreadable = self._ledger.unreadable if ready else {}
        detail = {
            "pid": os.getpid(),
            "ready": ready,
            "waiting_signals": self._waiting.signals,
            "accepted_signals": self._accepted,
            "unreadable_bases": len(unreadable),
            "unreadable": unreadable,
        }
        return {"ok": ready, "detail": detail}  # a new start would find a damaged base as it is

    async def append(self, body: Any) -> Answer:
        (answer,) = await self._append([self._read(body)])
        if isinstance(answer, SilkcastError):
            raise answer
        return answer

    async def append_many(self, bodies: list[Any]) -> list[Answer | dict[str, Any]]:
        """Batches that come together; whoever's is refused, the others' are not."""
        answers = await self._append([self._read_or_refuse(body) for body in bodies])
        return [told(answer) for answer in answers]

    async def append_facts(self, body: Any) -> Answer:
        request = read_facts(
            body["facts"], source=body["source"], received_ms=int(body.get("received_ms") or self._now_ms())
        )
        (answer,) = await self._append([_Sent(name_in(body, "base_id"), request, size=SIGNAL_BYTES * len(request))])
        if isinstance(answer, SilkcastError):
            raise answer
        return answer

    async def metrics(self, body: Any) -> dict[str, Any]:
        """All of the show; `in_brief` its sums alone."""
        base_id, show_id = await self._asked(body)
        is_whole = not body.get("in_brief")
        since_ms = 0 if is_whole else AT_MS_MOST
        ask = partial(self._ledger.show, base_id, show_id, at_ms=self._now_ms())
        show = await self._write(ask, since_ms=since_ms, with_products=is_whole)
        return {"show_id": show_id, **in_full(show)}

    async def comments(self, body: Any) -> list[dict[str, Any]]:
        base_id, show_id = await self._asked(body)
        before = body.get("before")
        found = await self._write(
            self._ledger.comments,
            base_id,
            show_id,
            limit=min(max(int(body.get("limit", 50)), 1), COMMENTS_MAX),
            before=None if before is None else signal_id(before),
        )
        return [shown(comment) for comment in found]

    async def minutes(self, body: Any) -> list[dict[str, int]]:
        base_id, show_id = await self._asked(body)
        found = await self._write(self._ledger.online_by_minute, base_id, show_id)
        return [{"minute_ms": minute_ms, "viewers": viewers} for minute_ms, viewers in found.items()]

    async def curve(self, body: Any) -> dict[str, list[float]]:
        base_id, show_id = await self._asked(body)
        most = min(max(int(body.get("points_most", POINTS_MAX)), 1), POINTS_MAX)
        return as_curve(await self._write(self._ledger.points, base_id, show_id, at_ms=self._now_ms(), most=most))

    async def recompute(self, body: Any) -> dict[str, Any]:
        """Takes as long as reading the show takes: callers set their deadline by its length."""
        base_id, show_id = await self._asked(body)
        at_ms = self._now_ms()
        live, log, until = await self._write(
            lambda: (
                self._ledger.show(base_id, show_id, at_ms=at_ms),
                self._ledger.log_of(base_id),
                self._ledger.log_of(base_id).end,
            )
        )
        again = await asyncio.get_running_loop().run_in_executor(
            self._reader, lambda: recompute(log, show_id, at_ms=at_ms, until=until)
        )
        return {"equal": live == again, "live": in_full(live), "recomputed": in_full(again)}

    async def export(self, body: Any) -> bytes:
        """The show's sealed windows as they are written down everywhere."""
        base_id, show_id = await self._asked(body)
        watermark_ms = int(body["watermark_ms"])
        return await self._write(self._ledger.export, base_id, [show_id], watermark_ms=watermark_ms)

    async def note_airtime(self, body: Any) -> dict[str, Any]:
        base_id, show_id = await self._asked(body)
        started_ms, ended_ms = int(body["started_ms"]), body.get("ended_ms")
        note = self._ledger.note_airtime
        await self._write(
            note, base_id, show_id, started_ms=started_ms, ended_ms=None if ended_ms is None else int(ended_ms)
        )
        return {"noted": True}

    async def forget(self, body: Any) -> dict[str, Any]:
        await self._ready.wait()
        subject = subject_of(name_in(body, "base_id"), name_in(body, "viewer"))
        await self._write(self._keyring.forget, subject)
        return {"forgotten": True}

    def _read(self, body: Any) -> _Sent:
        """What was read at the door already, or the bytes of a request as they came."""
        if (good := body.get("good")) is not None:
            request = msgspec.convert(good, Request)
            texts = sum(map(len, request.texts)) * CHARACTER_BYTES_MAX
            return _Sent(name_in(body, "base_id"), request, size=SIGNAL_BYTES * len(request) + texts)
        raw = body["body"]
        request = read_signals(
            raw,
            source=body["source"],
            viewer=body.get("viewer"),
            received_ms=int(body["received_ms"]),
            show=body.get("show"),
        )
        return _Sent(name_in(body, "base_id"), request, size=len(raw))

    def _read_or_refuse(self, body: Any) -> _Sent | SilkcastError:
        try:
            return self._read(body)
        except SilkcastError as error:
            return error

    async def _append(self, sent: Sequence[_Sent | SilkcastError]) -> list[Answer | SilkcastError]:
        await self._ready.wait()
        group = _Group(len(sent))
        for place, one in enumerate(sent):
            if isinstance(one, SilkcastError):
                group.reply(place, one)
            elif not len(one.request):
                group.reply(place, Answer(0, 0, one.request.refused))
            else:
                self._let_in(one, partial(group.reply, place))
        self._wake.set()
        return await group.done

    def _let_in(self, sent: _Sent, reply: Callable[[Answer | SilkcastError], None]) -> None:
        waiting = _Waiting(sent.base_id, sent.request, reply)
        holder = f"{sent.base_id}/{sent.request.source}"
        try:
            self._waiting.enter(waiting, holder=holder, signals=len(sent.request), size=sent.size)
        except SilkcastError as error:
            reply(error)

    async def _asked(self, body: Any) -> tuple[str, str]:
        await self._ready.wait()
        return name_in(body, "base_id"), name_in(body, "show_id")

    async def _commit_until(self, stop: asyncio.Event) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            entries = self._waiting.leave(signals_max=BATCH_SIGNALS_MAX, size_max=BATCH_BYTES_MAX)
            if not entries:
                if stop.is_set():
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            started = clock()
            comments = await self._commit(entries)
            taken = clock() - started
            signals = sum(len(entry.request) for entry in entries)
            self._rate += 0.2 * (signals / max(taken, 1e-6) - self._rate)
            for comment in comments:
                self._hub.publish(f"{comment.base_id}/{comment.show_id}/comment", shown(comment))
            if self._waiting.signals < FEW_SIGNALS and taken < BATCH_GAP_S and not stop.is_set():
                await asyncio.sleep(BATCH_GAP_S - taken)

    async def _commit(self, entries: list[_Waiting]) -> list[Comment]:
        comments: list[Comment] = []
        entries.sort(key=lambda entry: entry.base_id)
        for base_id, group in itertools.groupby(entries, key=lambda entry: entry.base_id):
            of_base = list(group)
            requests = [entry.request for entry in of_base]
            try:
                answers, found = await self._write(self._ledger.commit, base_id, requests, now_ms=self._now_ms())
            except SyncFailed:
                logger.critical("signals.sync_failed", extra={"facts": {"base_id": base_id}})
                raise
            except Exception as error:
                logger.exception("signals.commit_failed", extra={"facts": {"base_id": base_id}})
                answers, found = [SilkcastError(reason=type(error).__name__)] * len(requests), []
            comments += found
            for entry, answer in zip(of_base, answers, strict=True):
                if isinstance(answer, Answer):
                    self._accepted += answer.accepted
                entry.reply(answer)
        return comments

    async def _publish(self) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            try:
                for topic, body in await self._write(self._briefs, self._now_ms()):
                    self._hub.publish(topic, body)
            except Exception:
                logger.exception("signals.publish_failed")
            due = max(due + PUBLISH_S, clock())
            await asyncio.sleep(due - clock())

    def _briefs(self, now_ms: int) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for base_id, show_id in self._ledger.heard_since(now_ms - ACTIVE_MS):
            show = self._ledger.show(base_id, show_id, at_ms=now_ms, since_ms=now_ms - SERIES_MS, with_products=False)
            found.append((f"{base_id}/{show_id}/metrics", {"show_id": show_id, **in_brief(show)}))
            found.append((f"{base_id}/{show_id}/crowd", {"show_id": show_id, **for_the_crowd(show)}))
        return found

    async def _write(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run in the writer thread, after all that was asked of it before."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, lambda: job(*args, **kwargs))

    def _open(self) -> None:
        self._keyring = Keyring(self._settings.data / "keys.db")
        folder = self._settings.data / "signals"
        logs = logs_at(self._settings.signals_url, folder)
        self._ledger = Ledger(folder, keyring=self._keyring, seed=secrets.randbits(64), logs=logs)
        started = time.monotonic()
        self._ledger.reopen(self._now_ms())
        logger.info("signals.reopened", extra={"facts": {"seconds": round(time.monotonic() - started, 3)}})

    def _close(self) -> None:
        with contextlib.suppress(AttributeError):  # the start failed before there was one
            self._ledger.close()
            self._keyring.close()


def main(settings: Settings, arguments: list[str]) -> None:
    assert not arguments

    async def serve() -> None:
        desk = SignalDesk(settings, now_ms=lambda: time.time_ns() // 1_000_000)
        await run_role("signals", settings, desk.methods(), desk.run)

    uvloop.run(serve())
