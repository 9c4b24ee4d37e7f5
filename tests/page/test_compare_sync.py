"""Takes on one clock, measured by the numbers that are burnt into their frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import burnt
import pytest
import samples
from playwright.sync_api import expect

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

RATES = [24, 25, 30, 30]
LENGTH = 8.0


@pytest.fixture(scope="session", autouse=True)
def films(media: Path) -> None:
    for rate in sorted(set(RATES)):
        burnt.write_film(media / f"burnt-{rate}.mp4", fps=rate, seconds=LENGTH)
    burnt.write_film(media / "burnt-slow.mp4", fps=30, seconds=LENGTH)
    burnt.write_film(media / "burnt-short.mp4", fps=24, seconds=2.0)


def burnt_take(number: int, name: str, fps: int, seconds: float = LENGTH) -> dict[str, Any]:
    return samples.take(
        f"t{number}",
        label=f"take {number}",
        width=burnt.WIDTH,
        height=burnt.HEIGHT,
        fps=fps,
        durationSeconds=seconds,
        video={"path": f"{name}.mp4", "url": None, "type": "video/mp4"},
        poster=None,
    )


def loaded(page: Page, count: int) -> None:
    page.wait_for_function(
        "count => [...document.querySelectorAll('.rs-cmp-cell video')]"
        ".filter(video => video.readyState >= 3 && !video.seeking).length >= count",
        arg=count,
    )


def spread(reading: list[int | None], rates: list[int]) -> float:
    """Frames of the fastest film between the film that is farthest and the one that is last.

    A frame stands for a span of time, so films agree whenever their spans have a moment in common.
    """
    spans = [
        (number / rate, (number + 1) / rate)
        for number, rate in zip(reading, rates, strict=True)
        if number is not None
    ]
    apart = max(begin for begin, _ in spans) - min(end for _, end in spans)
    return max(0.0, apart * max(rates))


def test_takes_of_different_rates_run_together(
    page: Page,
    mount_compare: Callable[..., None],
    slow: threading.Event,
    record_property: Callable[[str, object], None],
) -> None:
    """Four takes, one of which comes late, are at most a frame apart, and rarely that."""
    names = ["burnt-24", "burnt-25", "burnt-30", "burnt-slow"]
    takes = [
        burnt_take(i, name, rate) for i, (name, rate) in enumerate(zip(names, RATES, strict=True))
    ]
    mount_compare(_takes=takes)
    loaded(page, 3)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("numberOn(document.querySelector('[data-job=t0] video')) > 12")
    slow.set()
    loaded(page, 3)
    page.wait_for_function(
        "document.querySelector('[data-job=t3] video').currentTime > 0.2"
        " && !document.querySelector('[data-job=t3] video').paused"
    )
    readings = page.evaluate("rates => watchSync(rates, 10)", RATES)
    # A turn of the loop is a cut: the films are sought, and no picture before it counts.
    apart = sorted(spread(reading, RATES) for reading in readings if is_running(reading))
    assert len(apart) > 50
    p95, worst = apart[int(len(apart) * 0.95)], apart[-1]
    record_property("apart", f"p95 {p95:.2f} frames, most {worst:.2f}, {len(apart)} readings")
    assert p95 <= 1
    assert worst <= 3


def is_running(reading: list[int | None]) -> bool:
    """Away from the turn of the loop, which all take within a moment of each other."""
    moments = [
        number / rate for number, rate in zip(reading, RATES, strict=True) if number is not None
    ]
    return min(moments) > 0.5 and max(moments) < LENGTH - 0.3


def test_a_step_is_exactly_one_frame(page: Page, mount_compare: Callable[..., None]) -> None:
    """A hundred steps show a hundred frames, and the slower take the frame of that moment."""
    mount_compare(_takes=[burnt_take(0, "burnt-24", 24), burnt_take(1, "burnt-30", 30)])
    loaded(page, 2)
    page.locator(".rs-compare").focus()
    seen = []
    for _ in range(100):
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "[...document.querySelectorAll('.rs-cmp-cell video')].every(v => !v.seeking)"
        )
        seen.append(
            page.evaluate(
                "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => "
                "done([0, 1].map(i => numberOn(document.querySelector(`[data-job=t${i}] video`))))"
                ")))"
            )
        )
    assert [right for _, right in seen] == list(range(1, 101))
    assert [left for left, _ in seen] == [int((n + 0.5) / 30 * 24) for n in range(1, 101)]


def test_a_short_take_holds_its_last_frame(page: Page, mount_compare: Callable[..., None]) -> None:
    """And says so, while the longer one goes on."""
    mount_compare(_takes=[burnt_take(0, "burnt-short", 24, 2.0), burnt_take(1, "burnt-24", 24)])
    loaded(page, 2)
    page.locator(".rs-compare").focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("[data-job=t0] .rs-cmp-held")).to_have_text("Ended: last frame")
    expect(page.locator("[data-job=t1] .rs-cmp-held")).to_be_empty()
    page.keyboard.press("End")
    expect(page.locator("[data-job=t0] .rs-cmp-held")).to_have_text("Ended: last frame")
    expect(page.locator("[data-job=t1] .rs-cmp-held")).to_be_empty()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_function("numberOn(document.querySelector('[data-job=t0] video')) === 47")
    page.wait_for_function("numberOn(document.querySelector('[data-job=t1] video')) === 72")


def test_an_offset_lines_takes_up(page: Page, mount_compare: Callable[..., None]) -> None:
    """A take with an offset of half a second is half a second ahead."""
    mount_compare(_takes=[burnt_take(0, "burnt-24", 24), burnt_take(1, "burnt-24", 24)])
    loaded(page, 2)
    page.get_by_role("button", name="Strips").click()
    page.get_by_label("Offset of take 1 in seconds").fill("0.5")
    page.keyboard.press("Tab")
    page.wait_for_function("numberOn(document.querySelector('[data-job=t1] video')) === 12")
    assert page.evaluate("numberOn(document.querySelector('[data-job=t0] video'))") == 0
