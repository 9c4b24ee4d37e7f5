"""How far apart takes are that a comparison plays together, read from the screen."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.peers.environment import nwb_video_widgets
from benchmarks.place import ROOT
from benchmarks.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

    from benchmarks.scale import Scale

STATIC = ROOT / "src" / "rushes" / "widgets" / "static"

RATES = (24, 25, 30, 30)
LENGTH = 30.0
"""Seconds of a take; more than are watched, so that no turn of the loop is among them."""

SETTLED = 1.0
"""Seconds after a start that belong to it."""


PEER = "nwb-video-widgets"

MOUNT_PEER = """async ([traits, count]) => {
  const { default: widget } = await import('/files/video_widget.js');
  const model = {get: name => traits[name], set() {}, save_changes() {}, on() {}, off() {}};
  const sheet = document.querySelector('link[rel=stylesheet]');
  sheet.href = '/files/video_widget.css';
  widget.render({ model, el: document.querySelector('#cell') });
  [...document.querySelectorAll('.video-widget__video-cell')]
    .forEach((cell, number) => { cell.dataset.job = `t${number}`; });
}"""
"""Its module, with a stub for the kernel's half; readings look for takes by `data-job`."""

LOADED = """count => [...document.querySelectorAll('[data-job] video')]
  .filter(video => video.readyState >= 3).length === count"""


def measure(scale: Scale) -> list[Row]:
    """Watch four takes of three frame rates."""
    seconds = 20 if scale.has_peers else 10
    ours = _drift(_watch(seconds, _show_ours))
    peers = {PEER: _drift(_watch(seconds, _show_peer))} if scale.has_peers else {}
    return [
        Row(
            measure=f"drift between 4 takes, {seconds} s",
            ours=_words(ours),
            target="p95 ≤ 1 frame, most ≤ 3",
            met=ours["p95"] <= 1 and ours["most"] <= 3,
            peers={name: _words(drift) for name, drift in peers.items()},
            remark=(
                f"{ours['pictures']} pictures of the screen, takes of "
                f"{', '.join(str(rate) for rate in RATES)} frames a second with their numbers "
                "burnt in; frames are those of the fastest take"
            ),
            figures={"rushes": ours, **peers},
        )
    ]


def _words(drift: dict[str, float]) -> str:
    return f"p95 {drift['p95']:.2f}, most {drift['most']:.2f} frames"


def _drift(apart: list[float]) -> dict[str, float]:
    ordered = sorted(apart)
    return {
        "p95": ordered[int(0.95 * len(ordered))],
        "most": ordered[-1],
        "pictures": len(ordered),
    }


def _watch(seconds: int, show: Callable[[Page, str], Locator]) -> list[float]:
    """Frames between the take that is farthest and the one that is last, picture by picture."""
    sys.path[:0] = [str(ROOT / "tests")]
    from page import burnt  # noqa: PLC0415
    from page.hosting import served  # noqa: PLC0415
    from support.chromium import chromium  # noqa: PLC0415 - from the tests, found above

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rate in sorted(set(RATES)):
            burnt.write_film(folder / f"{rate}.mp4", fps=rate, seconds=LENGTH)
        if show is _show_peer:
            for file in nwb_video_widgets().glob("video_widget.*s*"):
                shutil.copy(file, folder)
        with served(folder, STATIC, threading.Event()) as site, chromium() as browser:
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            page.goto(f"{site}/index.html")
            page.wait_for_function("window.ready")
            play = show(page, site)
            page.wait_for_function(LOADED, arg=len(RATES))
            play.click()
            page.wait_for_timeout(1000 * SETTLED)
            page.set_default_timeout(1000 * (seconds + 30))
            readings = page.evaluate("([rates, s]) => watchSync(rates, s)", [list(RATES), seconds])
    return [_apart(reading) for reading in readings]


def _show_ours(page: Page, site: str) -> Locator:
    page.evaluate("options => mount(options)", _options(site))
    return page.get_by_role("button", name="Play", exact=True)


def _show_peer(page: Page, site: str) -> Locator:
    names = [f"take {number}" for number in range(len(RATES))]
    traits = {
        "_video_urls": {
            name: f"{site}/files/{rate}.mp4" for name, rate in zip(names, RATES, strict=True)
        },
        "_video_timing": {name: {"start": 0, "end": LENGTH} for name in names},
        "selected_videos": names,
        "layout_mode": "grid",
        "grid_layout": [],
        "video_labels": {},
        "settings_open": False,
        "_dandi_api_url": "",
    }
    page.evaluate(MOUNT_PEER, [traits, len(names)])
    return page.locator(".video-widget__controls button").first


def _options(site: str) -> dict[str, Any]:
    takes = [
        {
            "job": f"t{number}",
            "label": f"take {number}",
            "state": "completed",
            "provider": "",
            "mode": "",
            "params": {},
            "createdAt": 0,
            "fps": rate,
            "video": {"path": f"{rate}.mp4", "url": None, "type": "video/mp4"},
        }
        for number, rate in enumerate(RATES)
    ]
    traits = {"_takes": takes, "_epoch": "e", "columns": 2, "view": "grid", "blind": False}
    hello = {"hello": {"ok": True, "value": {"epoch": "e"}}}
    return {"bundle": "compare", "traits": traits, "replies": hello, "resolve": f"{site}/files/"}


def _apart(reading: list[int]) -> float:
    """A frame stands for a span of time; takes agree whose spans have a moment in common."""
    spans = [(n / rate, (n + 1) / rate) for n, rate in zip(reading, RATES, strict=True)]
    return max(0.0, max(RATES) * (max(b for b, _ in spans) - min(e for _, e in spans)))
