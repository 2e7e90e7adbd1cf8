"""Proof of a live number: the same show, counted again from the bytes of the log."""

from __future__ import annotations

from silkcast.domains.audience.engine.batch import Names
from silkcast.domains.audience.engine.metrics import Show
from silkcast.domains.audience.engine.recounting import recount
from silkcast.domains.audience.signal_log.logs import Log


def recompute(log: Log, show_id: str, *, at_ms: int, until: int | None = None) -> Show:
    """The show as of `at_ms` from all that lies before sequence `until`; costs by the length of the show."""
    names = Names()
    return recount(log.read(names, shows=[show_id], until=until), names, at_ms=at_ms)
