"""`silkcast parked`: what reactions could not apply, and trying it again; the worker is asked, which alone may."""

from __future__ import annotations

from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import call_blocking

RESUME_S_MAX = 60.0


def show(settings: Settings) -> int:
    """Print each parked event; 0 when there is none, 1 otherwise."""
    found = call_blocking(settings.socket("worker"), "relay.parked", {})
    for one in found:
        print(f"{one['at']}  {one['consumer']}  {one['base_id']}  {one['subject']}\n    {one['error']}")
    return 1 if found else 0


def resume(settings: Settings, consumer: str, base_id: str, subject: str) -> int:
    asked = {"consumer": consumer, "base_id": base_id, "subject": subject}
    answer = call_blocking(settings.socket("worker"), "relay.resume", asked, deadline_s=RESUME_S_MAX)
    print(answer["through"])
    return 0
