"""The widgets in hosts that cannot be run here: what each gives and withholds, by a stub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import samples
from playwright.sync_api import expect
from strips import DRAWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Frame, Page

pytestmark = pytest.mark.browser

HOSTS: dict[str, dict[str, Any]] = {
    "VS Code": {"manager": "unchanged", "buffers": "DataView"},
    "Colab": {"manager": "unchanged", "buffers": "Uint8Array", "signal": False},
    "marimo": {"manager": "absent", "buffers": "DataView"},
    "an older one": {"manager": "bare", "buffers": "ArrayBuffer", "signal": False},
}
"""None of them serves files."""

FILM = {"url": "/files/film.mp4", "type": "video/mp4", "chunk": 4096}

SHEET = ".cell-output-ipywidget-background { background: white !important; }"
"""What VS Code lays under every widget, in dark themes too."""


@pytest.fixture
def frame_in(page: Page, site: str) -> Callable[[str | None], Frame]:
    """Makes a frame of the page, with the rights that are named; None gives it all."""

    def make(sandbox: str | None) -> Frame:
        page.evaluate(
            """([address, sandbox]) => {
              document.querySelector('#cell').remove();
              const frame = document.createElement('iframe');
              if (sandbox !== null) frame.setAttribute('sandbox', sandbox);
              frame.name = 'output';
              frame.src = address;
              frame.style.cssText = 'width: 100%; height: 880px; border: 0';
              document.body.append(frame);
            }""",
            [f"{site}/index.html", sandbox],
        )
        page.frame_locator("iframe").locator("#cell").wait_for(state="attached")
        frame = page.frame("output")
        assert frame is not None
        frame.wait_for_function("window.ready")
        return frame

    return make


def films(number: int) -> list[dict[str, Any]]:
    film = {"path": "takes/film.mp4", "url": None, "type": "video/mp4"}
    return [samples.take(f"t{n}", label=f"t{n}", video=film, poster=None) for n in range(number)]


def played(place: Page | Frame) -> None:
    """Every video has moved, on bytes of the kernel."""
    place.wait_for_function(
        "[...document.querySelectorAll('.rushes video')].every((v) => v.currentTime > 0.1)"
    )
    sources = place.locator(".rushes video").evaluate_all("videos => videos.map(v => v.src)")
    assert {source[:5] for source in sources} == {"blob:"}


@pytest.mark.parametrize("host", HOSTS)
def test_a_studio_plays_bytes(page: Page, mount: Callable[..., None], host: str) -> None:
    """Whatever they come in, and with nothing else of the host."""
    mount(media=FILM, host=HOSTS[host], _takes=films(1))
    page.get_by_role("button", name="Play with sound").click()
    played(page)


@pytest.mark.parametrize("host", HOSTS)
def test_a_comparison_plays_bytes(
    page: Page, mount_compare: Callable[..., None], host: str
) -> None:
    """Likewise."""
    mount_compare(media=FILM, resolve=None, host=HOSTS[host], _takes=films(2))
    page.get_by_role("button", name="Play", exact=True).click()
    played(page)


def test_a_studio_works_in_a_frame_without_an_origin(
    mount: Callable[..., None], frame_in: Callable[[str | None], Frame]
) -> None:
    """As Colab's: no parent to look at, and a clipboard only for what is selected."""
    frame = frame_in("allow-scripts")
    assert frame.evaluate("origin") == "null"
    mount(frame=frame, media=FILM, host=HOSTS["Colab"], _takes=films(1), _settings={"prompt": "x"})
    frame.get_by_role("button", name="Play with sound").click()
    played(frame)
    frame.get_by_role("button", name="Generate").click()
    frame.wait_for_function("model.asked('submit').length === 1")
    frame.get_by_role("button", name="More").click()
    frame.get_by_role("menuitem", name="Copy as Python").click()
    expect(frame.locator("[data-job=t0]")).to_contain_text("is in the clipboard")


def test_a_comparison_works_in_a_frame_without_an_origin(
    mount_compare: Callable[..., None], frame_in: Callable[[str | None], Frame]
) -> None:
    """Its filmstrip is drawn from the kernel's bytes as well."""
    frame = frame_in("allow-scripts")
    mount_compare(frame=frame, media=FILM, resolve=None, host=HOSTS["Colab"], _takes=films(2))
    frame.wait_for_function(DRAWN)
    frame.get_by_role("button", name="Play", exact=True).click()
    played(frame)


@pytest.mark.parametrize("widget", ["Studio", "comparison"])
def test_a_frame_has_the_theme_of_the_page_around_it(
    page: Page,
    mount: Callable[..., None],
    mount_compare: Callable[..., None],
    frame_in: Callable[[str | None], Frame],
    widget: str,
) -> None:
    """As VS Code's may be; its white ground shows nowhere, and every text can be read."""
    frame = frame_in(None)
    frame.add_style_tag(content=SHEET)
    frame.evaluate("document.querySelector('#cell').className = 'cell-output-ipywidget-background'")
    for theme, ground in {"dark": "rgb(23, 24, 27)", "light": "rgb(255, 255, 255)"}.items():
        page.evaluate(
            "theme => { document.body.dataset.vscodeThemeKind = `vscode-${theme}`; }", theme
        )
        if frame.locator(".rushes").count() == 0:
            show = mount if widget == "Studio" else mount_compare
            show(frame=frame, media=FILM, resolve=None, host=HOSTS["VS Code"], _takes=films(2))
        root = frame.locator(".rushes")
        expect(root).to_have_attribute("data-rs-theme", theme)
        expect(root).to_have_css("background-color", ground)
        cell, own = (frame.locator(name).bounding_box() for name in ("#cell", ".rushes"))
        assert cell == own
        frame.evaluate("document.querySelectorAll('.rs-cmp-state').forEach(e => e.remove())")
        assert frame.evaluate("faint(document.querySelector('.rushes'))") == []
