"""What a crash, a bad disk or a full one can do to the files, done to the files."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from silkcast.domains.audience.engine.batch import Batch, Names
from silkcast.domains.audience.engine.identity import bucket_of
from silkcast.domains.audience.signal_log.errors import LogDamaged, LogUnwritable
from silkcast.domains.audience.signal_log.log import SignalLog
from silkcast.domains.audience.signal_log.segment import Contents, read_note

if TYPE_CHECKING:
    from tests.domains.audience.signal_log.conftest import Sender

    SameRows = Callable[[Batch, Batch], bool]


def ids(log: SignalLog) -> list[int]:
    return [int(low) for batch in log.read(Names()) for low in batch.id_low]


def filled(folder: Path, sender: Sender, batches: int, *, segment_bytes_max: int = 1 << 20) -> list[Batch]:
    log = SignalLog(folder, segment_bytes_max=segment_bytes_max)
    made = [sender.batch() for _ in range(batches)]
    for batch in made:
        log.append(batch)
    log.close()
    return made


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.seg"))


def test_what_was_appended_is_read_in_order_after_opening_again(
    tmp_path: Path, sender: Sender, same_rows: SameRows
) -> None:
    made = filled(tmp_path / "log", sender, 7)
    log = SignalLog(tmp_path / "log")
    assert all(same_rows(*pair) for pair in zip(made, log.read(Names()), strict=True))
    assert (log.end, log.rows) == (8, 35)
    log.append(sender.batch())
    assert (log.end, log.rows) == (9, 40)
    log.close()


def test_segments_end_at_their_bound_and_are_noted(tmp_path: Path, sender: Sender) -> None:
    made = filled(tmp_path, sender, 12, segment_bytes_max=700)
    files = segments(tmp_path)
    assert len(files) > 3
    assert [path.with_suffix(".note").exists() for path in files] == [True] * (len(files) - 1) + [False]
    everything = [int(low) for batch in made for low in batch.id_low]
    assert ids(SignalLog(tmp_path)) == everything
    for path in tmp_path.glob("*.note"):
        path.write_bytes(b"nonsense")
    assert ids(SignalLog(tmp_path)) == everything
    assert all(path.stat().st_size > 8 for path in tmp_path.glob("*.note"))
    noted = files[0].with_suffix(".note")
    true = noted.read_bytes()
    contents = msgspec.msgpack.decode(true[4:], type=Contents)
    contents.shows = {"another"}  # a note that can be read, and was never written so
    noted.write_bytes(true[:4] + msgspec.msgpack.encode(contents))
    found = SignalLog(tmp_path).read(Names(), shows=["evening"])
    assert [int(low) for batch in found for low in batch.id_low] == everything
    assert read_note(files[0]) is not None  # written anew


def test_only_segments_that_hold_a_show_or_bucket_are_read(tmp_path: Path, sender: Sender) -> None:
    log = SignalLog(tmp_path, segment_bytes_max=1)
    noon = sender.batch(show_id="noon")
    sender.received_ms += 3_600_000
    evening = sender.batch(show_id="evening")
    for batch in (noon, evening):
        log.append(batch)
    segments(tmp_path)[0].write_bytes(b"")  # whoever reads it complains
    assert [len(batch) for batch in log.read(Names(), shows=["evening"])] == [5]
    buckets = bucket_of(evening.id_high).tolist()
    assert [ids.id_low.tolist() for ids in log.read_ids(Names(), buckets=buckets)] == [evening.id_low.tolist()]
    assert log.shows_heard_since(sender.received_ms) == {"evening"}
    with pytest.raises(LogDamaged):
        list(log.read(Names(), shows=["noon"]))


def test_reading_takes_out_the_rows_asked_for(tmp_path: Path, sender: Sender) -> None:
    log, names = SignalLog(tmp_path), Names()
    for show in ("noon", "evening", "noon"):
        log.append(sender.batch(4, show_id=show))
    found = list(log.read(names, shows=["noon"]))
    assert [names.shows[number] for batch in found for number in batch.show] == ["noon"] * 8
    assert len(list(log.read(names, until=3))) == 2
    log.close()


def test_a_tail_torn_at_any_byte_is_cut_and_nothing_before_it_is_lost(tmp_path: Path, sender: Sender) -> None:
    filled(tmp_path, sender, 3)
    (path,) = segments(tmp_path)
    whole = path.read_bytes()
    log = SignalLog(tmp_path)
    kept = ids(log)[:10]
    log.close()
    third = whole.rindex(b"\xf3SIG")
    for size in [*range(third, third + 25), len(whole) - 100, len(whole) - 1]:
        path.write_bytes(whole[:size] + bytes(7) * (size % 2))  # some file systems leave zeros behind
        log = SignalLog(tmp_path)
        assert ids(log) == kept
        assert path.stat().st_size == third
        log.append(sender.batch(1))
        assert ids(log)[:10] == kept
        assert log.end == 4
        log.close()


def test_damage_in_the_middle_is_located_and_refused(tmp_path: Path, sender: Sender) -> None:
    filled(tmp_path, sender, 4)
    (path,) = segments(tmp_path)
    whole = path.read_bytes()
    second = whole.index(b"\xf3SIG", 1)
    for spot in (second, second + 5, second + 9, second + 14, second + 40):
        path.write_bytes(whole[:spot] + bytes([whole[spot] ^ 0x40]) + whole[spot + 1 :])
        with pytest.raises(LogDamaged) as refused:
            SignalLog(tmp_path)
        assert (refused.value.facts["file"], refused.value.facts["offset"]) == (str(path), second)
        assert path.stat().st_size == len(whole)


def test_a_finished_segment_is_never_cut(tmp_path: Path, sender: Sender) -> None:
    filled(tmp_path, sender, 6, segment_bytes_max=700)
    first = segments(tmp_path)[0]
    whole = first.read_bytes()
    first.write_bytes(whole[:-3])
    with pytest.raises(LogDamaged) as refused:
        SignalLog(tmp_path)
    assert refused.value.facts["file"] == str(first)
    first.write_bytes(whole[:-3] + b"xyz")  # its size tells nothing: found when it is read
    with pytest.raises(LogDamaged):
        ids(SignalLog(tmp_path))


def test_a_missing_segment_is_refused(tmp_path: Path, sender: Sender) -> None:
    filled(tmp_path, sender, 12, segment_bytes_max=700)
    segments(tmp_path)[1].unlink()
    with pytest.raises(LogDamaged) as refused:
        SignalLog(tmp_path)
    assert refused.value.facts["reason"] == "missing segment"


def test_a_full_disk_refuses_and_leaves_the_log_whole(tmp_path: Path, sender: Sender) -> None:
    """A limit on the size of files fails in the middle of a write, as a full disk does."""
    log = SignalLog(tmp_path)
    log.append(sender.batch())
    kept, size = ids(log), segments(tmp_path)[0].stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, before[1]))
    try:
        for _ in range(2):
            with pytest.raises(LogUnwritable) as refused:
                log.append(sender.batch())
            assert refused.value.facts == {"reason": "EFBIG"}
            assert segments(tmp_path)[0].stat().st_size == size
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert ids(log) == kept
    log.append(sender.batch())
    log.close()
    again = SignalLog(tmp_path)
    assert (ids(again)[:5], again.end, again.rows) == (kept, 3, 10)
    again.close()


def test_a_folder_that_takes_no_files_refuses_and_can_recover(
    tmp_path: Path, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = SignalLog(tmp_path / "log")
    os.rmdir(tmp_path / "log")
    with pytest.raises(LogUnwritable) as refused:
        log.append(sender.batch())
    assert refused.value.facts == {"reason": "ENOENT"}
    (tmp_path / "log").mkdir()
    log.append(sender.batch())
    assert log.rows == 5
    log.close()


def test_an_empty_log_has_nothing(tmp_path: Path) -> None:
    log = SignalLog(tmp_path / "log")
    assert (log.end, log.rows, list(log.read(Names()))) == (1, 0, [])
