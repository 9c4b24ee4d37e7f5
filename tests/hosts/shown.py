"""The widgets in the page of a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from lab.conftest import SCREENSHOTS
from lab.notebook import RENDERING, Studio, await_take, play_row, see_it_move

if TYPE_CHECKING:
    import re

    from playwright.sync_api import Locator, Page

SWEEP = """
gen = VideoGen("preview", library="swept")
sweep = gen.sweep(
    "A fox crosses a salt flat",
    provider=["seedance-2.0-fast", "kling-3.0-standard"],
    duration_seconds=4,
    name="salt flat",
).run()
"""
"""A sweep of two takes, for a board and a vote."""


def studio(page: Page, number: int = 0) -> Studio:
    """One of the Studios, when it is there."""
    found = Studio(page.locator(".rushes:has(.rs-controls)").nth(number))
    found.root.wait_for()
    return found


def comparison(page: Page) -> Locator:
    """The comparison, when it is there and shows a picture of every take."""
    found = page.locator(".rs-compare:not(.rs-vote *)")
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


def judge_on_board(page: Page, key: str, signs: str | re.Pattern[str]) -> Locator:
    """Play the row of a finished board on one clock, and judge its first take by a key."""
    board = page.locator(".rs-board")
    done = board.locator('.rs-bd-cell[data-state="completed"]')
    expect(done).to_have_count(2, timeout=RENDERING)
    pane = board.get_by_role("grid")
    pane.scroll_into_view_if_needed()
    play_row(board, pane)
    pane.press(key)
    expect(board.locator(".rs-bd-signs:not([hidden])")).to_have_text(signs)
    return board


def vote_on_pair(page: Page, name: str) -> None:
    """Answer both questions about the only pair by keys; what they are about is pictured."""
    vote = page.locator(".rushes:has(.rs-vote)")
    shown = vote.locator(".rs-compare")
    expect(shown.locator("figure video")).to_have_count(2, timeout=RENDERING)
    shown.scroll_into_view_if_needed()
    for video in shown.locator("figure video").all():
        see_it_move(video)
    shoot(vote, name)
    shown.focus()
    shown.press("b")
    expect(shown.locator('.rs-cmp-choices [aria-pressed="true"]')).to_have_text("B")
    shown.press("t")
    expect(vote.get_by_text("You have judged the only pair.")).to_be_visible()


def compare_in_tray(studio: Studio, prompt: str) -> None:
    """Make another take, compare all from the tray, see them move, and close it again."""
    await_take(studio.generate(prompt))
    for card in studio.cards.all():
        card.get_by_role("button", name="Compare").click()
    tray = studio.root.locator(".rs-tray")
    tray.get_by_role("button", name="Compare").click()
    theatre = studio.root.locator(".rs-theatre")
    shown = theatre.locator(".rs-compare")
    expect(shown.locator("figure")).to_have_count(studio.cards.count())
    # Its style sheet has come with it.
    expect(shown.locator(".rs-cmp-stage")).to_have_css("display", "grid")
    shown.page.wait_for_function(
        """shown => [...shown.querySelectorAll('figure video')].every(
          ({ readyState }) => readyState >= 2)""",
        arg=shown.element_handle(),
    )
    play_on_one_clock(shown)
    tray.get_by_role("button", name="Close").click()
    expect(shown).to_have_count(0)


def shoot(top: Locator, name: str) -> None:
    """Take a picture with an element at the upper edge."""
    top.evaluate("element => element.scrollIntoView({ block: 'start' })")
    top.page.screenshot(path=SCREENSHOTS / f"{name}.png")
