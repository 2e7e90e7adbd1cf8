"""Threads that meet a type for the first time, all at once; in a process of its own, which it would end."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys, threading
from dataclasses import make_dataclass
import msgspec
from silkcast.kernel.typed import decoded

sys.setswitchinterval(1e-6)
raw = b'{"inner": {"a": "1", "b": "2", "c": "3"}}'
for number in range(400):
    inner = make_dataclass("Inner", [(name, str) for name in "abc"])
    outer = decoded(make_dataclass("Outer", [("inner", inner)]))
    starting = threading.Barrier(4)

    def decode():
        starting.wait()
        assert msgspec.json.decode(raw, type=outer).inner.b == "2"

    threads = [threading.Thread(target=decode) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
"""


def test_a_type_learnt_beforehand_is_decoded_by_many_threads_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
