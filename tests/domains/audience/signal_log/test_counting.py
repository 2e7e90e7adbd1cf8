"""Any number of counters, on either log, dying where they may: the sealed windows are the same bytes."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.nats_server import NatsServer, running

from silkcast.domains.audience.engine.admission import Request
from silkcast.domains.audience.engine.batch import Names
from silkcast.domains.audience.engine.merging import merge_minutes
from silkcast.domains.audience.engine.metrics import Minute
from silkcast.domains.audience.engine.recounting import recount
from silkcast.domains.audience.engine.sealing import export, sealed
from silkcast.domains.audience.engine.shards import share_of
from silkcast.domains.audience.signal_log.counting import ShardCounter
from silkcast.domains.audience.signal_log.errors import LogReplaced
from silkcast.domains.audience.signal_log.ledger import Ledger
from silkcast.domains.audience.signal_log.logs import FileLogs, Log, Logs
from silkcast.kernel.ids import new_id
from silkcast.kernel.keyring import Keyring

if TYPE_CHECKING:
    from tests.domains.audience.signal_log.conftest import House, Sender

NOON_MS = 1_790_000_040_000
END_MS = NOON_MS + 60 * 60_000
SHOWS = ["noon", "evening"]
Bring = Callable[[Path], Logs]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with running(tmp_path_factory.mktemp("nats")) as made:
        yield made


def evening_of(sender: Sender, chance: random.Random) -> list[Request]:
    """Signals and orders of ten minutes in two shows, some of them late, each with the receipt it will keep."""
    sent = []
    for number in range(60):
        sender.received_ms = NOON_MS + chance.randrange(10 * 60_000)
        late_ms = chance.choice([0, 0, chance.randrange(5 * 60_000)])
        signals = [sender.signal(show_id=chance.choice(SHOWS)) for _ in range(chance.randrange(1, 25))]
        for signal in signals:
            signal["at"] -= late_ms
        sent.append(sender.of(signals))
        if chance.random() < 0.3:
            changes: dict[str, Any] = {"at_ms": sender.received_ms - late_ms, "viewer": f"viewer-{number % 9}"}
            sent.append(sender.purchase(f"order-{number}", show_id=chance.choice(SHOWS), **changes))
    return sent


def filled(ledger: Ledger, sent: list[Request], chance: random.Random) -> None:
    waiting = sent + chance.choices(sent, k=len(sent) // 3)
    chance.shuffle(waiting)
    while waiting:
        cut = chance.randint(1, 12)
        ledger.commit("base-1", waiting[:cut], now_ms=NOON_MS)
        waiting = waiting[cut:]


def recounted(sent: list[Request], keyring: Keyring, folder: Path) -> bytes:
    """By another road wholly: one batch, one log, and everything laid side by side and sorted."""
    ledger = Ledger(folder, keyring=keyring, seed=9)
    ledger.commit("base-1", sent, now_ms=NOON_MS)
    shows = {}
    for show_id in SHOWS:
        names = Names()
        batches = ledger.log_of("base-1").read(names, shows=[show_id])
        shows[show_id] = sealed(recount(batches, names, at_ms=END_MS).minutes, END_MS)
    ledger.close()
    return export("base-1", shows)


def counted(bring: Bring, folder: Path, workers: int, chance: random.Random) -> bytes:
    """Each worker dies now and then, before or after it kept what it has, and begins again from its records."""
    parts: dict[str, list[Minute]] = {}
    for worker in range(workers):
        own = folder / f"worker-{worker}"
        watermark_ms = NOON_MS
        while True:
            logs = bring(own)
            counter = ShardCounter(
                logs.open("base-1"),
                "base-1",
                shards=share_of(worker, workers),
                kept=own / "kept",
                seed=chance.getrandbits(64),
            )
            is_all = False
            while not is_all and chance.random() < 0.8:
                is_all = counter.catch_up(batches_max=chance.randint(1, 10))
                watermark_ms += chance.randrange(3 * 60_000)
                if chance.random() < 0.6:
                    counter.keep(watermark_ms=watermark_ms)
            if is_all:
                counter.keep(watermark_ms=END_MS)
                for show_id in counter.shows():
                    parts.setdefault(show_id, []).extend(counter.windows(show_id))
            counter.close()
            logs.close()
            if is_all:
                break
    return export("base-1", {show_id: merge_minutes(minutes) for show_id, minutes in parts.items()})


def assert_same_bytes(bring: Bring, sender: Sender, tmp_path: Path, seed: int, workers: int) -> None:
    chance, folder = random.Random(seed), Path(tempfile.mkdtemp(dir=tmp_path))
    sender.chance = random.Random(seed)
    keyring = Keyring(folder / "keys.db")
    sent = evening_of(sender, chance)
    wanted = recounted(sent, keyring, folder / "plain")
    assert wanted.count(b"\n") > 10
    ledger = Ledger(folder / "signals", keyring=keyring, seed=1, logs=bring(folder / "signals"))
    filled(ledger, sent, chance)
    assert ledger.export("base-1", SHOWS, watermark_ms=END_MS) == wanted
    ledger.close()
    assert counted(bring, folder, workers, chance) == wanted


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), workers=st.integers(1, 5))
def test_segment_files_give_the_same_bytes_however_batched_and_counted(
    seed: int, workers: int, sender: Sender, tmp_path: Path
) -> None:
    written: list[Path] = []

    def bring(folder: Path) -> Logs:
        # The first to ask writes the log; whoever counts reads that one.
        written.append(folder)
        return FileLogs(written[0])

    assert_same_bytes(bring, sender, tmp_path, seed, workers)


@pytest.mark.real_server
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), workers=st.integers(1, 5))
def test_a_stream_gives_the_same_bytes_however_batched_and_counted(
    seed: int, workers: int, sender: Sender, tmp_path: Path, server: NatsServer
) -> None:
    from silkcast.domains.audience.signal_log.stream_log import StreamLogs

    url = server.url(f"stream-{new_id()}")
    assert_same_bytes(lambda folder: StreamLogs(url, folder), sender, tmp_path, seed, workers)


def log_of(house: House) -> Log:
    return house.ledger.log_of("base-1")


def test_a_late_signal_corrects_a_window_that_is_on_disk(house: House, sender: Sender, tmp_path: Path) -> None:
    house.commit("base-1", sender.of([sender.signal(kind="like", at=NOON_MS, viewer="ann")]))
    counter = ShardCounter(log_of(house), "base-1", shards=share_of(0, 1), kept=tmp_path / "kept", seed=1)
    counter.catch_up(batches_max=9)
    counter.keep(watermark_ms=NOON_MS + 119_999)
    assert counter.shows() == []
    counter.keep(watermark_ms=NOON_MS + 120_000)
    (before,) = counter.windows("evening")
    assert (before.likes, before.viewers, before.late) == (1, 1, 0)
    sender.received_ms += 180_000
    house.commit("base-1", sender.of([sender.signal(kind="like", at=NOON_MS, viewer=who) for who in ("ann", "ben")]))
    again = ShardCounter(log_of(house), "base-1", shards=share_of(0, 1), kept=tmp_path / "kept", seed=2)
    assert again.windows("evening") == counter.windows("evening")
    again.catch_up(batches_max=9)
    again.keep(watermark_ms=NOON_MS + 200_000)
    (after,) = again.windows("evening")
    assert (after.likes, after.viewers, after.late) == (3, 2, 2)


def test_a_log_shorter_than_what_was_counted_is_refused(house: House, sender: Sender, tmp_path: Path) -> None:
    for _ in range(3):
        house.commit("base-1", sender.request())
    counter = ShardCounter(log_of(house), "base-1", shards=share_of(0, 1), kept=tmp_path / "kept", seed=1)
    counter.catch_up(batches_max=9)
    counter.keep(watermark_ms=END_MS)
    house.commit("base-2", sender.request())
    with pytest.raises(LogReplaced):
        ShardCounter(house.ledger.log_of("base-2"), "base-1", shards=share_of(0, 1), kept=tmp_path / "kept", seed=1)


def test_other_shards_do_not_go_on_where_these_were_counted(house: House, sender: Sender, tmp_path: Path) -> None:
    house.commit("base-1", sender.request())
    counter = ShardCounter(log_of(house), "base-1", shards=share_of(0, 2), kept=tmp_path / "kept", seed=1)
    counter.catch_up(batches_max=9)
    counter.keep(watermark_ms=END_MS)
    with pytest.raises(LogReplaced):
        ShardCounter(log_of(house), "base-1", shards=share_of(0, 3), kept=tmp_path / "kept", seed=1)


def test_a_counter_goes_on_at_its_place_with_windows_that_were_open(
    house: House, sender: Sender, tmp_path: Path
) -> None:
    likes = [sender.of([sender.signal(kind="like", at=NOON_MS, viewer=who)]) for who in ("ann", "ben", "ann")]
    for like in likes:
        house.commit("base-1", like)
    kept = tmp_path / "kept"
    counter = ShardCounter(log_of(house), "base-1", shards=share_of(0, 1), kept=kept, seed=1)
    assert not counter.catch_up(batches_max=1)
    counter.keep(watermark_ms=NOON_MS)
    # Its only window is open, and nothing more need come for it to be sealed.
    again = ShardCounter(log_of(house), "base-1", shards=share_of(0, 1), kept=kept, seed=2)
    assert (again.next, again.shows()) == (2, [])
    again.keep(watermark_ms=END_MS)
    assert [(minute.likes, minute.viewers) for minute in again.windows("evening")] == [(1, 1)]
    # The show is read back up to the place, and what comes after is counted once.
    third = ShardCounter(log_of(house), "base-1", shards=share_of(0, 1), kept=kept, seed=3)
    assert third.catch_up(batches_max=9)
    third.keep(watermark_ms=END_MS)
    assert [(minute.likes, minute.viewers) for minute in third.windows("evening")] == [(3, 2)]
