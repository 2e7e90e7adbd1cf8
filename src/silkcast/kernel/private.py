"""The data folder is for the user who runs Silkcast alone: what stood open to others is closed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

# What we make at the top of the folder. Somebody may have named a folder that holds other things of theirs, too.
OURS = (
    *("silkcast.db*", "keys.*", "*.key", "demo.json", "supervisor.lock", ".prepared"),
    *("logs", "run", "hls", "media", "signals"),
)
OPEN = 0o077


def close_to_others(data: Path) -> list[Path]:
    """Take every right of group and others from the folder and what is ours in it; those that had some, in order."""
    # The folder first: from then on nobody else can put anything in our way.
    return [path for path in (data, *_ours(data)) if _close(path)]


def _ours(data: Path) -> Iterator[Path]:
    for pattern in OURS:
        for top in sorted(data.glob(pattern)):
            yield top
            if top.is_dir() and not top.is_symlink():
                for folder, folders, files in os.walk(top):
                    yield from (Path(folder) / name for name in (*folders, *files))


def _close(path: Path) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:  # a process of the last run may still be tidying up
        return False
    is_plain = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
    is_shared = bool(found.st_mode & stat.S_ISVTX)  # as /tmp is: no folder of ours, whoever made it one
    if not is_plain or is_shared or found.st_uid != os.getuid() or not found.st_mode & OPEN:
        return False
    path.chmod(stat.S_IMODE(found.st_mode) & ~OPEN)
    return True
