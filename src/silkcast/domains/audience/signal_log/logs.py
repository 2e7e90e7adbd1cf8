"""Where the logs of an installation's bases lie: in segment files of the data folder, or in a JetStream stream."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Protocol

from silkcast.domains.audience.engine.batch import Batch, Ids, Names
from silkcast.domains.audience.signal_log.log import SignalLog


class Log(Protocol):
    """One base's batches, numbered from 1. Each is durable once `append` returns, and read back as it was."""

    @property
    def end(self) -> int: ...
    @property
    def rows(self) -> int: ...
    def append(self, batch: Batch) -> None: ...
    def read(
        self, names: Names, *, shows: Collection[str] | None = None, since: int = 1, until: int | None = None
    ) -> Iterator[Batch]: ...
    def read_ids(self, names: Names, *, buckets: Collection[int]) -> Iterator[Ids]: ...
    def shows_heard_since(self, received_ms: int) -> set[str]: ...
    def grow(self) -> None: ...
    def close(self) -> None: ...


class Logs(Protocol):
    def base_ids(self) -> list[str]: ...
    def has(self, base_id: str) -> bool: ...
    def open(self, base_id: str) -> Log: ...
    def close(self) -> None: ...


def logs_at(url: str, folder: Path) -> Logs:
    """Of the server at this address; in the folder itself where there is none. The server's client comes only now."""
    if not url:
        return FileLogs(folder)
    from silkcast.domains.audience.signal_log.stream_log import StreamLogs

    return StreamLogs(url, folder)


class FileLogs:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def base_ids(self) -> list[str]:
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir())

    def has(self, base_id: str) -> bool:
        return (self._folder / base_id).is_dir()

    def open(self, base_id: str) -> Log:
        return SignalLog(self._folder / base_id)

    def close(self) -> None:
        """Nothing is held beside the logs themselves."""
