"""How smoothly nine takes play at once, beside nine plain videos in the same browser."""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.films import RATE, write_film
from benchmarks.place import ROOT
from benchmarks.row import Row

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from benchmarks.scale import Scale

STATIC = ROOT / "src" / "rushes" / "widgets" / "static"

TAKES = 9
LENGTH = 15
MEGABYTES = 5
SECONDS = 8.0
ALIKE = 0.95

PLAIN = """files => {
  const cell = document.querySelector('#cell');
  cell.style.cssText = 'display:grid;grid-template-columns:repeat(3,1fr);gap:8px';
  for (const file of files) {
    const video = document.createElement('video');
    Object.assign(video, {src: file, muted: true, loop: true, preload: 'auto'});
    video.style.width = '100%';
    cell.append(video);
  }
}"""

LOADED = """count => [...document.querySelectorAll('#cell video')]
  .filter(video => video.readyState >= 3).length >= count"""

COUNT = """async seconds => {
  const videos = [...document.querySelectorAll('#cell video')].filter(video => video.src);
  const tasks = [];
  new PerformanceObserver(list => tasks.push(...list.getEntries().map(task => task.duration)))
    .observe({ type: 'longtask' });
  const shown = () => videos.map(video => {
    const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
    return totalVideoFrames - droppedVideoFrames;
  });
  const [before, began] = [shown(), performance.now()];
  await new Promise(resolve => setTimeout(resolve, 1000 * seconds));
  const passed = (performance.now() - began) / 1000;
  return [shown().map((count, i) => (count - before[i]) / passed), Math.max(0, ...tasks)];
}"""
"""Counted by the browser: a page that counts callbacks misses frames between two of its own."""


def measure(_: Scale) -> list[Row]:
    """Play nine takes in a comparison, then the same files without it."""
    sys.path[:0] = [str(ROOT / "tests")]
    from page.hosting import served  # noqa: PLC0415
    from support.chromium import chromium  # noqa: PLC0415 - from the tests, found above

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(TAKES):
            write_film(folder / f"{number}.mp4", MEGABYTES, LENGTH)
        with served(folder, STATIC, threading.Event()) as site, chromium() as browser:

            def watch(show: Any) -> tuple[list[float], float]:
                page = browser.new_page(viewport={"width": 1400, "height": 1300})
                page.set_default_timeout(60_000)
                page.goto(f"{site}/index.html")
                page.wait_for_function("window.ready")
                show(page, site)
                page.wait_for_timeout(2000)
                shown, longest = page.evaluate(COUNT, SECONDS)
                page.close()
                return shown, longest

            ours, longest = watch(_compare)
            plain, _ = watch(_plain)
    return [
        Row(
            measure=f"{TAKES} takes of 720p at once: pictures a second of each (least, median)",
            ours=f"{min(ours):.1f}, {median(ours):.1f}",
            target=f"≥ {ALIKE:.0%} of plain videos",
            met=min(ours) >= ALIKE * min(plain) and median(ours) >= ALIKE * median(plain),
            peers={"plain <video>": f"{min(plain):.1f}, {median(plain):.1f}"},
            remark=(
                f"of {RATE}, those that the browser decoded and did not drop, "
                f"{8 * MEGABYTES / LENGTH:.1f} Mbit/s each, decoded by the processor; "
                f"the longest task of the page took {longest:.0f} ms"
            ),
            figures={"rushes": ours, "plain": plain, "longest_task_ms": longest},
        )
    ]


def _compare(page: Page, site: str) -> None:
    takes = [
        {
            "job": f"t{number}",
            "label": f"take {number}",
            "state": "completed",
            "provider": "",
            "mode": "",
            "params": {},
            "createdAt": 0,
            "fps": RATE,
            "video": {"path": f"{number}.mp4", "url": None, "type": "video/mp4"},
        }
        for number in range(TAKES)
    ]
    traits = {"_takes": takes, "_epoch": "e", "columns": 3, "view": "grid", "blind": False}
    hello = {"hello": {"ok": True, "value": {"epoch": "e"}}}
    page.evaluate(
        "options => mount(options)",
        {"bundle": "compare", "traits": traits, "replies": hello, "resolve": f"{site}/files/"},
    )
    page.wait_for_function(LOADED, arg=TAKES)
    page.get_by_role("button", name="Play", exact=True).click()


def _plain(page: Page, site: str) -> None:
    page.evaluate(PLAIN, [f"{site}/files/{number}.mp4" for number in range(TAKES)])
    page.wait_for_function(LOADED, arg=TAKES)
    page.evaluate("document.querySelectorAll('#cell video').forEach(video => video.play())")
