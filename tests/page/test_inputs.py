"""Pictures and other references: how they come into the form, and what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import samples
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

IMAGE = {"mode": samples.I2V, "prompt": "A boat"}
REFERENCES = {"mode": samples.R2V, "prompt": "A boat"}
KEPT = "/home/me/inputs/0123456789abcdef-"

KERNEL = """() => {
  const have = {};
  window.kernel = {have, refuse: null, stop: null};
  model.replies.upload = (content, buffers) => {
    if (kernel.refuse) return [{ok: false, error: {code: "X", message: kernel.refuse}}, []];
    const id = content.upload;
    const bytes = buffers.reduce((all, part) => all + part.byteLength, 0);
    if (bytes && content.offset === (have[id] ?? 0)) have[id] = content.offset + bytes;
    const done = (have[id] ?? 0) >= content.size;
    const path = done ? "/home/me/inputs/0123456789abcdef-" + content.name : null;
    return [{ok: true, value: {have: have[id] ?? 0, path}}, []];
  };
  model.replies.look = (content) => [{ok: true, value: {
    name: content.path.split("/").at(-1).replace(/^[0-9a-f]{16}-/, ""),
    bytes: 2100000, width: 1920, height: 1080,
  }}, []];
  model.replies.borrow = (content) => [{ok: true, value: {
    path: "/home/me/inputs/0123456789abcdef-last-frame-of-" + content.job + ".png",
  }}, []];
}"""

TRANSFER = """([selector, type, names, size]) => {
  const data = new DataTransfer();
  for (const name of names) {
    const kind = name.endsWith(".mp4") ? "video/mp4" : "image/png";
    data.items.add(new File([new Uint8Array(size)], name, {type: kind, lastModified: 1}));
  }
  const init = {bubbles: true, cancelable: true};
  const event = type === "paste"
    ? new ClipboardEvent("paste", {...init, clipboardData: data})
    : new DragEvent(type, {...init, dataTransfer: data});
  document.querySelector(selector).dispatchEvent(event);
}"""


def field(page: Page, name: str) -> Locator:
    return page.locator(f'[data-field="{name}"]')


def asked(page: Page, kind: str) -> list[dict[str, Any]]:
    return page.evaluate("kind => model.asked(kind)", kind)


def drop(page: Page, name: str, *files: str, size: int = 1000) -> None:
    page.evaluate(TRANSFER, [f'[data-field="{name}"] .rs-drop', "drop", files, size])


@pytest.fixture
def studio(page: Page, mount: Callable[..., None]) -> Callable[..., None]:
    def show(**traits: Any) -> None:
        mount(replies={"submit": {"ok": True, "value": {"job": "n"}}}, **traits)
        page.evaluate(KERNEL)

    return show


def test_a_dropped_picture_is_sent_and_shown(page: Page, studio: Callable[..., None]) -> None:
    """Its name and size stand at the slot, and the request names the kernel's copy."""
    studio(_settings=IMAGE)
    drop(page, "startImageUrl", "boat.png")
    slot = field(page, "startImageUrl")
    expect(slot).to_contain_text("boat.png")
    expect(slot).to_contain_text("1920\N{MULTIPLICATION SIGN}1080 · 2.1 MB")
    page.get_by_role("button", name="Generate").click()
    assert asked(page, "submit")[0]["params"]["startImageUrl"] == f"{KEPT}boat.png"
    slot.get_by_role("button", name="Remove the start image").click()
    expect(slot.get_by_role("textbox")).to_be_visible()


def test_a_large_file_goes_in_pieces_of_a_mebibyte(page: Page, studio: Callable[..., None]) -> None:
    """No message is larger, and the first one only asks what is there."""
    studio(_settings=IMAGE)
    drop(page, "startImageUrl", "boat.png", size=2_500_000)
    expect(field(page, "startImageUrl")).to_contain_text("1920\N{MULTIPLICATION SIGN}1080")
    offsets = [message["offset"] for message in asked(page, "upload")]
    assert offsets == [0, 0, 1 << 20, 2 << 20]
    assert max(page.evaluate("model.bytes")) == 1 << 20


def test_a_file_goes_on_where_it_stopped(page: Page, studio: Callable[..., None]) -> None:
    """What the kernel already has is not sent again."""
    studio(_settings=IMAGE)
    page.evaluate("kernel.have[['boat.png', 2500000, 1, 'image'].join('\\n')] = 2000000")
    drop(page, "startImageUrl", "boat.png", size=2_500_000)
    expect(field(page, "startImageUrl")).to_contain_text("1920\N{MULTIPLICATION SIGN}1080")
    assert sum(page.evaluate("model.bytes")) == 500_000


def test_a_file_on_its_way_holds_the_click(page: Page, studio: Callable[..., None]) -> None:
    """Its progress is shown, and it can be stopped."""
    studio(_settings=IMAGE)
    page.evaluate("delete model.replies.upload")
    drop(page, "startImageUrl", "boat.png")
    slot = field(page, "startImageUrl")
    expect(slot.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "0")
    page.get_by_role("button", name="Generate").click()
    expect(slot.locator(".rs-error").first).to_have_text("boat.png is still being sent.")
    assert asked(page, "submit") == []
    slot.get_by_role("button", name="Stop sending boat.png").click()
    expect(slot.get_by_role("progressbar")).to_have_count(0)


def test_what_is_wrong_with_a_file_is_said_at_its_slot(
    page: Page, studio: Callable[..., None]
) -> None:
    """The kernel's words, or the page's own where the file need not be sent."""
    form = samples.seedance()
    start = next(item for item in form["fields"] if item["name"] == "startImageUrl")
    start["formats"] = [
        {"name": "JPEG", "accept": "image/jpeg,.jpg,.jpeg"},
        {"name": "PNG", "accept": "image/png,.png"},
    ]
    studio(_providers={"forms": [form], "parts": []}, _settings=IMAGE)
    slot = field(page, "startImageUrl")
    assert slot.locator("input[type=file]").get_attribute("accept") == (
        "image/jpeg,.jpg,.jpeg,image/png,.png"
    )
    drop(page, "startImageUrl", "film.mp4")
    expect(slot).to_contain_text("Accepted: JPEG, PNG.")
    assert asked(page, "upload") == []
    slot.get_by_role("button", name="Forget film.mp4").click()
    page.evaluate("kernel.refuse = 'boat.png is not an image by its content.'")
    drop(page, "startImageUrl", "boat.png")
    expect(slot).to_contain_text("is not an image by its content")
    page.evaluate("kernel.refuse = null")
    slot.get_by_role("button", name="Try again").click()
    expect(slot).to_contain_text("1920\N{MULTIPLICATION SIGN}1080")


def test_a_file_over_the_limit_is_not_sent(page: Page, studio: Callable[..., None]) -> None:
    """The limit of the provider is said instead."""
    form = samples.seedance()
    start = next(item for item in form["fields"] if item["name"] == "startImageUrl")
    start["maxMegabytes"] = 2
    studio(_providers={"forms": [form], "parts": []}, _settings=IMAGE)
    drop(page, "startImageUrl", "boat.png", size=2_500_000)
    expect(field(page, "startImageUrl")).to_contain_text("2.5 MB; the maximum is 2 MB.")
    assert asked(page, "upload") == []


def test_several_files_are_counted_against_the_limit(
    page: Page, studio: Callable[..., None]
) -> None:
    """Those that fit are taken in order; how many do not is said."""
    studio(_settings=REFERENCES)
    drop(page, "imageReferences", *[f"{n}.png" for n in range(11)])
    images = field(page, "imageReferences")
    expect(images).to_contain_text("9 / 9")
    expect(images).to_contain_text("Only 9 of 11 files fit.")
    expect(images.get_by_role("button", name="Choose files")).to_be_disabled()


def test_a_pasted_picture_goes_to_the_first_slot_that_takes_it(
    page: Page, studio: Callable[..., None]
) -> None:
    """Wherever in the form it is pasted."""
    studio(_settings=IMAGE)
    page.evaluate(TRANSFER, [".rs-prompt-input", "paste", ["shot.png"], 10])
    expect(field(page, "startImageUrl")).to_contain_text("shot.png")
    page.evaluate(TRANSFER, ['[data-field="endImageUrl"] button', "paste", ["end.png"], 10])
    expect(field(page, "endImageUrl")).to_contain_text("end.png")


def test_a_file_that_nothing_takes_is_said_to_be_one(
    page: Page, studio: Callable[..., None]
) -> None:
    """At the prompt, without holding the click back."""
    studio(_settings={"prompt": "A boat"})
    page.evaluate(TRANSFER, [".rs-prompt-input", "paste", ["shot.png"], 10])
    expect(field(page, "prompt")).to_contain_text("Nothing in this mode starts from shot.png.")
    page.get_by_role("button", name="Generate").click()
    assert len(asked(page, "submit")) == 1


def test_a_file_can_be_chosen(page: Page, studio: Callable[..., None]) -> None:
    """By the system's dialogue."""
    studio(_settings=IMAGE)
    with page.expect_file_chooser() as chooser:
        field(page, "startImageUrl").get_by_role("button", name="Choose a file").click()
    chooser.value.set_files([{"name": "b.png", "mimeType": "image/png", "buffer": b"x"}])
    expect(field(page, "startImageUrl")).to_contain_text("b.png")


def test_the_last_frame_of_a_take_can_be_chosen(page: Page, studio: Callable[..., None]) -> None:
    """From pictures of the takes there are."""
    studio(_settings=IMAGE, _takes=[samples.take("a", poster=None, video=None)])
    slot = field(page, "startImageUrl")
    slot.get_by_role("button", name="Last frame of a take").click()
    slot.get_by_role("button", name="Seedance 2.0: A fishing boat").click()
    expect(slot).to_contain_text("last-frame-of-a.png")
    assert asked(page, "borrow")[0]["field"] == "image"


@pytest.mark.parametrize("way", ["keys", "pointer"])
def test_references_change_places(page: Page, studio: Callable[..., None], way: str) -> None:
    """By the arrow keys and by dragging; the tags keep their numbers."""
    items = [f"{KEPT}{name}.png" for name in "abc"]
    studio(_settings={**REFERENCES, "values": {"imageReferences": items}})
    images = field(page, "imageReferences")
    grip = images.get_by_role("button", name="Move image 1 of 3")
    if way == "keys":
        grip.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        expect(images.get_by_role("button", name="Move image 3 of 3")).to_be_focused()
    else:
        grip.hover()
        page.mouse.down()
        images.locator(".rs-media-row").nth(2).hover()
        page.mouse.up()
    names = images.locator(".rs-media-row .rs-file-name")
    expect(names).to_have_text(["b.png", "c.png", "a.png"])
    expect(images.locator(".rs-tag")).to_have_text(["@Image1", "@Image2", "@Image3"])


def test_a_problem_stands_at_the_reference_concerned(
    page: Page, studio: Callable[..., None]
) -> None:
    """Not at the list as a whole."""
    items = ["https://example.com/a.png", "b.png"]
    studio(_settings={**REFERENCES, "values": {"imageReferences": items}})
    page.evaluate(
        """() => {
          const problems = [{parameter: "imageReferences", index: 1, message: "No file b.png."}];
          const value = {cost: null, seconds: null, basis: "catalog", problems};
          model.replies.estimate = {ok: true, value};
        }"""
    )
    page.get_by_label("Prompt", exact=True).fill("Another")
    expect(page.locator(".rs-estimate.rs-pending")).to_have_count(1)
    expect(page.locator(".rs-estimate:not(.rs-pending)")).to_have_count(1)
    button = page.get_by_role("button", name="Generate")
    expect(button).to_contain_text("check images")
    button.click()
    rows = field(page, "imageReferences").locator(".rs-media-row")
    expect(rows.nth(1)).to_contain_text("No file b.png.")
    expect(rows.nth(0)).not_to_contain_text("No file b.png.")


def test_references_are_offered_while_typing(page: Page, studio: Callable[..., None]) -> None:
    """An @ opens the list of what there is; Enter puts it in."""
    values = {"imageReferences": ["a.png", "b.png"], "audioReferences": ["c.wav"]}
    studio(_settings={"mode": samples.R2V, "values": values})
    box = page.get_by_label("Prompt", exact=True)
    box.press_sequentially("The dog of @")
    options = page.get_by_role("listbox", name="References").get_by_role("option")
    expect(options).to_have_text(["@Image1", "@Image2", "@Audio1"])
    box.press_sequentially("im")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_have_value("The dog of @Image2 ")
    expect(options).to_have_count(0)


def test_a_file_is_known_by_the_end_of_its_name(page: Page, mount: Callable[..., None]) -> None:
    """Of a long name or path the end is seen, not the folders."""
    name = "a-very-long-name-of-a-photograph-of-a-fishing-boat-at-dawn-final-v12.png"
    values = {
        "startImageUrl": f"/x/inputs/0123456789abcdef-{name}",
        "endImageUrl": f"/a/long/way/through/many/folders/of/this/machine/{name}",
    }
    mount(_settings={"mode": samples.I2V, "values": values})
    kept = page.locator('[data-field="startImageUrl"] .rs-file-name')
    expect(kept).to_have_text(name)
    seen = kept.evaluate(
        """one => {
          const text = one.firstChild.getBoundingClientRect();
          const box = one.getBoundingClientRect();
          return [text.right <= box.right + 1, text.left < box.left];
        }"""
    )
    assert seen == [True, True]
    page.wait_for_function(
        """() => {
          const box = document.querySelector('[data-field="endImageUrl"] .rs-input');
          return box.scrollLeft > 0 && box.scrollLeft + box.clientWidth >= box.scrollWidth - 1;
        }"""
    )


def test_a_broken_file_is_said_at_its_slot_before_there_is_a_prompt(
    page: Page, studio: Callable[..., None]
) -> None:
    """The kernel decodes it as soon as it is there."""
    studio(_settings={"mode": samples.I2V, "prompt": ""})
    said = "boat.png is broken or truncated: it cannot be decoded. Save it again."
    page.evaluate(
        """said => { model.replies.estimate = () => [{ok: true, value: {
            cost: null, seconds: null, basis: "catalog",
            problems: [{parameter: "start_image_url", message: said, index: null}],
        }}, []]; }""",
        said,
    )
    drop(page, "startImageUrl", "boat.png")
    slot = field(page, "startImageUrl")
    expect(slot.locator(".rs-error").first).to_have_text(said)
    expect(slot).to_contain_text("boat.png")
