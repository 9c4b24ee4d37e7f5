"""The frames that a comparison shows are those that its exports have, whatever kind a file is."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import burnt
import numpy as np
import pytest
import samples
from kinds import KINDS, Kind
from playwright.sync_api import expect

from rushes.comparison.entry import Entry
from rushes.comparison.footage import Footage
from rushes.widgets.clip import clip_facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from av import VideoFrame
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

MOMENTS = [0.0, 0.52, 1 / 24, 1.0, 0.9375, 0.8541, 1.51, 2.25, 2.96, 0.3]
"""Of the common clock: within frames and at their edges, forwards and backwards."""


def number_in(frame: VideoFrame) -> int:
    """The number that is burnt into a frame."""
    line = frame.to_ndarray(format="gray")[burnt.HEIGHT // 4]
    block = burnt.WIDTH // burnt.BITS
    bits = (line[block // 2 :: block][: burnt.BITS] > 127).astype(int)
    return int(bits @ (1 << np.arange(burnt.BITS)[::-1]))


def exported(path: Path, moments: list[float]) -> list[int]:
    """The numbers of the frames that an export has at these moments."""
    numbers = {}
    with Footage(Entry("film", path)).open(Fraction(0)) as footage:
        for moment in sorted(moments):
            numbers[moment] = number_in(footage.at(Fraction(moment).limit_denominator(10**6)))
    return [numbers[moment] for moment in moments]


def takes_of(path: Path, **more: Any) -> list[dict[str, Any]]:
    facts = clip_facts(path)
    return [
        samples.take(
            f"t{number}",
            label=f"take {number}",
            width=burnt.WIDTH,
            height=burnt.HEIGHT,
            fps=facts["fps"],
            durationSeconds=facts["seconds"],
            video={"path": path.name, "url": None, "type": "video/mp4"},
            poster=None,
            **more,
        )
        for number in range(2)
    ]


def shown_at(page: Page, moment: float, number: int) -> int:
    """The number on the first take when the clock stands at a moment; one is waited for."""
    return page.evaluate(
        """async ([moment, wanted]) => {
          const bar = document.querySelector('.rs-cmp-scrub');
          bar.value = String(moment);
          bar.dispatchEvent(new Event('input', { bubbles: true }));
          const video = document.querySelector('[data-job=t0] video');
          const end = performance.now() + 60000;
          let shown;
          do {
            await new Promise(requestAnimationFrame);
            shown = numberOn(video);
          } while ((video.seeking || shown !== wanted) && performance.now() < end);
          return shown;
        }""",
        [moment, number],
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_page_and_exports_agree(
    page: Page, mount_compare: Callable[..., None], media: Path, kind: Kind
) -> None:
    """At every moment the page shows the frame that an export has.

    A file whose frames are evenly spaced need not be measured by the kernel for that.
    """
    path = kind.write(media)
    facts = {"ok": True, "value": clip_facts(path)} if kind.stamps else samples.NO_CLIP
    mount_compare(_takes=takes_of(path), replies={"clip": facts})
    page.wait_for_function(
        "[...document.querySelectorAll('.rs-cmp-cell video')].every(v => v.readyState >= 2)"
    )
    page.wait_for_timeout(300)
    moments = [moment for moment in MOMENTS if moment < clip_facts(path)["seconds"]]
    wanted = exported(path, moments)
    reached = [number for number in wanted if number not in kind.unreachable]
    moments = [m for m, number in zip(moments, wanted, strict=True) if number in reached]
    wanted = reached
    shown = [shown_at(page, *each) for each in zip(moments, wanted, strict=True)]
    assert shown == wanted


@pytest.mark.parametrize("name", ["fragmented.mp4", "faststart.mp4"])
def test_a_frame_that_cannot_be_shown_is_not_passed_off_as_another(
    page: Page, mount_compare: Callable[..., None], media: Path, name: str
) -> None:
    """Where the browser stops at a later one, the take says so; and only there."""
    kind = next(kind for kind in KINDS if kind.name == name)
    mount_compare(_takes=takes_of(kind.write(media)), replies={"clip": samples.NO_CLIP})
    page.wait_for_function(
        "[...document.querySelectorAll('.rs-cmp-cell video')].every(v => v.readyState >= 2)"
    )
    page.wait_for_timeout(300)
    note = page.locator("[data-job=t0] .rs-cmp-held")
    for number in range(8, 15):
        # What Chromium shows in place of these is the key frame behind them.
        shown = 12 if number in kind.unreachable else number
        assert shown_at(page, (number + 0.5) / 24, shown) == shown
        expect(note).to_have_text("" if shown == number else "A later frame")
    page.wait_for_timeout(300)
    expect(note).to_have_text("")
