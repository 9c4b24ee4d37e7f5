"""What a comparison shows and does, in a page without Jupyter."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import burnt
import pytest
import samples
from axe import THEMES, dress, violations
from hostile import HOSTILE, NAMES
from PIL import Image
from playwright.sync_api import expect
from strips import DRAWN

from rushes.comparison.chart import chart
from rushes.explore.measures import Measures, Series
from support.matrix import matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

STANDING = {
    "name": "kling-3.0-standard",
    "question": "looks",
    "wins": 3,
    "losses": 1,
    "ties": 0,
    "rate": 0.75,
    "low": 0.3,
    "high": 0.95,
}

MEASURES = Measures(
    path=Path("take.mp4"),
    seconds=4.0,
    cuts=(1.0,),
    spans={"frozen": ((2.0, 3.0),)},
    series={
        "motion": Series(times=(0.0, 2.0), values=(1.0, 9.0), unit="levels"),
        "brightness": Series(times=(0.0, 2.0), values=(9.0, 200.0), unit="levels"),
    },
)

REPLIES: dict[str, Any] = {
    "standings": {"ok": True, "value": {"standings": []}},
    "measure": {"ok": True, "value": {**asdict(chart(MEASURES)), "text": "no sound"}},
    "vote": {"ok": True, "value": {"standings": [STANDING]}},
    "export": {
        "ok": True,
        "value": {
            "path": "/there/comparisons/frames.png",
            "file": {"path": "comparisons/frames.png", "url": None, "type": "image/png"},
        },
    },
}


@pytest.fixture(scope="session", autouse=True)
def films(media: Path) -> None:
    burnt.write_film(media / "one.mp4", fps=24, seconds=4.0)
    burnt.write_film(media / "two.mp4", fps=30, seconds=5.0, hue=60)


def take(number: int, name: str = "one", **more: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "label": f"take {number}",
        "poster": None,
        "video": {"path": f"{name}.mp4", "url": None, "type": "video/mp4"},
    }
    return samples.take(f"t{number}", **(known | more))


def pair() -> list[dict[str, Any]]:
    return [
        take(0, "one", provider="kling-3.0-standard", providerTitle="Kling 3.0", seed=7),
        take(1, "two", fps=30, prompt="A fishing boat leaves the harbour at dusk, slow push in"),
    ]


def loaded(page: Page, count: int) -> None:
    page.wait_for_function(
        "count => [...document.querySelectorAll('.rs-cmp-cell video')]"
        ".filter(video => video.readyState >= 2 && !video.seeking).length === count",
        arg=count,
    )


def sent(page: Page, kind: str) -> list[dict[str, Any]]:
    return page.evaluate("kind => model.asked(kind)", kind)


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


CONFIRM = """() => {
  const known = {};
  model.replies.mark = ({ job, changes }) => {
    const nothing = { pick: null, stars: null, tags: [], note: null };
    const take = model.traits._takes.find((take) => take.job === job);
    const marks = { ...(known[job] ?? nothing), ...changes };
    known[job] = marks;
    setTimeout(() => {
      const revision = model.sent.filter(({ kind }) => kind === "mark").length;
      model.emit("msg:custom", { kind: "take", take: { ...take, marks }, revision }, []);
    });
    return [{ ok: true, value: marks }, []];
  };
}"""
"""Judgements are answered as the kernel does, and the take comes again with its marks."""


def judged(page: Page, number: int) -> Any:
    return page.locator(f'figure[data-job="t{number}"] .rs-cmp-judge')


def test_keys_judge_the_take_under_the_pointer(page: Page, mount_compare) -> None:
    """One key is one judgement; with the pointer elsewhere the take in front is judged."""
    mount_compare(_takes=pair())
    page.evaluate(CONFIRM)
    loaded(page, 2)
    page.evaluate("document.querySelector('.rs-compare').focus()")
    page.locator('figure[data-job="t0"]').hover()
    for key in ("p", "4"):
        page.keyboard.press(key)
    expect(judged(page, 0)).to_have_text("Picked, 4 of 5 stars")
    page.locator('figure[data-job="t1"]').hover()
    page.keyboard.press("x")
    expect(judged(page, 1)).to_have_text("Rejected")
    page.keyboard.press("x")
    expect(judged(page, 1)).to_have_text("")
    page.mouse.move(1, 1)
    page.keyboard.press("b")
    page.keyboard.press("2")

    asked = [{"job": each["job"], **each["changes"]} for each in sent(page, "mark")]
    assert asked == [
        {"job": "t0", "pick": True},
        {"job": "t0", "stars": 4},
        {"job": "t1", "pick": False},
        {"job": "t1", "pick": None},
        {"job": "t1", "stars": 2},
    ]


def test_tags_and_notes_are_written_beside_the_takes(page: Page, mount_compare) -> None:
    """T and N ask for a text; a letter is a letter there, and Escape keeps nothing."""
    mount_compare(_takes=pair())
    page.evaluate(CONFIRM)
    loaded(page, 2)
    page.evaluate("document.querySelector('.rs-compare').focus()")
    page.locator('figure[data-job="t1"]').hover()
    page.keyboard.press("t")
    editor = page.locator(".rs-cmp-written")
    expect(editor.locator("strong")).to_have_text("take 1")
    expect(page.get_by_label("Tags, with commas between")).to_be_focused()
    page.keyboard.type("px1, hero ,hero")
    page.keyboard.press("Enter")
    expect(judged(page, 1)).to_have_text("px1, hero")
    expect(editor).to_be_hidden()
    expect(page.locator(".rs-compare")).to_be_focused()
    page.keyboard.press("n")
    page.keyboard.type("soft hands")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(judged(page, 1)).to_have_text("px1, hero, soft hands")
    page.keyboard.press("n")
    expect(page.get_by_label("Note")).to_have_value("soft hands")
    page.keyboard.type("no")
    page.keyboard.press("Escape")
    expect(page.locator(".rs-compare")).to_be_focused()

    asked = [{"job": each["job"], **each["changes"]} for each in sent(page, "mark")]
    assert asked == [
        {"job": "t1", "tags": ["px1", "hero"]},
        {"job": "t1", "note": "soft hands"},
    ]


def test_what_is_refused_can_be_written_again(page: Page, mount_compare) -> None:
    """The text and the reason stay."""
    refusal = {"ok": False, "error": {"code": "X", "message": "The disk is full."}}
    mount_compare(_takes=pair(), replies={**REPLIES, "mark": refusal})
    loaded(page, 2)
    page.evaluate("document.querySelector('.rs-compare').focus()")
    page.keyboard.press("n")
    page.keyboard.type("soft")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert").filter(has_text="The disk is full.")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("soft")


def test_zero_is_the_zooms_key(page: Page, mount_compare) -> None:
    """Stars are taken back by the same key again."""
    mount_compare(_takes=pair(), replies=REPLIES)
    loaded(page, 2)
    page.evaluate("document.querySelector('.rs-compare').focus()")
    page.keyboard.press("+")
    expect(button(page, "Zoom 125 %; fit")).to_be_visible()
    page.keyboard.press("0")

    expect(button(page, "Zoom 100 %; fit")).to_be_visible()
    assert sent(page, "mark") == []


def test_a_blind_vote_hides_what_was_judged(page: Page, mount_compare) -> None:
    """Marks could say who made a take; no key judges then, and nothing written stays open."""
    takes = [{**take, "prompt": "A boat", "asked": ["p", "i"]} for take in pair()]
    marks = {"pick": True, "stars": None, "tags": ["kling"], "note": None}
    mount_compare(_takes=[{**takes[0], "marks": marks}, takes[1]], blind=True, replies=REPLIES)
    loaded(page, 2)
    page.evaluate("document.querySelector('.rs-compare').focus()")
    page.locator('figure[data-job="t0"]').hover()
    page.keyboard.press("p")

    expect(judged(page, 0)).to_have_text("")
    assert sent(page, "mark") == []


def test_under_each_take_stands_what_is_known(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """Provider, backend, seed, cost, time taken and size."""
    mount_compare(_takes=pair())
    facts = page.locator("[data-job=t0] .rs-cmp-caption")
    for text in ("take 0", "Kling 3.0", "fal", "seed 7", "$1.51", "took 1 min 12 s", "6.3 MB"):
        expect(facts).to_contain_text(text)


def test_only_what_differs_is_in_the_table(page: Page, mount_compare: Callable[..., None]) -> None:
    """And of prompts the differing words are marked."""
    mount_compare(_takes=pair())
    rows = page.get_by_role("group", name="What differs").locator("tbody th")
    expect(rows).to_have_text(["frames a second", "seed"])
    expect(page.locator(".rs-cmp-prompts mark")).to_have_text(["dawn", "dusk"])


def test_waiting_and_failed_takes_say_so(page: Page, mount_compare: Callable[..., None]) -> None:
    """A take that finishes appears by itself."""
    progress = {"text": "in line, 3rd", "fraction": None, "estimated": False}
    waiting = samples.take("t1", "running", label="later", progress=progress)
    error = {"code": "X", "message": "The image was refused. Choose another."}
    failed = samples.take("t2", "failed", label="never", error=error)
    mount_compare(_takes=[take(0), waiting, failed])
    expect(page.locator("[data-job=t1] .rs-cmp-state")).to_have_text("in line, 3rd")
    expect(page.locator("[data-job=t2] .rs-cmp-state")).to_have_text(error["message"])
    page.evaluate(
        "take => model.emit('msg:custom', {kind: 'take', take}, [])", take(1, "two", label="later")
    )
    loaded(page, 2)
    expect(page.locator("[data-job=t1] .rs-cmp-state")).to_be_empty()


def test_keys_drive_the_player(page: Page, mount_compare: Callable[..., None]) -> None:
    """Everything by keyboard alone, from the moment the player has focus."""
    mount_compare(_takes=pair())
    loaded(page, 2)
    page.evaluate("document.querySelector('.rs-compare').focus()")
    press = page.keyboard.press
    press("Space")
    expect(button(page, "Pause")).to_be_visible()
    press("k")
    expect(button(page, "Play")).to_be_visible()
    press("Home")
    press("Shift+ArrowRight")
    press("ArrowRight")
    expect(page.locator(".rs-cmp-time")).to_contain_text("frame 31")
    press("i")
    expect(button(page, "In")).to_have_attribute("aria-pressed", "true")
    press("g")
    expect(button(page, "In")).to_have_attribute("aria-pressed", "false")
    press("Alt+2")
    assert page.evaluate(
        "[...document.querySelectorAll('.rs-cmp-cell video')].map(video => video.muted)"
    ) == [True, False]
    press("b")
    expect(page.locator(".rs-cmp-stage")).to_have_attribute("data-view", "single")
    expect(page.locator(".rs-cmp-stage")).to_have_attribute("data-side", "1")
    press("a")
    expect(page.locator(".rs-cmp-stage")).to_have_attribute("data-side", "0")
    press("?")
    expect(page.get_by_role("region", name="Keys")).to_be_visible()
    press("Escape")
    expect(page.get_by_role("region", name="Keys")).to_be_hidden()


def test_keys_stay_inside(page: Page, mount_compare: Callable[..., None]) -> None:
    """The notebook hears no plain key, and still hears what belongs to it."""
    mount_compare(_takes=pair())
    page.evaluate("window.heard = []; document.addEventListener('keydown', e => heard.push(e.key))")
    page.evaluate("document.querySelector('.rs-compare').focus()")
    for key in ("b", "j", "k", "Shift+Enter", "Control+s"):
        page.keyboard.press(key)
    heard = [key for key in page.evaluate("heard") if key not in {"Shift", "Control"}]
    assert heard == ["Enter", "s"]


def test_one_take_sounds_at_a_time(page: Page, mount_compare: Callable[..., None]) -> None:
    """A speaker turns the other one off."""
    mount_compare(_takes=pair())
    loaded(page, 2)
    muted = "[...document.querySelectorAll('.rs-cmp-cell video')].map(video => video.muted)"
    assert page.evaluate(muted) == [True, True]
    button(page, "Hear take 0").click()
    assert page.evaluate(muted) == [False, True]
    button(page, "Hear take 1").click()
    assert page.evaluate(muted) == [True, False]


def test_the_border_of_a_wipe_moves_while_it_plays(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """By mouse and by keyboard."""
    mount_compare(_takes=pair(), view="wipe")
    loaded(page, 2)
    button(page, "Play").click()
    border = page.get_by_role("slider", name="Divider between the two takes")
    box = page.locator(".rs-cmp-over").bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, middle)
    page.mouse.up()
    expect(border).to_have_attribute("aria-valuenow", "25")
    border.focus()
    page.keyboard.press("ArrowRight")
    expect(border).to_have_attribute("aria-valuenow", "26")
    expect(button(page, "Pause")).to_be_visible()


@pytest.mark.parametrize(("other", "is_black"), [("one", True), ("two", False)])
def test_a_difference_shows_what_two_takes_do_not_share(
    page: Page, mount_compare: Callable[..., None], other: str, *, is_black: bool
) -> None:
    """Equal pictures give black, whatever the gain."""
    mount_compare(_takes=[take(0), take(1, other)], view="difference")
    loaded(page, 2)
    page.get_by_label("Gain of the difference").fill("16")
    box = page.locator(".rs-cmp-over").bounding_box()
    assert box
    clip = {"x": box["x"] + 40, "y": box["y"] + box["height"] * 0.6, "width": 300, "height": 60}
    with Image.open(io.BytesIO(page.screenshot(clip=clip))) as picture:
        brightest = max(high for _, high in picture.convert("RGB").getextrema())
    assert (brightest < 16) == is_black


def test_all_takes_are_magnified_alike(page: Page, mount_compare: Callable[..., None]) -> None:
    """Zoom and place are one for all."""
    mount_compare(_takes=pair())
    loaded(page, 2)
    box = page.locator("[data-job=t0] .rs-cmp-frame").bounding_box()
    assert box
    page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".rs-cmp-zoom")).to_contain_text("200 %")
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    page.mouse.up()
    transforms = page.evaluate(
        "[...document.querySelectorAll('.rs-cmp-cell video')]"
        ".map(video => getComputedStyle(video).transform)"
    )
    assert transforms[0] == transforms[1] != "none"


def test_two_fingers_magnify(page: Page, mount_compare: Callable[..., None]) -> None:
    """As far as they are moved apart."""
    mount_compare(_takes=pair())
    loaded(page, 2)
    box = page.locator("[data-job=t0] .rs-cmp-frame").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    hand = page.context.new_cdp_session(page)
    for kind, reach in (("touchStart", 30), ("touchMove", 60), ("touchMove", 90), ("touchEnd", 0)):
        fingers = [{"x": x - reach, "y": y, "id": 0}, {"x": x + reach, "y": y, "id": 1}]
        points = fingers if reach else []
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(page.locator(".rs-cmp-zoom")).to_contain_text("300 %")


def test_a_blind_vote_names_nobody_before_both_answers(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """Names and facts are hidden; votes go to the kernel; the summary follows."""
    mount_compare(_takes=pair(), replies=REPLIES, blind=True)
    root = page.locator(".rs-compare")
    for text in ("take 0", "take 1", "Kling", "Seedance", "$1.51"):
        expect(root).not_to_contain_text(text)
    page.evaluate("document.querySelector('.rs-cmp-question button').focus()")
    page.keyboard.press("a")
    expect(root).not_to_contain_text("take 0")
    page.keyboard.press("t")
    expect(page.locator(".rs-cmp-names")).to_contain_text("take 0")
    expect(page.locator(".rs-cmp-ballot tbody")).to_contain_text("30 % to 95 %")
    votes = [(vote["question"], vote["choice"]) for vote in sent(page, "vote")]
    assert votes == [("prompt", "left"), ("looks", "tie")]
    assert {sent(page, "vote")[0]["left"], sent(page, "vote")[0]["right"]} == {"t0", "t1"}


def test_an_export_is_ordered_as_it_is_seen(page: Page, mount_compare: Callable[..., None]) -> None:
    """With the moment, the loop and who sounds; what is made is linked."""
    page.set_viewport_size({"width": 480, "height": 900})
    mount_compare(_takes=pair(), replies=REPLIES)
    loaded(page, 2)
    button(page, "Hear take 1").click()
    button(page, "Export").click()
    page.get_by_role("button", name="Current frames").click()
    link = page.get_by_role("link", name="frames.png")
    expect(link).to_be_in_viewport(ratio=1)
    assert str(link.get_attribute("href")).endswith("/files/comparisons/frames.png")
    (order,) = sent(page, "export")
    assert order["what"] == "frames"
    assert order["jobs"] == ["t0", "t1"]
    assert order["audible"] == "t1"


def test_without_files_the_kernel_sends_the_bytes(
    page: Page, mount_compare: Callable[..., None], site: str
) -> None:
    """A host that serves no files shows every take all the same."""
    chunks = {"url": f"{site}/files/one.mp4", "type": "video/mp4", "chunk": 20_000}
    mount_compare(_takes=[take(0), take(1)], resolve=None, media=chunks)
    loaded(page, 2)
    sources = page.evaluate(
        "[...document.querySelectorAll('.rs-cmp-cell video')].map(video => video.src.slice(0, 5))"
    )
    assert sources == ["blob:", "blob:"]


@pytest.mark.parametrize("resolve", ["/files/", None])
def test_nothing_is_left_behind(
    page: Page, mount_compare: Callable[..., None], site: str, resolve: str | None
) -> None:
    """No listener, timer, blob or loaded video, even while it plays."""
    page.evaluate("spy()")
    # The filmstrip's video is never in the page.
    page.evaluate(
        """() => {
          window.made = [];
          const create = document.createElement.bind(document);
          document.createElement = (tag, ...rest) => {
            const element = create(tag, ...rest);
            if (tag === "video") made.push(element);
            return element;
          };
        }"""
    )
    chunks = {"url": f"{site}/files/one.mp4", "type": "video/mp4", "chunk": 20_000}
    mount_compare(_takes=[take(0), take(1)], resolve=resolve, media=None if resolve else chunks)
    loaded(page, 2)
    page.wait_for_function(DRAWN)
    page.wait_for_function("made.filter(video => video.hasAttribute('src')).length === 2")
    button(page, "Play").click()
    page.wait_for_function("document.querySelector('.rs-cmp-cell video').currentTime > 0.3")
    page.evaluate("view.abort(); whole.abort()")
    left = page.evaluate(
        "({blobs: count.blobs, timers: count.timers.size, watched: count.watched,"
        " listening: model.listening, videos: made.filter(v => v.hasAttribute('src')).length,"
        " inside: document.querySelector('#cell').children.length})"
    )
    assert left == dict.fromkeys(left, 0)


@matrix("scheme, width", ["light", "dark"], [480, 900, 1400])
def test_it_fits_and_can_be_read(
    page: Page, mount_compare: Callable[..., None], width: int, scheme: Any
) -> None:
    """No sideways scrolling, and contrast of at least 4.5 to 1."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    mount_compare(_takes=[*pair(), take(2)])
    loaded(page, 3)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate("document.querySelectorAll('.rs-cmp-state').forEach(text => text.remove())")
    assert page.evaluate("faint(document.querySelector('.rushes'))") == []


def nothing(_: Page) -> None:
    """Leave it as it is."""


def keys(page: Page) -> None:
    button(page, "List of keys").click()


def voted(page: Page) -> None:
    for _ in range(2):
        page.locator(".rs-cmp-question button:enabled").first.click()
    expect(page.locator(".rs-cmp-ballot tbody")).to_contain_text("30 % to 95 %")


def strips(page: Page) -> None:
    button(page, "Strips").click()


def measured(page: Page) -> None:
    strips(page)
    button(page, "Measure").click()
    expect(page.locator(".rs-cmp-chart").nth(1)).to_contain_text("no sound")


def marked(page: Page) -> None:
    loaded(page, 2)
    page.locator(".rs-compare").focus()
    for key in ("Shift+ArrowRight", "i", "m", "Shift+ArrowRight", "o", "m", "1", "z"):
        page.keyboard.press(key)


def exports(page: Page) -> None:
    button(page, "Export").click()
    page.get_by_role("button", name="Current frames").click()
    page.get_by_role("link", name="frames.png").wait_for()


WAITING = samples.take("t1", "running", label="later")
NEVER = samples.take("t2", "failed", label="never", error={"code": "X", "message": "Refused."})
STATES: dict[str, tuple[dict[str, Any], Callable[[Page], None]]] = {
    "grid": ({}, nothing),
    "wipe": ({"view": "wipe"}, nothing),
    "difference": ({"view": "difference"}, nothing),
    "single": ({"view": "single"}, nothing),
    "unfinished": ({"_takes": [take(0), WAITING, NEVER]}, nothing),
    "empty": ({"_takes": []}, nothing),
    "keys": ({}, keys),
    "blind": ({"blind": True}, nothing),
    "voted": ({"blind": True}, voted),
    "exported": ({}, exports),
    "strips": ({}, strips),
    "measured": ({}, measured),
    "marked": ({}, marked),
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(page: Page, mount_compare: Callable[..., None], state: str) -> None:
    """No rule of WCAG 2.2 AA, and no good practice, is broken, in either theme."""
    traits, act = STATES[state]
    dress(page, THEMES[0])
    mount_compare(replies=REPLIES, **{"_takes": pair(), **traits})
    act(page)
    for theme in THEMES:
        dress(page, theme)
        assert violations(page, "#cell") == [], theme


@pytest.mark.parametrize("text", HOSTILE, ids=NAMES)
def test_texts_stay_texts(page: Page, mount_compare: Callable[..., None], text: str) -> None:
    """Nothing of labels, prompts, errors and links runs, links or makes the page wide."""
    page.set_viewport_size({"width": 480, "height": 900})
    odd = {"label": text, "prompt": text, "providerTitle": text, "backend": text[:200]}
    link = {"path": None, "url": text, "type": text[:50]}
    error = {"code": text[:99], "message": text}
    takes = [
        take(0, **odd, params={"prompt": text, "extra": text}, video=link),
        take(1, **odd, params={"prompt": "a", "extra": text * 2}),
        samples.take("t2", "failed", **odd, error=error),
    ]
    mount_compare(_takes=takes)
    expect(page.locator(".rs-compare")).to_be_visible()
    assert page.evaluate("window.owned ?? null") is None
    assert page.locator(".rushes :is(script, style, iframe, object)").count() == 0
    assert page.locator(".rushes [href^='javascript']").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
