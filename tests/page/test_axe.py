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


def decisions(page: Page) -> None:
    press(page, "uncertain", "I found it")


def mention(page: Page) -> None:
    page.get_by_label("Prompt", exact=True).press_sequentially("@")
    expect(page.get_by_role("option")).to_have_count(3)


def picker(page: Page) -> None:
    page.get_by_role("button", name="Last frame of a take").first.click()


def played(page: Page) -> None:
    press(page, "done", "Play with sound")
    page.locator('[data-job="done"] .rs-engaged').wait_for()


def restarted(page: Page) -> None:
    page.evaluate("model.comm_live = false; model.emit('comm_live_update')")


def upload(page: Page) -> None:
    inputs = page.locator('[data-field="startImageUrl"] input[type=file]')
    inputs.set_input_files([{"name": "boat.txt", "mimeType": "image/png", "buffer": b"x"}][:1])
    expect(page.get_by_role("progressbar", name="Sending boat.txt")).to_be_visible()


I2V = {"mode": samples.I2V}
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
    "menu": ({"_takes": TAKES}, menu),
    "tray": ({"_takes": TAKES}, tray),
    "details": ({"_takes": TAKES}, details),
    "decisions": ({"_takes": TAKES}, decisions),
    "played": ({"_takes": TAKES}, played),
    "restarted": ({"_takes": TAKES}, restarted),
    "none": ({"_providers": []}, None),
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(page: Page, mount: Callable[..., None], site: str, state: str) -> None:
    """No rule of WCAG 2.2 AA, and no good practice, is broken, in either theme."""
    dress(page, THEMES[0])
    traits, act = STATES[state]
    mount(resolve=f"{site}/files/", **traits)
    if act:
        act(page)
    for theme in THEMES:
        dress(page, theme)
        # What lies under an open menu cannot be pressed, which is no fault of its size.
        assert violations(page, ".rs-menu" if state == "menu" else "#cell") == [], theme
