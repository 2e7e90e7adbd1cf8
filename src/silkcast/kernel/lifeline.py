"""A child that does not outlive its parent, even when the parent is killed outright."""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)  # loaded before any fork: nothing may be allocated between fork and exec


def die_with(parent: int) -> None:
    """Have the kernel kill this process as soon as `parent` is gone; call it in the child, first thing."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went before we asked
        os._exit(1)
