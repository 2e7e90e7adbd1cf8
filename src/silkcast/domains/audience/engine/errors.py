"""Refusals of whole requests. A bad signal among good ones refuses itself only, by one of the codes in `admission`."""

from __future__ import annotations

from silkcast.kernel.errors import Conflict, Invalid, Missing


class NotAnArray(Invalid):
    code = "signals.not_an_array"


class TooManySignals(Invalid):
    code = "signals.too_many"


class BodyTooLarge(Invalid):
    code = "signals.too_large"
    status = 413


class BadSentAt(Invalid):
    """The time of sending is none, so no stamp beside it can be believed."""

    code = "signals.bad_sent_at"


class BadName(Invalid):
    """A base, show, source or viewer is named by something that cannot be a name."""

    code = "signals.bad_name"


class NotBegun(Conflict):
    """The page was made before the show went live; it makes another when it does."""

    code = "signals.not_begun"


class UnknownShow(Missing):
    """No signal of that show is in the base's log."""

    code = "signals.unknown_show"
