"""The other log, on a real server: the same promises as segment files, and what a server can do to them."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nats
import pytest
from nats.js import JetStreamContext
from tests.nats_server import NatsServer, running

from silkcast.domains.audience.engine.batch import Batch, Names
from silkcast.domains.audience.engine.identity import bucket_of
from silkcast.domains.audience.signal_log import jetstream, stream_log
from silkcast.domains.audience.signal_log.errors import LogReplaced, LogSilent
from silkcast.domains.audience.signal_log.frames import Broken, Frame, read_frame
from silkcast.domains.audience.signal_log.ledger import Answer, Ledger
from silkcast.domains.audience.signal_log.recomputation import recompute
from silkcast.domains.audience.signal_log.stream_log import StreamLogs
from silkcast.kernel.keyring import Keyring

if TYPE_CHECKING:
    from tests.domains.audience.signal_log.conftest import House, Sender

    from silkcast.domains.audience.signal_log.stream_log import StreamLog

    SameRows = Callable[[Batch, Batch], bool]

pytestmark = pytest.mark.real_server
NOON_MS = 1_790_000_040_000
NAMES = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with running(tmp_path_factory.mktemp("nats")) as made:
        yield made


@dataclass
class Shelf:
    """One stream, and the folder with the notes on it; closes what was opened."""

    url: str
    folder: Path
    opened: list[StreamLogs] = field(default_factory=list)

    def logs(self, folder: Path | None = None) -> StreamLogs:
        self.opened.append(StreamLogs(self.url, folder or self.folder))
        return self.opened[-1]

    def log(self, base_id: str = "base-1", folder: Path | None = None) -> StreamLog:
        return self.logs(folder).open(base_id)

    def admin(self, job: Callable[[JetStreamContext, str], Coroutine[Any, Any, object]]) -> None:
        async def run() -> None:
            url, name = self.url.rsplit("/", 1)
            client = await nats.connect(url)
            await job(client.jetstream(), name)
            await client.close()

        asyncio.run(run())


@pytest.fixture
def shelf(server: NatsServer, tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(server.url(f"stream-{next(NAMES)}"), tmp_path / "signals")
    yield made
    for logs in made.opened:
        logs.close()


def ids(log: StreamLog, **chosen: Any) -> list[int]:
    return [int(low) for batch in log.read(Names(), **chosen) for low in batch.id_low]


def lows(batches: list[Batch]) -> list[int]:
    return [int(low) for batch in batches for low in batch.id_low]


def test_what_was_appended_is_read_in_order_by_whoever_opens_it(
    shelf: Shelf, sender: Sender, same_rows: SameRows, tmp_path: Path
) -> None:
    log = shelf.log()
    made = [sender.batch() for _ in range(7)]
    for batch in made:
        log.append(batch)
    for folder in (shelf.folder, tmp_path / "another machine"):
        again = shelf.log(folder=folder)
        assert all(same_rows(*pair) for pair in zip(made, again.read(Names()), strict=True))
        assert (again.end, again.rows) == (8, 35)
    assert ids(log, since=3, until=6) == lows(made[2:5])


def test_bases_share_a_stream_and_nothing_else(shelf: Shelf, sender: Sender) -> None:
    one, other = shelf.log("base-1"), shelf.log("base-2")
    made = [sender.batch() for _ in range(6)]
    for number, batch in enumerate(made):
        (one, other)[number % 2].append(batch)
    assert (ids(one), ids(other)) == (lows(made[::2]), lows(made[1::2]))
    assert shelf.logs().base_ids() == ["base-1", "base-2"]
    assert shelf.logs().has("base-2")
    assert not shelf.logs().has("base-3")


def test_only_chapters_that_hold_a_show_or_bucket_are_read(
    shelf: Shelf, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_log, "MESSAGES_A_CHAPTER", 2)
    log = shelf.log()
    made = []
    for show in ("noon", "noon", "evening", "evening", "noon", "evening", "late"):
        sender.received_ms += 3_600_000
        made.append(sender.batch(show_id=show))
        log.append(made[-1])
    read: list[int] = []

    def counted(raw: bytes) -> Frame | Broken:
        read.append(len(raw))
        return read_frame(raw)

    monkeypatch.setattr(stream_log, "read_frame", counted)
    for found in (log, shelf.log()):
        read.clear()
        assert ids(found, shows=["evening"]) == lows([made[2], made[3], made[5]])
        assert len(read) <= 4 + 4  # of the second log, the survey's beside
        read.clear()
        buckets = bucket_of(made[-1].id_high).tolist()
        assert [ids.id_low.tolist() for ids in found.read_ids(Names(), buckets=buckets)] == [made[-1].id_low.tolist()]
        assert len(read) == 1
        assert found.shows_heard_since(sender.received_ms) == {"late"}


def test_a_batch_larger_than_a_message_is_several_and_none_is_lost(
    shelf: Shelf, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jetstream.Stream, "message_bytes_max", 2_000)
    log = shelf.log()
    batch = sender.batch(300)
    log.append(batch)
    assert log.end > 5
    assert ids(shelf.log()) == lows([batch])


def test_of_two_writers_the_one_that_is_behind_is_refused(shelf: Shelf, sender: Sender, tmp_path: Path) -> None:
    one, other = shelf.log(), shelf.log(folder=tmp_path / "another machine")
    first, second = sender.batch(), sender.batch()
    one.append(first)
    with pytest.raises(LogSilent):
        other.append(second)
    assert ids(shelf.log()) == lows([first])


def test_a_repeat_whose_answer_was_lost_is_stored_once(
    shelf: Shelf, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = shelf.log()
    publish, calls = JetStreamContext.publish, list[str]()

    async def deaf(self: JetStreamContext, *given: Any, **named: Any) -> Any:
        calls.append(named["headers"]["Nats-Msg-Id"])
        answer = await publish(self, *given, **named)
        if len(calls) == 1:
            raise TimeoutError
        return answer

    monkeypatch.setattr(JetStreamContext, "publish", deaf)
    batch = sender.batch()
    log.append(batch)
    assert calls[0] == calls[1]
    log.append(sender.batch())
    assert shelf.log().end == 3


def test_a_repeat_is_known_even_when_the_server_forgot_the_ids(
    shelf: Shelf, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jetstream, "DUPLICATE_WINDOW_S", 0.1)
    log = shelf.log()
    publish, calls = JetStreamContext.publish, list[str]()

    async def slow(self: JetStreamContext, *given: Any, **named: Any) -> Any:
        calls.append(named["headers"]["Nats-Msg-Id"])
        answer = await publish(self, *given, **named)
        if len(calls) == 1:
            # Ids are forgotten on the server's own clock; other messages tell when it has happened.
            for number in itertools.count():
                name = named["stream"]
                told = await publish(self, f"{name}.other", b"x", headers={"Nats-Msg-Id": "other"})
                if number and not told.duplicate:
                    break
            raise TimeoutError
        return answer

    monkeypatch.setattr(JetStreamContext, "publish", slow)
    log.append(sender.batch())
    assert len(set(calls)) == 1 and len(calls) == 2
    assert shelf.log().end == 2


@pytest.mark.parametrize("is_noted", [True, False])
def test_a_purged_stream_is_refused(
    shelf: Shelf, sender: Sender, monkeypatch: pytest.MonkeyPatch, *, is_noted: bool
) -> None:
    monkeypatch.setattr(stream_log, "MESSAGES_A_CHAPTER", 2 if is_noted else 512)
    log = shelf.log()
    for _ in range(6):
        log.append(sender.batch())
    log.close()
    shelf.admin(lambda js, name: js.purge_stream(name, keep=1 if is_noted else 0))
    with pytest.raises(LogReplaced) as refused:
        shelf.log()
    assert refused.value.facts["reason"] == "messages were purged"


def test_a_stream_purged_under_a_running_process_takes_nothing_and_is_refused(
    shelf: Shelf, sender: Sender, tmp_path: Path
) -> None:
    ledger = Ledger(shelf.folder, keyring=Keyring(tmp_path / "keys.db"), seed=1, logs=shelf.logs())
    ledger.commit("base-1", [sender.request()], now_ms=NOON_MS)
    shelf.admin(lambda js, name: js.purge_stream(name))
    (first,), _ = ledger.commit("base-1", [sender.request()], now_ms=NOON_MS)
    (second,), _ = ledger.commit("base-1", [sender.request()], now_ms=NOON_MS)
    assert isinstance(first, LogSilent)
    assert isinstance(second, LogReplaced)
    assert list(ledger.unreadable) == ["base-1"]
    ledger.close()


def test_a_stream_made_anew_is_refused(shelf: Shelf, sender: Sender) -> None:
    log = shelf.log()
    log.append(sender.batch())
    log.close()
    shelf.admin(lambda js, name: js.delete_stream(name))
    shelf.log("base-2").append(sender.batch())
    with pytest.raises(LogReplaced) as refused:
        shelf.log()
    assert refused.value.facts["reason"] == "the stream was made anew"


def test_a_changed_message_is_located_and_refused(shelf: Shelf, sender: Sender) -> None:
    log = shelf.log()
    log.append(sender.batch())
    shelf.admin(lambda js, name: js.publish(f"{name}.base-1", b"\xf3SIG and then nonsense"))
    with pytest.raises(LogReplaced) as refused:
        shelf.log()
    assert refused.value.facts["offset"] == 2


def test_segments_in_the_folder_are_not_passed_over(shelf: Shelf, house: House, sender: Sender) -> None:
    house.commit("base-1", sender.request())
    with pytest.raises(LogReplaced):
        shelf.log(folder=house.folder)


def test_any_mix_of_batches_retries_and_restarts_is_proven_by_the_stream(
    shelf: Shelf, sender: Sender, tmp_path: Path
) -> None:
    chance, keyring = random.Random(4), Keyring(tmp_path / "keys.db")
    sent = [sender.request(chance.randrange(1, 30), show_id=chance.choice(["noon", "evening"])) for _ in range(40)]
    sent += [sender.purchase(f"order-{number}", kind=chance.choice(["buy", "refund"])) for number in range(10)]
    waiting = sent + chance.choices(sent, k=30)
    chance.shuffle(waiting)
    accepted = 0
    ledger = Ledger(shelf.folder, keyring=keyring, seed=1, logs=shelf.logs())
    while waiting:
        cut = chance.randint(1, 9)
        answers, _ = ledger.commit("base-1", waiting[:cut], now_ms=NOON_MS)
        accepted += sum(answer.accepted for answer in answers if isinstance(answer, Answer))
        waiting = waiting[cut:]
        if chance.random() < 0.2:
            ledger.close()
            ledger = Ledger(shelf.folder, keyring=keyring, seed=2, logs=shelf.logs())
            ledger.reopen(NOON_MS)
    assert accepted == sum(len(request) for request in sent)
    for show_id in ("noon", "evening"):
        live = ledger.show("base-1", show_id, at_ms=NOON_MS)
        assert recompute(ledger.log_of("base-1"), show_id, at_ms=NOON_MS) == live
    ledger.close()


def test_two_ledgers_on_one_stream_count_every_signal_once(shelf: Shelf, sender: Sender, tmp_path: Path) -> None:
    """As when a machine that was thought dead comes back: each notices the other, reads anew, and takes the retry."""
    keyring = Keyring(tmp_path / "keys.db")
    folders = (shelf.folder, tmp_path / "another machine")
    ledgers = [Ledger(folder, keyring=keyring, seed=1, logs=shelf.logs()) for folder in folders]
    sent = [sender.request(7) for _ in range(12)]
    for number, request in enumerate(sent):
        answers: list[object] = []
        for ledger in (ledgers[number % 2], ledgers[number % 2], ledgers[1 - number % 2], ledgers[1 - number % 2]):
            answers += ledger.commit("base-1", [request], now_ms=NOON_MS)[0]
        taken = [answer.accepted for answer in answers if isinstance(answer, Answer)]
        assert sum(taken) == 7 and len(taken) >= 2
    for ledger in ledgers:
        ledger.commit("base-1", sent[:1], now_ms=NOON_MS)
        ledger.commit("base-1", sent[:1], now_ms=NOON_MS)
        assert ledger.show("base-1", "evening", at_ms=NOON_MS).signals == 84
        ledger.close()


def test_a_server_killed_and_restarted_loses_and_doubles_nothing(
    tmp_path: Path, sender: Sender, server: NatsServer
) -> None:
    with running(tmp_path / "nats") as own:
        keyring = Keyring(tmp_path / "keys.db")
        logs = StreamLogs(own.url("s"), tmp_path / "signals")
        ledger = Ledger(tmp_path / "signals", keyring=keyring, seed=1, logs=logs)
        first = sender.request(9)
        ledger.commit("base-1", [first], now_ms=NOON_MS)

        def fall() -> None:
            for _ in range(3):
                own.kill()
                own.start()

        falling = threading.Thread(target=fall)
        falling.start()
        signals = 9
        while falling.is_alive():
            request = sender.request(9)
            while True:
                (answer,), _ = ledger.commit("base-1", [request], now_ms=NOON_MS)
                if isinstance(answer, Answer):
                    break
                assert isinstance(answer, LogSilent)
            assert answer.accepted + answer.duplicates == 9  # stored, but with a lost answer, is told as a repeat
            signals += 9
        falling.join()
        (answer,), _ = ledger.commit("base-1", [first], now_ms=NOON_MS)
        assert answer == Answer(0, 9, [])
        assert ledger.show("base-1", "evening", at_ms=NOON_MS).signals == signals
        assert recompute(ledger.log_of("base-1"), "evening", at_ms=NOON_MS).signals == signals
        ledger.close()
