"""The signals process with its log on a NATS server, and counters beside it: real processes, killed in mid-show."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.nats_server import NatsServer, running
from tests.roles.signals_role import HANG_GUARD_S, Load, Role, now_ms, process_of_its_own, signals

from silkcast.domains.audience.engine.batch import Batch, Names
from silkcast.domains.audience.engine.merging import merge_minutes
from silkcast.domains.audience.engine.metrics import Minute
from silkcast.domains.audience.engine.sealing import export
from silkcast.domains.audience.signal_log.columns import decode
from silkcast.domains.audience.signal_log.frames import Frame, read_frame
from silkcast.domains.audience.signal_log.jetstream import Stream
from silkcast.domains.audience.signal_log.ledger import subject_of
from silkcast.kernel.wire import WireError

pytestmark = [pytest.mark.slow, pytest.mark.real_server]
COUNTERS = 3


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with running(tmp_path / "nats") as made:
        yield made


@pytest.fixture
def role(server: NatsServer) -> Iterator[Role]:
    with process_of_its_own(signals_url=server.url("evening")) as made:
        yield made


@contextlib.contextmanager
def counters_beside(role: Role) -> Iterator[list[Role]]:
    made = [
        Role(role.settings, arguments=("signals_counter", f"{number}/{COUNTERS}"), socket=f"signals_counter-{number}")
        for number in range(COUNTERS)
    ]
    try:
        for counter in made:
            counter.start()
        yield made
    finally:
        for counter in made:
            if counter.process is not None and counter.process.poll() is None:
                counter.kill()


def merged_windows(counters: list[Role]) -> bytes:
    parts = [counter.call("signals.windows", show_id="evening") for counter in counters]
    minutes = [msgspec.convert(minute, Minute) for part in parts for minute in part]
    return export("base-1", {"evening": merge_minutes(minutes)})


def test_a_stopped_process_goes_on_where_it_was(role: Role) -> None:
    sent = signals(100)
    assert role.append(sent) == {"accepted": 100, "duplicates": 0, "refused": []}
    assert role.stop() == 0
    role.start()
    assert role.append(sent[:40]) == {"accepted": 0, "duplicates": 40, "refused": []}
    assert role.call("signals.metrics", show_id="evening")["signals"] == 100
    assert not list((role.settings.data / "signals").rglob("*.seg"))


def test_without_the_server_nothing_is_accepted_and_then_everything_goes_on(server: NatsServer, role: Role) -> None:
    sent = signals(10)
    role.append(sent)
    server.kill()
    with pytest.raises(WireError) as refused:
        role.append(signals(5))
    assert "signals.log_silent" in str(refused.value)
    server.start()
    gives_up_s = time.monotonic() + HANG_GUARD_S
    while True:
        try:
            answer = role.append(sent)
            break
        except WireError:
            assert time.monotonic() < gives_up_s
    assert answer == {"accepted": 0, "duplicates": 10, "refused": []}
    assert role.call("signals.recompute", show_id="evening")["equal"]


async def kill_by_turns(load: Load, server: NatsServer, others: list[Role], *, kills: int) -> None:
    chance = random.Random(kills)
    for _ in range(kills):
        target = load.calls + chance.randrange(5, 40)
        async with asyncio.timeout(HANG_GUARD_S):
            while load.calls < target:
                await asyncio.sleep(chance.random() * 0.01)
        for victim in (server, chance.choice(others)):
            await asyncio.to_thread(victim.kill)
            await asyncio.to_thread(victim.start)


def test_server_door_and_counters_killed_under_load_agree_to_the_byte(server: NatsServer, role: Role) -> None:
    async def under_load(counters: list[Role]) -> Load:
        load = Load(role, ago_ms=20 * 60_000)  # so long ago that all windows are sealed
        senders = [asyncio.create_task(load.send(number)) for number in range(6)]
        await kill_by_turns(load, server, [role, *counters], kills=6)
        load.over = True
        await asyncio.gather(*senders)
        return load

    with counters_beside(role) as counters:
        load = asyncio.run(under_load(counters))
        proof = role.call("signals.recompute", show_id="evening")
        assert proof["equal"]
        assert proof["recomputed"]["signals"] == sum(load.acknowledged.values())
        wanted = role.call("signals.export", show_id="evening", watermark_ms=now_ms())
        assert wanted.count(b"\n") >= 2
        gives_up_s = time.monotonic() + HANG_GUARD_S
        while merged_windows(counters) != wanted:
            assert time.monotonic() < gives_up_s
            time.sleep(0.1)


def test_a_clock_that_is_off_gives_the_same_windows_on_files_and_on_the_server(role: Role) -> None:
    """`ahead` sends what `right` sends, from a device an hour before its time."""
    right = signals(60, random.Random(1), at=now_ms() - 600_000)
    ahead = [{**item, "at": item["at"] + 3_600_000} for item in right]
    received_ms = now_ms()
    with process_of_its_own() as on_files:
        for place, sent, sent_at in ((on_files, right, received_ms), (role, ahead, received_ms + 3_600_000)):
            body = msgspec.json.encode({"sent_at": sent_at, "signals": sent})
            assert place.append([], body=body, received_ms=received_ms)["accepted"] == 60
            assert place.call("signals.recompute", show_id="evening")["equal"]
        windows = [one.call("signals.export", show_id="evening", watermark_ms=received_ms) for one in (on_files, role)]
    assert windows[0] == windows[1]
    (window,) = map(msgspec.json.decode, windows[0].splitlines())
    assert window["minute_ms"] == right[0]["at"] // 60_000 * 60_000


def test_an_erased_viewers_words_are_found_nowhere_in_the_stream(server: NatsServer, role: Role) -> None:
    planted, kept = "planted remark, erase me", "another remark, keep me"
    role.append(signals(3, kind="comment", text=planted, viewer="ann"))
    role.append(signals(2, kind="comment", text=kept, viewer="ben"))
    wanted = role.call("signals.export", show_id="evening", watermark_ms=now_ms() + 3_600_000)
    subject = subject_of(role.base_id, "ann").encode()
    assert any(subject in path.read_bytes() for path in role.settings.data.glob("keys.db*"))
    role.call("signals.forget", viewer="ann")

    comments = role.call("signals.comments", show_id="evening")
    assert {comment["text"] for comment in comments} == {kept}
    sealed = [text for batch in in_the_stream(server, role.base_id) for text in batch.texts]
    assert len(sealed) == 5  # the messages are as they were: what they say of ann has no key any more
    assert not any(subject in path.read_bytes() for path in role.settings.data.glob("keys.db*"))
    assert role.stop() == 0
    server.kill()
    stores = [path for folder in (server.folder, role.settings.data) for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".blk" for path in stores)
    assert [path for path in stores if planted.encode() in path.read_bytes()] == []

    server.start()
    role.start()
    assert {comment["text"] for comment in role.call("signals.comments", show_id="evening")} == {kept}
    assert role.call("signals.export", show_id="evening", watermark_ms=now_ms() + 3_600_000) == wanted
    assert role.call("signals.recompute", show_id="evening")["equal"]


def in_the_stream(server: NatsServer, base_id: str) -> list[Batch]:
    """What any reader of the server gets."""
    stream, frames = Stream(server.url("evening")), list[Frame]()
    try:
        last = stream.last(stream.subject(base_id))
        assert last is not None
        for message in stream.read(stream.subject(base_id), since=1):
            found = read_frame(message.raw)
            assert isinstance(found, Frame)
            frames.append(found)
            if message.place == last.place:
                break
    finally:
        stream.close()
    return [decode(found.payload, Names()) for found in frames]
