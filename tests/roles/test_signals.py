"""The signals process as its callers know it: a real process, its sockets, and what is left after kill -9."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.roles.signals_role import HANG_GUARD_S, Load, Role, now_ms, process_of_its_own, signals

from silkcast.domains.audience.engine.admission import read_good
from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import Hub, WireRefused, call_blocking
from silkcast.roles.signals import SignalDesk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shared() -> Iterator[Role]:
    with process_of_its_own() as made:
        yield made


@pytest.fixture
def role(shared: Role, request: pytest.FixtureRequest) -> Role:
    """The shared process, and a base of the test's own in it."""
    return Role(shared.settings, base_id=f"base-{abs(hash(request.node.name))}")


@pytest.fixture
def own_role() -> Iterator[Role]:
    with process_of_its_own() as made:
        yield made


def test_what_is_accepted_is_counted_once(role: Role) -> None:
    sent = signals(300)
    assert role.append(sent) == {"accepted": 300, "duplicates": 0, "refused": []}
    assert role.append(sent[:200] + signals(5)) == {"accepted": 5, "duplicates": 200, "refused": []}
    told = role.call("signals.metrics", show_id="evening")
    assert (told["signals"], told["viewers"]) == (305, len({item["viewer"] for item in sent + signals(5)}))
    assert sum(minute["comments"] for minute in told["series"]) == told["comments"]
    proof = role.call("signals.recompute", show_id="evening")
    assert proof["equal"]
    assert proof["live"]["signals"] == proof["recomputed"]["signals"] == 305


def test_what_was_read_at_the_door_counts_like_what_was_not_and_each_is_told_its_own(role: Role) -> None:
    sent = signals(40)
    whole = {"base_id": role.base_id, "body": msgspec.json.encode(sent)}
    said: dict[str, Any] = {"viewer": None, "source": "shop", "received_ms": now_ms()}
    good = {"base_id": role.base_id, "good": read_good(msgspec.json.encode(sent[:30]), **said)}
    answers = call_blocking(
        role.settings.socket("signals"),
        "signals.append_many",
        [good, whole | said, whole | said | {"body": b"{}"}, good],
        deadline_s=HANG_GUARD_S,
    )
    assert answers[:2] + answers[3:] == [
        {"accepted": 30, "duplicates": 0, "refused": []},
        {"accepted": 10, "duplicates": 30, "refused": []},
        {"accepted": 0, "duplicates": 30, "refused": []},
    ]
    assert answers[2]["code"] == "signals.not_an_array"
    assert role.call("signals.metrics", show_id="evening")["viewers"] == len({item["viewer"] for item in sent})


def test_texts_count_in_what_a_batch_may_weigh_wherever_they_were_read(tmp_path: Path) -> None:
    desk = SignalDesk(Settings(data=tmp_path), now_ms=now_ms)
    said: dict[str, Any] = {"viewer": None, "source": "shop", "received_ms": now_ms()}
    body = msgspec.json.encode(signals(20, kind="comment", text="🧣" * 500))
    read_there = desk._read({"base_id": "base-1", "good": msgspec.to_builtins(read_good(body, **said))})
    assert read_there.size >= len(body) * 0.9
    assert desk._read({"base_id": "base-1", "body": body, **said}).size == len(body)


def test_all_signals_under_a_viewer_token_are_that_viewers(role: Role) -> None:
    role.append(signals(20, kind="heartbeat"), viewer="ann")
    told = role.call("signals.metrics", show_id="evening")
    assert (told["viewers"], told["online"]) == (1, 1)
    (minute, *_) = role.call("signals.minutes", show_id="evening")
    assert minute["viewers"] == 1


def test_facts_count_once_and_say_what_was_sold(role: Role) -> None:
    bought = {"kind": "buy", "show_id": "evening", "order_id": "o1", "sku_id": "scarf", "units": 2}
    facts = [
        bought | {"id": "o1:scarf", "amount_minor": 7_800, "viewer": "ann"},
        bought | {"id": "o1:belt", "sku_id": "belt", "units": 1, "amount_minor": 1_200, "viewer": "ann"},
        {"id": "r1", "kind": "refund", "show_id": "evening", "order_id": "o1", "amount_minor": 1_200},
    ]
    for accepted in (3, 0):
        answer = role.call("signals.append_facts", source="orders", received_ms=now_ms(), facts=facts)
        assert (answer["accepted"], answer["duplicates"]) == (accepted, 3 - accepted)
    told = role.call("signals.metrics", show_id="evening")
    assert {name: told[name] for name in ("buyers", "orders", "units", "gmv_minor", "net_minor", "conversion")} == {
        "buyers": 1,
        "orders": 1,
        "units": 3,
        "gmv_minor": 9_000,
        "net_minor": 7_800,
        "conversion": 1.0,
    }
    assert [(product["sku_id"], product["gmv_minor"]) for product in told["products"]] == [
        ("belt", 1_200),
        ("scarf", 7_800),
    ]


def test_refusals_have_codes(role: Role) -> None:
    bad = [*signals(1), *signals(1, kind="wave"), *signals(1, id="x" * 36)]
    assert role.append(bad) == {
        "accepted": 1,
        "duplicates": 0,
        "refused": [{"index": 1, "code": "unknown_kind"}, {"index": 2, "code": "bad_id"}],
    }
    refusals: list[tuple[str, str, dict[str, Any]]] = [
        ("signals.not_an_array", "signals.append", {"body": b"{}"}),
        ("signals.too_large", "signals.append", {"body": b" " * 1_000_001}),
        ("signals.too_many", "signals.append", {"body": b"[" + b"0," * 5_000 + b"0]"}),
        ("signals.bad_name", "signals.append", {"base_id": "../.."}),
        ("signals.bad_name", "signals.append", {"base_id": ".."}),
        ("signals.bad_name", "signals.append", {"source": ""}),
        ("signals.bad_name", "signals.metrics", {"show_id": 7}),
        ("signals.unknown_show", "signals.metrics", {"show_id": "matinee"}),
        ("signals.bad_name", "signals.comments", {"before": "first"}),
    ]
    plain = {"body": msgspec.json.encode(signals(1)), "source": "shop", "received_ms": now_ms(), "show_id": "evening"}
    for code, method, changes in refusals:
        with pytest.raises(WireRefused) as refused:
            role.call(method, **plain | changes)
        assert refused.value.refusal == code


def test_a_base_never_sees_the_shows_of_another(role: Role) -> None:
    other = f"{role.base_id}-other"
    role.append(signals(10, show_id="evening"))
    role.append(signals(20, show_id="evening"), base_id=other)
    role.append(signals(5, show_id="elsewhere"), base_id=other)
    assert role.call("signals.metrics", show_id="evening")["signals"] == 10
    for method in ("signals.metrics", "signals.comments", "signals.minutes", "signals.curve", "signals.recompute"):
        with pytest.raises(WireRefused) as refused:
            role.call(method, show_id="elsewhere")
        assert refused.value.refusal == "signals.unknown_show"


def test_an_erased_viewer_is_read_by_nobody(role: Role) -> None:
    role.append(signals(3, kind="comment", text="forget me", viewer="ann"))
    role.append(signals(1, kind="comment", text="keep me", viewer="ben"))
    before = role.call("signals.comments", show_id="evening")
    assert sorted(comment["text"] for comment in before) == ["forget me"] * 3 + ["keep me"]
    assert not [comment for comment in before if "ann" in comment["viewer"]]
    role.call("signals.forget", viewer="ann")
    after = role.call("signals.comments", show_id="evening")
    assert [comment["text"] for comment in after] == ["keep me"]
    assert role.call("signals.metrics", show_id="evening")["comments"] == 4


def test_comments_can_be_paged(role: Role) -> None:
    sent = signals(25, kind="comment")
    role.append(sent)
    newest = role.call("signals.comments", show_id="evening", limit=20)
    rest = role.call("signals.comments", show_id="evening", limit=20, before=newest[-1]["id"])
    assert {comment["id"] for comment in newest + rest} == {item["id"] for item in sent}
    assert (len(newest), len(rest)) == (20, 5)


async def test_live_numbers_and_comments_are_published(role: Role) -> None:
    hub, heard = Hub(), dict[str, Any]()
    await hub.serve(role.settings.socket("hub"))
    hub.subscribe(f"{role.base_id}/evening/", lambda topic, body: heard.update({topic.rsplit("/", 1)[1]: body}))
    async with asyncio.timeout(HANG_GUARD_S):
        while not {"metrics", "crowd", "comment"} <= heard.keys():
            sent = [item for kind in ("comment", "like", "heartbeat") for item in signals(1, kind=kind)]
            await asyncio.to_thread(role.append, sent)
            await asyncio.sleep(0.05)
    assert {body["show_id"] for body in heard.values()} == {"evening"}
    assert heard["metrics"]["likes"] == heard["metrics"]["comments"] > 0
    assert heard["metrics"]["series"][-1]["minute_ms"] % 60_000 == 0
    assert heard["crowd"].keys() == {"show_id", "at_ms", "online", "likes"}
    assert heard["comment"]["text"] == "how much is it?"
    assert heard["comment"]["viewer"].startswith("Guest ")
    await hub.close()


def test_a_stopped_process_has_answered_what_it_wrote_and_goes_on_where_it_was(own_role: Role) -> None:
    own_role.append(signals(100))
    assert own_role.stop() == 0
    own_role.start()
    assert own_role.call("signals.metrics", show_id="evening")["signals"] == 100
    assert own_role.call("signals.curve", show_id="evening").keys() >= {"at_ms", "online", "gmv_minor"}


def test_a_second_process_on_one_data_folder_is_refused(role: Role) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "silkcast", "role", "signals"],
        env={**os.environ, "SILKCAST_DATA": str(role.settings.data)},
        stderr=subprocess.PIPE,
        timeout=HANG_GUARD_S,
        check=False,
    )
    assert second.returncode == 2
    assert b"signal log" in second.stderr


async def survives(role: Role, *, kills: int) -> None:
    load, chance = Load(role), random.Random(kills)
    senders = [asyncio.create_task(load.send(number)) for number in range(6)]
    for _ in range(kills):
        target = load.calls + chance.randrange(5, 60)
        async with asyncio.timeout(HANG_GUARD_S):
            while load.calls < target and not any(sender.done() for sender in senders):
                await asyncio.sleep(chance.random() * 0.01)
        role.kill()
        role.start()
    load.over = True
    await asyncio.gather(*senders)
    proof = role.call("signals.recompute", show_id="evening")
    assert proof["equal"]
    assert proof["recomputed"]["signals"] == sum(load.acknowledged.values())
    assert len(load.acknowledged) >= 5 * kills


def test_nothing_acknowledged_is_lost_and_nothing_counted_twice_when_killed_under_load(own_role: Role) -> None:
    asyncio.run(survives(own_role, kills=3))


@pytest.mark.slow
def test_twenty_kills_under_load_lose_and_double_nothing(own_role: Role) -> None:
    asyncio.run(survives(own_role, kills=20))
