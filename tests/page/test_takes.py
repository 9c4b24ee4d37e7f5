"""The takes: live cards, what can be done with them, and how their videos play."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import samples
from playwright.sync_api import expect

from rushes.widgets.pool import pooled

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page, Route

pytestmark = pytest.mark.browser


def card(page: Page, job: str) -> Locator:
    return page.locator(f'[data-job="{job}"]')


def asked(page: Page, kind: str) -> list[dict[str, Any]]:
    return page.evaluate("kind => model.asked(kind)", kind)


def tell(page: Page, take: dict[str, Any]) -> None:
    page.evaluate("take => model.emit('msg:custom', {kind: 'take', take}, [])", take)


def test_progress_touches_one_card(page: Page, mount: Callable[..., None]) -> None:
    """A progress message changes nodes of its own card and of nothing else."""
    page.clock.install()
    mount(_takes=[samples.take("a", "running"), samples.take("b", "running")])
    expect(page.locator(".rs-estimate")).to_contain_text("$1.51")
    expect(page.locator(".rs-grid.rs-measured")).to_have_count(2)
    # With the clock stopped, nothing but the message can change the page.
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 2)
    page.evaluate(
        """() => {
          window.touched = [];
          new MutationObserver(records => {
            for (const { target } of records) {
              const element = target.nodeType === 1 ? target : target.parentElement;
              const card = element?.closest('.rs-card');
              touched.push(card?.dataset.job ?? element?.className ?? '?');
            }
          }).observe(document.body, {
            subtree: true, childList: true, attributes: true, characterData: true,
          });
        }"""
    )
    progress = {"text": "rendering, 60 %", "fraction": 0.6, "estimated": False}
    tell(page, samples.take("a", "running", progress=progress))
    expect(card(page, "a")).to_contain_text("rendering, 60 %")
    expect(card(page, "a").get_by_role("progressbar")).to_have_attribute("aria-valuenow", "60")
    assert set(page.evaluate("touched")) == {"a"}


def test_a_guess_is_called_one(page: Page, mount: Callable[..., None]) -> None:
    """Estimated progress says so in words and looks different."""
    progress = {"text": "about 40 s left", "fraction": 0.4, "estimated": True}
    mount(_takes=[samples.take("a", "running", progress=progress)])
    expect(card(page, "a")).to_contain_text("about 40 s left (estimated)")
    expect(card(page, "a").locator(".rs-bar.rs-estimated")).to_have_count(1)


def test_a_card_does_not_move_when_it_completes(page: Page, mount: Callable[..., None]) -> None:
    """The frame has the video's shape from the first moment."""
    before = samples.take("a", "queued", width=720, height=1280)
    mount(_takes=[before])
    frame = card(page, "a").locator(".rs-frame")
    waiting = frame.bounding_box()
    tell(page, samples.take("a", width=720, height=1280, poster=None, video=None))
    expect(card(page, "a")).to_have_attribute("data-state", "completed")
    assert frame.bounding_box() == waiting


def test_turns_are_announced_and_progress_is_not(page: Page, mount: Callable[..., None]) -> None:
    """The live region tells states only."""
    mount(_takes=[samples.take("a", "running")])
    region = page.locator('.rushes > [role="status"]')
    progress = {"text": "60 %", "fraction": 0.6, "estimated": False}
    tell(page, samples.take("a", "running", progress=progress))
    expect(card(page, "a")).to_contain_text("60 %")
    expect(region).to_be_empty()
    tell(page, samples.take("a", poster=None, video=None))
    expect(region).to_have_text("The text take by Seedance 2.0 is done")


def test_cancel_says_what_it_may_cost(page: Page, mount: Callable[..., None]) -> None:
    """The kernel's words about a cancel stay on the card until its state turns."""
    answer = {"ok": True, "value": {"message": "Asked fal to stop; it may still be billed."}}
    mount(replies={"cancel": answer}, _takes=[samples.take("a", "running")])
    card(page, "a").get_by_role("button", name="Cancel").click()
    expect(card(page, "a")).to_contain_text("it may still be billed")
    assert [message["job"] for message in asked(page, "cancel")] == ["a"]
    tell(page, samples.take("a", "cancelled"))
    expect(card(page, "a")).not_to_contain_text("it may still be billed")


def test_an_uncertain_take_has_four_ways_out(page: Page, mount: Callable[..., None]) -> None:
    """Look again, give its id, send again after a warning, give up."""
    answer = {"ok": True, "value": {"message": "Looked: nothing there."}}
    mount(replies={"decide": answer}, _takes=[samples.take("a", "uncertain")])
    own = card(page, "a")
    own.get_by_role("button", name="Look again").click()
    expect(own).to_contain_text("Looked: nothing there.")
    own.get_by_role("button", name="I found it").click()
    use = own.get_by_role("button", name="Use it")
    expect(use).to_be_disabled()
    own.get_by_label("Id of the job at the service").fill(" req-9 ")
    use.click()
    own.get_by_role("button", name="Back").click()
    own.get_by_role("button", name="Send again").click()
    expect(own).to_contain_text("you pay for both")
    own.get_by_role("button", name="Send again").click()
    own.get_by_role("button", name="Back").click()
    own.get_by_role("button", name="Give up").click()
    sent = [(message["action"], message.get("remoteId")) for message in asked(page, "decide")]
    assert sent == [
        ("look-again", None),
        ("resolve", "req-9"),
        ("resubmit", None),
        ("abandon", None),
    ]


def test_a_failed_take_leads_to_its_field(page: Page, mount: Callable[..., None]) -> None:
    """Reuse puts the error at the field concerned; Try again asks for a retry."""
    params = {"provider": "seedance-2.0", "mode": samples.I2V, "prompt": "p", "startImageUrl": "a"}
    error = {"code": "X", "message": "The image shows a face.", "parameter": "startImageUrl"}
    mount(
        replies={"retry": {"ok": True, "value": {"job": "b"}}},
        _takes=[samples.take("a", "failed", params=params, error=error)],
    )
    own = card(page, "a")
    expect(own).to_contain_text("The image shows a face.")
    expect(own).to_contain_text("Concerns: Start image")
    own.get_by_role("button", name="Reuse").click()
    field = page.locator('[data-field="startImageUrl"]')
    expect(field.get_by_role("textbox")).to_have_value("a")
    expect(field).to_contain_text("The image shows a face.")
    own.get_by_role("button", name="Try again").click()
    assert [message["job"] for message in asked(page, "retry")] == ["a"]


def test_again_with_a_new_seed(page: Page, mount: Callable[..., None]) -> None:
    """The same params go out with another seed and a key of their own."""
    params = {"provider": "seedance-2.0", "mode": samples.T2V, "prompt": "p", "seed": 1}
    mount(
        replies={"submit": {"ok": True, "value": {"job": "b"}}},
        _takes=[samples.take("a", params=params, seed=1, poster=None, video=None)],
    )
    card(page, "a").get_by_role("button", name="New seed").click()
    page.wait_for_function("model.asked('submit').length === 1")
    (sent,) = asked(page, "submit")
    assert sent["params"] | {"seed": 1} == params
    assert sent["params"]["seed"] != 1


def choose(page: Page, job: str, action: str) -> None:
    card(page, job).get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name=action).click()


DONE = {"poster": None, "video": None}


def test_copy_as_python(page: Page, mount: Callable[..., None]) -> None:
    """The copied call makes the same take from a cell."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    mount(_takes=[samples.take("a", **DONE)])
    choose(page, "a", "Copy as Python")
    expect(card(page, "a")).to_contain_text("The Python call is in the clipboard.")
    code = page.evaluate("navigator.clipboard.readText()")
    compile(f"async def cell(gen):\n    {code}", "cell", "exec")
    assert 'provider="seedance-2.0"' in code
    assert "duration_seconds=5" in code


def test_the_menu_of_a_card_follows_the_keys(page: Page, mount: Callable[..., None]) -> None:
    """Arrows move, Escape closes and gives the focus back, leaving it closes it."""
    mount(_takes=[samples.take("a", **DONE)])
    more = card(page, "a").get_by_role("button", name="More actions")
    more.press("Enter")
    items = page.get_by_role("menuitem")
    expect(items).to_have_text(
        ["Start from its last frame", "Copy as Python", "Download", "Show file", "Remove"]
    )
    expect(items.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(items.last).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(items).to_have_count(0)
    more.press("Enter")
    page.get_by_label("Prompt", exact=True).focus()
    expect(items).to_have_count(0)


def test_the_next_take_starts_from_the_last_frame(page: Page, mount: Callable[..., None]) -> None:
    """The form holds the settings of the take, in the mode that starts from an image."""
    path = "/home/me/inputs/0123456789abcdef-end.png"
    mount(
        replies={"borrow": {"ok": True, "value": {"path": path}}, "look": None},
        _takes=[samples.take("a", **DONE)],
        _settings={"provider": "kling-3.0-standard"},
    )
    choose(page, "a", "Start from its last frame")
    expect(page.locator('[data-field="startImageUrl"]')).to_contain_text("end.png")
    expect(page.get_by_role("radio", name="Image")).to_be_checked()
    expect(page.get_by_label("Prompt", exact=True)).to_be_focused()
    assert asked(page, "borrow")[0]["job"] == "a"


def test_a_removed_take_can_be_put_back(page: Page, mount: Callable[..., None]) -> None:
    """Until something else is removed; its file is not touched."""
    mount(
        replies={"hide": {"ok": True, "value": {}}},
        _takes=[samples.take("a", **DONE), samples.take("b", **DONE)],
    )
    choose(page, "a", "Remove")
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(page.locator(".rs-notices")).to_contain_text("its file stays in the library")
    undo.click()
    expect(undo).to_have_count(0)
    assert [message["hidden"] for message in asked(page, "hide")] == [True, False]


def test_where_the_file_is(page: Page, mount: Callable[..., None]) -> None:
    """The path on the kernel's machine stands on the card."""
    located = {"ok": True, "value": {"path": "/data/<b>boat</b>.mp4"}}
    mount(replies={"locate": located}, _takes=[samples.take("a", **DONE)])
    choose(page, "a", "Show file")
    expect(card(page, "a")).to_contain_text("/data/<b>boat</b>.mp4")


def test_takes_are_put_together_for_comparing(page: Page, mount: Callable[..., None]) -> None:
    """Two to nine of them; a cell knows which."""
    mount(_takes=[samples.take(f"t{n}", **DONE) for n in range(10)])
    tray = page.locator(".rs-tray")
    expect(tray).to_be_hidden()
    card(page, "t0").get_by_role("button", name="Compare").click()
    compare = tray.get_by_role("button", name="Compare")
    expect(compare).to_be_disabled()
    expect(tray).to_contain_text("Add another take")
    card(page, "t1").get_by_role("button", name="Compare").click()
    compare.click()
    expect(page.locator(".rs-compare figure")).to_have_count(2)
    assert page.evaluate("model.traits._selected") == ["t0", "t1"]
    tray.get_by_role("button", name="Take out").first.click()
    expect(page.locator(".rs-compare")).to_have_count(0)
    expect(card(page, "t0").get_by_role("button", name="Compare")).to_have_attribute(
        "aria-pressed", "false"
    )
    page.evaluate("model.push('_selected', [0,1,2,3,4,5,6,7,8].map(n => 't' + n))")
    expect(tray).to_contain_text("9 / 9")
    expect(card(page, "t9").get_by_role("button", name="Compare")).to_be_disabled()
    tray.get_by_role("button", name="Clear").click()
    expect(tray).to_be_hidden()


def test_a_comparison_has_the_whole_width(page: Page, mount: Callable[..., None]) -> None:
    """Form and takes are folded, nothing scrolls inside, and closed all stands where it stood."""
    mount(_takes=[samples.take(f"t{n}", **DONE) for n in range(40)], _selected=["t0", "t1"])
    pane = page.locator(".rs-takes")
    pane.evaluate("pane => { pane.scrollTop = 1200; }")
    page.wait_for_function("document.querySelector('.rs-takes').scrollTop === 1200")
    page.evaluate("window.scrollTo(0, 40)")
    before = page.evaluate("scrollY")
    go = page.locator(".rs-tray").get_by_role("button", name="Compare")
    go.click()
    theatre = page.locator(".rs-theatre")
    expect(theatre.locator("figure")).to_have_count(2)
    expect(page.locator(".rs-controls")).to_be_hidden()
    expect(pane).to_be_hidden()
    inner = page.locator(".rushes").evaluate("root => root.clientWidth - 32")
    assert theatre.bounding_box()["width"] == inner
    scrolling = theatre.evaluate(
        """root => [...root.querySelectorAll("*")].filter(one =>
          one.scrollHeight > one.clientHeight + 1 &&
          /auto|scroll/.test(getComputedStyle(one).overflowY)).length"""
    )
    assert scrolling == 0
    close = theatre.get_by_role("button", name="Close")
    expect(close).to_be_focused()
    close.click()
    expect(page.locator(".rs-compare")).to_have_count(0)
    assert pane.evaluate("pane => pane.scrollTop") == 1200
    assert page.evaluate("scrollY") == before
    expect(go).to_be_focused()
    assert page.evaluate("document.adoptedStyleSheets.length") == 0


def test_a_player_that_does_not_come_is_told(page: Page, mount: Callable[..., None]) -> None:
    """Why, and the tray stays; trying again brings it."""
    refused = {"ok": False, "error": {"code": "X", "message": "It is not installed."}}
    mount(
        replies={"player": refused},
        _takes=[samples.take("a", **DONE), samples.take("b", **DONE)],
        _selected=["a", "b"],
    )
    page.locator(".rs-tray").get_by_role("button", name="Compare").click()
    theatre = page.locator(".rs-theatre")
    expect(theatre).to_contain_text("It is not installed.")
    expect(theatre.get_by_role("button", name="Take out")).to_have_count(2)
    broken = {"ok": True, "value": {"script": "export {", "style": ""}}
    page.evaluate("reply => { model.replies.player = reply; }", broken)
    theatre.get_by_role("button", name="Try again").click()
    expect(theatre).to_contain_text("does not let the player be loaded")
    theatre.get_by_role("button", name="Close").click()
    expect(card(page, "a")).to_be_visible()


def test_takes_are_filtered(page: Page, mount: Callable[..., None]) -> None:
    """By text, provider, mode and state; a take that stops matching goes."""
    kling = {"provider": "kling-3.0-standard", "providerTitle": "Kling 3.0 standard"}
    takes = [
        samples.take("a", "running", prompt="A boat"),
        samples.take("b", prompt="A boat", **kling, **DONE),
        samples.take("c", prompt="A DOG", mode=samples.I2V, **DONE),
    ]
    mount(_takes=takes)
    cards = page.locator(".rs-card")
    head = page.locator(".rs-takes-head")

    def shown() -> list[str]:
        return cards.evaluate_all("cards => cards.map(card => card.dataset.job)")

    page.get_by_label("Search takes by their text").fill("boat")
    expect(head).to_contain_text("2 of 3 takes")
    assert shown() == ["a", "b"]
    page.get_by_label("All providers").select_option("Kling 3.0 standard")
    assert shown() == ["b"]
    page.get_by_label("All modes").select_option("Image")
    page.get_by_role("button", name="Show all takes").click()
    assert shown() == ["a", "b", "c"]
    page.get_by_label("All states").select_option("On the way")
    assert shown() == ["a"]
    tell(page, samples.take("a", prompt="A boat", **DONE))
    expect(page.get_by_text("No take matches.")).to_be_visible()


def test_takes_are_put_in_order(page: Page, mount: Callable[..., None]) -> None:
    """By age, stars, cost and time taken; a card stays where it is while it is judged."""
    now = time.time()
    day = 86_400

    def take(job: str, age: float, stars: int | None, amount: float, took: float) -> dict[str, Any]:
        marks = {"pick": None, "stars": stars, "tags": [], "note": None}
        cost = {"amount": amount, "currency": "USD", "text": f"${amount}", "estimated": False}
        more = {"createdAt": now - age, "marks": marks, "cost": cost, "took": took}
        return samples.take(job, **more, **DONE)

    mount(
        _takes=[
            take("new", 1, None, 2.0, 90.0),
            take("week", 5 * day, 2, 3.0, 30.0),
            take("old", 20 * day, 4, 1.0, 60.0),
        ]
    )
    cards = page.locator(".rs-card")

    def shown() -> list[str]:
        return cards.evaluate_all("cards => cards.map(card => card.dataset.job)")

    order = page.get_by_label("Order of the takes")
    for name, jobs in {
        "Oldest first": ["old", "week", "new"],
        "Lowest cost": ["old", "new", "week"],
        "Fastest": ["week", "old", "new"],
        "Most stars": ["old", "week", "new"],
    }.items():
        order.select_option(name)
        assert shown() == jobs, name
    tell(page, take("new", 1, 5, 2.0, 90.0))
    expect(card(page, "new")).to_contain_text("★★★★★")
    assert shown() == ["old", "week", "new"]
    order.select_option("Newest first")
    age = page.get_by_label("Any time")
    age.select_option("Last 7 days")
    assert shown() == ["new", "week"]
    age.select_option("Today")
    expect(page.locator(".rs-takes-head")).to_contain_text("1 of 3 takes")
    page.get_by_label("Search takes by their text").fill("nothing like it")
    page.get_by_role("button", name="Show all takes").click()
    assert shown() == ["new", "week", "old"]


def test_notes_and_notice_are_told(page: Page, mount: Callable[..., None]) -> None:
    """What a service did differently stands on its card; news of the absence over the takes."""
    note = "fal derives the seed itself; the one given was not sent."
    take = samples.take("a", notes=[note], poster=None, video=None)
    mount(_takes=[take], _notice="3 takes finished while the kernel was away.")
    expect(card(page, "a")).to_contain_text(note)
    expect(page.locator(".rs-notice")).to_have_text("3 takes finished while the kernel was away.")


def filled(page: Page) -> list[str]:
    return page.locator(".rs-card:not(.rs-far)").evaluate_all(
        "cards => cards.map(card => card.dataset.job)"
    )


def test_only_cards_near_the_visible_ones_hold_anything(
    page: Page, mount: Callable[..., None], site: str
) -> None:
    """Two hundred takes have their room; what is far away is emptied and comes back as it was."""
    parts: dict[str, Any] = {"video": {"path": "film.mp4"}, "poster": {"path": "film.jpg"}}
    mount(
        resolve=f"{site}/files/",
        _takes=[samples.take(f"t{n}", **parts) for n in range(200)],
    )
    expect(page.locator(".rs-card")).to_have_count(200)
    expect(card(page, "t5")).to_contain_text("Seedance")
    assert 6 <= len(filled(page)) < 40
    page.evaluate("document.querySelector('.rs-takes').scrollTop = 1e6")
    expect(card(page, "t199")).to_contain_text("Seedance")
    expect(card(page, "t0")).to_be_empty()
    assert len(filled(page)) < 40
    page.evaluate("document.querySelector('.rs-takes').scrollTop = 0")
    expect(card(page, "t0")).to_contain_text("Seedance")
    assert page.locator("video[src]").count() == 0


def test_two_hundred_takes_are_there_at_once(page: Page, mount: Callable[..., None]) -> None:
    """Building them takes a small part of what a person notices; no clock is asserted."""
    takes = [samples.take(f"t{n}", **DONE) for n in range(200)]
    mount(_takes=takes)
    elements = page.evaluate("document.querySelectorAll('.rs-takes *').length")
    assert elements < 2_500


def test_a_turn_out_of_sight_is_announced(page: Page, mount: Callable[..., None]) -> None:
    """An empty card still says when its take is done."""
    takes = [samples.take(f"t{n}", "running", createdAt=9_000 - 10 * n) for n in range(60)]
    mount(_takes=takes)
    expect(card(page, "t59")).to_be_empty()
    tell(page, samples.take("t59", createdAt=8_410, **DONE))
    region = page.locator('.rushes > [role="status"]')
    expect(region).to_have_text("The text take by Seedance 2.0 is done")


def test_no_takes_yet(page: Page, mount: Callable[..., None]) -> None:
    """An empty Studio says how to begin, which folder is empty, and where takes are."""
    mount(_library={"path": "copy/rushes-media", "elsewhere": "/x/rushes-media"})
    expect(page.get_by_text("No takes in copy/rushes-media yet.")).to_be_visible()
    expect(page.get_by_text('Studio(library="/x/rushes-media")')).to_be_visible()
    tell(page, samples.take("a"))
    expect(page.get_by_text("No takes in")).to_be_hidden()
    expect(page.locator(".rs-folder")).to_have_text("copy/rushes-media")


def test_an_empty_list_says_what_to_do_next(page: Page, mount: Callable[..., None]) -> None:
    """Where no provider can be used, that is not to press Generate."""
    mount()
    expect(page.get_by_text("Write a prompt and press Generate.")).to_be_visible()
    page.evaluate("providers => model.push('_providers', providers)", pooled([samples.unusable()]))
    expect(page.get_by_text("No provider can be used here yet.")).to_be_visible()


def play(page: Page, job: str) -> None:
    card(page, job).get_by_role("button", name="Play with sound").click()
    page.wait_for_function(
        "job => document.querySelector(`[data-job=${job}] video`)?.currentTime > 0.1", arg=job
    )


def test_the_hosts_file_server_comes_first(
    page: Page, mount: Callable[..., None], site: str
) -> None:
    """Where the host serves files, poster and video come from there and nothing is pulled."""
    mount(
        resolve=f"{site}/files/",
        _takes=[samples.take("film", video={"path": "film.mp4"}, poster={"path": "film.jpg"})],
    )
    expect(card(page, "film").locator("img")).to_have_attribute("src", f"{site}/files/film.jpg")
    play(page, "film")
    expect(card(page, "film").locator(".rs-player")).to_have_attribute("data-source", "host")
    assert asked(page, "media") == []


def test_a_video_falls_back_to_the_kernel(
    page: Page, mount: Callable[..., None], site: str
) -> None:
    """Host and provider fail, so the bytes come in chunks; the blob plays and can be sought."""
    video = {"path": "gone.mp4", "url": f"{site}/files/expired.mp4", "type": "video/mp4"}
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    mount(
        resolve=f"{site}/files/",
        media={"url": "/files/film.mp4", "type": "video/mp4", "chunk": 4096},
        _takes=[samples.take("film", video=video, poster=None)],
    )
    play(page, "film")
    tried = [url.rsplit("/", 1)[-1] for url in urls if "/files/" in url]
    # The bytes of the stub's kernel come from film.mp4.
    order = list(dict.fromkeys(name for name in tried if name != "film.mp4"))
    assert order == ["gone.mp4", "expired.mp4"]
    expect(card(page, "film").locator(".rs-player")).to_have_attribute("data-source", "kernel")
    offsets = [message["offset"] for message in asked(page, "media")]
    assert len(offsets) > 1
    assert offsets == [4096 * n for n in range(len(offsets))]
    facts = page.evaluate(
        """async () => {
          const video = document.querySelector('video');
          video.pause();
          const sought = new Promise(done => video.addEventListener('seeked', done));
          video.currentTime = 0.5;
          await sought;
          return [video.src.slice(0, 5), video.videoWidth, video.currentTime];
        }"""
    )
    assert facts == ["blob:", 320, 0.5]


def test_a_click_during_the_search_for_a_first_frame(
    page: Page, mount: Callable[..., None], site: str
) -> None:
    """A click takes over from the search for a still; the two do not fight over the element."""
    held: list[Route] = []
    page.route("**/files/slow.mp4*", lambda route: held.append(route))  # noqa: PLW0108 - needs a function
    mount(
        resolve=f"{site}/files/",
        media={"url": "/files/film.mp4", "type": "video/mp4", "chunk": 65536},
        _takes=[samples.take("film", video={"path": "slow.mp4"}, poster=None)],
    )
    page.wait_for_function("document.querySelector('video')?.src.endsWith('slow.mp4')")
    page.unroute("**/files/slow.mp4*")
    play(page, "film")
    expect(card(page, "film").locator(".rs-player")).to_have_attribute("data-source", "kernel")


def test_what_cannot_play_says_what_was_tried(
    page: Page, mount: Callable[..., None], site: str
) -> None:
    """A video that no source yields names the file and the ways."""
    mount(
        resolve=f"{site}/files/",
        replies={"media": {"ok": False, "error": {"code": "X", "message": "The file is gone."}}},
        _takes=[samples.take("film", video={"path": "gone.mp4"}, poster=None)],
    )
    card(page, "film").get_by_role("button", name="Play with sound").click()
    state = card(page, "film").locator(".rs-player-state")
    expect(state).to_contain_text("gone.mp4 cannot be opened")
    expect(state).to_contain_text("The file is gone.")


def test_a_playing_video_keeps_its_element(
    page: Page, mount: Callable[..., None], site: str
) -> None:
    """News of other takes, and a new list, do not touch a video that plays."""
    film = samples.take("film", video={"path": "film.mp4"}, poster={"path": "film.jpg"})
    mount(resolve=f"{site}/files/", _takes=[film])
    play(page, "film")
    page.evaluate("window.before = document.querySelector('video')")
    tell(page, samples.take("new", "running"))
    page.evaluate("takes => model.push('_takes', takes)", [samples.take("new"), film])
    expect(card(page, "new")).to_have_attribute("data-state", "completed")
    assert page.evaluate(
        "before === document.querySelector('[data-job=film] video') && !before.paused"
    )


def test_hover_plays_silently_and_a_click_with_sound(
    page: Page, mount: Callable[..., None], site: str
) -> None:
    """Pointing previews without sound; a second video that is clicked stills the first one."""
    parts: dict[str, Any] = {"video": {"path": "film.mp4"}, "poster": {"path": "film.jpg"}}
    mount(resolve=f"{site}/files/", _takes=[samples.take("a", **parts), samples.take("b", **parts)])
    card(page, "a").locator(".rs-player").hover()
    page.wait_for_function("document.querySelector('[data-job=a] video')?.paused === false")
    assert page.evaluate("document.querySelector('[data-job=a] video').muted")
    play(page, "a")
    assert not page.evaluate("document.querySelector('[data-job=a] video').muted")
    play(page, "b")
    page.wait_for_function("document.querySelector('[data-job=a] video').paused")


def test_a_video_out_of_sight_holds_no_decoder(
    page: Page, mount: Callable[..., None], site: str
) -> None:
    """A video that is scrolled away is emptied."""
    film = samples.take("film", video={"path": "film.mp4"}, poster={"path": "film.jpg"})
    rest = [samples.take(f"t{n}", "cancelled") for n in range(20)]
    mount(resolve=f"{site}/files/", _takes=[film, *rest])
    play(page, "film")
    page.evaluate("document.querySelector('.rs-takes').scrollTop = 99999")
    page.wait_for_function("!document.querySelector('[data-job=film] video').hasAttribute('src')")


def test_a_card_leads_to_what_it_is_made_from(page: Page, mount: Callable[..., None]) -> None:
    """By its prompt where that take is listed, else by its id."""
    edit = samples.take("b", "completed", mode="edit", parent="a", prompt="at night")
    more = samples.take("c", "completed", mode="extend", parent="elsewhere-1", prompt="It runs on")
    mount(_takes=[edit, more, samples.take("a", "completed", prompt="A red fox")])

    expect(card(page, "c").locator(".rs-origin")).to_have_text("made from elsewhere-1")
    card(page, "b").get_by_role("button", name="made from A red fox").click()

    expect(card(page, "a")).to_be_focused()


DRAFT = {
    "until": 0.0,
    "finals": [
        {"resolution": "1080p", "cost": {"amount": 4.66, "currency": "USD", "text": "about $4.66"}}
    ],
}


def draft(job: str, left: float, **more: Any) -> dict[str, Any]:
    """A finished draft that its service keeps for so many seconds."""
    return samples.take(job, draft={**DRAFT, "until": time.time() + left}, **more)


def test_a_draft_is_rendered_in_full_by_one_click(page: Page, mount: Callable[..., None]) -> None:
    """Its button has the price and the time that is left, and later leads to the final take."""
    made = {"ok": True, "value": {"job": "final"}}
    mount(_takes=[draft("a", 6.5 * 86_400)], replies={"finalize": made})

    card(page, "a").get_by_role("button", name="Render in 1080p · $4.66, 6 days left").click()
    (sent,) = asked(page, "finalize")
    assert (sent["job"], sent["resolution"]) == ("a", "1080p")
    params = {"provider": "seedance-2.0", "finalOf": "a", "resolution": "1080p"}
    tell(page, samples.take("final", "running", params=params, parent="a"))
    card(page, "a").get_by_role("button", name="Show in 1080p").click()

    expect(card(page, "final")).to_be_focused()
    tell(page, samples.take("final", "failed", params=params, parent="a"))
    expect(card(page, "a").get_by_role("button", name="Render in 1080p")).to_be_visible()


def test_a_draft_that_its_service_forgot_has_no_button(
    page: Page, mount: Callable[..., None]
) -> None:
    """Hours are counted in the end."""
    mount(_takes=[draft("old", -1.0), draft("late", 3 * 3600 + 60)])

    expect(card(page, "late").get_by_role("button", name="3 h left")).to_be_visible()
    expect(card(page, "old").get_by_role("button", name="Render in")).to_be_hidden()


def test_the_settings_of_a_final_take_make_a_take_of_their_own(
    page: Page, mount: Callable[..., None]
) -> None:
    """And not the final one of the same draft once more."""
    params = {"provider": "seedance-2.0", "mode": samples.T2V, "prompt": "A boat", "finalOf": "a"}
    mount(
        _takes=[samples.take("b", params=params)],
        replies={"submit": {"ok": True, "value": {"job": "c"}}},
    )

    card(page, "b").get_by_role("button", name="New seed").click()
    card(page, "b").get_by_role("button", name="Reuse").click()
    page.get_by_role("button", name="Generate").click()

    sent = [message["params"] for message in asked(page, "submit")]
    assert len(sent) == 2
    assert not any("finalOf" in each for each in sent)
