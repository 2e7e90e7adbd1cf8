"""The kinds of signals and facts, and the byte that stands for each in columns and in the log."""

from __future__ import annotations

from enum import IntEnum


class Kind(IntEnum):
    """Numbers are written to disk: add, never renumber."""

    ENTER = 1
    HEARTBEAT = 2
    COMMENT = 3
    LIKE = 4
    SHARE = 5
    FOLLOW = 6
    CLICK = 7
    CART = 8
    LEAVE = 9
    BUY = 10
    REFUND = 11


SHOP_SOURCE = "shop"  # of every viewer's page; an API key is a source of its own
KINDS_MAX = 16  # how many the columns leave room for

FACTS = frozenset({Kind.BUY, Kind.REFUND})
INTERACTIONS = frozenset({Kind.COMMENT, Kind.LIKE, Kind.SHARE, Kind.FOLLOW})

SIGNAL_WORDS: dict[str, Kind] = {kind.name.lower(): kind for kind in Kind if kind not in FACTS}
FACT_WORDS: dict[str, Kind] = {kind.name.lower(): kind for kind in FACTS}
