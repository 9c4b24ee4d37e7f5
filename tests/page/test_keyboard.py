"""The main path without a mouse, and what is left when the Studio goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import samples
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

DONE = {"video": {"path": "film.mp4"}, "poster": {"path": "film.jpg"}}
ACCEPTED = {"ok": True, "value": {"job": "n"}}
FOCUSED = """() => {
  const e = document.activeElement;
  return e.getAttribute("aria-label") || e.closest("label")?.textContent ||
    document.querySelector(`label[for="${e.id}"]`)?.textContent || e.textContent;
}"""


def tab_to(page: Page, name: str, *, back: bool = False) -> None:
    """Press Tab until a control of that name has the focus."""
    for _ in range(60):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if name in (page.evaluate(FOCUSED) or ""):
            return
    message = f"{name} cannot be reached"
    raise AssertionError(message)


def test_the_main_path_needs_no_mouse(page: Page, mount: Callable[..., None], site: str) -> None:
    """Two providers, a prompt, a shape, Generate; then play, compare and reuse a take."""
    takes = [samples.take("a", **DONE), samples.take("b", **DONE)]
    mount(replies={"submit": ACCEPTED}, resolve=f"{site}/files/", _takes=takes)
    tab_to(page, "Kling 3.0 standard")
    page.keyboard.press("Space")
    tab_to(page, "Prompt")
    page.keyboard.type("A boat")
    tab_to(page, "16:9")
    page.keyboard.press("ArrowLeft")
    tab_to(page, "Duration")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+Enter")
    page.wait_for_function("model.asked('submit').length === 2")
    sent = page.evaluate("model.asked('submit').map(message => message.params)")
    assert [params["durationSeconds"] for params in sent] == [6, 6]
    assert sent[0]["aspectRatio"] == "21:9"
    tab_to(page, "Take by Seedance 2.0")
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('[data-job=a] video')?.currentTime > 0.1")
    expect(page.locator('[data-job="a"] .rs-player')).to_be_focused()
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('[data-job=a] video').paused")
    tab_to(page, "Compare")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    tab_to(page, "Compare")
    page.keyboard.press("Enter")
    tab_to(page, "Clear")
    tab_to(page, "Compare")
    page.keyboard.press("Enter")
    expect(page.locator(".rs-compare figure")).to_have_count(2)
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".rs-compare")).to_have_count(0)
    tab_to(page, "Take by Seedance 2.0", back=True)
    page.keyboard.press("Enter")
    tab_to(page, "Reuse")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Prompt", exact=True)).to_be_focused()


def test_no_motion_where_none_is_wanted(page: Page, mount: Callable[..., None], site: str) -> None:
    """Pointing starts nothing, and nothing moves by itself."""
    page.emulate_media(reduced_motion="reduce")
    takes = [samples.take("a", **DONE), samples.take("b", "queued")]
    mount(resolve=f"{site}/files/", _takes=takes)
    expect(page.locator('[data-job="a"] .rs-pictured')).to_be_visible()
    page.locator('[data-job="a"] .rs-player').hover()
    page.evaluate("new Promise(done => setTimeout(done, 400))")
    assert page.locator("video").count() == 0
    assert page.evaluate("document.getAnimations().length") == 0


def test_nothing_of_an_open_studio_is_left_behind(
    page: Page, mount: Callable[..., None], site: str
) -> None:
    """Not of a file on its way, thumbnails, a menu, the tray or a video that plays."""
    page.evaluate("spy()")
    kept = "/x/inputs/0123456789abcdef-a.png"
    mount(
        resolve=f"{site}/files/",
        _takes=[samples.take("a", **DONE), samples.take("b", **DONE)],
        _selected=["a", "b"],
        _settings={"mode": samples.I2V, "values": {"endImageUrl": kept}},
    )
    page.evaluate(
        """async () => {
          const bytes = await (await fetch("/files/film.jpg")).arrayBuffer();
          const value = {name: "a.png", bytes: 1000, width: 320, height: 180};
          model.replies.look = () => [{ok: true, value}, [new DataView(bytes)]];
          model.push("_settings", {mode: "image-to-video",
            values: {endImageUrl: "/x/inputs/0123456789abcdef-b.png"}});
        }"""
    )
    page.wait_for_function("count.blobs === 1")
    page.locator('[data-field="startImageUrl"] input[type=file]').set_input_files(
        [{"name": "b.png", "mimeType": "image/png", "buffer": b"x"}]
    )
    page.locator('[data-job="a"]').get_by_role("button", name="Play with sound").click()
    page.wait_for_function("document.querySelector('[data-job=a] video')?.currentTime > 0")
    page.locator('[data-job="b"]').get_by_role("button", name="More actions").click()
    # The open menu may hang over it.
    page.locator(".rs-tray").get_by_role("button", name="Compare").evaluate("one => one.click()")
    expect(page.locator(".rs-theatre video")).to_have_count(2)
    page.evaluate("window.videos = [...document.querySelectorAll('video')]")
    page.evaluate("whole.abort(); view.abort(); ends.forEach(end => end())")
    page.evaluate("new Promise(done => setTimeout(done, 50))")
    left = page.evaluate(
        "[count.blobs, count.timers.size, count.watched, model.listening, "
        "videos.filter(video => video.hasAttribute('src')).length, "
        "document.querySelectorAll('.rushes').length]"
    )
    assert left == [0, 0, 0, 0, 0, 0]
