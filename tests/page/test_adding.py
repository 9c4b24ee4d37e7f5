"""A model of a service is added by its id, from the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import samples
from playwright.sync_api import expect

from rushes.widgets.pool import pooled

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

ADDED = {
    "provider": "dream-1",
    "title": "Dream 1",
    "modes": [samples.T2V],
    "path": "/home/anna/.config/rushes/providers/dream-1.toml",
    "understood": {"prompt": "prompt", "duration": "duration_seconds: integer, 4 to 8, default 8"},
    "leftOut": {"elements": "it is a list of objects"},
    "check": ["The price is not known: set FAL_KEY, or read the model's page."],
}

TAKEN = {
    "ok": False,
    "error": {
        "code": "VIDEO_GEN_INVALID_PARAMS",
        "message": "dream-1.toml exists. Give another id (--as on the command line).",
        "problems": [{"parameter": "replace", "message": "/providers/dream-1.toml exists"}],
    },
}


def asked(page: Page) -> list[dict[str, Any]]:
    return page.evaluate("model.asked('add')")


def opened(page: Page) -> None:
    page.get_by_role("button", name="Add a model").click()


def test_a_model_is_added_and_chosen(page: Page, mount: Callable[..., None]) -> None:
    """What became of its schema is shown; nothing is asked before Add is pressed."""
    mount(replies={"add": {"ok": True, "value": ADDED}})
    opened(page)
    box = page.get_by_label("Model to add")
    expect(box).to_be_focused()
    box.fill("  fal:acme/dream ")
    assert asked(page) == []
    forms = [samples.seedance(), samples.kling(), samples.invented()]
    page.evaluate("forms => model.push('_providers', forms)", pooled(forms))

    box.press("Enter")

    outcome = page.locator(".rs-added")
    expect(outcome).to_be_focused()
    assert [(each["address"], each["replace"]) for each in asked(page)] == [
        ("fal:acme/dream", False)
    ]
    expect(outcome).to_contain_text("Dream 1 is added and chosen: Text.")
    expect(outcome).to_contain_text("The price is not known")
    outcome.get_by_text("1 left out").click()
    expect(outcome.get_by_text("it is a list of objects")).to_be_visible()
    expect(page.locator(".rs-chip", has_text="Dream 1").locator("input")).to_be_checked()
    expect(
        page.locator(".rs-chip", has_text="Seedance 2.0").first.locator("input")
    ).not_to_be_checked()


def test_what_is_wrong_is_said_at_the_field(page: Page, mount: Callable[..., None]) -> None:
    """An empty field is not sent; a file is replaced only by a second press."""
    mount(replies={"add": TAKEN})
    opened(page)
    box = page.get_by_label("Model to add")

    page.get_by_role("button", name="Add", exact=True).click()
    expect(box).to_have_attribute("aria-invalid", "true")
    assert asked(page) == []
    box.fill("fal:acme/dream")
    page.get_by_role("button", name="Add", exact=True).click()

    expect(page.locator(".rs-adding .rs-error")).to_have_text("/providers/dream-1.toml exists.")
    page.evaluate("value => { model.replies.add = {ok: true, value}; }", ADDED)
    page.get_by_role("button", name="Replace my file").click()
    expect(page.locator(".rs-added")).to_be_visible()
    assert [each["replace"] for each in asked(page)] == [False, True]
    expect(page.get_by_role("button", name="Replace my file")).to_be_hidden()


def test_the_panel_closes_and_keeps_what_was_written(
    page: Page, mount: Callable[..., None]
) -> None:
    """By the button that opened it."""
    mount()
    opened(page)
    page.get_by_label("Model to add").fill("fal:acme")
    opened(page)
    expect(page.get_by_label("Model to add")).to_be_hidden()
    opened(page)
    expect(page.get_by_label("Model to add")).to_have_value("fal:acme")
