"""Objects in the form: rows that are added, filled in, moved and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from rushes.catalog import Catalog, form
from rushes.widgets.pool import pooled

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

SERVED = {"runway": {"configured": True, "chosen": True}}
VIDEO = "https://films.example/harbour.mp4"
NIGHT, DAY = "https://films.example/night.png", "https://films.example/day.png"


@pytest.fixture
def studio(mount: Callable[..., None]) -> Callable[..., None]:
    """A Studio with Aleph 2, whose keyframes are objects."""

    def show(*keyframes: dict[str, Any]) -> None:
        values = {"videoUrl": VIDEO, **({"keyframes": list(keyframes)} if keyframes else {})}
        mount(
            _providers=pooled([form(Catalog.load()["aleph-2"], SERVED)]),
            _settings={"providers": ["aleph-2"], "mode": "edit", "values": values},
            replies={"submit": {"ok": True, "value": {"job": "n"}}},
        )

    return show


def editor(page: Page) -> Locator:
    return page.locator('[data-field="keyframes"]')


def row(page: Page, number: int) -> Locator:
    return page.get_by_role("group", name=f"Keyframe {number}", exact=True)


def sent(page: Page) -> Any:
    """The keyframes of the request that is sent now."""
    page.get_by_role("button", name="Generate").click()
    page.wait_for_function("model.asked('submit').length > 0")
    return page.evaluate("model.asked('submit').at(-1).params.keyframes")


def test_a_row_is_added_and_filled_in(page: Page, studio: Callable[..., None]) -> None:
    """What is left empty in it is not sent."""
    studio()
    editor(page).get_by_role("button", name="Add keyframe").click()
    row(page, 1).get_by_label("Image", exact=True).fill(NIGHT)
    row(page, 1).get_by_label("Time (seconds)").fill("2.5")

    assert sent(page) == [{"image": NIGHT, "seconds": 2.5}]


def test_of_fields_that_exclude_each_other_the_last_one_counts(
    page: Page, studio: Callable[..., None]
) -> None:
    """The other one is emptied, so that no request has both."""
    studio({"image": NIGHT, "seconds": 2})
    row(page, 1).get_by_label("Part of the video").fill("0.5")

    expect(row(page, 1).get_by_label("Time (seconds)")).to_have_value("")
    assert sent(page) == [{"image": NIGHT, "part": 0.5}]


def test_rows_move_with_the_arrow_keys(page: Page, studio: Callable[..., None]) -> None:
    """The focus goes with the row, and the new place is announced."""
    studio({"image": NIGHT, "seconds": 2}, {"image": DAY, "seconds": 4})
    grip = row(page, 1).get_by_role("button", name="Move keyframe 1 of 2 with the arrow keys")
    grip.press("ArrowDown")

    mover = row(page, 2).get_by_role("button", name="Move keyframe 2 of 2 with the arrow keys")
    expect(mover).to_be_focused()
    expect(page.get_by_text("Keyframe 1 is now keyframe 2.")).to_be_attached()
    assert [each["image"] for each in sent(page)] == [DAY, NIGHT]


def test_rows_move_when_they_are_dragged(page: Page, studio: Callable[..., None]) -> None:
    """To where they are dropped."""
    studio({"image": NIGHT, "seconds": 2}, {"image": DAY, "seconds": 4})
    page.set_viewport_size({"width": 1200, "height": 2000})
    start, end = row(page, 1).locator(".rs-mover").bounding_box(), row(page, 2).bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 4, start["y"] + 4)
    page.mouse.down()
    page.mouse.move(end["x"] + 8, end["y"] + end["height"] / 2, steps=4)
    page.mouse.up()

    assert [each["image"] for each in sent(page)] == [DAY, NIGHT]


def test_a_removed_row_leaves_the_others(page: Page, studio: Callable[..., None]) -> None:
    """The focus stays in the list."""
    studio({"image": NIGHT, "seconds": 2}, {"image": DAY, "seconds": 4})
    page.get_by_role("button", name="Remove keyframe 1").click()

    expect(page.get_by_role("button", name="Remove keyframe 1")).to_be_focused()
    assert sent(page) == [{"image": DAY, "seconds": 4}]


def test_what_is_wrong_in_a_row_is_said_there(page: Page, studio: Callable[..., None]) -> None:
    """At its field, or at the row where it is about several."""
    studio({"image": NIGHT, "seconds": 2}, {"seconds": 4, "fromSeconds": 1}, {"image": DAY})
    page.get_by_role("button", name="Generate").click()

    expect(row(page, 2).get_by_text("Image is needed.")).to_be_visible()
    expect(row(page, 2).get_by_text("It needs “To” as well.")).to_be_visible()
    expect(row(page, 3).get_by_text("It needs “Time” or “Part of the video”.")).to_be_visible()
    expect(row(page, 1).locator(".rs-error:visible")).to_have_count(0)
    assert page.evaluate("model.asked('submit').length") == 0


def test_no_more_rows_are_added_than_the_provider_takes(
    page: Page, studio: Callable[..., None]
) -> None:
    """The count says so."""
    studio(*({"image": NIGHT, "seconds": second} for second in range(5)))

    expect(editor(page).get_by_role("button", name="Add keyframe")).to_be_disabled()
    expect(editor(page).get_by_text("5 / 5")).to_be_visible()


@pytest.mark.parametrize("width", [360, 620, 1200])
def test_rows_fit_the_width(page: Page, studio: Callable[..., None], width: int) -> None:
    """Nothing is wider than the form."""
    page.set_viewport_size({"width": width, "height": 900})
    studio({"image": NIGHT, "seconds": 2})
    wide = """() => {
      const form = document.querySelector('[data-field="keyframes"]').getBoundingClientRect();
      return [...document.querySelectorAll('.rs-object *')]
        .filter((each) => each.getBoundingClientRect().right > form.right + 1)
        .map((each) => each.outerHTML.slice(0, 80));
    }"""

    assert page.evaluate(wide) == []
