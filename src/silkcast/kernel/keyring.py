"""Keys that make erasure possible: what a person wrote is sealed under a key of theirs, and the key can go.

The keys live in a file of their own, outside the tables, so that a copy of the database holds no personal text.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pysqlite3 import dbapi2 as sqlite

from silkcast.kernel.settings import secret_file

_NONCE_BYTES = 12
_BUSY_S = 10.0
_CACHE_MAX = 10_000


class Keyring:
    """AES-256-GCM under one random key per subject, itself wrapped by the installation's key. Thread-safe."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._wrapping = AESGCM(secret_file(path.with_suffix(".master")))
        self._lock = threading.Lock()
        self._database = sqlite.connect(str(path), timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        # secure_delete overwrites what is removed: an erased key must not be found in a free page.
        self._database.execute("PRAGMA secure_delete=ON")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS subject_key (subject TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID"
        )
        self._known: dict[str, tuple[int, AESGCM]] = {}

    def seal(self, subject: str, plaintext: bytes) -> bytes:
        """Encrypt for a subject, making its key on first use."""
        return _sealed(self._key(subject), subject, plaintext)

    def seal_many(self, sealing: Sequence[tuple[str, bytes]]) -> list[bytes]:
        """Encrypt for many subjects; keys that are new are made durable together, by one sync."""
        keys = {subject: AESGCM.generate_key(256) for subject, _ in sealing}
        made = [(subject, self._wrapped(subject, key)) for subject, key in keys.items()]
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                added = self._database.executemany("INSERT OR IGNORE INTO subject_key VALUES (?, ?)", made).rowcount
                self._database.execute("COMMIT")
            except BaseException:  # a full disk, say: the next call must find no transaction open
                self._database.rollback()
                raise
        if added < len(made):  # some had a key before
            return [self.seal(subject, plaintext) for subject, plaintext in sealing]
        ciphers = {subject: AESGCM(key) for subject, key in keys.items()}
        return [_sealed(ciphers[subject], subject, plaintext) for subject, plaintext in sealing]

    def unseal(self, subject: str, sealed: bytes) -> bytes | None:
        """The text, or None once the subject was erased."""
        key = self._find(subject)
        if key is None:
            return None
        try:
            return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], subject.encode())
        except InvalidTag:  # sealed under an erased key; the subject came back since and has a new one
            return None

    def forget(self, subject: str) -> None:
        """Erase: after this nothing sealed for the subject can be read by anyone."""
        with self._lock:
            self._database.execute("DELETE FROM subject_key WHERE subject = ?", (subject,))
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._known.pop(subject, None)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _key(self, subject: str) -> AESGCM:
        known = self._find(subject)
        if known is not None:
            return known
        with self._lock:
            # Another process may be first; then its key is the one that both use.
            wrapped = self._wrapped(subject, AESGCM.generate_key(256))
            self._database.execute("INSERT OR IGNORE INTO subject_key VALUES (?, ?)", (subject, wrapped))
        found = self._find(subject)
        assert found is not None
        return found

    def _wrapped(self, subject: str, key: bytes) -> bytes:
        return _sealed(self._wrapping, subject, key)

    def _find(self, subject: str) -> AESGCM | None:
        with self._lock:
            # Another process erases too: its commit changes data_version, and what we remember is asked again.
            version = int(self._database.execute("PRAGMA data_version").fetchone()[0])
            known = self._known.get(subject)
            if known is not None and known[0] == version:
                return known[1]
            row = self._database.execute("SELECT wrapped FROM subject_key WHERE subject = ?", (subject,)).fetchone()
            if row is None:
                self._known.pop(subject, None)
                return None
            raw = self._wrapping.decrypt(row[0][:_NONCE_BYTES], row[0][_NONCE_BYTES:], subject.encode())
            if len(self._known) >= _CACHE_MAX:
                self._known.clear()
            key = AESGCM(raw)
            self._known[subject] = (version, key)
            return key


def _sealed(cipher: AESGCM, subject: str, plaintext: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plaintext, subject.encode())
