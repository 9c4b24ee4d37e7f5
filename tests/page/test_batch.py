"""Many takes at once: the batch row, what needs the user, sizes of cards, and the keyboard."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import samples
from playwright.sync_api import expect

from support.matrix import matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

DONE = {"video": {"path": "film.mp4"}, "poster": {"path": "film.jpg"}}
COST = samples.COST


def card(page: Page, job: str) -> Locator:
    return page.locator(f'.rs-card[data-job="{job}"]')


def asked(page: Page, kind: str) -> list[dict[str, Any]]:
    return page.evaluate("kind => model.asked(kind)", kind)


def tell(page: Page, take: dict[str, Any]) -> None:
    page.evaluate("take => model.emit('msg:custom', {kind: 'take', take}, [])", take)


def test_a_batch_is_one_row(page: Page, mount: Callable[..., None]) -> None:
    """How much is done, what waits, what is spent; those under way are slim, rendering first."""
    mount(_takes=samples.batch())
    row = page.locator(".rs-batch")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("9 of 24 done · 4 rendering · 10 in line · 1 failed")
    expect(row).to_contain_text("$13.50 of $34.50")
    expect(row.get_by_role("progressbar").first).to_have_attribute("aria-valuenow", "38")
    slim = row.locator(".rs-slim")
    expect(slim).to_have_count(5)
    expect(slim.first).to_contain_text("seed 10")
    expect(slim.nth(4)).to_contain_text("in line, 1")
    row.get_by_role("button", name="9 more in line").click()
    expect(slim).to_have_count(14)
    expect(page.locator(".rs-takes-line")).to_contain_text("24 takes, 14 on the way, 1 failed")


def test_a_take_of_a_batch_becomes_a_card(page: Page, mount: Callable[..., None]) -> None:
    """Its slim row goes, and the row counts it; the last one ends the row."""
    takes = [take for take in samples.batch() if take["state"] != "failed"]
    mount(_takes=takes)
    row = page.locator(".rs-batch")
    by_job = {take["job"]: take for take in takes}
    done = {"state": "completed", "progress": None, **DONE}
    tell(page, by_job["b10"] | done)
    expect(card(page, "b10")).to_be_visible()
    expect(row).to_contain_text("10 of 23 done")
    for number in range(11, 24):
        tell(page, by_job[f"b{number}"] | done)
    expect(row).to_have_count(0)
    expect(page.locator(".rs-card")).to_have_count(23)


def test_progress_of_a_slim_row_touches_its_batch_alone(
    page: Page, mount: Callable[..., None]
) -> None:
    """No card is repainted for it."""
    takes = samples.batch()
    page.clock.install()
    mount(_takes=takes)
    expect(page.locator(".rs-estimate")).to_contain_text("$1.51")
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 2)
    page.evaluate(
        """() => {
          window.touched = new Set();
          new MutationObserver(records => {
            for (const { target } of records) {
              const element = target.nodeType === 1 ? target : target.parentElement;
              touched.add(element?.closest('.rs-slim')?.dataset.job ??
                (element?.closest('.rs-batch') ? 'batch' : element?.className));
            }
          }).observe(document.body, {
            subtree: true, childList: true, attributes: true, characterData: true,
          });
        }"""
    )
    moved = {"text": "rendering, 60%", "fraction": 0.6, "estimated": False}
    tell(page, next(take for take in takes if take["job"] == "b10") | {"progress": moved})
    expect(page.locator('[data-job="b10"]')).to_contain_text("60%")
    assert set(page.evaluate("[...touched]")) <= {"b10", "batch"}


def test_a_batch_is_cancelled_and_retried_as_one(page: Page, mount: Callable[..., None]) -> None:
    """With what it costs on the button; what is tried again leaves the list."""
    said = {"ok": True, "value": {"message": "cancelled"}}
    made = {"ok": True, "value": {"job": "new"}}
    mount(
        replies={"cancel": said, "retry": made, "hide": {"ok": True, "value": {}}},
        _takes=samples.batch(),
    )
    row = page.locator(".rs-batch")
    row.get_by_role("button", name="Retry 1 failed · $1.50").click()
    page.wait_for_function("model.asked('hide').length === 1")
    assert [message["job"] for message in asked(page, "retry")] == ["b9"]
    assert asked(page, "hide")[0]["job"] == "b9"
    row.get_by_role("button", name="Cancel all").click()
    page.wait_for_function("model.asked('cancel').length === 14")
    assert {message["job"] for message in asked(page, "cancel")} == {
        f"b{number}" for number in range(10, 24)
    }


def test_what_needs_the_user_comes_first(page: Page, mount: Callable[..., None]) -> None:
    """Uncertain, failed, then what is done, whatever their times; counts name them."""
    now = time.time()
    takes = [
        samples.take("a", createdAt=now - 10, **DONE),
        samples.take("b", "failed", createdAt=now - 500),
        samples.take("c", "uncertain", createdAt=now - 900),
        samples.take("d", "failed", createdAt=now - 3 * 86_400),
    ]
    mount(_takes=takes)
    cards = page.locator(".rs-card")
    expect(cards).to_have_count(4)
    order = cards.evaluate_all("all => all.map(one => one.dataset.job)")
    assert order == ["c", "b", "a", "d"]
    expect(page.locator(".rs-takes-line")).to_contain_text("4 takes, 1 uncertain, 2 failed")


def test_in_line_is_not_rendering(page: Page, mount: Callable[..., None]) -> None:
    """A card says that its take waits at the service."""
    waits = {"text": "in line, 3rd", "fraction": None, "estimated": False, "position": 2}
    mount(_takes=[samples.take("a", "running", progress=waits)])
    expect(card(page, "a").locator(".rs-state")).to_have_text("In line")


def test_addresses_in_errors_are_links(page: Page, mount: Callable[..., None]) -> None:
    """Of https alone; the text stays as it is."""
    said = "Look at https://fal.ai/dashboard. Not at http://a.b/ or javascript:alert(1)."
    mount(_takes=[samples.take("a", "failed", error={"code": "X", "message": said})])
    own = card(page, "a")
    expect(own).to_contain_text(said)
    assert own.get_by_role("link").evaluate_all("all => all.map(one => one.href)") == [
        "https://fal.ai/dashboard"
    ]


def test_what_spends_says_how_much(page: Page, mount: Callable[..., None]) -> None:
    """What it costs now, not what it did cost; where no seed is heeded, none is promised."""
    form = samples.kling()
    again = {"amount": 2.0, "currency": "USD"}
    takes = [
        samples.take("a", again=again, **DONE),
        samples.take("b", "failed", cost=COST),
        samples.take("c", provider=form["id"], **DONE),
        samples.take("d", cost={"amount": 0.0, "currency": "USD"}, **DONE),
        samples.take("e", "uncertain", cost=COST),
    ]
    mount(_takes=takes)
    for job, words in {
        "a": "New seed · $2.00",
        "b": "Try again · $1.50",
        "c": "Once more · $1.51",
        "d": "New seed",
    }.items():
        expect(card(page, job).get_by_role("button", name=words, exact=True)).to_be_visible()
    card(page, "e").get_by_role("button", name="Send again").click()
    expect(card(page, "e").get_by_role("button", name="Send again · $1.50")).to_be_visible()


def test_a_take_of_a_file_is_not_removed(page: Page, mount: Callable[..., None]) -> None:
    """It is listed for as long as its file is there."""
    mount(_takes=[samples.take("a", found=True, **DONE)])
    card(page, "a").get_by_role("button", name="More actions").click()
    items = page.get_by_role("menuitem")
    expect(items.filter(has_text="Show file")).to_have_count(1)
    expect(items.filter(has_text="Remove")).to_have_count(0)


@matrix("density, width", ["strip", "small", "large"], [480, 760, 1200, 1800])
def test_cards_have_three_sizes(
    page: Page, mount: Callable[..., None], site: str, density: str, width: int
) -> None:
    """Each fits its width, and is kept with the form."""
    page.set_viewport_size({"width": width, "height": 900})
    mount(resolve=f"{site}/files/", _takes=[samples.take(f"t{n}", **DONE) for n in range(6)])
    page.get_by_role("radio", name=density).check(force=True)
    page.wait_for_function("size => (model.saved.at(-1)?.density ?? 'small') === size", arg=density)
    boxes = [card(page, f"t{n}").bounding_box() for n in range(2)]
    pane = page.locator(".rs-takes").bounding_box()
    assert all(
        box and pane and box["x"] + box["width"] <= pane["x"] + pane["width"] for box in boxes
    )
    wide = page.locator(".rs-takes").evaluate("pane => pane.scrollWidth - pane.clientWidth")
    assert wide <= 0


def test_a_card_is_one_stop(page: Page, mount: Callable[..., None], site: str) -> None:
    """Tab goes from card to card, arrows too; Enter leads in, Escape out, Space plays."""
    takes = [samples.take(f"t{n}", createdAt=9_000 - 10 * n, **DONE) for n in range(6)]
    mount(resolve=f"{site}/files/", _takes=takes)
    here = "document.activeElement.closest('.rs-card')?.dataset.job"
    card(page, "t0").focus()
    page.keyboard.press("Tab")
    assert page.evaluate(here) == "t1"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(here) == "t0"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(here) == "t3"
    page.keyboard.press("End")
    assert page.evaluate(here) == "t5"
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('.rs-card')") is False
    assert page.evaluate(here) == "t0"
    page.keyboard.press("Tab")
    assert page.evaluate(here) == "t0"
    page.keyboard.press("Escape")
    expect(card(page, "t0")).to_be_focused()
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('[data-job=t0] video')?.currentTime > 0")


def test_a_narrow_list_is_capped(page: Page, mount: Callable[..., None]) -> None:
    """It scrolls in its own pane, so that the rest of the notebook stays near."""
    page.set_viewport_size({"width": 480, "height": 900})
    mount(_takes=[samples.take(f"t{n}", **DONE) for n in range(30)])
    box = page.locator(".rs-takes").bounding_box()
    assert box is not None
    assert box["height"] <= 1040


@pytest.mark.parametrize("width", [480, 760, 1200])
def test_filters_show_their_words(page: Page, mount: Callable[..., None], width: int) -> None:
    """No select is narrower than what it says."""
    page.set_viewport_size({"width": width, "height": 900})
    mount(_takes=[samples.take("a", **DONE)])
    cut = page.locator(".rs-filters select:visible").evaluate_all(
        """all => all.filter(box => {
          const probe = document.createElement("span");
          probe.style.font = getComputedStyle(box).font;
          probe.textContent = box.selectedOptions[0].textContent;
          box.parentElement.append(probe);
          const need = probe.getBoundingClientRect().width;
          probe.remove();
          return box.clientWidth < need + 12;
        }).map(box => box.ariaLabel)"""
    )
    assert cut == []


def test_fingers_get_room(browser: Any, site: str) -> None:
    """Where the pointer is coarse, whatever is pressed is at least 44 pixels high."""
    context = browser.new_context(
        viewport={"width": 480, "height": 900}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"{site}/index.html")
    page.wait_for_function("window.ready")
    traits = samples.traits(_takes=[*samples.batch(), samples.take("old", createdAt=1.0, **DONE)])
    replies = {"hello": samples.HELLO, "estimate": samples.ESTIMATE}
    page.evaluate("options => mount(options)", {"traits": traits, "replies": replies})
    expect(page.locator(".rs-batch")).to_be_visible()
    small = page.locator(".rushes").evaluate(
        """root => [...root.querySelectorAll("button, select, input, label, summary, textarea")]
          .filter(one => !one.matches(".rs-offscreen, label:not(:has(input)), [type=file]"))
          .filter(one => one.offsetParent && !one.closest("[inert]"))
          .filter(one => !one.matches(".rs-switch, .rs-start"))
          .filter(one => one.getBoundingClientRect().height < 43.5)
          .map(one => `${one.tagName} ${one.className} ${one.textContent.slice(0, 20)}`)"""
    )
    context.close()
    assert small == []
