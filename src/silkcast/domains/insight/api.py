"""What other domains may ask of this one."""

from silkcast.domains.insight.audience import find_metrics, find_viewers_by_minute
from silkcast.domains.insight.auditing import airtime_differences, signal_differences
from silkcast.domains.insight.queries import get_airtime, list_parts, seen_by

__all__ = [
    "airtime_differences",
    "find_metrics",
    "find_viewers_by_minute",
    "get_airtime",
    "list_parts",
    "seen_by",
    "signal_differences",
]
