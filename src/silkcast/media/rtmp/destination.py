"""What is known and promised about one destination: its state for screens, and the patience we have with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Phase = Literal["idle", "resolving", "connecting", "handshaking", "publishing", "live", "waiting", "refused"]


class Reason(StrEnum):
    """Why an attempt at a destination ended; screens have words for each."""

    BAD_URL = "bad_url"
    DNS_FAILED = "dns_failed"
    DNS_TIMEOUT = "dns_timeout"
    NOT_ALLOWED = "not_allowed"  # it leads into a network that streams may not go to
    BIND_FAILED = "bind_failed"  # the network interface chosen for this destination is not there
    UNREACHABLE = "unreachable"
    CONNECT_REFUSED = "connect_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS_FAILED = "tls_failed"
    TLS_CERTIFICATE = "tls_certificate"
    TLS_TIMEOUT = "tls_timeout"
    HANDSHAKE_TIMEOUT = "handshake_timeout"
    CLOSED_AT_HANDSHAKE = "closed_at_handshake"
    PUBLISH_TIMEOUT = "publish_timeout"
    CLOSED_AT_PUBLISH = "closed_at_publish"  # how many platforms answer a wrong key
    BAD_KEY = "bad_key"
    BAD_APP = "bad_app"
    BUSY = "busy"  # somebody, mostly our own lost connection, still publishes under this key
    REFUSED = "refused"
    FIRST_ACK_TIMEOUT = "first_ack_timeout"
    WEDGED = "wedged"  # connected, but takes nothing any more
    CLOSED = "closed"
    RESET = "reset"
    STOPPED_BY_SERVER = "stopped_by_server"
    UNREADABLE = "unreadable"  # it does not speak RTMP, or wrongly
    TIMELINE_WORN = "timeline_worn"  # our own: after 24 days a connection is renewed
    FAULT = "fault"  # our own: a defect, logged

    @property
    def is_final(self) -> bool:
        """Asking again will not help until somebody changes the settings."""
        return self in (Reason.BAD_URL, Reason.NOT_ALLOWED, Reason.BAD_KEY, Reason.BAD_APP)

    @property
    def is_away(self) -> bool:
        """Nobody listens there: nobody is disturbed by another try."""
        return self is Reason.CONNECT_REFUSED

    @property
    def tells_of_ports(self) -> bool:
        """Before anybody spoke RTMP: which of these it was says whether something else listens there."""
        return self in _OF_PORTS


_OF_PORTS = frozenset(
    (
        Reason.UNREACHABLE,
        Reason.CONNECT_REFUSED,
        Reason.CONNECT_TIMEOUT,
        Reason.TLS_FAILED,
        Reason.TLS_CERTIFICATE,
        Reason.TLS_TIMEOUT,
        Reason.HANDSHAKE_TIMEOUT,
        Reason.CLOSED_AT_HANDSHAKE,
        Reason.UNREADABLE,
    )
)


class Failed(Exception):
    """An attempt at a destination is over; the next follows."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Each step of reaching a destination has its own, so that the reason of a failure is known."""

    resolve_s: float = 5.0
    connect_s: float = 5.0
    tls_s: float = 5.0
    handshake_s: float = 4.0
    publish_s: float = 8.0
    stall_s: float = 3.0  # nothing taken although there is something to take; also for the first media
    good_after_s: float = 5.0  # media accepted for so long makes a connection count as a success
    farewell_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationState:
    """Counts cover every attempt so far.

    `phase` is "refused" while only a change of settings would help; we ask again all the same, once a minute. `reason`
    says why the destination is not live, and is empty when it is or when nothing has failed yet; `failed_last` stays.
    Of an address that is not public it only says that it cannot be reached, not which of its ports are open.
    `bytes_acked` left this machine and were taken by the destination's.
    """

    destination_id: str
    phase: Phase
    reason: str
    failed_last: str
    bytes_sent: int
    bytes_acked: int
    tags_sent: int
    tags_dropped: int
    attempts: int
    live_since_ms: int | None
    retry_at_ms: int | None
