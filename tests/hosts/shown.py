"""The widgets in the page of a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.conftest import SCREENSHOTS
from lab.notebook import Studio, see_it_move

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def studio(page: Page, number: int = 0) -> Studio:
    """One of the Studios, when it is there."""
    found = Studio(page.locator(".rushes:has(.rs-controls)").nth(number))
    found.root.wait_for()
    return found


def comparison(page: Page) -> Locator:
    """The comparison, when it is there and shows a picture of every take."""
    found = page.locator(".rs-compare")
    found.wait_for()
    found.scroll_into_view_if_needed()
    page.wait_for_function(
        """comparison => {
          const videos = [...comparison.querySelectorAll('figure video')];
          return videos.length && videos.every(({ readyState }) => readyState >= 2);
        }""",
        arg=found.element_handle(),
    )
    return found


def play_on_one_clock(comparison: Locator) -> None:
    """Start all by a key, see each move, stop them by the key, and find them at one moment."""
    comparison.focus()
    comparison.press("Space")
    for video in comparison.locator("figure video").all():
        see_it_move(video)
    comparison.press("Space")
    comparison.page.wait_for_function(
        """comparison => {
          const videos = [...comparison.querySelectorAll('figure video')];
          const at = videos.map((video) => video.currentTime);
          // A frame of the slower one.
          return videos.every(({ paused, seeking }) => paused && !seeking)
            && Math.max(...at) - Math.min(...at) <= 1 / 24;
        }""",
        arg=comparison.element_handle(),
    )


def shoot(top: Locator, name: str) -> None:
    """Take a picture with an element at the upper edge."""
    top.evaluate("element => element.scrollIntoView({ block: 'start' })")
    top.page.screenshot(path=SCREENSHOTS / f"{name}.png")
