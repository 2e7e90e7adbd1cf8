"""What a machine can do to the signals process: no room left on the disk, clocks that are wrong."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.roles.signals_role import Role, now_ms, process_of_its_own, signals

from silkcast.kernel.ids import id_from_parts
from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import WireRefused

pytestmark = pytest.mark.slow
HOUR_MS = 3_600_000


@contextlib.contextmanager
def small_disk(mebibytes: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="silk-disk-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", folder]
        if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("a disk of the test's own needs the right to mount one")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def role_on_a_small_disk() -> Iterator[Role]:
    with small_disk(4) as disk, tempfile.TemporaryDirectory(prefix="silk-") as folder:
        made = Role(Settings(data=Path(folder)))
        made.settings.prepare()
        (made.settings.data / "signals").symlink_to(disk)
        made.start()
        yield made
        made.kill()


def test_a_full_disk_refuses_with_a_code_and_what_was_accepted_stays(role_on_a_small_disk: Role) -> None:
    role, accepted, reasons = role_on_a_small_disk, 0, list[tuple[str, str]]()
    disk = (role.settings.data / "signals").resolve()
    for _ in range(200):
        sent = signals(2_000, kind="like")
        try:
            accepted += role.append(sent)["accepted"]
        except WireRefused as refused:
            reasons.append((refused.refusal, refused.facts["reason"]))
            break
    assert reasons == [("signals.log_unwritable", "ENOSPC")]
    for _ in range(3):
        with pytest.raises(WireRefused):
            role.append(sent)
    assert role.call("signals.metrics", show_id="evening")["signals"] == accepted
    role.kill()
    role.start()
    assert role.call("signals.metrics", show_id="evening")["signals"] == accepted
    subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
    assert role.append(sent) == {"accepted": 2_000, "duplicates": 0, "refused": []}
    assert role.call("signals.recompute", show_id="evening")["equal"]


def test_a_damaged_base_is_told_and_costs_the_others_nothing() -> None:
    """A new start would find it as it is: the process says that it is well, and names the base."""
    with process_of_its_own() as role:
        for base_id in ("base-1", "base-2") * 3:
            role.append(signals(3), base_id=base_id)
        role.kill()
        (path,) = (role.settings.data / "signals" / "base-1").glob("*.seg")
        raw = bytearray(path.read_bytes())
        raw[60] ^= 1
        path.write_bytes(raw)
        role.start()
        with pytest.raises(WireRefused, match=r"signals\.log_damaged"):
            role.append(signals(1), base_id="base-1")
        assert role.append(signals(1), base_id="base-2")["accepted"] == 1
        told = role.call("health")
        assert (told["ok"], told["detail"]["unreadable_bases"]) == (True, 1)
        assert list(told["detail"]["unreadable"]) == ["base-1"]


@pytest.fixture(scope="module")
def role() -> Iterator[Role]:
    with process_of_its_own() as made:
        yield made


def test_absurd_stamps_refuse_themselves_and_harm_no_other(role: Role) -> None:
    role.base_id = "base-absurd"
    absurd = [0, -1, 10**11, 2**63 - 1, 2**63, 10**30, 1.5, "now", None, True]
    sent = [item for at in absurd for item in (*signals(1, at=at), *signals(1))]
    answer = role.append(sent)
    assert answer["accepted"] == len(absurd)
    assert [refused["index"] for refused in answer["refused"]] == list(range(0, 2 * len(absurd), 2))
    assert {refused["code"] for refused in answer["refused"]} == {"bad_time"}
    assert role.call("signals.recompute", show_id="evening")["equal"]


def test_a_stamp_of_the_far_future_counts_in_the_minute_of_its_receipt(role: Role) -> None:
    role.base_id = "base-future"
    before = now_ms()
    role.append(signals(1, kind="heartbeat", at=253_402_300_799_999))
    role.append(signals(1, kind="heartbeat", at=before + HOUR_MS))
    told = role.call("signals.metrics", show_id="evening")
    assert before - 60_000 < min(minute["minute_ms"] for minute in told["series"])
    assert max(minute["minute_ms"] for minute in told["series"]) <= now_ms() + 5_000
    assert role.call("signals.recompute", show_id="evening")["equal"]


@pytest.mark.parametrize("step_ms", [HOUR_MS, -HOUR_MS])
def test_a_door_whose_clock_steps_by_an_hour_counts_each_signal_once(role: Role, step_ms: int) -> None:
    role.base_id = f"base-step-{step_ms}"
    sent = signals(50)
    assert role.append(sent)["accepted"] == 50
    # As the door sees it an hour from now, or an hour ago: the same signals again, and others with ids of that hour.
    assert role.append(sent, received_ms=now_ms() + step_ms) == {"accepted": 0, "duplicates": 50, "refused": []}
    stepped = [item | {"id": str(id_from_parts(now_ms() + step_ms, number))} for number, item in enumerate(signals(50))]
    assert role.append(stepped, received_ms=now_ms() + step_ms)["accepted"] == 50
    assert role.append(stepped) == {"accepted": 0, "duplicates": 50, "refused": []}
    assert role.append(signals(20))["accepted"] == 20
    proof = role.call("signals.recompute", show_id="evening")
    assert (proof["equal"], proof["live"]["signals"]) == (True, 120)
