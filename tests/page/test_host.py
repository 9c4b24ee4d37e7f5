"""The widget as a guest: restarts, keys, themes, narrow pages, hostile texts, leaving nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anywidget
import pytest
import samples
from playwright.sync_api import expect

import rushes

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

RESTARTED = (
    "The kernel restarted. Run this cell again: every take is safe in the journal "
    "and running ones continue."
)


@pytest.mark.parametrize(
    "event",
    ["model.comm_live = false; model.emit('comm_live_update')", "model.push('_epoch', 'second')"],
    ids=["comm", "epoch"],
)
def test_a_restart_is_told_and_controls_are_inert(
    page: Page, mount: Callable[..., None], event: str
) -> None:
    """After a restart a banner says what to do, and nothing can be pressed in vain."""
    mount(_takes=[samples.take("a", "running")], _settings={"prompt": "x"})
    page.evaluate(event)
    expect(page.get_by_role("alert").filter(has_text="restarted")).to_have_text(RESTARTED)
    assert page.evaluate("document.querySelector('.rs-controls').inert")
    assert page.evaluate("document.querySelector('[data-job=a] .rs-actions button').inert")
    expect(page.locator("[data-job=a]")).to_contain_text("It continues without this page.")


@pytest.mark.parametrize("kind", ["studio", "compare", "board"])
def test_a_page_may_have_the_first_state_alone(
    request: pytest.FixtureRequest, page: Page, kind: str
) -> None:
    """JupyterLab makes it before it has what is set right after the widget was made."""
    name = "mount" if kind == "studio" else f"mount_{kind}"
    synced = getattr(rushes, kind.capitalize()).class_traits(sync=True)
    own = synced.keys() - anywidget.AnyWidget.class_traits(sync=True).keys() - {"_epoch"}
    first = {trait: synced[trait].default() for trait in own if not trait.startswith("_anywidget")}
    request.getfixturevalue(name)(**first)
    expect(page.locator(".rushes")).to_be_visible()

    if kind == "studio":
        page.evaluate("sent => model.push('_providers', sent)", samples.traits()["_providers"])
        expect(page.locator(".rs-controls").get_by_label("Prompt", exact=True)).to_be_visible()


def test_another_kernel_that_answers_is_a_restart(page: Page, mount: Callable[..., None]) -> None:
    """A reply to hello with another epoch comes from a new kernel."""
    mount(replies={"hello": {"ok": True, "value": {"epoch": "second"}}})
    expect(page.locator(".rs-restarted")).to_have_text(RESTARTED)


def test_silence_is_not_called_a_restart(page: Page, mount: Callable[..., None]) -> None:
    """A kernel that does not answer may be busy; the banner goes when it speaks."""
    page.clock.install()
    mount(replies={"hello": None})
    page.clock.run_for(10_500)
    expect(page.locator(".rs-silent")).to_contain_text("busy or gone")
    assert not page.evaluate("document.querySelector('.rs-controls').inert")
    page.evaluate("model.emit('msg:custom', {kind: 'reply', id: 'late', ok: true}, [])")
    expect(page.locator(".rs-banner")).to_have_count(0)


def test_keys_stay_inside(page: Page, mount: Callable[..., None]) -> None:
    """Plain keys do not reach the notebook; save and run-the-cell do."""
    mount(_settings={"prompt": "x"})
    page.evaluate("window.heard = []; document.addEventListener('keydown', e => heard.push(e.key))")
    page.get_by_role("button", name="Roll a seed").focus()
    for key in ["b", "Space", "ArrowDown", "Escape", "Shift+Enter", "Control+s"]:
        page.keyboard.press(key)
    assert page.evaluate("heard") == ["Enter", "Control", "s"]


def test_ctrl_enter_generates_and_does_not_run_the_cell(
    page: Page, mount: Callable[..., None]
) -> None:
    """Ctrl+Enter in the form sends the take and goes no further."""
    mount(_settings={"prompt": "x"})
    page.evaluate("window.heard = []; document.addEventListener('keydown', e => heard.push(e.key))")
    page.get_by_label("Prompt", exact=True).press("Control+Enter")
    page.wait_for_function("model.asked('submit').length === 1")
    assert "Enter" not in page.evaluate("heard")


def test_hostile_texts_stay_texts(page: Page, mount: Callable[..., None]) -> None:
    """Whatever a service or a file says is shown as it is written, and links are checked."""
    bad = '<img src=x onerror="window.hit = 1"><script>window.hit = 1</script>'
    evil = {"path": None, "url": "javascript:window.hit=1", "type": "text/html"}
    form = samples.seedance()
    form |= {"title": bad}
    form["fields"][1] |= {"label": bad, "help": bad, "choices": [bad]}
    form["backends"][0] |= {"name": bad}
    replies = {
        "media": {"ok": False, "error": {"message": bad}},
        "estimate": {
            "ok": True,
            "value": samples.ESTIMATE["value"]
            | {
                "problems": [
                    {"parameter": "seed", "message": bad},
                    {"parameter": None, "message": bad},
                ]
            },
        },
    }
    error = {"code": bad, "message": bad, "parameter": bad}
    progress = {"text": bad, "fraction": None, "estimated": False}
    texts = {"prompt": bad, "providerTitle": bad, "backend": bad, "notes": [bad]}
    params = {"provider": bad, bad: bad}
    mount(
        replies=replies,
        resolve="javascript:window.hit=1//",
        _providers={"forms": [form], "parts": []},
        _notice=bad,
        _settings={
            "mode": samples.R2V,
            "prompt": bad,
            "values": {"imageReferences": ["javascript:window.hit=1", bad]},
        },
        _takes=[
            samples.take("a", params=params, video=evil | {"path": bad}, poster=evil, **texts),
            samples.take("b", "running", params=params, progress=progress, **texts),
            samples.take("c", "failed", params=params, error=error, **texts),
            samples.take("d", "uncertain", params=params, error=error, **texts),
        ],
    )
    page.get_by_role("button", name="Generate").click()
    page.locator("[data-job=a] summary").click()
    page.locator("[data-job=a]").get_by_role("button", name="Play with sound").click()
    expect(page.locator("[data-job=a] .rs-player-state")).to_contain_text("cannot be opened")
    expect(page.locator("[data-job=c]")).to_contain_text(bad)
    page.wait_for_timeout(600)
    assert page.evaluate("window.hit") is None
    assert page.locator(".rushes script").count() == 0
    links = page.locator(".rushes [src], .rushes [href]").evaluate_all(
        "elements => elements.map(e => e.getAttribute('src') ?? e.getAttribute('href'))"
    )
    assert [link for link in links if link.startswith("javascript")] == []


@pytest.mark.parametrize("signal", [True, False], ids=["signals", "cleanups"])
def test_nothing_is_left_behind(page: Page, mount: Callable[..., None], *, signal: bool) -> None:
    """When view and model end, no listener, timer, blob, video or element remains."""
    page.evaluate("spy()")
    film = samples.take("film", video={"path": "film.mp4"}, poster=None)
    mount(
        signal=signal,
        media={"url": "/files/film.mp4", "type": "video/mp4", "chunk": 65536},
        _takes=[film, samples.take("a", "running")],
        _settings={"prompt": "x"},
    )
    page.get_by_role("button", name="Play with sound").click()
    page.wait_for_function("document.querySelector('video')?.currentTime > 0.1")
    page.get_by_role("button", name="Generate").click()
    page.evaluate("window.film = document.querySelector('video')")
    assert page.evaluate("[count.blobs, model.listening > 0]") == [1, True]
    if signal:
        page.evaluate("view.abort(); whole.abort()")
    else:
        page.evaluate("ends.forEach(end => end())")
    left = "[model.listening, count.blobs, count.timers.size, count.watched]"
    assert page.evaluate(left) == [0, 0, 0, 0]
    assert page.evaluate("[film.paused, film.hasAttribute('src')]") == [True, False]
    assert page.locator("#cell").inner_html() == ""
    assert "rushes" not in page.evaluate("document.head.innerHTML")


def test_two_views_show_one_state(page: Page, mount: Callable[..., None]) -> None:
    """A second view of a model shares its form and outlives the first one."""
    mount(_settings={"prompt": "x"})
    page.evaluate(
        """() => {
          const el = document.body.appendChild(document.createElement('div'));
          el.id = 'second';
          widget.render({ model, el });
        }"""
    )
    page.locator("#cell").get_by_label("Prompt", exact=True).fill("shared")
    second = page.locator("#second").get_by_label("Prompt", exact=True)
    expect(second).to_have_value("shared")
    page.evaluate("view.abort()")
    second.fill("still here")
    page.wait_for_function("model.saved.at(-1)?.prompt === 'still here'")


def test_initialize_only_listens(page: Page) -> None:
    """Before a view exists nothing is sent, fetched or drawn: hosts drop slow models."""
    page.evaluate(
        """async () => {
          const { default: factory } = await import('/static/studio.js');
          const sent = [];
          const model = {
            get: () => undefined, set() {}, save_changes() {}, on() {}, off() {},
            send: message => sent.push(message),
          };
          const before = document.querySelectorAll('*').length;
          const fetched = performance.getEntriesByType('resource').length;
          const result = factory().initialize({ model });
          window.result = [
            typeof result, sent.length, document.querySelectorAll('*').length - before,
            performance.getEntriesByType('resource').length - fetched,
          ];
        }"""
    )
    assert page.evaluate("result") == ["function", 0, 0, 0]


@pytest.mark.parametrize("width", [480, 640, 900, 1800])
def test_no_width_scrolls_sideways(page: Page, mount: Callable[..., None], width: int) -> None:
    """From a narrow notebook to a wide screen nothing sticks out."""
    page.set_viewport_size({"width": width, "height": 900})
    states = ["queued", "running", "fetching", "uncertain", "failed", "cancelled", "completed"]
    mount(
        _takes=[samples.take(state, state, prompt="word" * 60) for state in states],
        _settings={
            "provider": "kling-3.0-standard",
            "mode": samples.I2V,
            "values": {"multiPrompt": [{"prompt": "x" * 90, "durationSeconds": 5}]},
        },
    )
    expect(page.locator(".rs-card, .rs-slim")).to_have_count(7)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Buttons and boxes stay within their panes.
    outside = page.locator(".rushes").evaluate(
        """root => {
          const right = root.getBoundingClientRect().right;
          return [...root.querySelectorAll('button, input, textarea, select')]
            .filter(e => e.getClientRects().length && e.getBoundingClientRect().right > right + 1)
            .map(e => e.outerHTML.slice(0, 80));
        }"""
    )
    assert outside == []


def test_panes_stand_side_by_side_when_there_is_room(
    page: Page, mount: Callable[..., None]
) -> None:
    """Controls are left of the takes from 760 px of the widget's own width, above them below."""
    mount(_takes=[samples.take("a", "running")])

    def boxes() -> tuple[dict[str, float], dict[str, float]]:
        found = [page.locator(name).bounding_box() for name in (".rs-controls", ".rs-takes")]
        assert found[0] is not None
        assert found[1] is not None
        return found[0], found[1]

    left, right = boxes()
    assert left["width"] == 340
    assert right["x"] > left["x"] + left["width"]
    page.evaluate("document.querySelector('#cell').style.width = '700px'")
    above, below = boxes()
    assert below["y"] >= above["y"] + above["height"]


@pytest.mark.parametrize(
    ("attribute", "value", "theme"),
    [
        ("data-jp-theme-light", "false", "dark"),
        ("data-jp-theme-light", "true", "light"),
        ("data-vscode-theme-kind", "vscode-dark", "dark"),
        ("class", "dark", "dark"),
        ("data-theme", "light", "light"),
    ],
)
def test_the_hosts_theme_counts_before_the_systems(
    page: Page, mount: Callable[..., None], attribute: str, value: str, theme: str
) -> None:
    """The system's preference decides only where the host says nothing."""
    page.emulate_media(color_scheme="light" if theme == "dark" else "dark")
    mount()
    root = page.locator(".rushes")
    other = "light" if theme == "dark" else "dark"
    expect(root).to_have_attribute("data-rs-theme", other)
    page.evaluate("([name, value]) => document.body.setAttribute(name, value)", [attribute, value])
    expect(root).to_have_attribute("data-rs-theme", theme)
    background = root.evaluate("e => getComputedStyle(e).backgroundColor")
    assert background == ("rgb(23, 24, 27)" if theme == "dark" else "rgb(255, 255, 255)")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_is_legible(page: Page, mount: Callable[..., None], theme: str) -> None:
    """Every text that is not switched off has a contrast of at least 4.5 to 1."""
    page.evaluate("theme => { document.body.dataset.theme = theme }", theme)
    states = ["queued", "running", "uncertain", "failed", "completed"]
    error = {"code": "X", "message": "It failed.", "parameter": "seed"}
    mount(
        _takes=[
            samples.take(s, s, error=error, notes=["A note."], poster=None, video=None)
            for s in states
        ],
        _notice="News.",
    )
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Say what the video shows.")).to_be_visible()
    assert page.locator(".rushes").evaluate("root => faint(root)") == []


def test_every_control_has_a_name(page: Page, mount: Callable[..., None]) -> None:
    """No button, box or picture is nameless to a screen reader."""
    states = ["running", "uncertain", "failed", "completed"]
    mount(
        _takes=[samples.take(s, s) for s in states],
        _settings={"mode": samples.R2V, "values": {"imageReferences": ["a.png"]}},
    )
    nameless = page.locator(".rushes").evaluate(
        """root => [...root.querySelectorAll('button, input, select, textarea, img')]
          .filter(e => !(
            e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length ||
            e.hasAttribute('alt')))
          .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
