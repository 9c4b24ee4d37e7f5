"""What somebody does who was sent a page of takes."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from PIL import Image

from comparison.test_document import HOSTILE, SIZE
from page.test_decoders import UNPLAYABLE, write
from rushes.comparison import page
from support.chromium import PATIENCE, chromium
from support.numbered import numbered, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Two takes in a browser without a network; what goes wrong is kept in `faults`."""
    folder = tmp_path_factory.mktemp("page")
    pair = [
        numbered(folder, 0, rate=24, count=24, size=SIZE, tone=440),
        numbered(folder, 1, rate=30, count=60, size=SIZE, tone=440),
    ]
    path = page([replace(pair[0].entry, label=HOSTILE), pair[1].entry], folder / "page.html")
    with chromium("--autoplay-policy=no-user-gesture-required") as browser:
        context = browser.new_context(offline=True, viewport={"width": 900, "height": 700})
        context.set_default_timeout(PATIENCE)
        shown = context.new_page()
        shown.faults = []
        shown.on("console", lambda message: shown.faults.append(message.text))
        shown.on("pageerror", lambda error: shown.faults.append(str(error)))
        shown.on("dialog", lambda dialog: (shown.faults.append("alert"), dialog.dismiss()))
        shown.on(
            "request",
            lambda request: (
                request.url.startswith(("data:", "file:")) or shown.faults.append(request.url)
            ),
        )
        shown.goto(path.as_uri())
        settle(shown)
        yield shown


def until(shown: Page, condition: str) -> None:
    """Wait for a condition; the page's own policy forbids Playwright's way of doing so."""
    look = f"() => ({condition}) ? go() : requestAnimationFrame(look)"
    shown.evaluate(f"new Promise(go => {{ const look = {look}; look(); }})")


def settle(shown: Page) -> None:
    """Wait until every video shows what it was told to."""
    until(
        shown,
        "[...document.querySelectorAll('video')].every(v => v.readyState >= 2 && !v.seeking)",
    )
    # What is decoded is painted in the frame after the next one.
    shown.evaluate("new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")


def numbers(shown: Page) -> list[int]:
    """The numbers of the frames that are on screen."""
    settle(shown)
    found = []
    for place, video in enumerate(shown.locator("video").all()):
        with Image.open(BytesIO(video.screenshot())) as image:
            take, number = read(np.asarray(image.convert("L")))
        assert take == place
        found.append(number)
    return found


def shows(shown: Page, expected: list[int]) -> bool:
    """Whether these frames come on screen; a decoded one is painted when the browser likes."""
    return any(numbers(shown) == expected for _ in range(20))


def test_steps_are_exact(shown):
    """Each press of an arrow is one frame of the fastest take."""
    shown.keyboard.press("Home")
    assert shows(shown, [0, 0])
    for _ in range(5):
        shown.keyboard.press("ArrowRight")
    assert shows(shown, [4, 5])
    shown.get_by_role("button", name="One frame back").click()
    assert shows(shown, [3, 4])


def test_a_take_that_is_over_holds_its_last_frame(shown):
    """And says so."""
    shown.keyboard.press("End")
    assert shows(shown, [23, 59])
    assert [note.is_visible() for note in shown.locator(".over").all()] == [True, False]
    shown.keyboard.press("Home")
    assert [note.is_visible() for note in shown.locator(".over").all()] == [False, False]


def test_all_play_to_their_end_together(shown):
    """One press starts all, the button says what it would do, and the end is the longest's."""
    shown.keyboard.press("Home")
    # Noted by the page itself, because two seconds may pass before anybody looks.
    shown.evaluate(
        """() => {
          const button = document.querySelector('#play');
          window.said = [];
          new MutationObserver(() => said.push(button.ariaLabel)).observe(button, {
            attributeFilter: ['aria-label'],
          });
        }"""
    )
    shown.get_by_role("button", name="Play").click()
    until(shown, "said.length >= 2")
    assert shown.evaluate("said") == ["Pause", "Play"]
    assert shows(shown, [23, 59])
    assert shown.locator("output").text_content() == "0:02.00 / 0:02.00"


def test_pausing_leaves_all_at_one_moment(shown):
    """However far apart they were while playing."""
    shown.keyboard.press("Home")
    shown.keyboard.press(" ")
    until(shown, "document.querySelector('#scrub').value > 0.3")
    shown.locator("video").first.click()
    shown.get_by_role("button", name="Play").wait_for()
    moment = shown.evaluate("Number(document.querySelector('#scrub').value)")
    # As the page seeks: half a millisecond into the frame that begins.
    assert shows(shown, [min(23, int((moment + 0.0005) * 24)), int((moment + 0.0005) * 30)])


def test_one_take_is_heard_at_a_time(shown):
    """Choosing one silences the other; choosing it again silences all."""
    muted = "[...document.querySelectorAll('video')].map(video => video.muted)"
    first, second = shown.locator("figcaption button").all()
    assert shown.evaluate(muted) == [True, True]
    first.click()
    assert shown.evaluate(muted) == [False, True]
    second.click()
    assert shown.evaluate(muted) == [True, False]
    assert second.get_attribute("aria-pressed") == "true"
    shown.keyboard.press("2")
    assert shown.evaluate(muted) == [True, True]


def test_speed_is_that_of_all(shown):
    """A slow look is slow for every take."""
    shown.get_by_label("Speed").select_option("0.25")
    rates = "[...document.querySelectorAll('video')].map(video => video.playbackRate)"
    assert shown.evaluate(rates) == [0.25, 0.25]
    shown.get_by_label("Speed").select_option("1")


def test_a_narrow_page_is_not_wider_than_its_window(shown):
    """Nothing has to be scrolled sideways."""
    shown.set_viewport_size({"width": 360, "height": 700})
    assert shown.evaluate("document.documentElement.scrollWidth") <= 360
    shown.set_viewport_size({"width": 900, "height": 700})


@pytest.mark.parametrize("size", [(1250, 870), (1700, 900), (480, 870)], ids=str)
def test_all_takes_are_seen_with_what_steers_them(shown, tmp_path, size):
    """From two takes to nine, of one shape and of several."""
    shown.set_viewport_size({"width": size[0], "height": size[1]})
    films = [
        numbered(tmp_path, i, rate=24, count=2, size=[(160, 90), (90, 160)][i % 2]).entry
        for i in range(4)
    ]
    here = shown.url
    for count in (2, 3, 4, 9):
        for kinds in ([0], [1], [0, 1, 2, 3]):
            takes = [replace(films[kinds[i % len(kinds)]], label=f"take {i}") for i in range(count)]
            path = page(takes, tmp_path / f"{count}.html")
            shown.goto(path.as_uri())
            boxes = shown.evaluate(
                """() => {
                  const box = (element) => element.getBoundingClientRect();
                  const controls = box(document.querySelector('.controls'));
                  return {
                    wide: document.documentElement.scrollWidth - innerWidth,
                    controls: [controls.top, controls.bottom],
                    bottoms: [...document.querySelectorAll('figure')].map(e => box(e).bottom),
                    heights: [...document.querySelectorAll('video')].map(e => box(e).height),
                  };
                }"""
            )
            assert boxes["wide"] <= 0
            assert boxes["controls"][1] <= size[1]
            assert max(boxes["bottoms"]) <= boxes["controls"][0] + 1, (count, kinds)
            assert min(boxes["heights"]) >= 60
    shown.goto(here)
    settle(shown)
    shown.set_viewport_size({"width": 900, "height": 700})


@pytest.mark.parametrize("name", UNPLAYABLE)
def test_a_missing_decoder_is_named(shown, tmp_path, name):
    """The other takes play to their own end, although the undecodable one is longer."""
    codec, pixels, words = UNPLAYABLE[name]
    write(tmp_path / name, codec, pixels)
    film = numbered(tmp_path, 0, rate=24, count=12, size=SIZE).path
    one = shown.context.new_page()
    one.goto(page({"odd": tmp_path / name, "plain": film}, tmp_path / "page.html").as_uri())

    odd, plain = one.locator(".stage").all()
    odd.locator(".missing").wait_for()
    assert f"no decoder for {words}." in odd.locator(".missing").inner_text()
    assert not plain.locator(".missing").is_visible()
    one.get_by_role("button", name="Play").click()
    until(one, "document.querySelector('#time').textContent === '0:00.50 / 0:00.50'")
    one.get_by_role("button", name="Play").wait_for()
    one.close()


def test_matroska_is_called_that_and_plays(shown, tmp_path):
    """A file whose name and kind say MKV is not given out as WebM."""
    film = numbered(tmp_path, 0, rate=24, count=12, size=SIZE).path
    mkv = tmp_path / "film.mkv"
    with av.open(str(film)) as source, av.open(str(mkv), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    one = shown.context.new_page()
    one.goto(page({"mkv": mkv, "mp4": film}, tmp_path / "page.html").as_uri())
    settle(one)

    assert one.locator("video").first.get_attribute("src").startswith("data:video/x-matroska;")
    assert not one.locator(".missing").first.is_visible()
    one.close()


def test_nothing_is_asked_for_and_nothing_goes_wrong(shown):
    """No request, no alert, no complaint of the policy, after all that was done above."""
    assert shown.locator("figcaption strong").first.text_content() == HOSTILE
    assert shown.faults == []
