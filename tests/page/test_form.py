"""The form: made from the catalog, checked at its fields, sent once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import samples
from playwright.sync_api import expect

from rushes.catalog import Catalog, form as form_of
from rushes.widgets.pool import pooled

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

ACCEPTED = {"ok": True, "value": {"job": "new"}}


def field(page: Page, name: str) -> Locator:
    return page.locator(f'[data-field="{name}"]')


def generate(page: Page) -> Locator:
    return page.get_by_role("button", name="Generate")


def asked(page: Page, kind: str) -> list[dict[str, Any]]:
    return page.evaluate("kind => model.asked(kind)", kind)


def test_every_field_of_the_mode_is_shown(page: Page, mount: Callable[..., None]) -> None:
    """A provider's form has a control for exactly the fields of the chosen mode."""
    mount()
    names = "elements => elements.map(e => e.dataset.field)"
    shown = page.locator("[data-field]").evaluate_all(names)
    assert shown == [
        "prompt",
        "aspectRatio",
        "resolution",
        "durationSeconds",
        "generateAudio",
        "seed",
        "count",
    ]
    page.get_by_text("Reference", exact=True).click()
    expect(field(page, "imageReferences")).to_contain_text("0 / 9")
    expect(field(page, "startImageUrl")).to_have_count(0)


def chip(page: Page, title: str) -> Locator:
    return page.locator(".rs-chip", has_text=title)


BOTH = {"providers": ["seedance-2.0", "kling-3.0-standard"], "prompt": "A boat"}
ESTIMATES = """content => {
  const seedance = content.params.provider === "seedance-2.0";
  const cost = {amount: seedance ? 1.5 : 0.63, currency: "USD", date: "2026-10-01"};
  const value = {cost, seconds: seedance ? 84 : 190, basis: "catalog", problems: []};
  return [{ok: true, value}, []];
}"""


def answer(page: Page, kind: str, reply: str) -> None:
    page.evaluate(f"kind => {{ model.replies[kind] = {reply}; }}", kind)


def test_one_click_makes_a_take_of_each_provider(page: Page, mount: Callable[..., None]) -> None:
    """Each take is a message of its own with its own key."""
    mount(replies={"submit": ACCEPTED}, _settings={"prompt": "A boat"})
    chip(page, "Kling 3.0 standard").click()
    page.get_by_role("button", name="Generate 2 takes").click()
    sent = asked(page, "submit")
    assert [message["params"]["provider"] for message in sent] == [
        "seedance-2.0",
        "kling-3.0-standard",
    ]
    assert len({message["key"] for message in sent}) == 2
    assert all(message["params"]["prompt"] == "A boat" for message in sent)
    assert "seed" not in sent[1]["params"]


def test_one_provider_stays_chosen(page: Page, mount: Callable[..., None]) -> None:
    """Without a provider there would be no form."""
    mount()
    chip(page, "Seedance 2.0").first.click()
    expect(chip(page, "Seedance 2.0").first.locator("input")).to_be_checked()


def test_takes_of_a_provider_have_different_seeds(page: Page, mount: Callable[..., None]) -> None:
    """Those of different providers share them, so that they can be compared."""
    mount(replies={"submit": ACCEPTED}, _settings={**BOTH, "count": 3, "values": {"seed": 7}})
    page.get_by_role("button", name="Generate 6 takes").click()
    sent = [message["params"] for message in asked(page, "submit")]
    assert [params.get("seed") for params in sent] == [7, None, 8, None, 9, None]


def test_costs_of_all_takes_add_up(page: Page, mount: Callable[..., None]) -> None:
    """The sum is said before the click, with each provider's share; the slowest sets the time."""
    mount(replies={"estimate": None}, _settings={**BOTH, "count": 2})
    answer(page, "estimate", ESTIMATES)
    footer = page.locator(".rs-footer")
    page.get_by_label("Prompt", exact=True).fill("A ship")
    expect(footer.locator(".rs-estimate")).to_have_text("4 takes · about $4.26 · about 3 min")
    expect(footer.get_by_role("row", name="Kling")).to_contain_text(
        "2 \N{MULTIPLICATION SIGN} $0.63"
    )


def test_what_is_spent_of_a_gateways_cap_is_shown(page: Page, mount: Callable[..., None]) -> None:
    """Beside the budget, if there is one, and as it changes."""
    mount(_allowance="$3.20 of $10.00 today at gateway", _budget={"limit": 2, "spent": 1.51})
    footer = page.locator(".rs-footer")

    expect(footer).to_contain_text("$1.51 of the budget of $2.00 is spent. $3.20 of $10.00 today")
    page.evaluate("model.push('_allowance', '$4.00 of $10.00 today at gateway')")
    expect(footer).to_contain_text("$4.00 of $10.00 today at gateway.")


def test_a_budget_that_does_not_suffice_holds_the_click(
    page: Page, mount: Callable[..., None]
) -> None:
    """The button says so, and nothing is sent."""
    mount(
        replies={"submit": ACCEPTED},
        _settings={"prompt": "A boat"},
        _budget={"limit": 2, "spent": 1.51},
    )
    footer = page.locator(".rs-footer")
    expect(footer).to_contain_text("$1.51 of the budget of $2.00 is spent.")
    expect(generate(page)).to_contain_text("over the budget")
    generate(page).click()
    expect(footer).to_contain_text("About $1.51, and $0.49 of the budget of $2.00 is left.")
    assert asked(page, "submit") == []


def test_who_does_without_a_field_is_said(page: Page, mount: Callable[..., None]) -> None:
    """A field of some providers says how many; one line per provider says what it does instead."""
    values = {"aspectRatio": "21:9"}
    mount(replies={"submit": ACCEPTED}, _settings={**BOTH, "values": values})
    expect(field(page, "resolution")).to_contain_text("1 of 2")
    expect(field(page, "durationSeconds")).not_to_contain_text("of 2")
    lines = page.get_by_role("list", name="Where the providers differ").get_by_role("listitem")
    expect(lines).to_have_count(2)
    expect(lines.nth(0)).to_contain_text("Seedance 2.0: no ")
    expect(lines.nth(1)).to_have_text(
        "Kling 3.0 standard: no resolution or seed; aspect ratio 16:9 instead"
    )
    page.get_by_role("button", name="Generate 2 takes").click()
    sent = [message["params"] for message in asked(page, "submit")]
    assert [params["aspectRatio"] for params in sent] == ["21:9", "16:9"]


def test_what_nobody_heeds_is_off(page: Page, mount: Callable[..., None]) -> None:
    """A seed that the service ignores cannot be typed, and is not sent."""
    form = samples.seedance()
    form["backends"][0]["ignores"] = {"seed": "fal derives the seed itself."}
    mount(
        replies={"submit": ACCEPTED},
        _providers={"forms": [form], "parts": []},
        _settings={"mode": samples.T2V, "prompt": "A boat", "values": {"seed": 7}},
    )
    seed = field(page, "seed")
    expect(seed).to_contain_text("fal derives the seed itself.")
    assert seed.locator("input").evaluate("box => box.closest('[inert]') !== null")
    generate(page).click()
    page.wait_for_function("model.asked('submit').length === 1")
    assert "seed" not in asked(page, "submit")[0]["params"]


def test_the_button_says_what_a_press_costs(page: Page, mount: Callable[..., None]) -> None:
    """Of all takes together; nothing is said of what is free."""
    settings = {"mode": samples.T2V, "prompt": "A boat", "count": 3}
    mount(_settings=settings)
    expect(generate(page)).to_have_text("Generate 3 takes · $4.53")
    free = {**samples.ESTIMATE, "value": {**samples.ESTIMATE["value"], "cost": None}}
    page.evaluate("reply => { model.replies.estimate = reply; }", free)
    page.get_by_role("slider", name="Takes").press("Home")
    page.get_by_label("Prompt", exact=True).fill("Another boat")
    expect(generate(page)).to_have_text("Generate")


def test_the_usual_shape_is_marked(page: Page, mount: Callable[..., None]) -> None:
    """What is used when nothing is chosen, in the modes where that is known."""
    form = samples.seedance()
    ratio = form["fields"][0]
    ratio |= {"default": None, "usual": "16:9", "usualModes": [samples.T2V], "help": "The rest."}
    mount(_providers={"forms": [form], "parts": []})
    shape = field(page, "aspectRatio")
    expect(shape.locator(".rs-usual")).to_have_text("16:9")
    expect(shape).to_contain_text("16:9 if left open")
    page.get_by_text("Image", exact=True).click()
    expect(shape.locator(".rs-usual")).to_have_count(0)
    expect(shape).to_contain_text("The rest.")


def test_a_provider_without_the_mode_is_off(page: Page, mount: Callable[..., None]) -> None:
    """It says why, takes no part, and comes back with the mode."""
    mount(_settings=BOTH)
    page.get_by_text("Reference", exact=True).click()
    kling = chip(page, "Kling 3.0 standard")
    expect(kling.locator("input")).to_be_disabled()
    expect(kling).to_contain_text("Does not start from reference.")
    expect(generate(page)).not_to_contain_text("takes")
    page.get_by_text("Text", exact=True).click()
    expect(kling.locator("input")).to_be_checked()


def test_a_problem_of_one_provider_names_it(page: Page, mount: Callable[..., None]) -> None:
    """It stands at the field that all share."""
    mount(_settings={**BOTH, "prompt": "x" * 2100})
    generate(page).click()
    error = field(page, "prompt").locator(".rs-error")
    expect(error).to_have_text("Seedance 2.0: 100 characters over the limit.")


def test_a_seed_changes_after_a_take_unless_it_is_locked(
    page: Page, mount: Callable[..., None]
) -> None:
    """The lock keeps it; a seed that is typed is locked."""
    mount(replies={"submit": ACCEPTED}, _settings={"prompt": "A boat"})
    box = page.get_by_label("Seed", exact=True)
    box.fill("42")
    lock = page.get_by_role("button", name="Keep the seed")
    expect(lock).to_have_attribute("aria-pressed", "true")
    generate(page).click()
    expect(box).to_have_value("42")
    lock.click()
    generate(page).click()
    expect(box).not_to_have_value("42")
    assert [message["params"]["seed"] for message in asked(page, "submit")] == [42, 42]


def test_an_invented_provider_gets_a_form(page: Page, mount: Callable[..., None]) -> None:
    """A provider of a user's file needs no code; a kind that is not known becomes a text box."""
    mount(replies={"submit": ACCEPTED}, _settings={"provider": "dream-1", "prompt": "x"})
    field(page, "curve").get_by_role("textbox").fill("0 0 1 1")
    field(page, "palette").get_by_text("cold").click()
    field(page, "depth").get_by_role("spinbutton").fill("3")
    generate(page).click()
    (sent,) = asked(page, "submit")
    assert sent["params"] == {
        "provider": "dream-1",
        "mode": "text-to-video",
        "prompt": "x",
        "sparkle": 2.5,
        "palette": "cold",
        "curve": "0 0 1 1",
        "depth": 3,
    }


def test_a_provider_without_backend_says_why(page: Page, mount: Callable[..., None]) -> None:
    """What cannot be chosen is off, with the reason."""
    mount()
    chip = page.locator(".rs-chip", has_text="Seedance 2.0 fast")
    expect(chip).to_contain_text("set ARK_API_KEY")
    expect(chip.locator("input")).to_be_disabled()


def test_a_mode_that_the_provider_lacks_is_off(page: Page, mount: Callable[..., None]) -> None:
    """A mode tab that is off names the providers that have it."""
    mount(_settings={"provider": "kling-3.0-standard"})
    tab = page.locator(".rs-modes label", has_text="Reference")
    expect(tab.locator("input")).to_be_disabled()
    expect(tab).to_have_attribute(
        "title", "Kling 3.0 standard has no reference-to-video; Seedance 2.0 can."
    )


def test_a_field_that_the_backend_refuses_is_off(page: Page, mount: Callable[..., None]) -> None:
    """A parameter that the serving backend does not take shows its advice and is never sent."""
    mount(
        replies={"submit": ACCEPTED},
        _settings={
            "provider": "kling-3.0-standard",
            "prompt": "x",
            "values": {"cameraFixed": True},
        },
    )
    expect(field(page, "cameraFixed")).to_contain_text("fal no longer takes it")
    generate(page).click()
    assert "cameraFixed" not in asked(page, "submit")[0]["params"]


def test_one_click_is_one_key(page: Page, mount: Callable[..., None]) -> None:
    """Two quick clicks send one message, and the button rests until the reply."""
    mount(_settings={"prompt": "A boat", "values": {"seed": 7}})
    generate(page).dblclick()
    button = page.get_by_role("button", name="Sending …")
    expect(button).to_be_disabled()
    (sent,) = asked(page, "submit")
    assert sent["params"] == {
        "provider": "seedance-2.0",
        "mode": "text-to-video",
        "prompt": "A boat",
        "aspectRatio": "16:9",
        "resolution": "720p",
        "durationSeconds": 5,
        "generateAudio": True,
        "seed": 7,
    }
    assert len(sent["key"]) == 24
    page.evaluate(
        "id => model.emit('msg:custom', {kind: 'reply', id, ok: true, value: {job: 'n'}}, [])",
        sent["id"],
    )
    expect(generate(page)).to_be_enabled()


def test_a_press_without_prompt_leads_there(page: Page, mount: Callable[..., None]) -> None:
    """The button says what is missing; a press shows the message at the field and goes there."""
    mount()
    expect(generate(page)).to_contain_text("needs a prompt")
    expect(field(page, "prompt").locator(".rs-error")).to_be_empty()
    generate(page).click()
    expect(field(page, "prompt").locator(".rs-error")).to_have_text("Say what the video shows.")
    expect(page.get_by_label("Prompt", exact=True)).to_be_focused()
    assert asked(page, "submit") == []


def test_a_refusal_stands_at_its_field(page: Page, mount: Callable[..., None]) -> None:
    """A refusal is said at its field until that changes; the next click has a new key."""
    problems = [{"parameter": "durationSeconds", "message": "At most 10 with audio."}]
    refused = {
        "ok": False,
        "error": {"code": "X", "message": "1 parameter is wrong.", "problems": problems},
    }
    mount(replies={"submit": refused}, _settings={"prompt": "x"})
    generate(page).click()
    error = field(page, "durationSeconds").locator(".rs-error")
    expect(error).to_have_text("At most 10 with audio.")
    slider = page.get_by_label("Duration", exact=True)
    expect(slider).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".rs-send-message")).to_have_text("1 parameter is wrong.")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(error).to_be_empty()
    generate(page).click()
    first, second = asked(page, "submit")
    assert first["key"] != second["key"]
    assert second["params"]["durationSeconds"] == 6


def test_an_unanswered_click_is_not_repeated(page: Page, mount: Callable[..., None]) -> None:
    """Without a reply the user is told to wait, and the same key is sent again."""
    page.clock.install()
    mount(_settings={"prompt": "x"})
    generate(page).click()
    page.clock.run_for(10_500)
    expect(page.locator(".rs-send-message")).to_contain_text("do not press again")
    expect(page.get_by_role("button", name="Sending …")).to_be_disabled()
    keys = {message["key"] for message in asked(page, "submit")}
    assert len(asked(page, "submit")) == 2
    assert len(keys) == 1


def test_the_price_is_said_before_the_click(page: Page, mount: Callable[..., None]) -> None:
    """Cost with the date of the price, and time with its basis, stand over the button."""
    mount(_settings={"prompt": "x"})
    footer = page.locator(".rs-footer")
    expect(footer).to_contain_text("about $1.51 · about 85 s")
    expect(footer).to_contain_text("price of 2026-10-01, time of your earlier takes")


def test_settings_reach_the_kernel_once_typing_ends(page: Page, mount: Callable[..., None]) -> None:
    """A burst of changes is one write of the trait."""
    mount()
    page.get_by_label("Prompt", exact=True).press_sequentially("A boat")
    page.wait_for_function("model.saved.length > 0")
    saved = page.evaluate("model.saved")
    assert len(saved) == 1
    assert saved[0]["prompt"] == "A boat"


def test_scenes_always_add_up(page: Page, mount: Callable[..., None]) -> None:
    """Splitting, moving a border and changing the duration keep the sum of the scenes."""
    mount(
        replies={"submit": ACCEPTED},
        _settings={
            "provider": "kling-3.0-standard",
            "prompt": "A fox",
            "values": {"durationSeconds": 6},
        },
    )
    scenes = field(page, "multiPrompt")
    scenes.get_by_role("button", name="Split into shots").click()
    scenes.get_by_role("textbox", name="Prompt of shot 2").fill("It stops")
    scenes.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_label("Duration", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    generate(page).click()
    params = asked(page, "submit")[0]["params"]
    assert params["multiPrompt"] == [
        {"prompt": "A fox", "durationSeconds": 4},
        {"prompt": "It stops", "durationSeconds": 4},
    ]
    assert params["durationSeconds"] == 8
    assert "prompt" not in params


def test_scenes_leave_the_prompt_to_providers_without_them(
    page: Page, mount: Callable[..., None]
) -> None:
    """Each provider gets the one or the other."""
    mount(replies={"submit": ACCEPTED}, _settings=BOTH)
    field(page, "multiPrompt").get_by_role("button", name="Split into shots").click()
    page.get_by_role("textbox", name="Prompt of shot 2").fill("It stops")
    page.get_by_role("button", name="Generate 2 takes").click()
    first, second = [message["params"] for message in asked(page, "submit")]
    assert first["prompt"] == "A boat"
    assert "prompt" not in second
    assert [scene["prompt"] for scene in second["multiPrompt"]] == ["A boat", "It stops"]


def test_a_border_of_scenes_is_dragged_in_whole_seconds(
    page: Page, mount: Callable[..., None]
) -> None:
    """As far as the neighbour allows; the scenes still add up."""
    scenes = [{"prompt": "a", "durationSeconds": 3}, {"prompt": "b", "durationSeconds": 3}]
    values = {"durationSeconds": 6, "multiPrompt": scenes}
    mount(
        replies={"submit": ACCEPTED},
        _settings={"providers": ["kling-3.0-standard"], "values": values},
    )
    bar = page.locator(".rs-timeline").bounding_box()
    assert bar is not None
    page.get_by_role("slider", name="Boundary between shots 1 and 2").hover()
    page.mouse.down()
    page.mouse.move(bar["x"] + bar["width"] * 0.68, bar["y"] + 5)
    expect(page.locator(".rs-scene")).to_have_text(["4 s", "2 s"])
    page.mouse.move(bar["x"] + bar["width"] * 2, bar["y"] + 5)
    page.mouse.up()
    expect(page.locator(".rs-scene")).to_have_text(["5 s", "1 s"])


def test_references_are_counted_and_cited(page: Page, mount: Callable[..., None]) -> None:
    """A list shows its count against the limit; a reference's tag goes into the prompt."""
    mount(_settings={"mode": samples.R2V, "prompt": "The dog of"})
    images = field(page, "imageReferences")
    images.get_by_role("button", name="Add image by URL or path").click()
    page.keyboard.type("dog.png")
    expect(images).to_contain_text("1 / 9")
    images.get_by_role("button", name="@Image1").click()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("The dog of @Image1 ")


def test_the_dice_rolls_a_seed(page: Page, mount: Callable[..., None]) -> None:
    """A rolled seed lies within the field's range and can be taken back."""
    mount()
    page.get_by_role("button", name="Roll a seed").click()
    box = page.get_by_label("Seed", exact=True)
    assert 0 <= int(box.input_value()) <= 2_147_483_647
    page.get_by_role("button", name="Leave the seed open").click()
    expect(box).to_have_value("")


def test_a_long_list_of_providers_shows_the_chosen_one_and_can_be_searched(
    page: Page, mount: Callable[..., None]
) -> None:
    """The list opens at what is chosen; words of a title or a maker leave the others out."""
    status = {"configured": True, "chosen": True}
    specs = Catalog.load().values()
    forms = [form_of(spec, {next(iter(spec.backends)): status}) for spec in specs]
    mount(
        _providers=pooled(forms),
        _settings={"providers": ["ltx-2.3-fast"], "mode": samples.T2V, "prompt": "A boat"},
    )
    chips = page.locator(".rs-chip")
    expect(chips.get_by_text("LTX-2.3 fast", exact=True)).to_be_in_viewport()
    page.get_by_role("searchbox", name="Search providers").fill("google fast")
    expect(chips.locator("visible=true")).to_have_count(2)
    expect(chips.locator("visible=true")).to_contain_text(["Veo 3.1 fast", "LTX-2.3 fast"])


def test_what_another_value_limits_is_said_before_the_click(
    page: Page, mount: Callable[..., None]
) -> None:
    """The field says the reason and what is left, and a click sends nothing."""
    spec = Catalog.load()["ltx-2.3-fast"]
    mount(
        _providers=pooled([form_of(spec, {"fal": {"configured": True, "chosen": True}})]),
        _settings={"mode": samples.T2V, "prompt": "A boat", "values": {"durationSeconds": 16}},
    )
    expect(field(page, "durationSeconds").locator(".rs-error")).to_be_empty()
    field(page, "resolution").get_by_text("2160p").click()
    expect(field(page, "durationSeconds").locator(".rs-error")).to_have_text(
        "With resolution 1440p or 2160p: at most 10 seconds."
    )
    generate(page).click()
    assert asked(page, "submit") == []
