from __future__ import annotations

import multiprocessing
from pathlib import Path

from silkcast.kernel.keyring import Keyring


def test_what_was_sealed_is_read_again_after_a_restart(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "keys.db")
    sealed = ring.seal("buyer:1", "李雷".encode())
    ring.close()
    assert Keyring(tmp_path / "keys.db").unseal("buyer:1", sealed) == "李雷".encode()


def test_an_erased_subject_cannot_be_read_by_anyone_ever(tmp_path: Path) -> None:
    ring, other = Keyring(tmp_path / "keys.db"), Keyring(tmp_path / "keys.db")
    sealed = ring.seal("buyer:1", b"secret")
    assert other.unseal("buyer:1", sealed) == b"secret"  # remembered by the second one now
    ring.forget("buyer:1")
    assert (ring.unseal("buyer:1", sealed), other.unseal("buyer:1", sealed)) == (None, None)
    other.seal("buyer:1", b"back again")  # a new key does not open the old text
    assert ring.unseal("buyer:1", sealed) is None


def test_one_subjects_text_does_not_open_under_another(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "keys.db")
    sealed = ring.seal("buyer:1", b"secret")
    ring.seal("buyer:2", b"other")
    assert ring.unseal("buyer:2", sealed) is None


def test_many_are_sealed_as_one_by_one(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "keys.db")
    sealed = ring.seal_many([(f"s{n}", str(n).encode()) for n in range(50)])
    assert [ring.unseal(f"s{n}", blob) for n, blob in enumerate(sealed)] == [str(n).encode() for n in range(50)]


def _seal(path: Path) -> bytes:
    return Keyring(path).seal("shared", b"text")


def test_processes_that_meet_at_a_new_subject_use_one_key(tmp_path: Path) -> None:
    Keyring(tmp_path / "keys.db").close()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        blobs = pool.map(_seal, [tmp_path / "keys.db"] * 4)
    ring = Keyring(tmp_path / "keys.db")
    assert [ring.unseal("shared", blob) for blob in blobs] == [b"text"] * 4


def test_the_files_of_the_ring_belong_to_their_owner_alone(tmp_path: Path) -> None:
    Keyring(tmp_path / "keys.db").seal("s", b"x")
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("keys.*")} == {0}
