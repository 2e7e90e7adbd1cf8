"""The relay's loop: one thread per consumer kind would only queue at the turnstile, so one thread takes turns."""

from __future__ import annotations

import logging
import select
import socket
import threading
import time

from django.db import OperationalError, close_old_connections

from silkcast.kernel import relay
from silkcast.kernel.storage.turns import found_no_turn

logger = logging.getLogger(__name__)
POLL_S = 0.5


class Relay(threading.Thread):
    """Applies events whenever the bell rings, and twice a second in any case."""

    def __init__(self, bell: socket.socket, *, has_outside: bool = True) -> None:
        super().__init__(name="relay", daemon=True)
        self._has_outside = has_outside
        self._bell = bell
        self._stopping = threading.Event()
        self.last_turn = time.monotonic()

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=10)

    def run(self) -> None:
        while not self._stopping.is_set():
            passed, reader = 0, relay.Reader()
            for consumer in relay.consumers(outside=self._has_outside):  # workflows join a little later
                passed += self._work(consumer, reader)
            self.last_turn = time.monotonic()
            if not passed:
                self._sleep()
        close_old_connections()

    def _work(self, consumer: str, reader: relay.Reader) -> int:
        try:
            return relay.work(consumer, reader)
        except OperationalError as error:
            level = logging.WARNING if found_no_turn(error) else logging.ERROR
            logger.log(level, "relay.database_busy", exc_info=True)
            close_old_connections()  # one that broke is opened anew
        except Exception:
            logger.exception("relay.failed", extra={"facts": {"consumer": consumer}})
        self._stopping.wait(POLL_S)
        return 0

    def _sleep(self) -> None:
        readable, _, _ = select.select([self._bell], [], [], POLL_S)
        if readable:
            try:
                while self._bell.recv(16):
                    pass
            except BlockingIOError:
                pass
