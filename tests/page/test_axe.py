"""What axe-core checks, in every state and both themes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import samples
from axe import THEMES, dress, violations
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

DONE = {"poster": {"path": "film.jpg"}, "video": {"path": "film.mp4"}}
FAILED = {"code": "X", "message": "The start image was refused.", "parameter": "startImageUrl"}
TAKES = [
    samples.take("queued", "queued"),
    samples.take(
        "running",
        "running",
        progress={"text": "rendering, about 40 s left", "fraction": 0.4, "estimated": True},
    ),
    samples.take("done", **DONE),
    samples.take("noted", **DONE, notes=["fal derives the seed itself."]),
    samples.take("failed", "failed", error=FAILED),
    samples.take("uncertain", "uncertain"),
    samples.take("cancelled", "cancelled"),
]
JUDGED = [
    samples.take(
        "done", **DONE, marks={"pick": True, "stars": 4, "tags": ["hero"], "note": "soft"}
    ),
    samples.take("rejected", **DONE, marks={"pick": False, "stars": 1, "tags": [], "note": None}),
]
DRAFT = samples.take(
    "draft",
    **DONE,
    draft={"until": 4e9, "finals": [{"resolution": "1080p", "cost": None}]},
)
BOTH = ["seedance-2.0", "kling-3.0-standard"]
IMAGES = {"imageReferences": ["a.png", "https://example.com/b.png"], "audioReferences": ["c.wav"]}


def press(page: Page, job: str, name: str) -> None:
    page.locator(f'[data-job="{job}"]').get_by_role("button", name=name).click()


def wrong(page: Page) -> None:
    page.get_by_role("button", name="Generate").click()


def menu(page: Page) -> None:
    press(page, "done", "More actions")


def tray(page: Page) -> None:
    press(page, "done", "Compare")
    press(page, "noted", "Compare")
    page.locator(".rs-tray").get_by_role("button", name="Compare").click()


def details(page: Page) -> None:
    page.locator('[data-job="done"] summary').click()
    # What scrolled under the head of the list would count as too small.
    page.locator(".rs-takes").evaluate("pane => { pane.scrollTop = 0 }")


def written(page: Page) -> None:
    page.locator('[data-job="done"]').focus()
    page.keyboard.press("t")


def judging(page: Page) -> None:
    press(page, "done", "Judge")


def decisions(page: Page) -> None:
    press(page, "uncertain", "I found it")


def mention(page: Page) -> None:
    page.get_by_label("Prompt", exact=True).press_sequentially("@")
    references = page.get_by_role("listbox", name="References")
    expect(references.get_by_role("option")).to_have_count(3)


def picker(page: Page) -> None:
    page.get_by_role("button", name="Last frame of a take").first.click()


def played(page: Page) -> None:
    press(page, "done", "Play with sound")
    page.locator('[data-job="done"] .rs-engaged').wait_for()


def adding(page: Page) -> None:
    page.get_by_role("button", name="Add a model").click()
    page.get_by_role("button", name="Add", exact=True).click()


def restarted(page: Page) -> None:
    page.evaluate("model.comm_live = false; model.emit('comm_live_update')")


def upload(page: Page) -> None:
    inputs = page.locator('[data-field="startImageUrl"] input[type=file]')
    inputs.set_input_files([{"name": "boat.txt", "mimeType": "image/png", "buffer": b"x"}][:1])
    expect(page.get_by_role("progressbar", name="Sending boat.txt")).to_be_visible()


def recall(page: Page) -> None:
    page.get_by_label("Prompt", exact=True).focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("listbox", name="Earlier prompts")).to_be_visible()


def rewritten(page: Page) -> None:
    page.get_by_role("button", name="Rewrite", exact=True).click()
    expect(page.get_by_role("button", name="Undo the rewriting")).to_be_visible()


I2V = {"mode": samples.I2V}
VARIED = {
    "providers": BOTH,
    "prompt": "A {animal} at {time}\nA {animal} runs",
    "lines": True,
    "axes": {"animal": ["fox", "heron"], "resolution": ["480p"], "durationSeconds": [4, 8]},
}
STATES: dict[str, tuple[dict[str, Any], Callable[[Page], None] | None]] = {
    "empty": ({}, None),
    "takes": ({"_takes": TAKES, "_notice": "3 takes finished while the kernel was away."}, None),
    "several": (
        {
            "_settings": {"providers": BOTH, "prompt": "A boat", "count": 3},
            "_budget": {"limit": 20, "spent": 3},
        },
        None,
    ),
    "wrong": ({"_settings": {"providers": BOTH, "mode": samples.I2V}}, wrong),
    "images": ({"_takes": TAKES, "_settings": I2V}, picker),
    "upload": ({"_settings": I2V}, upload),
    "references": ({"_settings": {"mode": samples.R2V, "values": IMAGES}}, mention),
    "scenes": (
        {
            "_settings": {
                "providers": BOTH[1:],
                "values": {
                    "multiPrompt": [
                        {"prompt": "a", "durationSeconds": 2},
                        {"prompt": "b", "durationSeconds": 3},
                    ]
                },
            }
        },
        None,
    ),
    "varied": ({"_settings": VARIED, "_sweeps": samples.sweeps()}, None),
    "recall": ({}, recall),
    "rewritten": ({"_settings": {"prompt": "A fox"}, "_rewriter": "director"}, rewritten),
    "batch": ({"_takes": samples.batch()}, None),
    "strip": ({"_takes": TAKES, "_settings": {"density": "strip"}}, None),
    "large": ({"_takes": TAKES, "_settings": {"density": "large"}}, None),
    "elsewhere": ({"_library": {"path": "copy", "elsewhere": "/x/rushes-media"}}, None),
    "menu": ({"_takes": TAKES}, menu),
    "tray": ({"_takes": TAKES}, tray),
    "details": ({"_takes": TAKES}, details),
    "judged": ({"_takes": JUDGED}, written),
    "judging": ({"_takes": JUDGED}, judging),
    "decisions": ({"_takes": TAKES}, decisions),
    "played": ({"_takes": TAKES}, played),
    "restarted": ({"_takes": TAKES}, restarted),
    "drafts": ({"_takes": [DRAFT]}, None),
    "adding": ({}, adding),
    "none": ({"_providers": {"forms": [], "parts": []}}, None),
}


MARKS = {"pick": True, "stars": 4, "tags": ["hero"], "note": "hands"}
ON_BOARD = [
    samples.in_cell(0, marks=MARKS),
    samples.in_cell(1, marks={"pick": False, "stars": None, "tags": [], "note": None}),
    samples.in_cell(2, "running", progress={"text": "rendering, 40%", "fraction": 0.4}),
    samples.in_cell(4, "failed", error=FAILED),
    samples.in_cell(6, "uncertain"),
    samples.in_cell(8, "cancelled"),
    samples.in_cell(9, "queued"),
]
OFFERS = [
    {"action": "pause", "label": "Pause"},
    {"action": "retry", "label": "Try 1 again · $1.51"},
]
SWEEP = {"facts": ["$9.10 of $60.00", "about 14 min"], "offers": OFFERS}
WALL = {"_arrangement": {"rows": [], "columns": []}}


def cursor(page: Page) -> None:
    page.get_by_role("grid").focus()
    page.keyboard.press("Shift+ArrowRight")


def solo(page: Page) -> None:
    page.locator('[data-cell="0"]').click()


def tags(page: Page) -> None:
    page.get_by_role("grid").focus()
    page.keyboard.press("t")


def keys(page: Page) -> None:
    page.get_by_role("button", name="Keys").click()


def search(page: Page) -> None:
    page.get_by_label("Search takes").fill("nothing")


def compared(page: Page) -> None:
    for number in (0, 2):
        page.locator(f'[data-cell="{number}"]').click(modifiers=["Control"])
    page.keyboard.press("Enter")
    page.locator(".rs-compare figure").first.wait_for()


def exports(page: Page) -> None:
    page.get_by_role("button", name="Export").click()


BOARD_STATES: dict[str, tuple[dict[str, Any], Callable[[Page], None] | None]] = {
    "grid": ({}, None),
    "mixed": ({"_takes": ON_BOARD, "_sweep": SWEEP}, cursor),
    "wall": ({"_takes": ON_BOARD, **WALL}, None),
    "solo": ({"_takes": ON_BOARD}, solo),
    "tags": ({"_takes": ON_BOARD}, tags),
    "keys": ({}, keys),
    "nothing": ({}, search),
    "compared": ({}, compared),
    "exports": ({}, exports),
    "restarted": ({"_takes": ON_BOARD}, restarted),
    "unstarted": ({"_takes": []}, None),
}


@pytest.mark.parametrize("state", BOARD_STATES)
def test_axe_finds_nothing_on_a_board(
    page: Page, mount_board: Callable[..., None], state: str
) -> None:
    """Whatever its cells hold, in either theme."""
    dress(page, THEMES[0])
    traits, act = BOARD_STATES[state]
    mount_board(**traits)
    if act:
        act(page)
    for theme in THEMES:
        dress(page, theme)
        # As below: what lies under something that is open cannot be pressed.
        part = {"exports": ".rs-menu", "keys": ".rs-bd-help"}.get(state, "#cell")
        assert violations(page, part) == [], theme


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(page: Page, mount: Callable[..., None], site: str, state: str) -> None:
    """No rule of WCAG 2.2 AA, and no good practice, is broken, in either theme."""
    dress(page, THEMES[0])
    traits, act = STATES[state]
    replies = {
        "sweep": samples.SWEEP,
        "recall": samples.RECALLED,
        "rewrite": {"ok": True, "value": {"text": "A red fox"}},
    }
    mount(resolve=f"{site}/files/", replies=replies, **traits)
    if act:
        act(page)
    for theme in THEMES:
        dress(page, theme)
        # What lies under an open menu cannot be pressed, which is no fault of its size.
        assert violations(page, ".rs-menu" if state == "menu" else "#cell") == [], theme
