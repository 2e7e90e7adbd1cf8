from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from silkcast.domains.audience.engine.metrics import Show
from silkcast.domains.audience.engine.reports import for_the_crowd, in_brief, in_full, nickname

if TYPE_CHECKING:
    from tests.domains.audience.engine.conftest import Crowd, Event

NOON_MS = 1_790_000_040_000


def test_a_report_holds_the_numbers_of_the_show_flat(
    crowd: Crowd, count_plainly: Callable[[Iterable[Event], int], Show]
) -> None:
    show = count_plainly(crowd.events(random.Random(6), 300), NOON_MS)
    report = in_full(show)
    assert report["net_minor"] == show.sales.gmv_minor - show.sales.refunds_minor
    assert report["conversion"] == round(show.sales.buyers / show.viewers, 6)
    assert report["stay_s_average"] == round(show.stay_s / show.viewers, 3)
    assert [minute["minute_ms"] for minute in report["series"]] == [minute.minute_ms for minute in show.minutes]
    assert sum(minute["gmv_minor"] for minute in report["series"]) == report["gmv_minor"]
    assert sum(product["gmv_minor"] for product in report["products"]) == report["gmv_minor"]
    assert in_brief(show) == {key: value for key, value in report.items() if key != "products"}


def test_a_show_nobody_watched_has_rates_of_zero(count_plainly: Callable[[Iterable[Event], int], Show]) -> None:
    report = in_full(count_plainly([], NOON_MS))
    assert (report["conversion"], report["interaction_rate"], report["stay_s_average"]) == (0.0, 0.0, 0.0)


def test_the_crowd_is_told_no_money(crowd: Crowd, count_plainly: Callable[[Iterable[Event], int], Show]) -> None:
    show = count_plainly(crowd.events(random.Random(6), 50), NOON_MS)
    assert for_the_crowd(show) == {"at_ms": NOON_MS, "online": show.online, "likes": show.likes}


def test_a_nickname_is_stable_and_hides_the_id() -> None:
    name = nickname("base-1", "viewer-7f3a")
    assert name == nickname("base-1", "viewer-7f3a") != nickname("base-2", "viewer-7f3a")
    assert name.startswith("Guest ")
    assert len(name) == len("Guest 4F2A")
