"""A NATS server of the test's own with JetStream, every message synced, on a free port; it may die and come back."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port

START_S_MAX = 60.0
SETTINGS = """
host: 127.0.0.1
port: {port}
jetstream {{ store_dir: "{folder}/store", sync_interval: always, max_memory_store: 64MB, max_file_store: 4GB }}
"""


@dataclass
class NatsServer:
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def url(self, stream: str) -> str:
        return f"nats://127.0.0.1:{self.port}/{stream}"

    def start(self) -> None:
        settings = self.folder / "nats.conf"
        settings.write_text(SETTINGS.format(port=self.port, folder=self.folder))
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(["nats-server", "-c", settings], stdout=log, stderr=log)
        gives_up_s = time.monotonic() + START_S_MAX
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < gives_up_s
            time.sleep(0.02)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(START_S_MAX)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as link:
            return link.recv(4) == b"INFO"
        return False


@contextlib.contextmanager
def running(folder: Path) -> Iterator[NatsServer]:
    if shutil.which("nats-server") is None:
        pytest.skip("nats-server is not on this machine")
    server = NatsServer(folder, free_port())
    os.makedirs(folder, exist_ok=True)
    server.start()
    try:
        yield server
    finally:
        server.kill()
