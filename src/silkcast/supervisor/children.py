"""One running process, ours or found, held by a descriptor that can never come to mean another one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from silkcast.kernel.lifeline import die_with


class Child:
    """`exited` becomes its exit code (negative: the signal), or None for one that was not started by us."""

    def __init__(self, pid: int, started: subprocess.Popen[bytes] | None = None) -> None:
        """Raises ProcessLookupError when there is no such process any more."""
        self.pid = pid
        self._started = started
        self._handle = os.pidfd_open(pid)
        loop = asyncio.get_running_loop()
        self.exited: asyncio.Future[int | None] = loop.create_future()
        loop.add_reader(self._handle, self._reap)

    @property
    def is_adopted(self) -> bool:
        return self._started is None

    def _reap(self) -> None:
        code = self._started.wait() if self._started is not None else None
        asyncio.get_running_loop().remove_reader(self._handle)
        os.close(self._handle)
        self.exited.set_result(code)

    def send(self, number: signal.Signals) -> None:
        if not self.exited.done():
            with contextlib.suppress(ProcessLookupError):  # it ended by itself; the reader will say so
                signal.pidfd_send_signal(self._handle, number)

    async def end(self, grace_s: float) -> None:
        """Ask it to stop, and kill it when it does not."""
        self.send(signal.SIGTERM)
        try:
            async with asyncio.timeout(grace_s):
                await asyncio.shield(self.exited)
        except TimeoutError:
            self.send(signal.SIGKILL)
            await asyncio.shield(self.exited)

    def let_go(self) -> None:
        """Stop watching; it lives on."""
        if not self.exited.done():
            asyncio.get_running_loop().remove_reader(self._handle)
            os.close(self._handle)
            self.exited.set_result(None)
        if self._started is not None:
            self._started.returncode = 0  # not ours to wait for any more


def start(
    command: Sequence[str],
    log: Path,
    *,
    outlives_us: bool = False,
    inherits: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
) -> Child:
    """Start a program with its output appended to `log`.

    Each gets a session of its own: a Ctrl-C at the terminal is for us alone, who then end the others in order.
    """
    arguments = [*command, *(str(handle) for handle in inherits)]
    with log.open("ab") as output:
        started = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=inherits,
            start_new_session=True,
            preexec_fn=None if outlives_us else partial(die_with, os.getpid()),
            env={**os.environ, **environment} if environment is not None else None,
        )
    try:
        return Child(started.pid, started)
    except OSError:  # no descriptor is left to hold it by: nobody may run unwatched beside the next
        started.kill()
        started.wait()
        raise
