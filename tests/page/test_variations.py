"""A form that varies something makes a sweep, whose size and price stand on the button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import samples
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser


def asked(page: Page, kind: str) -> list[dict[str, Any]]:
    return page.evaluate("kind => model.asked(kind)", kind)


def values(page: Page, name: str) -> Locator:
    return page.get_by_label(f"Values of {name}")


def test_variables_of_the_prompt_are_offered(page: Page, mount: Callable[..., None]) -> None:
    """Each with a box for its values, which become chips; the total stands on the button."""
    mount(replies={"sweep": samples.SWEEP, "run": samples.SWEEP})
    page.get_by_label("Prompt", exact=True).fill("A {animal} runs, {{not this}}")

    values(page, "{animal}").press_sequentially("fox, heron,")
    values(page, "{animal}").press_sequentially("hare")
    values(page, "{animal}").press("Enter")

    expect(page.locator('[data-axis="animal"] .rs-value')).to_have_text(["fox", "heron", "hare"])
    button = page.get_by_role("button", name="48 takes · $31.20 to $34.10")
    expect(button).to_be_visible()
    expect(page.locator(".rs-estimate")).to_have_text(
        "3 of them exist and cost nothing · about 25 min"
    )
    button.click()
    (sent,) = asked(page, "run")
    assert sent["prompts"] == ["A {animal} runs, {{not this}}"]
    assert sent["axes"] == {"animal": ["fox", "heron", "hare"]}
    assert sent["count"] == 1
    assert [request["provider"] for request in sent["requests"]] == ["seedance-2.0"]
    assert asked(page, "submit") == []


def test_what_is_made_is_asked_again(page: Page, mount: Callable[..., None]) -> None:
    """When a sweep begins or is over, because its takes then exist."""
    mount(
        replies={"sweep": samples.SWEEP},
        _settings={"prompt": "A {animal}", "axes": {"animal": ["fox"]}},
    )
    expect(page.get_by_role("button", name="48 takes")).to_be_visible()
    assert len(asked(page, "sweep")) == 1
    page.evaluate("sweeps => model.push('_sweeps', sweeps)", samples.sweeps())
    expect(page.get_by_text("No takes in")).to_be_hidden()
    page.wait_for_function("model.asked('sweep').length === 2")
    page.evaluate("model.push('_sweeps', [])")
    page.wait_for_function("model.asked('sweep').length === 3")


def test_values_can_be_taken_away(page: Page, mount: Callable[..., None]) -> None:
    """By their cross, or with Backspace in the empty box."""
    mount(
        replies={"sweep": samples.SWEEP},
        _settings={"prompt": "A {animal}", "axes": {"animal": ["fox", "heron", "hare"]}},
    )
    page.get_by_role("button", name="Remove fox").click()
    expect(page.locator(".rs-value")).to_have_text(["heron", "hare"])
    values(page, "{animal}").press("Backspace")
    expect(page.locator(".rs-value")).to_have_text(["heron"])
    values(page, "{animal}").press("Backspace")
    expect(page.get_by_role("button", name="Generate")).to_be_visible()


def test_lines_can_be_prompts(page: Page, mount: Callable[..., None]) -> None:
    """When it is asked for; a prompt may also simply have several lines."""
    mount(replies={"sweep": samples.SWEEP, "submit": {"ok": True, "value": {"job": "new"}}})
    box = page.get_by_label("Prompt", exact=True)
    box.fill("A fox\n\nA heron ")
    switch = page.get_by_label("2 prompts, one per line")
    expect(switch).not_to_be_checked()
    expect(page.get_by_role("button", name="Generate")).to_be_visible()

    switch.check()

    expect(page.get_by_role("button", name="48 takes")).to_be_visible()
    assert asked(page, "sweep")[-1]["prompts"] == ["A fox", "A heron"]


def test_any_setting_can_vary(page: Page, mount: Callable[..., None]) -> None:
    """A choice as switches, a number as chips; each can be taken away again."""
    mount(replies={"sweep": samples.SWEEP}, _settings={"prompt": "A fox"})
    more = page.get_by_label("Vary a setting")
    more.select_option(label="Resolution")
    page.locator('[data-axis="resolution"] .rs-segment', has_text="480p").click()
    more.select_option(label="Duration")
    values(page, "Duration").press_sequentially("4, x, 10,")

    expect(page.get_by_role("button", name="48 takes")).to_be_visible()
    axes = asked(page, "sweep")[-1]["axes"]
    assert axes == {"resolution": ["480p", "720p"], "durationSeconds": [5, 4, 10]}
    page.get_by_role("button", name="Stop varying duration").click()
    page.get_by_role("button", name="Stop varying resolution").click()
    expect(page.get_by_role("button", name="Generate")).to_be_visible()


def test_what_no_service_heeds_does_not_vary(page: Page, mount: Callable[..., None]) -> None:
    """It is not offered, and values that were set for another provider are not sent."""
    mount(
        replies={"sweep": samples.SWEEP},
        _settings={
            "providers": ["kling-3.0-standard"],
            "prompt": "A fox",
            "axes": {"cameraFixed": [True, False]},
        },
    )
    expect(page.get_by_role("button", name="Generate")).to_be_visible()
    offered = page.get_by_label("Vary a setting").locator("option").all_text_contents()
    assert "Audio" in offered
    assert "Fixed camera" not in offered
    assert asked(page, "sweep") == []


def test_what_the_kernel_finds_wrong_is_at_the_field(
    page: Page, mount: Callable[..., None]
) -> None:
    """And the button says so; nothing is sent."""
    problem = {"parameter": "prompt", "message": "{light} has no value."}
    refused = {"ok": False, "error": {"message": "1 problem", "problems": [problem]}}
    mount(
        replies={"sweep": refused},
        _settings={"prompt": "A {animal} in {light}", "axes": {"animal": ["fox"]}},
    )
    button = page.get_by_role("button", name="Generate")
    expect(button).to_contain_text("check the prompt")
    button.click()
    expect(page.locator('[data-field="prompt"] .rs-error')).to_have_text("{light} has no value.")
    assert asked(page, "run") == []


def test_a_sweep_over_the_budget_is_not_sent(page: Page, mount: Callable[..., None]) -> None:
    """Its highest price counts."""
    mount(
        replies={"sweep": samples.SWEEP},
        _settings={"prompt": "A {animal}", "axes": {"animal": ["fox"]}},
        _budget={"limit": 30, "spent": 0},
    )
    button = page.get_by_role("button", name="48 takes")
    expect(button).to_contain_text("over the budget")
    button.click()
    assert asked(page, "run") == []


def test_a_running_sweep_is_a_row(page: Page, mount: Callable[..., None]) -> None:
    """With how far it is, and what can be done with it."""
    mount(replies={"steer": {"ok": True, "value": {}}}, _sweeps=samples.sweeps())
    running = page.get_by_role("region", name="Sweep: A {animal} crosses a salt flat")
    expect(running).to_contain_text("12 of 48 takes done")
    expect(running.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "25")
    running.get_by_role("button", name="Pause").click()
    (sent,) = asked(page, "steer")
    assert (sent["action"], sent["name"].split(" #")[0]) == (
        "pause",
        "A {animal} crosses a salt flat",
    )
    expect(running.get_by_role("button", name="Resume")).to_be_hidden()
    paused = page.get_by_role("region", name="Sweep: A boat")
    expect(paused.get_by_role("button", name="Resume")).to_be_visible()
    expect(paused.get_by_role("button", name="Retry failed")).to_be_visible()


def test_earlier_prompts_are_searched(page: Page, mount: Callable[..., None]) -> None:
    """With the up arrow at the start of the prompt; Enter takes one over, Escape none."""
    mount(replies={"recall": samples.RECALLED}, _settings={"prompt": "now"})
    box = page.get_by_label("Prompt", exact=True)
    box.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    search = page.get_by_role("combobox", name="Search earlier prompts")
    expect(search).to_be_focused()
    options = page.get_by_role("listbox", name="Earlier prompts").get_by_role("option")
    expect(options).to_have_count(3)
    page.keyboard.press("Escape")
    expect(box).to_be_focused()
    expect(box).to_have_value("now")

    page.keyboard.press("ArrowUp")
    page.keyboard.type("fox")
    expect(options).to_have_count(3)
    page.wait_for_function("model.asked('recall').at(-1).text === 'fox'")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(box).to_have_value("A fox sleeps in the snow")
    expect(search).to_be_hidden()


def test_a_rewritten_prompt_is_seen_first(page: Page, mount: Callable[..., None]) -> None:
    """It stands in the field, can be edited and undone; what is sent has both."""
    mount(
        replies={
            "rewrite": {"ok": True, "value": {"text": "A red fox, low sun"}},
            "submit": {"ok": True, "value": {"job": "new"}},
        },
        _settings={"prompt": "A fox"},
        _rewriter="director",
    )
    box = page.get_by_label("Prompt", exact=True)
    page.get_by_role("button", name="Rewrite", exact=True).click()
    expect(box).to_have_value("A red fox, low sun")
    page.get_by_role("button", name="Undo the rewriting").click()
    expect(box).to_have_value("A fox")
    expect(page.get_by_role("button", name="Undo the rewriting")).to_be_hidden()

    page.get_by_role("button", name="Rewrite", exact=True).click()
    expect(box).to_have_value("A red fox, low sun")
    page.get_by_role("button", name="Generate").click()
    (sent,) = asked(page, "submit")
    assert (sent["params"]["prompt"], sent["original"]) == ("A red fox, low sun", "A fox")


def test_a_rewriter_that_fails_says_so_at_the_prompt(
    page: Page, mount: Callable[..., None]
) -> None:
    """The prompt stays."""
    refused = {"ok": False, "error": {"message": "rewrite: director failed for 'A fox'"}}
    mount(replies={"rewrite": refused}, _settings={"prompt": "A fox"}, _rewriter="director")
    page.get_by_role("button", name="Rewrite", exact=True).click()
    expect(page.locator('[data-field="prompt"] .rs-error')).to_contain_text("director failed")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("A fox")


def test_without_a_rewriter_there_is_no_button(page: Page, mount: Callable[..., None]) -> None:
    """Nor anything else of it."""
    mount(_settings={"prompt": "A fox"})
    expect(page.get_by_role("button", name="Rewrite", exact=True)).to_be_hidden()
