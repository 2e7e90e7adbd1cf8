"""What can go wrong between a batch and the disk."""

from __future__ import annotations

from silkcast.kernel.errors import Conflict, SilkcastError, Unavailable


class LogDamaged(SilkcastError):
    """Bytes that were once synced are not what they were: says in which file, at which byte, and what is wrong."""

    code = "signals.log_damaged"


class LogUnwritable(Unavailable):
    """The disk took nothing (full, read-only): nothing was logged, the sender may try again."""

    code = "signals.log_unwritable"


class SyncFailed(SilkcastError):
    """The disk did not confirm. What it holds is unknown, so the process must end and read the log again."""

    code = "signals.sync_failed"


class LogInUse(Conflict):
    """Another process owns this folder."""

    code = "signals.log_in_use"


class LogSilent(Unavailable):
    """The server that keeps the log did not answer in time: what it took of this is unknown, and is read from it again
    before anything else. The sender may try again."""

    code = "signals.log_silent"


class LogReplaced(LogDamaged):
    """The server's log is not the one that was counted from: it was purged, cut short or made anew."""

    code = "signals.log_replaced"
