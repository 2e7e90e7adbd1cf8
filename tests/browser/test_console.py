"""The console at the sizes it is used at: what a crew must see stands above the fold."""

from __future__ import annotations

import pytest

from tests.browser.people import Device, People

pytestmark = [pytest.mark.slow, pytest.mark.real_server]

SEEN_PX = 120  # of a panel: its head and the first lines


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_comments_orders_and_destinations_stand_above_the_fold(people: People, language: str) -> None:
    console = people.operator(Device.DESK, language)
    below = []
    for width, height in ((1366, 768), (1440, 900), (1920, 1080)):
        console.set_viewport_size({"width": width, "height": height})
        people.opens_console(console)
        for part in ("destinations", "comments", "orders", "rundown"):
            box = console.locator(f"#part-{part}").bounding_box()
            assert box is not None
            if box["y"] + min(box["height"], SEEN_PX) > height or box["height"] < SEEN_PX:
                below.append((width, part, box))
        assert console.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert below == []
