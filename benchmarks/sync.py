"""How far apart takes are that a comparison plays together, read from the screen."""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.place import ROOT
from benchmarks.row import Row

if TYPE_CHECKING:
    from benchmarks.scale import Scale

STATIC = ROOT / "src" / "rushes" / "widgets" / "static"

RATES = (24, 25, 30, 30)
LENGTH = 70.0
"""Seconds of a take; more than are watched, so that no turn of the loop is among them."""

SETTLED = 1.0
"""Seconds after a start that belong to it."""


def measure(scale: Scale) -> list[Row]:
    """Watch four takes of three frame rates for a minute."""
    seconds = 60 if scale.has_peers else 10
    apart = sorted(_watch(seconds))
    p95, most = apart[int(0.95 * len(apart))], apart[-1]
    return [
        Row(
            measure=f"drift between 4 takes, {seconds} s",
            ours=f"p95 {p95:.2f}, most {most:.2f} frames",
            target="p95 ≤ 1 frame",
            met=p95 <= 1,
            remark=(
                f"{len(apart)} pictures of the screen, takes of "
                f"{', '.join(str(rate) for rate in RATES)} frames a second with their numbers "
                "burnt in; frames are those of the fastest take"
            ),
            figures={"p95_frames": p95, "most_frames": most, "pictures": len(apart)},
        )
    ]


def _watch(seconds: int) -> list[float]:
    """Frames between the take that is farthest and the one that is last, picture by picture."""
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "page")]
    import burnt  # noqa: PLC0415 - the tests' films and browser are no packages
    from hosting import served  # noqa: PLC0415

    from chromium import chromium  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        for rate in sorted(set(RATES)):
            burnt.write_film(Path(folder) / f"{rate}.mp4", fps=rate, seconds=LENGTH)
        with served(Path(folder), STATIC, threading.Event()) as site, chromium() as browser:
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            page.goto(f"{site}/index.html")
            page.wait_for_function("window.ready")
            page.evaluate("options => mount(options)", _options(site))
            page.wait_for_function(
                "[...document.querySelectorAll('.rs-cmp-cell video')]"
                ".filter(video => video.readyState >= 3).length === 4"
            )
            page.get_by_role("button", name="Play", exact=True).click()
            page.wait_for_timeout(1000 * SETTLED)
            page.set_default_timeout(1000 * (seconds + 30))
            readings = page.evaluate("([rates, s]) => watchSync(rates, s)", [list(RATES), seconds])
    return [_apart(reading) for reading in readings]


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
