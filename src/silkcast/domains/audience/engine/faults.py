"""What can be wrong with a signal that was read well: a byte for each row, 0 where it is good, and its code."""

from __future__ import annotations

BAD_ID, BAD_ID_TIME, OUTSIDE_SHOW, SHOW_TOO_LONG, TOO_MANY_VIEWERS, TOO_MANY_SKUS = range(1, 7)
CODES = ("", "bad_id", "bad_id_time", "outside_show", "show_too_long", "too_many_viewers", "too_many_skus")
