"""Errors, drawn as a tree; each class is a distinction that a caller acts on.

SilkcastError
├── Misconfigured      a setting makes no sense: stop and say which
├── Invalid            the request itself is wrong: the sender must change it      (422)
├── Unauthenticated    nobody we know: sign in, or bring a key that holds            (401)
├── NotAllowed         the actor may not do this here                              (403)
├── Missing            nothing by that name in this scope                          (404)
├── Conflict           the world says no just now: sold out, already paid          (409)
├── Overloaded         refused to protect the others: try again later              (503)
└── Unavailable        an outside system did not answer in time; outcome unknown   (503)

Words for people are not here: a code and its facts become a sentence in `words`, in two languages.
"""

from __future__ import annotations

from typing import Any, ClassVar


class SilkcastError(Exception):
    """A refusal with a stable `code` and the `facts` that its sentence needs."""

    code: ClassVar[str] = "kernel.error"
    status: int = 500

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code


class Misconfigured(SilkcastError):
    code = "kernel.misconfigured"


class SettingUnreadable(Misconfigured):
    code = "kernel.setting_unreadable"


class SettingUnusable(Misconfigured):
    """It reads well, and the machine or the network says no: `reason` is in the system's own words."""

    code = "kernel.setting_unusable"


class SettingAlone(Misconfigured):
    code = "kernel.setting_alone"


class SettingUnknown(Misconfigured):
    code = "kernel.setting_unknown"


class NotPrepared(SilkcastError):
    """The tables are not there yet, or not as this code needs them."""

    code = "kernel.not_prepared"


class SettingsClash(Misconfigured):
    code = "kernel.settings_clash"


class Invalid(SilkcastError):
    code = "kernel.invalid"
    status = 422


class Contradiction(Invalid):
    """A request says one thing in two places (`field`, `other`), and not the same."""

    code = "kernel.contradiction"


class NotAllowed(SilkcastError):
    code = "kernel.not_allowed"
    status = 403


class Missing(SilkcastError):
    code = "kernel.missing"
    status = 404


class Conflict(SilkcastError):
    code = "kernel.conflict"
    status = 409


class Contradicts(Conflict):
    """A rule of the tables stands against it (`rule`); an action that could know better has not looked."""

    code = "kernel.contradicts"


class Overloaded(SilkcastError):
    code = "kernel.overloaded"
    status = 503


class Unavailable(SilkcastError):
    code = "kernel.unavailable"
    status = 503


class StorageAway(Unavailable):
    """The tables take no change just now: no room on the disk, or no connection. Safe to send again under its key."""

    code = "kernel.storage_away"


class IdempotencyMismatch(Invalid):
    """The same key came with another body: the caller has a defect, and neither answer would be right."""

    code = "kernel.idempotency_mismatch"


class Unauthenticated(SilkcastError):
    code = "kernel.unauthenticated"
    status = 401


class Unscoped(RuntimeError):
    """Our own defect: rows were read without saying whose. Never shown to a user, never caught."""
