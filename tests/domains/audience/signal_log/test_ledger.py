from __future__ import annotations

import os
import random
import resource
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from silkcast.domains.audience.engine.admission import Refusal
from silkcast.domains.audience.engine.batch import Names
from silkcast.domains.audience.engine.errors import BadName, UnknownShow
from silkcast.domains.audience.engine.gathering import gather
from silkcast.domains.audience.signal_log.errors import LogDamaged, LogInUse, LogUnwritable, SyncFailed
from silkcast.domains.audience.signal_log.ledger import AIRTIMES, Answer, Ledger, subject_of
from silkcast.domains.audience.signal_log.log import SignalLog
from silkcast.domains.audience.signal_log.recomputation import recompute

if TYPE_CHECKING:
    from tests.domains.audience.signal_log.conftest import House, Sender

NOON_MS = 1_790_000_040_000
HOUR_MS = 3_600_000


def assert_proven(house: House, base_id: str = "base-1", show_id: str = "evening") -> None:
    live = house.ledger.show(base_id, show_id, at_ms=NOON_MS)
    assert recompute(house.ledger.log_of(base_id), show_id, at_ms=NOON_MS) == live


def test_repeats_count_once_within_and_across_requests_batches_and_restarts(house: House, sender: Sender) -> None:
    signals = [sender.signal() for _ in range(40)]
    first, second = sender.of(signals[:30]), sender.of(signals[20:] + signals[35:])
    assert house.commit("base-1", first, second) == [Answer(30, 0, []), Answer(10, 15, [])]
    assert house.commit("base-1", first) == [Answer(0, 30, [])]
    house.restart()
    assert house.commit("base-1", second, first) == [Answer(0, 25, []), Answer(0, 30, [])]
    assert house.ledger.show("base-1", "evening", at_ms=NOON_MS).signals == 40
    assert_proven(house)


def test_the_same_id_from_another_source_is_another_signal(house: House, sender: Sender) -> None:
    signals = [sender.signal() for _ in range(3)]
    answers = house.commit("base-1", sender.of(signals, source="shop"), sender.of(signals, source="partner"))
    assert answers == [Answer(3, 0, []), Answer(3, 0, [])]


def test_a_repeat_is_known_however_late_it_comes(house: House, sender: Sender) -> None:
    old = sender.of([sender.signal() for _ in range(5)])
    house.commit("base-1", old, sender.purchase("order-1"), sender.purchase("order-2", at_ms=NOON_MS))
    sender.received_ms += 400 * 86_400_000
    house.commit("base-1", sender.request(5))
    house.restart()
    assert house.commit("base-1", old, sender.purchase("order-1"), sender.purchase("order-2", at_ms=NOON_MS)) == [
        Answer(0, 5, []),
        Answer(0, 1, []),
        Answer(0, 1, []),
    ]
    assert house.ledger.show("base-1", "evening", at_ms=NOON_MS).sales.orders == 2
    assert_proven(house)


def test_when_a_show_is_on_air_is_known_across_restarts(house: House, sender: Sender) -> None:
    house.ledger.note_airtime("base-1", "evening", started_ms=NOON_MS - HOUR_MS, ended_ms=None)
    house.ledger.note_airtime("base-1", "evening", started_ms=NOON_MS - HOUR_MS, ended_ms=NOON_MS)
    house.ledger.note_airtime("base-1", "evening", started_ms=NOON_MS - HOUR_MS, ended_ms=NOON_MS)  # told again
    early = [sender.signal(at=NOON_MS - 2 * HOUR_MS), sender.signal()]
    for accepted in (1, 0):
        house.restart()
        told = house.commit("base-1", sender.of(early))
        assert told == [Answer(accepted, 1 - accepted, [Refusal(0, "outside_show")])]
    assert house.commit("base-2", sender.of(early)) == [Answer(2, 0, [])]
    assert (house.folder / "base-1" / AIRTIMES).stat().st_size < 200


def test_airtime_that_cannot_be_noted_is_not_known(house: House, sender: Sender) -> None:
    house.commit("base-1", sender.request())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4, before[1]))
    try:
        with pytest.raises(LogUnwritable):
            house.ledger.note_airtime("base-1", "evening", started_ms=NOON_MS, ended_ms=None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert house.commit("base-1", sender.request(at=NOON_MS - 2 * HOUR_MS)) == [Answer(5, 0, [])]
    house.ledger.note_airtime("base-1", "evening", started_ms=NOON_MS, ended_ms=None)
    (refused,) = house.commit("base-1", sender.request(1, at=NOON_MS - 2 * HOUR_MS))
    assert refused == Answer(0, 0, [Refusal(0, "outside_show")])


def test_a_log_that_took_stamps_of_years_is_counted_within_the_days_of_its_receipt(
    house: House, sender: Sender
) -> None:
    """As logs are that were written before a page's stamps had bounds."""
    day_ms = 24 * HOUR_MS
    log = SignalLog(house.folder / "base-1")
    for _ in range(10):
        spread = [
            sender.signal(kind="heartbeat", at=NOON_MS - sender.chance.randrange(6 * 365 * day_ms)) for _ in range(400)
        ]
        log.append(gather([sender.of(spread)], Names()).batch)
    log.close()
    house.restart()
    show = house.ledger.show("base-1", "evening", at_ms=NOON_MS)
    assert (show.signals, {minute.minute_ms for minute in show.minutes} >= {NOON_MS - day_ms}) == (4_000, True)
    assert len(show.minutes) < 10
    assert_proven(house)
    assert len(house.ledger.export("base-1", ["evening"], watermark_ms=NOON_MS).splitlines()) == len(show.minutes)


def test_bad_items_are_refused_at_their_places(house: House, sender: Sender) -> None:
    bad_id = sender.signal(id="f47ac10b-58cc-4372-a567-0e02b2c3d479")  # not a UUIDv7
    request = sender.of([sender.signal(kind="wave"), sender.signal(), bad_id, sender.signal(viewer=None)])
    assert house.commit("base-1", request) == [
        Answer(1, 0, [Refusal(0, "unknown_kind"), Refusal(2, "bad_id"), Refusal(3, "missing_viewer")])
    ]


def test_bases_never_see_each_other(house: House, sender: Sender) -> None:
    request = sender.request(8, kind="comment", text="our secret")
    assert house.commit("base-1", request) == house.commit("base-2", request) == [Answer(8, 0, [])]
    house.commit("base-1", sender.request(4, show_id="only-here"))
    assert house.ledger.show("base-2", "evening", at_ms=NOON_MS).signals == 8
    with pytest.raises(UnknownShow):
        house.ledger.show("base-2", "only-here", at_ms=NOON_MS)
    with pytest.raises(UnknownShow):
        house.ledger.comments("base-2", "only-here", limit=9, before=None)
    assert house.ledger.heard_since(0) == [("base-1", "evening"), ("base-1", "only-here"), ("base-2", "evening")]


@pytest.mark.parametrize("name", ["", "..", "a/b", "base 1", "x" * 65])
def test_a_base_is_named_by_a_name_and_no_path(name: str, house: House, sender: Sender) -> None:
    (answer,) = house.commit(name, sender.request())
    assert isinstance(answer, BadName)
    assert [path.name for path in house.folder.iterdir()] == ["lock"]


def test_asking_makes_no_base(house: House) -> None:
    with pytest.raises(BadName):
        house.ledger.show("base-9", "evening", at_ms=NOON_MS)
    assert not (house.folder / "base-9").exists()


def test_comments_are_told_once_and_read_again_until_they_are_erased(house: House, sender: Sender) -> None:
    ann = [sender.signal(kind="comment", viewer="ann", text=f"ann says {number}") for number in range(3)]
    ben = [sender.signal(kind="comment", viewer="ben", text="丝巾多少钱？")]
    request = sender.of([*ann, *ben])
    _, heard = house.commit_and_hear("base-1", request)
    assert sorted(comment.text for comment in heard) == ["ann says 0", "ann says 1", "ann says 2", "丝巾多少钱？"]
    assert house.commit_and_hear("base-1", request)[1] == []
    house.restart()
    read = house.ledger.comments("base-1", "evening", limit=10, before=None)
    assert sorted(read, key=lambda comment: comment.id) == sorted(heard, key=lambda comment: comment.id)
    house.keyring.forget(subject_of("base-1", "ann"))
    assert [comment.text for comment in house.ledger.comments("base-1", "evening", limit=10, before=None)] == [
        "丝巾多少钱？"
    ]
    assert_proven(house)


def test_what_a_viewer_wrote_is_in_no_file_in_plain(house: House, sender: Sender, tmp_path: Path) -> None:
    planted = "my number is 555-0199"
    house.commit("base-1", sender.request(3, kind="comment", text=planted))
    house.restart()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 3
    assert not [path for path in files if planted.encode() in path.read_bytes()]


def test_a_batch_that_could_not_be_written_may_be_sent_again(house: House, sender: Sender) -> None:
    house.commit("base-1", sender.request())
    request = sender.request(200, kind="like")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))
    try:
        (refused,) = house.commit("base-1", request)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert isinstance(refused, LogUnwritable)
    assert house.ledger.show("base-1", "evening", at_ms=NOON_MS).signals == 5
    assert house.commit("base-1", request) == [Answer(200, 0, [])]
    assert house.ledger.show("base-1", "evening", at_ms=NOON_MS).signals == 205
    assert_proven(house)


def test_many_requests_share_one_sync(house: House, sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    house.commit("base-1", sender.request(kind="like"))
    synced, sync = list[int](), os.fdatasync

    def counted(file: int) -> None:
        synced.append(file)
        sync(file)

    monkeypatch.setattr(os, "fdatasync", counted)
    requests = [sender.request(kind="like") for _ in range(50)]
    assert house.commit("base-1", *requests) == [Answer(5, 0, [])] * 50
    assert len(synced) == 1
    assert house.commit("base-1", *requests) == [Answer(0, 5, [])] * 50
    assert len(synced) == 1


def test_nothing_is_answered_when_the_disk_does_not_confirm(
    house: House, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError

    house.commit("base-1", sender.request())
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail)
        with pytest.raises(SyncFailed):
            house.commit("base-1", sender.request())


def test_without_keys_no_comment_is_accepted(house: House, sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> list[bytes]:
        raise OSError

    request = sender.request(3, kind="comment")
    with monkeypatch.context() as broken:
        broken.setattr(house.keyring, "seal_many", fail)
        (refused,) = house.commit("base-1", request)
    assert isinstance(refused, LogUnwritable)
    assert house.commit("base-1", request) == [Answer(3, 0, [])]
    assert_proven(house)


def test_a_damaged_base_is_refused_and_the_others_go_on(house: House, sender: Sender) -> None:
    for base_id in ("base-1", "base-2"):
        for _ in range(3):
            house.commit(base_id, sender.request())
    (path,) = (house.folder / "base-1").glob("*.seg")
    raw = bytearray(path.read_bytes())
    raw[60] ^= 1
    path.write_bytes(raw)
    house.restart()
    assert list(house.ledger.unreadable) == ["base-1"]
    (refused,) = house.commit("base-1", sender.request())
    assert isinstance(refused, LogDamaged)
    assert house.commit("base-2", sender.request()) == [Answer(5, 0, [])]


def test_a_request_that_needs_damaged_bytes_harms_no_other(house: House, sender: Sender) -> None:
    house.commit("base-1", sender.request(show_id="noon"))
    house.restart()
    (path,) = (house.folder / "base-1").glob("*.seg")
    house.commit("base-1", sender.request(show_id="evening"))
    house.restart()
    sender.received_ms += 86_400_000
    board = house.ledger._bases["base-1"].board
    board._tallies.clear()  # as after a long silence
    board._remarks.clear()
    raw = bytearray(path.read_bytes())
    raw[60] ^= 1
    path.write_bytes(raw)
    answers = house.commit("base-1", sender.request(show_id="noon"), sender.request(show_id="tomorrow"))
    assert isinstance(answers[0], LogDamaged)
    assert answers[1] == Answer(5, 0, [])


def test_a_second_owner_is_refused(house: House) -> None:
    with pytest.raises(LogInUse):
        Ledger(house.folder, keyring=house.keyring, seed=1)


def test_a_defect_in_counting_is_mended_from_the_log(
    house: House, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.commit("base-1", sender.request(10))
    board = house.ledger._bases["base-1"].board
    monkeypatch.setattr(board, "count", lambda _: 1 / 0)
    request = sender.request(10)
    with pytest.raises(ZeroDivisionError):
        house.commit("base-1", request)
    assert house.commit("base-1", request) == [Answer(0, 10, [])]
    assert house.ledger.show("base-1", "evening", at_ms=NOON_MS).signals == 20
    assert_proven(house)


def test_any_mix_of_batches_retries_and_restarts_is_proven_by_the_log(house: House, sender: Sender) -> None:
    chance = random.Random(4)
    sent = [sender.request(chance.randrange(1, 30), show_id=chance.choice(["noon", "evening"])) for _ in range(60)]
    sent += [sender.purchase(f"order-{number}", kind=chance.choice(["buy", "refund"])) for number in range(30)]
    accepted = 0
    waiting = sent + chance.choices(sent, k=40)
    chance.shuffle(waiting)
    while waiting:
        cut = chance.randint(1, 9)
        answers = house.commit("base-1", *waiting[:cut])
        accepted += sum(answer.accepted for answer in answers if isinstance(answer, Answer))
        waiting = waiting[cut:]
        if chance.random() < 0.2:
            house.restart()
    assert accepted == sum(len(request) for request in sent)
    for show_id in ("noon", "evening"):
        assert_proven(house, show_id=show_id)
