"""Ports for whoever opens one later, or again: no other test run takes them meanwhile, and no outgoing connection.

A port that the system picks is one of those that it also gives to outgoing connections: by the time it is opened it may
be somebody's. These lie below, and each process has a hundred to itself as long as it holds the first of them.
"""

from __future__ import annotations

import functools
import itertools
import os
import random
import socket
from collections.abc import Iterator

HOST = "127.0.0.1"
FIRST, END, EACH = 10_000, 32_000, 100


def free_port() -> int:
    return next(port for port in itertools.islice(_of_process(os.getpid()), EACH) if _bound(port, keep=False))


@functools.cache
def _of_process(pid: int) -> Iterator[int]:
    """The ports of a process again and again, each as late after its last time as can be; the first is its sign."""
    blocks = list(range(FIRST, END, EACH))
    random.Random(pid).shuffle(blocks)
    mine = next(first for first in blocks if _bound(first, keep=True))
    return itertools.cycle(range(mine + 1, mine + EACH))


HELD: list[socket.socket] = []


def _bound(port: int, *, keep: bool) -> bool:
    made = socket.socket()
    try:
        made.bind((HOST, port))
    except OSError:
        made.close()
        return False
    if keep:
        HELD.append(made)
    else:
        made.close()
    return True
