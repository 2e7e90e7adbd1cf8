"""Addresses that carry a right: the event stream of a page, limited to what the public may know of a show."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from urllib.parse import quote
from uuid import UUID

from silkcast.kernel.http import signed

# Never `metrics`, `order` or `event`: takings and orders are the base's own business.
TOPICS_OF_SHOW = ("crowd", "comment", "pitch", "show")
TOPICS_OF_LIST = ("crowd", "pitch", "show")
TOPICS_OF_SHOP = ("price", "stock", "goods", "show")  # of the whole shop, whatever show a page follows
TOPICS_MAX = 60  # of one stream; the edge refuses more than 64


def events_url(base_id: UUID, show_ids: Iterable[UUID] = (), kinds: tuple[str, ...] = ()) -> str:
    """The shows' own topics, and those of the whole shop."""
    topics = [f"{base_id}/shop/{kind}" for kind in TOPICS_OF_SHOP]
    topics += [f"{base_id}/{show_id}/{kind}" for show_id in show_ids for kind in kinds]
    topics = topics[:TOPICS_MAX]
    # The edge counts streams by token, so two visitors' tokens must never be the same.
    token = signed("events", days=1, base=str(base_id), topics=topics, page=secrets.token_hex(6))
    return f"/events?token={quote(token)}"
