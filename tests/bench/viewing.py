"""From a camera to the shop's live page: how old the picture is that a viewer sees in Chromium.

The camera shows the time in its pixels, so nothing between it and the viewer need be trusted; the page is the shop's
own with its own player, and its video is read off ten times a second. Chromium decodes on the same two cores.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from silkcast.media.mixer import counter
from tests.bench.clock_camera import filming, taken_ms
from tests.bench.rows import AtMost, Row, percentile
from tests.scenarios.conftest import Silkcast, eventually

if TYPE_CHECKING:
    from playwright.sync_api import Page

VISITS = 3
SETTLE_S = 5.0
WATCH_S = 30.0
P50_S_MAX, P95_S_MAX = 4.0, 6.0
# The clock's blocks are read where compression leaves them most alone, in their middles, whatever size the video has.
READ_CLOCK = """(blocks) => {
  const video = document.getElementById("video");
  const canvas = Object.assign(document.createElement("canvas"), { width: blocks * 16, height: 16 });
  const strip = canvas.getContext("2d", { willReadFrequently: true });
  window.seen = [];
  setInterval(() => {
    const scale = video.videoWidth / 1280;
    strip.drawImage(video, 0, 0, blocks * 16 * scale, 16 * scale, 0, 0, blocks * 16, 16);
    const now = Date.now();
    const pixels = strip.getImageData(0, 8, blocks * 16, 1).data;
    const bits = Array.from({ length: blocks }, (_, block) => pixels[(block * 16 + 8) * 4 + 1]);
    window.seen.push([now, bits]);
  }, 100);
}"""


def camera_to_shop_page() -> list[Row]:
    """Over several visits: each begins at another moment between two segments."""
    from playwright.sync_api import sync_playwright

    from tests.browser.people import open_browser

    ages_s: list[float] = []
    unread = 0
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:
        silkcast = Silkcast(Path(folder))
        silkcast.start("--no-demo")
        try:
            note = silkcast.note
            url = silkcast.camera_url(note["rooms"][0]["cameras"][0]["stream_key"])
            with filming(url), sync_playwright() as playwright:
                browser = open_browser(playwright)
                for _ in range(VISITS):
                    page = browser.new_page(viewport={"width": 390, "height": 844})
                    page.goto(f"{silkcast.origin}/live/{note['live_show_id']}", wait_until="domcontentloaded")
                    seen, missed = _watched(page)
                    ages_s += seen
                    unread += missed
                    page.close()
                browser.close()
        finally:
            silkcast.stop()
    detail = f"{len(ages_s)} readings in {VISITS} visits, {unread} unreadable; worst {max(ages_s):.2f} s"
    what = "camera -> shop page in Chromium (HLS)"
    return [
        Row(f"{what}, p50", percentile(ages_s, 0.50), detail=detail, unit=" s", goal=AtMost(P50_S_MAX)),
        Row(f"{what}, p95", percentile(ages_s, 0.95), unit=" s", goal=AtMost(P95_S_MAX)),
    ]


def _watched(page: Page) -> tuple[list[float], int]:
    """How old the pictures were, and how many readings held no time: the slate before the camera came, say."""
    playing = "document.getElementById('video').currentTime > 0"
    eventually(lambda: page.evaluate(playing))
    time.sleep(SETTLE_S)
    page.evaluate(READ_CLOCK, counter.BLOCKS)
    time.sleep(WATCH_S)
    readings: list[tuple[int, list[int]]] = page.evaluate("window.seen")
    ages_s: list[float] = []
    for at_ms, bits in readings:
        blocks = np.array([bits], np.uint8).repeat(counter.BLOCK_PX, 1).repeat(counter.BLOCK_PX, 0)
        if (shown := counter.read(blocks)) is not None:
            ages_s.append((at_ms - taken_ms(shown, at_ms)) / 1000)
    return ages_s, len(readings) - len(ages_s)
