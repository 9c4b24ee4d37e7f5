"""The main paths of both widgets in Firefox and in WebKit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import burnt
import pytest
import samples

from support.browsers import BROWSERS, Browser, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

UNTIL = """async ([condition, seconds]) => {
  const met = new Function(`return (${condition})`);
  const end = performance.now() + 1000 * seconds;
  while (!met() && performance.now() < end) await new Promise((go) => setTimeout(go, 20));
  return Boolean(met());
}"""

MOUNT = "async (options) => { await window.mount(options); }"

VIDEOS = "[...document.querySelectorAll('.rs-cmp-cell video')]"

PLAYED = """async (times) => {
  const videos = [0, 1].map((n) => document.querySelector(`[data-job=t${n}] video`));
  const readings = [];
  while (readings.length < times) {
    await new Promise((go) => setTimeout(go, 50));
    readings.push(videos.map((video) => [numberOn(video), video.playbackRate]));
  }
  return readings;
}"""


@pytest.fixture(scope="module", params=BROWSERS)
def driven(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Each browser that is installed; where everything is checked both have to be."""
    reason = missing(request.param)
    if reason and not os.environ.get("CI"):
        pytest.skip(reason)
    with BROWSERS[request.param]() as browser:
        yield browser


@pytest.fixture
def show(driven: Browser, site: str) -> Callable[..., None]:
    """Mount a widget in a fresh page."""

    def mount(bundle: str, replies: dict[str, Any], **traits: Any) -> None:
        driven.goto(f"{site}/index.html")
        until(driven, "window.ready")
        known = {"hello": samples.HELLO, "clip": samples.NO_CLIP, **replies}
        options = {"bundle": bundle, "traits": traits, "replies": known}
        driven.evaluate(MOUNT, {**options, "resolve": f"{site}/files/"})

    return mount


def until(browser: Browser, condition: str, seconds: float = 60) -> None:
    """Wait until an expression of the page is true."""
    assert browser.evaluate(UNTIL, [condition, seconds]), condition


def takes(media: Path) -> list[dict[str, Any]]:
    for fps in (24, 30):
        if not (media / f"both-{fps}.mp4").exists():
            burnt.write_film(media / f"both-{fps}.mp4", fps=fps, seconds=8)
    return [
        samples.take(
            f"t{number}",
            label=f"take {number}",
            width=burnt.WIDTH,
            height=burnt.HEIGHT,
            fps=fps,
            durationSeconds=8.0,
            video={"path": f"both-{fps}.mp4", "url": None, "type": "video/mp4"},
            poster=None,
        )
        for number, fps in enumerate((24, 30))
    ]


def test_two_takes_are_compared(driven: Browser, show: Callable[..., None], media: Path) -> None:
    """Both move, at most a quarter of a second apart; still, they show the same moment."""
    traits = {"_epoch": "first", "columns": 0, "view": "grid", "blind": False}
    show("compare", {}, _takes=takes(media), **traits)
    until(driven, f"{VIDEOS}.length === 2 && {VIDEOS}.every((v) => v.readyState >= 2)")

    driven.evaluate("async () => document.querySelector('[aria-label=Play]').click()")
    until(driven, f"{VIDEOS}.every((v) => numberOn(v) > 24)")
    readings = driven.evaluate(PLAYED, 60)
    apart = sorted(abs(left[0] / 24 - right[0] / 30) for left, right in readings)
    assert apart[len(apart) * 3 // 4] < 0.25
    assert len({left[0] for left, _ in readings}) > 10
    assert len({right[0] for _, right in readings}) > 10

    driven.evaluate("async () => document.querySelector('[aria-label=Pause]').click()")
    until(driven, "[...document.querySelectorAll('video')].every((v) => v.paused && !v.seeking)")
    key = "new KeyboardEvent('keydown', { key: '%s', bubbles: true })"
    driven.evaluate(
        f"async () => document.querySelector('.rs-compare').dispatchEvent({key % 'Home'})"
    )
    step = f"document.querySelector('.rs-compare').dispatchEvent({key % 'ArrowRight'})"
    shown = "numberOn(document.querySelector('[data-job=t%d] video'))"
    until(driven, f"{shown % 1} === 0 && {VIDEOS}.every((v) => !v.seeking)")
    for number in range(1, 7):
        driven.evaluate(f"async () => {{ {step}; }}")
        until(driven, f"{shown % 1} === {number}")
        until(driven, f"{shown % 0} === {int((number + 0.5) / 30 * 24)}")


def test_a_take_is_prompted_and_played(
    driven: Browser, show: Callable[..., None], media: Path
) -> None:
    """A prompt is sent once, and a finished take plays in its card."""
    takes(media)
    video = {"path": "both-24.mp4", "url": None, "type": "video/mp4"}
    show(
        "studio",
        {"estimate": samples.ESTIMATE, "submit": {"ok": True, "value": {"job": "new"}}},
        **samples.traits(_takes=[samples.take("done", video=video, poster=None)]),
    )
    until(driven, "document.querySelector('[data-job=done]')")
    driven.evaluate("""async () => {
      const prompt = document.querySelector('textarea');
      prompt.value = 'A red fox';
      prompt.dispatchEvent(new Event('input', { bubbles: true }));
      const all = [...document.querySelectorAll('button')];
      all.find((button) => button.textContent.includes('Generate')).click();
    }""")
    until(driven, "model.asked('submit').length === 1")
    assert driven.evaluate("async () => model.asked('submit')[0].params.prompt") == "A red fox"

    driven.evaluate("""async () => document.querySelector(
      '[data-job=done] .rs-start').click()""")
    until(driven, "numberOn(document.querySelector('[data-job=done] video')) > 12")


def test_a_board_plays_and_judges(driven: Browser, show: Callable[..., None], media: Path) -> None:
    """A row on one clock by a key, and a mark by another."""
    takes(media)
    traits = samples.board()
    for number, each in enumerate(traits["_takes"]):
        each["video"] = {"path": f"both-{(24, 30)[number % 2]}.mp4", "url": None}
    said = {"pick": True, "stars": None, "tags": [], "note": None}
    show("board", {"mark": {"ok": True, "value": said}}, **traits)
    until(driven, "document.querySelectorAll('.rs-bd-pictured').length >= 6")
    pressed = """async (key) => {
      const pane = document.querySelector('[role=grid]');
      pane.focus();
      pane.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    }"""

    driven.evaluate(pressed, " ")
    videos = "[...document.querySelectorAll('.rs-bd-cell video')]"
    until(driven, f"{videos}.length === 2 && {videos}.every((v) => numberOn(v) > 12)")
    driven.evaluate(pressed, " ")
    until(driven, f"{videos}.every((v) => v.paused && !v.seeking)")
    moments = driven.evaluate(f"async () => {videos}.map((v) => v.currentTime)")
    assert abs(moments[0] - moments[1]) <= 1 / 24
    driven.evaluate(pressed, "p")
    until(driven, "document.querySelector('[data-cell=\"0\"] .rs-bd-signs').textContent === '✓'")
