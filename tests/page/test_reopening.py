"""A widget that is opened and closed again and again, as cells are that run again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import burnt
import pytest
import samples

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import CDPSession, Page

pytestmark = pytest.mark.browser

TIMES = 10

CLOSE = """async () => {
  view.abort();
  whole.abort();
  for (const name of ['model', 'whole', 'view', 'ends', 'widget']) window[name] = undefined;
}"""

DONE = {"video": {"path": "film.mp4"}, "poster": {"path": "film.jpg"}}


@pytest.fixture(scope="module", autouse=True)
def film(media: Path) -> None:
    burnt.write_film(media / "reopened.mp4", fps=24, seconds=3.0)


def held(session: CDPSession) -> dict[str, int]:
    """Documents, nodes and listeners of the page, once all that can be freed is."""
    # What was freed may hold other things, so more than once.
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    counted: dict[str, int] = session.send("Memory.getDOMCounters")
    return counted


def reopened(page: Page, open_it: Callable[[], Any]) -> tuple[dict[str, int], dict[str, int]]:
    """What the page holds after some openings, and after ten more."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    marks = []
    for round_ in range(3 + TIMES):
        open_it()
        page.evaluate(CLOSE)
        if round_ in {2, 2 + TIMES}:
            marks.append(held(session))
    return marks[0], marks[1]


def test_ten_studios_leave_no_more_than_one(
    page: Page, mount: Callable[..., None], site: str
) -> None:
    """No element and no listener is kept by anything."""

    def open_it() -> None:
        mount(resolve=f"{site}/files/", _takes=[samples.take(f"t{n}", **DONE) for n in range(20)])
        page.locator("[data-job=t0]").get_by_role("button", name="Play with sound").click()
        page.wait_for_function("document.querySelector('video')?.currentTime > 0.1")

    before, after = reopened(page, open_it)
    assert before == after


def test_ten_comparisons_leave_no_more_than_one(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """Nor of theirs, with videos that play."""
    video = {"path": "reopened.mp4", "url": None, "type": "video/mp4"}
    takes = [samples.take(f"t{n}", label=f"take {n}", poster=None, video=video) for n in range(2)]

    def open_it() -> None:
        mount_compare(_takes=takes)
        page.get_by_role("button", name="Play", exact=True).click()
        page.wait_for_function(
            "[...document.querySelectorAll('.rs-cmp-cell video')].filter(v => v.currentTime > 0.1)"
            ".length === 2"
        )

    before, after = reopened(page, open_it)
    assert before == after
