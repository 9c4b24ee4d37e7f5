"""What a colleague does who was sent a page to vote on, and what a voter does in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import samples
from axe import AXE, RUN, THEMES, dress, violations
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from rushes import VideoGen
    from rushes.explore.bakeoff import BakeOff

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PROVIDERS = ["kling-3.0-standard", "seedance-2.0"]


@pytest.fixture
def bake(gen: VideoGen, bundle: Path) -> BakeOff:  # noqa: ARG001 - the page is made of it
    bake = gen.bakeoff(
        ["A <b>fox</b>", "A hare", "A heron"], providers=PROVIDERS, name="three", duration_seconds=4
    )
    bake.run().wait(60)
    return bake


@pytest.fixture
def opened(bake: BakeOff, browser: Browser, tmp_path: Path) -> Callable[..., Page]:
    """The page for colleagues, in a browser without a network."""
    path = bake.page(tmp_path / "vote.html")
    contexts = []

    def opened(**options: Any) -> Page:
        context = browser.new_context(offline=True, accept_downloads=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("console", lambda message: page.faults.append(message.text))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


def test_a_colleague_votes_by_keys_and_sends_a_file_back(opened, bake, tmp_path):
    """Every pair once; the file is merged, and tells what was said of whom."""
    page = opened()
    page.get_by_label("Your name").fill("Anna")
    page.keyboard.press("Enter")
    for number in range(3):
        expect(page.locator(".rs-cmp-ballot header strong")).to_have_text(
            f"{number} {'pair' if number == 1 else 'pairs'} judged, {3 - number} left"
        )
        expect(page.locator("video")).to_have_count(2)
        page.keyboard.press("a")
        page.keyboard.press("t")
    expect(page.get_by_role("status").filter(has_text="all 3 pairs")).to_be_visible()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save 3 judgements").click()
    file = tmp_path / saving.value.suggested_filename
    saving.value.save_as(file)

    assert file.name == "votes-Anna.json"
    assert bake.merge(file) == 6
    assert {(vote.question, vote.choice) for vote in bake.votes()} == {
        ("prompt", "left"),
        ("looks", "tie"),
    }
    assert page.faults == []


def test_a_reload_keeps_what_was_said(opened):
    """As far as the browser lets pages from files remember something."""
    page = opened()
    page.get_by_label("Your name").fill("Anna")
    page.keyboard.press("Enter")
    page.keyboard.press("a")
    page.keyboard.press("a")
    expect(page.locator(".rs-cmp-ballot header strong")).to_contain_text("1 pair judged")

    page.reload()

    expect(page.get_by_label("Your name")).to_have_value("Anna")
    page.keyboard.press("Tab")
    page.get_by_label("Your name").press("Enter")
    expect(page.locator(".rs-cmp-ballot header strong")).to_contain_text("1 pair judged")


def test_an_answer_can_be_taken_back(opened):
    """Until the second one is given."""
    page = opened()
    page.get_by_label("Your name").fill("Anna")
    page.keyboard.press("Enter")
    chosen = page.locator('.rs-cmp-choices [aria-pressed="true"]')
    page.keyboard.press("b")
    expect(chosen).to_have_text("B")
    page.keyboard.press("Backspace")
    expect(chosen).to_have_count(0)
    page.keyboard.press("a")
    expect(chosen).to_have_text("A")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [480, 760])
def test_the_page_is_accessible(opened, theme, width):
    """Before the vote and in it; the questions are in sight with the pictures."""
    page = opened(
        viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"
    )
    page.evaluate(AXE.read_text("utf-8"))
    assert page.evaluate(RUN, "body") == []
    page.get_by_label("Your name").fill("Anna")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Tie").first).to_be_visible()
    expect(page.get_by_role("button", name="Tie").last).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(RUN, "body") == []


def round_of(cast: int, *jobs: str, **more: Any) -> dict[str, Any]:
    takes = [
        {**samples.take(job, video={"path": "film.mp4"}), "provider": "", "params": {}}
        for job in jobs
    ]
    value = {"takes": takes, "cast": cast, "left": 2 - cast, "more": False, "note": "", **more}
    return {"ok": True, "value": value}


@pytest.fixture
def mount_vote(page: Page, site: str) -> Callable[..., None]:
    """Show the vote of a notebook; `judge` is what its kernel answers."""

    def show(deal: dict[str, Any], judge: dict[str, Any] | None = None) -> None:
        replies = {"hello": samples.HELLO, "clip": samples.NO_CLIP, "deal": deal}
        page.evaluate(
            "options => mount(options)",
            {
                "bundle": "vote",
                "traits": {"_epoch": "first"},
                "replies": replies | ({"judge": judge} if judge else {}),
                "resolve": f"{site}/files/",
            },
        )

    return show


def test_a_vote_in_a_notebook_goes_from_pair_to_pair(page, mount_vote):
    """Two keys a pair, and what is sent has the sides as they were shown."""
    mount_vote(round_of(0, "one", "two"), round_of(1, "three", "four"))
    expect(page.locator("video")).to_have_count(2)
    page.locator(".rs-compare").focus()
    shown = [cell.get_attribute("data-job") for cell in page.locator(".rs-cmp-cell").all()]

    page.keyboard.press("b")
    page.keyboard.press("a")

    expect(page.locator(".rs-cmp-ballot header strong")).to_have_text("1 pair judged, 1 left")
    sent = page.evaluate("model.asked('judge')")
    assert [(one["left"], one["right"], one["prompt"], one["looks"]) for one in sent] == [
        (*shown, "right", "left")
    ]
    assert {cell.get_attribute("data-job") for cell in page.locator(".rs-cmp-cell").all()} == {
        "three",
        "four",
    }


def test_a_judgement_that_was_not_kept_is_asked_again(page, mount_vote):
    """With the reason; one key tries again."""
    refused = {"ok": False, "error": {"code": "x", "message": "The disk is full."}}
    mount_vote(round_of(0, "one", "two"), refused)
    page.locator(".rs-compare").focus()
    page.keyboard.press("b")
    page.keyboard.press("a")

    expect(page.get_by_role("alert").filter(has_text="The disk is full.")).to_be_visible()
    page.keyboard.press("a")
    page.wait_for_function("model.asked('judge').length === 2")


def test_a_pair_that_could_not_be_dealt_is_no_silence(page, mount_vote):
    """The reason is said where the pair would be."""
    mount_vote({"ok": False, "error": {"code": "x", "message": "The journal cannot be read."}})

    expect(page.get_by_role("status").filter(has_text="The journal cannot")).to_be_visible()


@pytest.mark.parametrize("theme", THEMES)
def test_a_vote_in_a_notebook_is_accessible(page, mount_vote, theme):
    """With a pair, and without one."""
    mount_vote(round_of(0, "one", "two"), round_of(2))
    dress(page, theme)
    expect(page.locator("video")).to_have_count(2)
    assert violations(page, ".rushes") == []
    page.locator(".rs-compare").focus()
    page.keyboard.press("b")
    page.keyboard.press("a")
    expect(page.get_by_role("status").filter(has_text="all 2 pairs")).to_be_visible()
    assert violations(page, ".rushes") == []
