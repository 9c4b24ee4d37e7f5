"""The board's page, with a stub kernel, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import samples
from playwright.sync_api import expect

from support.matrix import matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

FLAT = {"_board": samples.cells(("animal", samples.ANIMALS), ("provider", samples.MODELS))}
"""Three rows and two columns with one cell in each place."""

MANY = samples.cells(
    ("word", [f"word {number}" for number in range(100)]),
    ("provider", [f"model {number}" for number in range(10)]),
)
"""A thousand cells."""


def pane(page: Page) -> Locator:
    return page.get_by_role("grid")


def cell(page: Page, number: int) -> Locator:
    return page.locator(f'[data-cell="{number}"]')


def shown(page: Page) -> list[int]:
    """The cells that are in the page, from the top."""
    return page.evaluate(
        """[...document.querySelectorAll('.rs-bd-cell')].map((cell) => {
          const { top, left } = cell.getBoundingClientRect();
          return [Math.round(top), Math.round(left), Number(cell.dataset.cell)];
        }).sort(([a, b], [c, d]) => a - c || b - d).map(([, , number]) => number)"""
    )


def test_heads_name_only_what_differs(page: Page, mount_board: Callable[..., None]) -> None:
    """A row for each value of one axis, a column for each of the other."""
    mount_board(**FLAT)

    heads = pane(page).get_by_role("columnheader")
    assert heads.all_inner_texts() == ["animal / provider", *samples.MODELS]
    assert pane(page).get_by_role("rowheader").all_inner_texts() == samples.ANIMALS
    assert shown(page) == [0, 1, 2, 3, 4, 5]
    expect(page.locator(".rs-bd-pictured")).to_have_count(6)


@pytest.mark.parametrize("ratio", [16 / 9, 9 / 16, 1, 21 / 9])
def test_a_cell_keeps_its_shape_from_the_first_moment(
    page: Page, mount_board: Callable[..., None], ratio: float
) -> None:
    """Nothing moves when its take is made, fails or arrives."""
    layout = samples.cells(("animal", samples.ANIMALS), ("provider", samples.MODELS), ratio=ratio)
    mount_board(_board=layout, _takes=[])
    boxes = """(() => {
      const edge = document.querySelector('[role=grid]').getBoundingClientRect().top;
      return [...document.querySelectorAll('.rs-bd-row')].slice(0, 2).flatMap((row) =>
        [row, ...row.children].map((element) => {
          const { top, left, width, height } = element.getBoundingClientRect();
          return [top - edge, left, width, height].map(Math.round).join();
        }));
    })()"""
    slate = page.locator(".rs-bd-slate").first.bounding_box()
    assert slate is not None
    assert slate["width"] / slate["height"] == pytest.approx(ratio, rel=0.03)
    before = page.evaluate(boxes)

    for revision, state in enumerate(["queued", "running", "failed", "uncertain", "completed"], 1):
        news = samples.in_cell(0, state)
        page.evaluate(
            "take => model.emit('msg:custom', { kind: 'take', ...take })",
            {"take": news, "revision": revision},
        )
        expect(cell(page, 0)).to_have_attribute("data-state", state)
        assert page.evaluate(boxes) == before


@matrix("width, ratio", [480, 1200, 1800], [16 / 9, 9 / 16])
def test_a_take_alone_has_no_bars_beside_it(
    page: Page, mount_board: Callable[..., None], width: int, ratio: float
) -> None:
    """Its stage has the shape of its picture and the size of its room; its facts are in sight."""
    page.set_viewport_size({"width": width, "height": 900})
    size = {"width": 1280, "height": round(1280 / ratio)}
    layout = samples.cells(("animal", samples.ANIMALS), ratio=ratio)
    mount_board(_board=layout, _takes=[samples.in_cell(0, **size)])
    cell(page, 0).click()
    boxes = [page.locator(f".rs-bd-{part}").bounding_box() for part in ("stage", "facts")]
    stage, facts = (box or {} for box in boxes)
    steering = page.get_by_role("group", name="Playing").bounding_box() or {}

    assert stage["width"] / stage["height"] == pytest.approx(ratio, rel=0.01)
    assert stage["width"] * stage["height"] > 0.2 * min(width, 1600) * 600 * min(1, ratio)
    assert facts["height"] >= 80
    for box in (stage, facts):
        assert box["y"] + box["height"] <= steering["y"] + 0.5 <= 900


def test_cells_grow_until_all_rows_are_seen(page: Page, mount_board: Callable[..., None]) -> None:
    """On a wide page; a bar that appears above them changes nothing."""
    page.set_viewport_size({"width": 1800, "height": 900})
    mount_board(**FLAT)
    grid = page.get_by_role("grid")
    size = cell(page, 0).bounding_box()
    assert size
    assert size["width"] > 320
    assert grid.evaluate("grid => grid.scrollHeight <= grid.clientHeight")
    news = {"take": samples.in_cell(0, "uncertain"), "revision": 1}
    page.evaluate("take => model.emit('msg:custom', { kind: 'take', ...take })", news)
    expect(page.get_by_role("button", name="Look again")).to_be_visible()
    after = cell(page, 0).bounding_box()
    assert after
    assert after["width"] == size["width"]


def test_a_picture_begins_where_its_head_does(page: Page, mount_board: Callable[..., None]) -> None:
    """Also where a head needs more room than a tall picture; its marks and frame stay on it."""
    takes = [samples.in_cell(number) for number in range(6)]
    takes[1]["marks"] = {"pick": True, "stars": 5, "tags": [], "note": None}
    layout = samples.cells(
        ("animal", samples.ANIMALS), ("provider", ["A model with a long name", "Kling"]), ratio=0.4
    )
    mount_board(_board=layout, _takes=takes)
    box = "element => ['left', 'right'].map((side) => element.getBoundingClientRect()[side])"
    heads = pane(page).get_by_role("columnheader").all()[1:]
    for number, head in enumerate(heads):
        left, right = cell(page, number).locator(".rs-bd-frame").evaluate(box)
        assert left == pytest.approx(head.evaluate(box)[0], abs=1)
        assert right < head.evaluate(box)[1] - 10
        for sign in cell(page, number).locator(".rs-bd-signs:visible").all():
            assert left < sign.evaluate(box)[0] < sign.evaluate(box)[1] < right + 1


def test_what_is_not_there_is_small_and_plain(page: Page, mount_board: Callable[..., None]) -> None:
    """One word, what the service says, and no picture."""
    takes = [
        samples.in_cell(1, "running", progress={"text": "rendering", "fraction": 0.4}),
        samples.in_cell(2, "failed", error={"code": "X", "message": "Refused."}),
        samples.in_cell(3, "uncertain"),
        samples.in_cell(4, "cancelled"),
    ]
    mount_board(**FLAT, _takes=takes)

    words = [cell(page, number).locator(".rs-bd-word").inner_text() for number in range(5)]
    assert words == ["Not started", "Rendering", "Failed", "Uncertain", "Cancelled"]
    expect(cell(page, 2)).to_contain_text("Refused.")
    expect(page.locator(".rs-bd-standing")).to_contain_text("0 of 6 takes done · 1 on the way")


def test_the_bar_says_how_far_everything_is(page: Page, mount_board: Callable[..., None]) -> None:
    """In numbers that follow the takes; of a sweep in the kernel's words."""
    mount_board(**FLAT, _takes=[samples.in_cell(0)])
    bar = page.locator(".rs-bd-standing")
    expect(bar).to_contain_text("1 of 6 takes done")
    page.evaluate(
        "take => model.emit('msg:custom', { kind: 'take', take, revision: 1 })", samples.in_cell(1)
    )
    expect(bar).to_contain_text("2 of 6 takes done")
    expect(bar.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "33")
    facts = ["2 of 6 takes done", "$10.60 of $60.00", "about 14 min left"]
    page.evaluate("facts => model.push('_sweep', { facts, offers: [] })", facts)
    expect(bar).to_contain_text("2 of 6 takes done · $10.60 of $60.00 · about 14 min left")


def test_an_axis_can_be_folded_or_stepped(page: Page, mount_board: Callable[..., None]) -> None:
    """Folded, the best take of a place stands for it and says how many there are."""
    takes = [samples.in_cell(number) for number in range(12)]
    takes[3]["marks"] = {"pick": True, "stars": None, "tags": [], "note": None}
    mount_board(_takes=takes)

    assert shown(page) == [0, 3, 4, 6, 8, 10]
    expect(cell(page, 3).locator(".rs-bd-count")).to_have_text("2")
    page.get_by_label("seed", exact=True).select_option("seed: 41")
    assert shown(page) == [1, 3, 5, 7, 9, 11]
    expect(cell(page, 3).locator(".rs-bd-count")).to_be_hidden()
    page.get_by_label("seed", exact=True).select_option("seed: best of each")
    cell(page, 0).click(modifiers=["Control"])
    pane(page).press("]")
    assert shown(page)[0] == 1


def test_rows_and_columns_can_be_chosen(page: Page, mount_board: Callable[..., None]) -> None:
    """The kernel learns of it; without any, the cells make a wall with a name under each."""
    mount_board(**FLAT)
    page.get_by_label("Rows").select_option("Rows: provider")
    assert page.evaluate("model.traits._arrangement") == {"rows": ["provider"], "columns": []}
    page.get_by_label("Columns").select_option("Columns: animal")
    assert shown(page) == [0, 2, 4, 1, 3, 5]
    page.get_by_label("Rows").select_option("No rows")
    page.get_by_label("Columns").select_option("No columns")
    expect(cell(page, 2)).to_contain_text("heron · Seedance 2.0")


def test_cells_can_be_put_in_order(page: Page, mount_board: Callable[..., None]) -> None:
    """By a mark, an axis or a number; what has no value comes last."""
    takes = [samples.in_cell(number) for number in range(6)]
    for number, stars in ((4, 5), (1, 3)):
        takes[number]["marks"] = {"pick": None, "stars": stars, "tags": [], "note": None}
    mount_board(**FLAT, _takes=takes)
    page.get_by_label("Order").select_option("By most stars")

    assert shown(page)[:3] == [4, 1, 0]
    page.get_by_label("Order").select_option("As arranged")
    assert shown(page) == [0, 1, 2, 3, 4, 5]


def test_cells_can_be_put_in_order_by_what_is_measured_meanwhile(
    page: Page, mount_board: Callable[..., None]
) -> None:
    """Without the board being made again."""
    mount_board(**FLAT, _takes=[samples.in_cell(number) for number in range(6)])
    for revision, (number, motion) in enumerate([(4, 9.5), (1, 3.0)], 1):
        take = samples.in_cell(number, measures={"motion": motion})
        page.evaluate(
            "news => model.emit('msg:custom', { kind: 'take', ...news })",
            {"take": take, "revision": revision},
        )
    page.get_by_label("Order").select_option("-motion")

    assert shown(page)[:3] == [4, 1, 0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("heron", [2, 3]),
        ("heron kling", [3]),
        ("animal=fox", [0, 1]),
        ("cost<1", [5]),
        ("seed>=40", [2]),
        ("tag=hero", [1]),
        ('"wild horse" kling', [5]),
        ("nothing-like-it", []),
    ],
)
def test_takes_are_found_by_words_and_columns(
    page: Page, mount_board: Callable[..., None], text: str, found: list[int]
) -> None:
    """Rows and columns without a match are left out."""
    takes = [samples.in_cell(number) for number in range(6)]
    takes[5]["cost"] = {"amount": 0.5, "currency": "USD"}
    takes[2]["seed"] = 41
    takes[1]["marks"] = {"pick": None, "stars": None, "tags": ["hero"], "note": None}
    mount_board(**FLAT, _takes=takes)
    page.get_by_label("Search takes").fill(text)

    expect(page.locator(".rs-bd-cell")).to_have_count(len(found))
    assert shown(page) == found
    if not found:
        page.get_by_role("button", name="Show all takes").click()
        expect(page.locator(".rs-bd-cell")).to_have_count(6)


def test_the_cursor_moves_by_arrows_past_what_is_not_there(
    page: Page, mount_board: Callable[..., None]
) -> None:
    """A screen reader follows; with Shift everything between is selected."""
    layout = samples.cells(("animal", samples.ANIMALS), ("provider", samples.MODELS))
    del layout["cells"][2]
    mount_board(_board=layout)
    pane(page).focus()
    active = """document.getElementById(
      document.querySelector('[role=grid]').getAttribute('aria-activedescendant')).dataset.cell"""

    assert page.evaluate(active) == "0"
    pane(page).press("ArrowDown")
    assert page.evaluate(active) == "3"
    pane(page).press("ArrowRight")
    pane(page).press("ArrowUp")
    pane(page).press("ArrowUp")
    assert page.evaluate(active) == "1"
    pane(page).press("Shift+ArrowDown")
    pane(page).press("Shift+ArrowDown")
    selected = "[...document.querySelectorAll('[aria-selected=true]')].map(e => e.dataset.cell)"
    assert page.evaluate(selected) == ["1", "2", "4"]
    pane(page).press("Escape")
    assert page.evaluate(selected) == []


def test_a_row_plays_on_one_clock(page: Page, mount_board: Callable[..., None]) -> None:
    """Space plays the row of the cursor, again stops it; a column and all in view by their keys."""
    mount_board(**FLAT)
    pane(page).focus()
    pane(page).press("Space")
    moving = """jobs => jobs.every((job) =>
      document.querySelector(`[data-job=${job}] video`)?.currentTime > 0.1)"""
    page.wait_for_function(moving, arg=["c0", "c1"])
    assert page.locator("video").count() == 2
    pane(page).press("Space")
    page.wait_for_function("[...document.querySelectorAll('video')].every((v) => v.paused)")

    pane(page).press("c")
    pane(page).press("Space")
    page.wait_for_function(moving, arg=["c0", "c2", "c4"])
    assert page.locator("video").count() == 3
    pane(page).press("v")
    page.wait_for_function(moving, arg=[f"c{number}" for number in range(6)])
    pane(page).press("Escape")
    expect(page.locator("video")).to_have_count(0)


def test_hover_plays_and_leaving_ends_it(page: Page, mount_board: Callable[..., None]) -> None:
    """One video at a time, without sound, and none where motion is not wanted."""
    mount_board(**FLAT)
    cell(page, 3).hover()
    page.wait_for_function("document.querySelector('[data-cell=\"3\"] video')?.currentTime > 0.1")
    assert page.evaluate("document.querySelector('video').muted")
    cell(page, 0).hover()
    page.wait_for_function("document.querySelector('[data-cell=\"0\"] video')?.currentTime > 0.1")
    expect(page.locator("video")).to_have_count(1)
    page.mouse.move(5, 5)
    expect(page.locator("video")).to_have_count(0)

    page.emulate_media(reduced_motion="reduce")
    cell(page, 3).hover()
    page.wait_for_timeout(400)
    expect(page.locator("video")).to_have_count(0)


def test_a_click_shows_one_take_large(page: Page, mount_board: Callable[..., None]) -> None:
    """With its facts and its sound; arrows lead to the next one, and Escape back."""
    mount_board(**FLAT)
    cell(page, 2).click()
    alone = page.locator(".rs-bd-solo")
    expect(alone).to_contain_text("heron · Seedance 2.0")
    expect(alone).to_contain_text("took 1 min 12 s")
    page.wait_for_function("document.querySelector('.rs-bd-solo video')?.currentTime > 0.1")
    assert not page.evaluate("document.querySelector('.rs-bd-solo video').muted")
    page.keyboard.press("ArrowRight")
    expect(alone).to_contain_text("heron · Kling 3.0 standard")
    page.keyboard.press("Escape")
    expect(alone).to_be_hidden()
    expect(page.locator("video")).to_have_count(0)
    expect(pane(page)).to_be_focused()


def test_enter_compares_what_is_selected(page: Page, mount_board: Callable[..., None]) -> None:
    """In place of the board, with the names of the cells; Escape leads back to it."""
    mount_board(**FLAT)
    for number in (0, 3, 4):
        cell(page, number).click(modifiers=["Control"])
    pane(page).press("Enter")
    comparison = page.locator(".rs-compare")
    expect(comparison.locator("figure")).to_have_count(3)
    expect(comparison).to_contain_text("heron · Kling 3.0 standard")
    expect(pane(page)).to_be_hidden()
    page.get_by_role("button", name="Back to the board").click()
    expect(comparison).to_have_count(0)
    expect(pane(page)).to_be_focused()


def test_only_what_is_seen_is_in_the_page(page: Page, mount_board: Callable[..., None]) -> None:
    """Of a thousand cells; the others come as they are scrolled to."""
    mount_board(_board=MANY, _arrangement={"rows": ["word"], "columns": ["provider"]})
    assert page.locator(".rs-bd-cell").count() < 150
    pane(page).focus()
    pane(page).press("End")
    expect(cell(page, 999)).to_be_in_viewport()
    expect(cell(page, 0)).to_have_count(0)
    assert page.locator(".rs-bd-cell").count() < 150


def test_an_update_touches_one_cell(page: Page, mount_board: Callable[..., None]) -> None:
    """Progress of a take changes nothing in the page but its cell."""
    takes = [samples.in_cell(number, "running") for number in range(1000)]
    mount_board(_board=MANY, _takes=takes, _arrangement={"rows": ["word"], "columns": ["provider"]})
    cell(page, 3).wait_for()
    page.wait_for_timeout(300)
    touched = page.evaluate(
        """async () => {
          const touched = new Set();
          const note = (records) => {
            for (const { target } of records) {
              const element = target instanceof Element ? target : target.parentElement;
              touched.add(element.closest('.rs-bd-cell')?.dataset.cell ?? element.className);
            }
          };
          const observer = new MutationObserver(note);
          observer.observe(document.querySelector('.rushes'), {
            subtree: true, childList: true, attributes: true, characterData: true,
          });
          model.emit('msg:custom', { kind: 'moved', takes: [
            { job: 'c3', elapsed: 20, progress: { text: 'half', fraction: 0.5, estimated: false } },
          ] });
          await new Promise((resolve) => setTimeout(resolve, 100));
          note(observer.takeRecords());
          return [...touched];
        }"""
    )
    assert touched == ["3"]


def test_no_more_decoders_than_cells_on_the_screen(
    page: Page, mount_board: Callable[..., None]
) -> None:
    """Of a long column only what is seen plays, and then what is scrolled to."""
    mount_board(_board=MANY, _arrangement={"rows": ["word"], "columns": ["provider"]})
    pane(page).focus()
    pane(page).press("c")
    pane(page).press("Space")
    seen = """() => {
      const pane = document.querySelector('[role=grid]').getBoundingClientRect();
      const cells = [...document.querySelectorAll('.rs-bd-cell:has(video)')];
      return cells.length > 1 && cells.every((cell) => {
        const { top, bottom } = cell.getBoundingClientRect();
        return bottom > pane.top && top < pane.bottom;
      });
    }"""
    page.wait_for_function(seen)
    pane(page).evaluate("pane => { pane.scrollTop = 3000 }")
    page.wait_for_function("!document.querySelector('[data-cell=\"0\"]')")
    page.wait_for_function(seen)


@pytest.mark.parametrize("signal", [True, False], ids=["signals", "cleanups"])
def test_nothing_is_left_behind(
    page: Page, mount_board: Callable[..., None], *, signal: bool
) -> None:
    """When view and model end, no listener, timer, blob, video or element remains."""
    page.evaluate("spy()")
    mount_board(
        **FLAT,
        resolve=None,
        media={"url": "/files/film.mp4", "type": "video/mp4", "chunk": 65536},
        host={"signal": signal},
    )
    pane(page).focus()
    pane(page).press("Space")
    page.wait_for_function("document.querySelector('video')?.currentTime > 0.1")
    page.evaluate("window.film = document.querySelector('video')")
    if signal:
        page.evaluate("view.abort(); whole.abort()")
    else:
        page.evaluate("ends.forEach(end => end())")
    left = "[model.listening, count.blobs, count.timers.size, count.watched]"
    assert page.evaluate(left) == [0, 0, 0, 0]
    assert page.evaluate("[film.paused, film.hasAttribute('src')]") == [True, False]
    assert page.locator("#cell").inner_html() == ""


@pytest.mark.parametrize(
    "seconds", [2, pytest.param(60, marks=[pytest.mark.soak, pytest.mark.timeout(300)])]
)
def test_scrolling_leaks_nothing(
    page: Page, mount_board: Callable[..., None], seconds: int
) -> None:
    """However long: what left the screen leaves no element, listener or memory behind."""
    mount_board(_board=MANY, _arrangement={"rows": ["word"], "columns": ["provider"]})
    scroll = """async (seconds) => {
      const pane = document.querySelector('[role=grid]');
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const end = performance.now() + 1000 * seconds;
      let time = 0;
      for (; performance.now() < end; time++) {
        for (let step = 0; step <= 20; step++) {
          pane.scrollTop = (pane.scrollHeight * (time % 2 ? 20 - step : step)) / 20;
          await frame();
        }
      }
      pane.scrollTop = 0;
      await frame();
      await frame();
      return time;
    }"""
    client = page.context.new_cdp_session(page)

    def counted() -> dict[str, Any]:
        client.send("HeapProfiler.collectGarbage")
        used = client.send("Runtime.getHeapUsage")["usedSize"]
        return {**client.send("Memory.getDOMCounters"), "heap": used}

    page.evaluate(scroll, 2)
    before = counted()
    times = page.evaluate(scroll, seconds)
    after = counted()
    assert times > 0
    assert after["heap"] <= before["heap"] * 1.1 + 1_000_000
    assert after["jsEventListeners"] <= before["jsEventListeners"] * 1.1 + 50
    assert after["nodes"] <= before["nodes"] * 1.2 + 300


def test_what_needs_a_person_comes_first(page: Page, mount_board: Callable[..., None]) -> None:
    """Uncertain takes one after the other, with every way out and what it may cost."""
    cost = {"amount": 1.51, "currency": "USD", "estimated": True}
    error = {"code": "uncertain", "message": "The connection broke while sending."}
    takes = [samples.in_cell(number, "uncertain", cost=cost, error=error) for number in (1, 4)]
    reply = {"ok": True, "value": {"message": "fal does not list it (yet)."}}
    mount_board(**FLAT, _takes=takes, replies={"decide": reply})

    needed = page.get_by_role("region", name="Needs you")
    expect(needed).to_contain_text("2 takes need you")
    expect(needed).to_contain_text("fox · Kling 3.0 standard")
    assert page.locator(".rs-bd-bar > *").first.get_attribute("aria-label") == "Needs you"
    needed.get_by_role("button", name="Send again …").click()
    expect(needed.get_by_role("button", name="Send again · $1.51")).to_be_visible()
    needed.get_by_role("button", name="Back").click()
    needed.get_by_role("button", name="Look again").click()
    expect(needed).to_contain_text("fal does not list it (yet).")
    assert page.evaluate("model.asked('decide')[0].job") == "c1"
    needed.get_by_role("button", name="Next").click()
    expect(needed).to_contain_text("wild horse · Seedance 2.0")


def test_a_sweep_is_started_and_stopped_here(page: Page, mount_board: Callable[..., None]) -> None:
    """By what the kernel offers, with the price on the button."""
    run = [{"action": "run", "label": "Run · $31.20"}]
    pause = [{"action": "pause", "label": "Pause"}]
    mount_board(
        **FLAT,
        _takes=[],
        _sweep={"facts": ["$31.20", "nothing sent yet"], "offers": run},
        replies={"steer": {"ok": True, "value": {}}},
    )
    page.get_by_role("button", name="Run · $31.20").click()
    page.wait_for_function("model.asked('steer')[0]?.action === 'run'")
    page.evaluate("value => model.push('_sweep', value)", {"facts": [], "offers": pause})
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_role("button", name="Run")).to_have_count(0)


def test_keys_judge_the_take_of_the_cursor(page: Page, mount_board: Callable[..., None]) -> None:
    """Shown at once and sent; the same key again takes it back."""
    said = {"pick": True, "stars": None, "tags": [], "note": None}
    mount_board(**FLAT, replies={"mark": {"ok": True, "value": said}})
    pane(page).focus()
    signs = cell(page, 0).locator(".rs-bd-signs")
    pane(page).press("p")
    expect(signs).to_have_text("✓")
    assert page.evaluate("model.asked('mark')[0]")["changes"] == {"pick": True}
    expect(page.get_by_role("gridcell", name="fox · Seedance 2.0, done, picked")).to_be_visible()
    pane(page).press("p")
    page.wait_for_function("model.asked('mark').length === 2")
    assert page.evaluate("model.asked('mark')[1].changes") == {"pick": None}
    for key, changes in (("x", {"pick": False}), ("4", {"stars": 4}), ("0", {"stars": None})):
        pane(page).press(key)
        assert page.evaluate("model.asked('mark').at(-1).changes") == changes


def test_tags_and_notes_are_written_in_a_line(page: Page, mount_board: Callable[..., None]) -> None:
    """For all that is selected; Escape keeps nothing, and the keys work again after either."""
    said = {"pick": None, "stars": None, "tags": ["hero", "night"], "note": None}
    mount_board(**FLAT, replies={"mark": {"ok": True, "value": said}})
    for number in (0, 3):
        cell(page, number).click(modifiers=["Control"])
    pane(page).press("t")
    line = page.get_by_role("combobox", name="Tags, with commas between")
    line.fill("night, hero ,night,")
    line.press("Enter")
    expect(cell(page, 3).locator(".rs-bd-tags")).to_have_text("hero, night")
    sent = page.evaluate("model.asked('mark')")
    assert [each["job"] for each in sent] == ["c0", "c3"]
    assert sent[0]["changes"] == {"tags": ["night", "hero"]}
    expect(pane(page)).to_be_focused()
    pane(page).press("n")
    page.get_by_role("textbox", name="Note").press("Escape")
    expect(pane(page)).to_be_focused()
    assert len(page.evaluate("model.asked('mark')")) == 2


def test_a_refused_judgement_is_taken_back(page: Page, mount_board: Callable[..., None]) -> None:
    """And the reason is said."""
    refusal = {"ok": False, "error": {"code": "X", "message": "The journal is full."}}
    mount_board(**FLAT, replies={"mark": refusal})
    pane(page).focus()
    pane(page).press("p")
    expect(page.get_by_role("alert").filter(has_text="The journal is full.")).to_be_visible()
    expect(cell(page, 0).locator(".rs-bd-signs")).to_be_hidden()


def test_what_is_shown_is_exported_as_it_is_shown(
    page: Page, mount_board: Callable[..., None]
) -> None:
    """Filtered and arranged; the file can be opened from here."""
    value = {"path": "/x/boards/board.png", "file": {"path": "boards/board.png"}}
    mount_board(**FLAT, replies={"sheet": {"ok": True, "value": value}})
    page.get_by_label("Search takes").fill("heron")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("menuitem", name="Contact sheet (PNG)").click()
    link = page.get_by_role("link", name="boards/board.png")
    expect(link).to_be_visible()
    (sent,) = page.evaluate("model.asked('sheet')")
    assert sent["what"] == "picture"
    assert (sent["rows"], sent["columns"]) == (["heron"], samples.MODELS)
    assert sent["cells"] == [[2, 3]]
