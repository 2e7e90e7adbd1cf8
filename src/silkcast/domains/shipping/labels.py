"""Label files: they carry an address, so they lie sealed under the order's subject key and go with it."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

from silkcast.kernel.errors import Missing
from silkcast.kernel.settings import load
from silkcast.kernel.storage.keys import keyring


def store(base_id: UUID, subject: str, name: str, pdf: bytes) -> str:
    """Seal and write; the file's name relative to the media folder."""
    relative = Path("labels") / str(base_id) / f"{name}.pdf.sealed"
    path = load().data / "media" / relative
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(keyring().seal(subject, pdf))
    draft.replace(path)
    return str(relative)


def read(subject: str, relative: str) -> bytes:
    try:
        pdf = keyring().unseal(subject, (load().data / "media" / relative).read_bytes())
    except FileNotFoundError:
        pdf = None
    if pdf is None:
        raise Missing(kind="label")
    return pdf
