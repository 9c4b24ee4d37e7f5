"""The player's screen: it fits what is seen of the page, and everything on it can be steered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import burnt
import pytest
import samples
from playwright.sync_api import expect

from support.matrix import matrix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SHAPES = {"wide": (1280, 720), "tall": (720, 1280), "square": (960, 960), "alike": (864, 496)}
SIZES = [(1250, 870), (1700, 900), (480, 870)]
SECONDS = 2.0


@pytest.fixture(scope="session", autouse=True)
def films(media: Path) -> None:
    for name, (width, height) in SHAPES.items():
        samples.write_video(media / f"{name}.mp4", width // 4 & ~1, height // 4 & ~1, SECONDS)
    (media / "slow-wide.mp4").write_bytes((media / "wide.mp4").read_bytes())
    burnt.write_film(media / "numbers.mp4", fps=24, seconds=4.0)


def take(number: int, shape: str = "wide", **more: Any) -> dict[str, Any]:
    width, height = SHAPES[shape]
    known: dict[str, Any] = {
        "label": f"take {number}",
        "poster": None,
        "width": width,
        "height": height,
        "durationSeconds": SECONDS,
        "video": {"path": f"{shape}.mp4", "url": None, "type": "video/mp4"},
    }
    return samples.take(f"t{number}", **(known | more))


def numbered(number: int) -> dict[str, Any]:
    film = {"path": "numbers.mp4", "url": None, "type": "video/mp4"}
    return take(number, video=film, durationSeconds=4.0, fps=24)


def loaded(page: Page, count: int) -> None:
    page.wait_for_function(
        "count => [...document.querySelectorAll('.rs-cmp-cell video')]"
        ".filter(video => video.readyState >= 2 && !video.seeking).length === count",
        arg=count,
    )


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


BOXES = """() => {
  const box = element => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return { left, top, right, bottom };
  };
  const seen = [...document.querySelectorAll('.rs-cmp-cell:not([hidden])')];
  return {
    frames: seen.map(cell => box(cell.querySelector('.rs-cmp-frame'))),
    captions: seen.map(cell => box(cell.querySelector('.rs-cmp-caption'))),
    transport: box(document.querySelector('.rs-cmp-transport')),
    width: document.documentElement.scrollWidth - innerWidth,
  };
}"""


def boxes_of(page: Page) -> dict[str, Any]:
    """Where everything is, once what was resized has been laid out and drawn."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    boxes: dict[str, Any] = page.evaluate(BOXES)
    return boxes


def require_together(boxes: dict[str, Any], bottom: float) -> None:
    """All pictures and what steers them are within the window, and none lies on another."""
    assert boxes["width"] <= 0
    assert boxes["transport"]["bottom"] <= bottom
    for box in boxes["frames"] + boxes["captions"]:
        assert box["top"] >= 0
        assert box["bottom"] <= boxes["transport"]["top"] + 0.5
    sizes = {
        (round(box["right"] - box["left"]), round(box["bottom"] - box["top"]))
        for box in boxes["frames"]
    }
    assert len(sizes) == 1
    assert min(sizes.pop()) >= 40


def shapes_of(kind: str, count: int) -> list[str]:
    return [list(SHAPES)[i % 4] for i in range(count)] if kind == "mixed" else [kind] * count


@matrix("kind, size", ["wide", "tall", "mixed"], SIZES)
def test_all_takes_and_what_steers_them_are_seen_together(
    page: Page, mount_compare: Callable[..., None], size: tuple[int, int], kind: str
) -> None:
    """For every number of takes, in a window of every size."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for count in range(2, 10):
        page.evaluate("window.view?.abort(); document.querySelector('#cell').replaceChildren()")
        mount_compare(_takes=[take(i, shape) for i, shape in enumerate(shapes_of(kind, count))])
        page.wait_for_selector(".rs-cmp-frame")
        require_together(boxes_of(page), size[1])


@matrix("view, size", ["wipe", "difference", "single"], SIZES)
def test_views_of_two_are_seen_with_what_steers_them(
    page: Page, mount_compare: Callable[..., None], size: tuple[int, int], view: str
) -> None:
    """The box is as large as the window leaves it."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    mount_compare(_takes=[take(0), take(1, "tall"), take(2)], view=view)
    require_together(boxes_of(page), size[1])


@pytest.mark.parametrize("width", [480, 760, 1200])
def test_what_steers_covers_no_facts_in_a_board(
    page: Page, mount_board: Callable[..., None], width: int
) -> None:
    """The way back stands above the pictures there, and takes room as well."""
    page.set_viewport_size({"width": width, "height": 900})
    mount_board()
    page.get_by_role("grid").focus()
    for key in ("Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".rs-cmp-cell")).to_have_count(2)
    page.wait_for_function(
        """() => {
          const edge = document.querySelector('.rs-cmp-transport').getBoundingClientRect();
          const lines = [...document.querySelectorAll('.rs-cmp-caption')];
          return edge.bottom <= innerHeight
            && lines.every((line) => line.getBoundingClientRect().bottom <= edge.top + 1);
        }"""
    )


@pytest.mark.usefixtures("slow")
def test_without_a_length_there_is_no_loop_to_set(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """As long as nothing is loaded of a take whose length nobody has measured."""
    late = {"path": "slow-wide.mp4", "url": None, "type": "video/mp4"}
    mount_compare(_takes=[take(number, video=late, durationSeconds=None) for number in range(2)])
    expect(page.locator(".rs-cmp-cell")).to_have_count(2)
    expect(page.locator(".rs-cmp-edge").first).to_be_hidden()
    expect(page.locator(".rs-cmp-edge").last).to_be_hidden()


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_what_is_asked_in_a_vote_is_seen_with_the_pictures(
    page: Page, mount_compare: Callable[..., None], size: tuple[int, int]
) -> None:
    """Nobody scrolls between what is judged and the answer."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    mount_compare(_takes=[take(0), take(1), take(2)], blind=True, replies=VOTES)
    require_together(boxes_of(page), size[1])
    asking = page.locator(".rs-cmp-questions").bounding_box()
    assert asking
    # Where the page has a margin above the player, that much may be scrolled.
    assert asking["y"] + asking["height"] <= size[1] + 16


VOTES: dict[str, Any] = {
    "standings": {"ok": True, "value": {"standings": []}},
    "vote": {"ok": True, "value": {"standings": []}},
}

# As notebooks do: the page scrolls within a box, and each output is clipped by one that grows.
NOTEBOOK = """() => {
  document.body.innerHTML = `
    <main style="position:absolute;inset:40px 0 0 0;overflow:auto">
      <pre style="margin:0;height:300px">cells above</pre>
      <section style="overflow:auto"><div id="cell"></div></section>
      <pre style="margin:0;height:2000px">cells below</pre>
    </main>`;
}"""


def test_in_a_notebook_it_fits_what_the_notebook_shows(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """A page that scrolls within a box shows less than its window."""
    page.set_viewport_size({"width": 1250, "height": 700})
    page.evaluate(NOTEBOOK)
    mount_compare(_takes=[take(i) for i in range(4)])
    page.locator(".rs-compare").evaluate("element => element.scrollIntoView({block: 'start'})")
    page.wait_for_function("!document.querySelector('.rs-cmp-transport').style.transform")
    boxes = boxes_of(page)
    require_together(boxes, 700)
    assert min(box["top"] for box in boxes["frames"]) >= 40


def test_what_steers_stays_in_sight_while_the_notebook_is_scrolled(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """At the lower edge as long as a picture is seen, though the output clips it."""
    page.set_viewport_size({"width": 1250, "height": 700})
    page.evaluate(NOTEBOOK)
    mount_compare(_takes=[take(i) for i in range(4)])
    loaded(page, 4)
    boxes = boxes_of(page)
    assert max(box["bottom"] for box in boxes["frames"]) > 700
    assert boxes["transport"]["bottom"] <= 700
    assert boxes["transport"]["top"] >= min(box["top"] for box in boxes["frames"])
    page.evaluate("document.querySelector('main').scrollTop = 330")
    page.wait_for_function("!document.querySelector('.rs-cmp-transport').style.transform")
    require_together(boxes_of(page), 700)


def test_an_output_that_is_made_to_scroll_is_what_is_seen(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """The player follows when its box gets a height, and when it loses it again."""
    page.evaluate(NOTEBOOK)
    mount_compare(_takes=[take(i) for i in range(4)])
    tall = "document.querySelector('.rs-cmp-stage').offsetHeight"
    whole = page.evaluate(tall)
    page.evaluate("document.querySelector('section').style.maxHeight = '480px'")
    page.wait_for_function(f"{tall} < 400")
    page.evaluate("document.querySelector('section').style.maxHeight = ''")
    page.wait_for_function(f"{tall} === {whole}")


def test_nothing_moves_when_takes_arrive_and_sound(
    page: Page, mount_compare: Callable[..., None], slow: Any
) -> None:
    """Boxes have their place before a picture is there, and keep it."""
    late = {"path": "slow-wide.mp4", "url": None, "type": "video/mp4"}
    mount_compare(_takes=[take(0, video=late), take(1, video=late)])
    page.wait_for_selector(".rs-cmp-frame")
    before = boxes_of(page)
    slow.set()
    loaded(page, 2)
    button(page, "Hear take 0").click()
    page.keyboard.press("End")
    assert boxes_of(page) == before


def test_a_take_of_nearly_the_same_shape_has_no_slivers_beside_it(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """864 by 496 beside 1280 by 720 fills its box; a portrait is shown whole."""
    mount_compare(_takes=[take(0), take(1, "alike"), take(2, "tall")])
    fit = "job => getComputedStyle(document.querySelector(`[data-job=${job}] video`)).objectFit"
    assert [page.evaluate(fit, f"t{i}") for i in range(3)] == ["cover", "cover", "contain"]


def test_a_click_on_a_picture_plays_and_pauses(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """And a drag does not; a double click magnifies and leaves the clock where it was."""
    mount_compare(_takes=[numbered(0), numbered(1)])
    loaded(page, 2)
    picture = page.locator("[data-job=t1] .rs-cmp-frame")
    picture.click()
    expect(button(page, "Pause")).to_be_visible()
    page.wait_for_timeout(500)
    picture.click()
    expect(button(page, "Play")).to_be_visible()
    page.wait_for_timeout(500)
    at = page.locator(".rs-cmp-time").inner_text()
    picture.dblclick()
    expect(page.locator(".rs-cmp-zoom")).to_contain_text("200 %")
    expect(page.locator(".rs-cmp-time")).to_have_text(at, use_inner_text=True)
    box = picture.bounding_box()
    assert box
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 80, steps=4)
    page.mouse.up()
    expect(button(page, "Play")).to_be_visible()


def test_space_plays_after_any_button_was_pressed_with_the_mouse(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """The keys work wherever the focus in the player was."""
    mount_compare(_takes=[numbered(0), numbered(1)])
    loaded(page, 2)
    button(page, "Loop").click()
    page.keyboard.press("Space")
    expect(button(page, "Pause")).to_be_visible()
    page.keyboard.press("Space")
    page.get_by_label("Speed").select_option("0.5")
    page.get_by_label("Speed").focus()
    button(page, "Single").click()
    page.keyboard.press("Space")
    expect(button(page, "Pause")).to_be_visible()


def test_a_vote_is_cast_by_keys_wherever_the_focus_is(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """A, T and B answer the next open question; afterwards they show the takes again."""
    mount_compare(_takes=[numbered(0), numbered(1), numbered(2)], blind=True, replies=VOTES)
    page.locator(".rs-compare").focus()
    page.keyboard.press("b")
    page.keyboard.press("t")
    votes = page.evaluate("model.asked('vote').map(({question, choice}) => [question, choice])")
    assert votes == [["prompt", "right"], ["looks", "tie"]]
    expect(page.locator(".rs-cmp-asking")).to_contain_text("Pair 1 of 3")
    page.keyboard.press("n")
    expect(page.locator(".rs-cmp-asking")).to_contain_text("Pair 2 of 3")
    page.keyboard.press("v")
    expect(page.locator(".rs-cmp-stage")).to_have_attribute("data-view", "single")
    page.keyboard.press("a")
    assert page.evaluate("model.asked('vote').length") == 3


def test_a_blind_vote_shows_the_pictures_without_the_providers_name(
    page: Page, mount_compare: Callable[..., None], site: str
) -> None:
    """Where there are such pictures; the others come back with the names."""
    bare = {"path": None, "url": None, "type": "video/mp4"}
    takes = [take(i, backend="preview", unmarked=bare, poster={"path": "film.jpg"}) for i in (0, 1)]
    chunks = {"url": f"{site}/files/wide.mp4", "type": "video/mp4", "chunk": 200_000}
    mount_compare(_takes=takes, blind=True, replies=VOTES, media=chunks)
    loaded(page, 2)
    parts = "[...new Set(model.asked('media').map(({part}) => part))]"
    assert page.evaluate(parts) == ["unmarked"]
    sources = """[...document.querySelectorAll('.rs-cmp-cell video')]
      .map(video => [video.src.slice(0, 5), video.poster])"""
    assert page.evaluate(sources) == [["blob:", ""]] * 2
    expect(page.locator(".rs-cmp-ballot")).not_to_contain_text("not blind")
    page.evaluate("model.push('blind', false)")
    page.wait_for_function("document.querySelector('.rs-cmp-cell video').src.endsWith('wide.mp4')")


def test_a_vote_that_is_not_blind_says_so(page: Page, mount_compare: Callable[..., None]) -> None:
    """A take of the preview that cannot be shown without its provider's name."""
    takes = [take(i, backend="preview") for i in (0, 1)]
    mount_compare(_takes=takes, blind=True, replies=VOTES)
    expect(page.locator(".rs-cmp-ballot")).to_contain_text("this vote is not blind")


def test_the_strip_shows_as_many_pictures_as_fit_in_their_own_shape(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """A portrait has more of them than a landscape."""
    mount_compare(_takes=[take(0, "tall"), take(1, "tall")])
    loaded(page, 2)
    page.evaluate(
        """() => {
          window.drawn = new Map();
          const draw = CanvasRenderingContext2D.prototype.drawImage;
          CanvasRenderingContext2D.prototype.drawImage = function (source, ...at) {
            if (this.canvas.matches?.('.rs-cmp-strip') && source instanceof HTMLCanvasElement) {
              drawn.set(at[0], [at[2] / at[3], source.width / source.height]);
            }
            return draw.call(this, source, ...at);
          };
        }"""
    )
    width = page.evaluate("document.querySelector('.rs-cmp-strip').clientWidth")
    count = -(-width // (40 * 9 / 16))
    page.wait_for_function(f"drawn.size >= {int(count)}")
    shapes = page.evaluate("[...drawn.values()]")
    for drawn, taken in shapes:
        assert drawn == pytest.approx(9 / 16, rel=0.05)
        assert taken == pytest.approx(9 / 16, rel=0.05)


def test_the_bar_shows_a_picture_and_the_moment_under_the_pointer(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """And a press there goes there, to the pixel."""
    mount_compare(_takes=[numbered(0), numbered(1)])
    loaded(page, 2)
    page.wait_for_function("document.querySelector('.rs-cmp-strip').width > 300")
    page.wait_for_timeout(1500)
    box = page.locator(".rs-cmp-track").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 50)
    peek = page.locator(".rs-cmp-peek")
    expect(peek).to_be_visible()
    expect(peek).to_contain_text("00:00:01:00")
    expect(peek.locator("canvas")).to_be_visible()
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(".rs-cmp-time b")).to_have_text("00:00:01:00")
    page.mouse.move(5, 5)
    expect(peek).to_be_hidden()


def test_handles_set_the_loop(page: Page, mount_compare: Callable[..., None]) -> None:
    """By mouse and by keys; at the end of the bar there is none."""
    mount_compare(_takes=[numbered(0), numbered(1)])
    loaded(page, 2)
    begin = page.get_by_role("slider", name="Start of the loop")
    end = page.get_by_role("slider", name="End of the loop")
    bar = page.locator(".rs-cmp-track").bounding_box()
    at = begin.bounding_box()
    assert bar
    assert at
    page.mouse.move(at["x"] + 2, at["y"] + 10)
    page.mouse.down()
    page.mouse.move(at["x"] + 2 + bar["width"] / 2, at["y"] + 10, steps=5)
    page.mouse.up()
    assert float(begin.get_attribute("aria-valuenow") or 0) == pytest.approx(2, abs=0.02)
    expect(button(page, "In")).to_have_attribute("aria-pressed", "true")
    end.focus()
    page.keyboard.press("Shift+ArrowLeft")
    expect(end).to_have_attribute("aria-valuenow", "3")
    page.keyboard.press("End")
    expect(button(page, "Out")).to_have_attribute("aria-pressed", "false")
    begin.focus()
    page.keyboard.press("End")
    assert float(begin.get_attribute("aria-valuenow") or 0) < 4


def test_markers_are_kept_with_the_widget(page: Page, mount_compare: Callable[..., None]) -> None:
    """A key sets one and takes it away, two keys go from one to the next."""
    mount_compare(_takes=[numbered(0), numbered(1)])
    loaded(page, 2)
    page.locator(".rs-compare").focus()
    for key in ("Shift+ArrowRight", "m", "Shift+ArrowRight", "m"):
        page.keyboard.press(key)
    expect(page.locator(".rs-cmp-mark")).to_have_count(2)
    expect(button(page, "Mark")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("model.get('markers')") == [1, 2]
    page.keyboard.press("ArrowUp")
    expect(page.locator(".rs-cmp-time b")).to_have_text("00:00:01:00")
    page.keyboard.press("m")
    assert page.evaluate("model.get('markers')") == [2]
    page.evaluate("model.push('markers', [0.5, 1.5, 2.5])")
    expect(page.locator(".rs-cmp-mark")).to_have_count(3)


def test_one_pixel_of_a_take_is_one_of_the_screen(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """Each take in its own pixels, whatever the size of its box."""
    mount_compare(_takes=[take(0), take(1, "alike")])
    loaded(page, 2)
    page.locator(".rs-compare").focus()
    page.keyboard.press("z")
    expect(button(page, "1:1")).to_have_attribute("aria-pressed", "true")
    shown = """job => {
      const video = document.querySelector(`[data-job=${job}] video`);
      const { width, height } = video.getBoundingClientRect();
      return Math.max(width, height * video.videoWidth / video.videoHeight);
    }"""
    assert page.evaluate(shown, "t0") == pytest.approx(1280, rel=0.01)
    assert page.evaluate(shown, "t1") == pytest.approx(864, rel=0.01)


def test_every_take_has_a_strip_on_demand(page: Page, mount_compare: Callable[..., None]) -> None:
    """Under its name, with its offset, on the clock of the bar."""
    mount_compare(_takes=[take(0), take(1, "tall"), take(2)])
    loaded(page, 3)
    page.locator(".rs-compare").focus()
    page.keyboard.press("s")
    rows = page.get_by_role("region", name="Strips of all takes").locator(".rs-cmp-row")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("take 1")
    expect(page.get_by_label("Offset of take 2 in seconds")).to_be_visible()
    page.keyboard.press("s")
    expect(rows).to_have_count(0)


def test_the_waveform_is_that_of_the_take_that_sounds(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """It is asked for once, when somebody listens."""
    mount_compare(_takes=[numbered(0), numbered(1)])
    loaded(page, 2)
    page.evaluate(
        """() => {
          model.replies.peaks = () => [
            { ok: true, value: { rate: 100, start: 0 } },
            [new DataView(new Uint8Array(400).fill(200, 100, 200).buffer)],
          ];
        }"""
    )
    assert page.evaluate("model.asked('peaks').length") == 0
    button(page, "Hear take 1").click()
    inked = """() => {
      const wave = document.querySelector('.rs-cmp-wave');
      const row = wave.getContext('2d').getImageData(0, wave.height - 4, wave.width, 1).data;
      const at = share => row[Math.floor(share * wave.width) * 4 + 3];
      return [0.1, 0.37, 0.8].map(at);
    }"""
    page.wait_for_function(f"({inked})()[1] > 0")
    ink = page.evaluate(inked)
    assert [bool(value) for value in ink] == [False, True, False]
    button(page, "Hear take 1").click()
    button(page, "Hear take 1").click()
    assert page.evaluate("model.asked('peaks').map(({job}) => job)") == ["t1"]


CHART = """data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'/%3E"""


def test_takes_are_measured_when_that_is_asked_for(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """The picture lies on the clock of the take; what cannot be measured says why, as text."""
    mount_compare(_takes=[numbered(0), numbered(1)])
    loaded(page, 2)
    page.evaluate(
        """(picture) => {
          const lanes = ["Motion 3.2 levels", "<b>"];
          const value = { picture, seconds: 1, lanes, text: "2 cuts" };
          model.replies.measure = ({ job }) => job === "t0"
            ? [{ ok: true, value }]
            : [{ ok: false, error: { code: "media", message: "<b>It is broken." } }];
        }""",
        CHART,
    )
    page.locator(".rs-compare").focus()
    page.keyboard.press("s")
    assert page.evaluate("model.asked('measure').length") == 0
    button(page, "Measure").click()

    charts = page.locator(".rs-cmp-chart")
    expect(charts.nth(0)).to_contain_text("Motion 3.2 levels<b>2 cuts")
    expect(charts.nth(1)).to_have_text("<b>It is broken.")
    end = page.evaluate("document.querySelector('.rs-cmp-scrub').max")
    page.get_by_label("Offset of take 0 in seconds").fill("-0.5")
    page.keyboard.press("Enter")
    box, image = charts.nth(0).locator("div").bounding_box(), charts.nth(0).locator("img")
    page.wait_for_function("document.querySelector('.rs-cmp-chart img').style.left !== '0%'")
    end = page.evaluate("Number(document.querySelector('.rs-cmp-scrub').max)")
    assert image.bounding_box()["width"] == pytest.approx(box["width"] / end, rel=0.02)
    assert image.bounding_box()["x"] == pytest.approx(box["x"] + 0.5 * box["width"] / end, rel=0.02)

    button(page, "Measure").click()
    expect(charts.nth(0)).to_have_text("")


def test_it_fills_the_screen_and_leaves_it(page: Page, mount_compare: Callable[..., None]) -> None:
    """By a button and by a key, and the pictures use the room."""
    page.set_viewport_size({"width": 700, "height": 500})
    mount_compare(_takes=[numbered(0), numbered(1)])
    loaded(page, 2)
    button(page, "Full screen").click()
    page.wait_for_function("document.fullscreenElement?.matches('.rs-compare')")
    require_together(boxes_of(page), page.evaluate("innerHeight"))
    page.keyboard.press("f")
    page.wait_for_function("!document.fullscreenElement")


def test_nothing_is_drawn_on_the_pictures(page: Page, mount_compare: Callable[..., None]) -> None:
    """Names, speakers and marks are beside them."""
    mount_compare(_takes=[numbered(0), take(1)])
    loaded(page, 2)
    page.locator(".rs-compare").focus()
    page.keyboard.press("End")
    expect(page.locator("[data-job=t1] .rs-cmp-held")).to_have_text("Ended: last frame")
    for frame in page.locator(".rs-cmp-frame").all():
        assert frame.inner_text().strip() == ""
        assert frame.locator("button").count() == 0


def test_facts_stand_in_columns_that_do_not_wrap(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """A line under a picture shows whole facts, and the table shows all of them."""
    page.set_viewport_size({"width": 760, "height": 900})
    mount_compare(_takes=[take(0, seed=7), take(1, seed=8)])
    line = page.locator("[data-job=t0] .rs-cmp-facts")
    assert line.evaluate("element => element.offsetHeight") == 20
    assert line.evaluate(
        """element => [...element.children].every(fact => {
          const { top, right } = fact.getBoundingClientRect();
          const box = element.getBoundingClientRect();
          return top >= box.bottom || right <= box.right + 0.5;
        })"""
    )
    heights = (
        page.get_by_role("group", name="Facts")
        .locator("tr")
        .evaluate_all("rows => rows.map(row => row.offsetHeight)")
    )
    assert max(heights) < 30


def test_fingers_find_targets_of_44_pixels(browser: Any, site: str) -> None:
    """Every button and handle of the player, and it still fits what is seen."""
    context = browser.new_context(viewport={"width": 480, "height": 870}, has_touch=True)
    session = context.new_page()
    tool = context.new_cdp_session(session)
    tool.send("Emulation.setEmulatedMedia", {"features": [{"name": "pointer", "value": "coarse"}]})
    session.goto(f"{site}/index.html")
    session.wait_for_function("window.ready")
    traits = {"_takes": [take(0), take(1)], "view": "grid", "columns": 0, "blind": False}
    options = {"bundle": "compare", "traits": traits, "replies": {}, "resolve": f"{site}/files/"}
    session.evaluate("options => mount(options)", options)
    if not session.evaluate("matchMedia('(pointer: coarse)').matches"):
        context.close()
        pytest.skip("this browser does not emulate fingers")
    small = session.evaluate(
        """[...document.querySelectorAll('.rs-compare .rs-button, .rs-cmp-edge')]
          .filter(({offsetWidth: wide, offsetHeight: high}) => wide && Math.max(wide, high) < 44)
          .map(element => element.outerHTML)"""
    )
    assert small == []
    require_together(boxes_of(session), 870)
    context.close()


def test_tab_reaches_everything_in_the_order_in_which_it_is_seen(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """Views and tools, speakers, the bar and its handles, the buttons, and the offsets."""
    mount_compare(_takes=[numbered(0), numbered(1)])
    loaded(page, 2)
    page.locator(".rs-compare").focus()
    page.keyboard.press("s")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "document.activeElement.ariaLabel ?? document.activeElement.textContent"
        )
        if page.evaluate("document.activeElement === document.body"):
            break
        reached.append(name)
    order = [
        "Grid",
        "1:1",
        "List of keys",
        "Hear take 0",
        "Hear take 1",
        "Position",
        "Start of the loop",
        "End of the loop",
        "Play",
        "Mark",
        "Strips",
        "Offset of take 0 in seconds",
        "Offset of take 1 in seconds",
    ]
    places = [reached.index(name) for name in order]
    assert places == sorted(places)
