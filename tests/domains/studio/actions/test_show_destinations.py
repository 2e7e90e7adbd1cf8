from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.errors import OwnShopFixed, ShowNotLive, ShowOver
from silkcast.domains.studio.events import ShowDestinationSet
from silkcast.kernel.errors import Missing

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage


def test_a_destination_is_switched_off_and_on_in_mid_show(east: Stage) -> None:
    tiktok = east.destination()
    show_id = east.live()
    version = east.version(show_id)
    for enabled in (False, False, True):
        east.does(studio.SetShowDestination(show_id=show_id, destination_id=tiktok, enabled=enabled))
        assert [d.is_enabled for d in studio.list_show_destinations(east.ctx, show_id)] == [enabled]
    assert east.version(show_id) == version + 2
    assert east.facts(ShowDestinationSet) == [
        ShowDestinationSet(show_id=show_id, destination_id=tiktok, enabled=False, attempt=0),
        ShowDestinationSet(show_id=show_id, destination_id=tiktok, enabled=True, attempt=0),
    ]


def test_a_destination_added_later_joins_a_show_when_asked(east: Stage) -> None:
    show_id = east.live()
    youtube = east.destination("YouTube")
    assert [d.is_enabled for d in studio.list_show_destinations(east.ctx, show_id)] == [False]
    east.does(studio.SetShowDestination(show_id=show_id, destination_id=youtube, enabled=False))
    assert east.facts(ShowDestinationSet) == []
    east.does(studio.SetShowDestination(show_id=show_id, destination_id=youtube, enabled=True))
    assert [d.is_enabled for d in studio.list_show_destinations(east.ctx, show_id)] == [True]


def test_each_retry_raises_the_attempt_of_that_destination_alone(east: Stage) -> None:
    tiktok, youtube = east.destination("TikTok"), east.destination("YouTube")
    show_id = east.live()
    version = east.version(show_id)
    for _ in range(2):
        east.does(studio.RetryDestination(show_id=show_id, destination_id=tiktok))
    assert {d.id: d.attempt for d in studio.list_show_destinations(east.ctx, show_id)} == {tiktok: 2, youtube: 0}
    assert east.version(show_id) == version + 2
    assert [fact.attempt for fact in east.facts(ShowDestinationSet)] == [1, 2]  # type: ignore[attr-defined]


def test_a_retry_wants_a_show_on_air_and_a_destination_that_is_on(east: Stage) -> None:
    tiktok = east.destination()
    east.camera()
    show_id = east.planned()
    with pytest.raises(ShowNotLive):
        east.does(studio.RetryDestination(show_id=show_id, destination_id=tiktok))
    east.does(studio.GoLive(show_id=show_id))
    east.does(studio.SetShowDestination(show_id=show_id, destination_id=tiktok, enabled=False))
    before = east.marks()
    with pytest.raises(Missing):
        east.does(studio.RetryDestination(show_id=show_id, destination_id=tiktok))
    assert [d.attempt for d in studio.list_show_destinations(east.ctx, show_id)] == [0]
    assert east.marks() == before


def test_the_own_shop_is_never_switched_off(east: Stage) -> None:
    show_id = east.live()
    own = studio.own_shop_destination(east.ctx, east.ctx.at.date())
    before = east.marks()
    with pytest.raises(OwnShopFixed):
        east.does(studio.SetShowDestination(show_id=show_id, destination_id=own.id, enabled=False))
    assert studio.list_show_destinations(east.ctx, show_id) == []
    assert east.marks() == before


def test_an_ended_show_keeps_its_destinations(east: Stage) -> None:
    tiktok = east.destination()
    show_id = east.live()
    east.does(studio.EndShow(show_id=show_id), seconds=1)
    before = east.marks()
    with pytest.raises(ShowOver):
        east.does(studio.SetShowDestination(show_id=show_id, destination_id=tiktok, enabled=False), seconds=2)
    assert [d.is_enabled for d in studio.list_show_destinations(east.ctx, show_id)] == [True]
    assert east.marks() == before
