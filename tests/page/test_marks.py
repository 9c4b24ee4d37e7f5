"""Judging takes in a browser: by keys, by hand, and what the list shows of it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import samples
from playwright.sync_api import expect

import rushes
from rushes.contract.params import VideoGenParams
from rushes.journal import JobRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from rushes import Studio

pytestmark = pytest.mark.browser

DONE = {"video": {"path": "film.mp4"}, "poster": {"path": "film.jpg"}}
NOTHING = {"pick": None, "stars": None, "tags": [], "note": None}
TAKES = 200
KEYS = "px12345"

BRIDGE = """() => {
  const send = model.send.bind(model);
  model.replies.mark = undefined;
  model.send = (content, ...rest) => {
    send(content, ...rest);
    if (content.kind !== "mark") return;
    window.kernel(content).then((reply) => model.emit("msg:custom", reply, []));
  };
}"""
"""Has judgements of the page answered by a Studio of this process."""


def marks(**given: Any) -> dict[str, Any]:
    return NOTHING | given


def confirm(page: Page) -> None:
    """Answer judgements as the kernel does: with all marks of the take."""
    page.evaluate(
        """(nothing) => {
          const known = {};
          const find = (job) => model.traits._takes.find((take) => take.job === job);
          model.replies.mark = ({ job, changes }) => {
            known[job] = { ...(known[job] ?? find(job).marks ?? nothing), ...changes };
            return [{ ok: true, value: known[job] }, []];
          };
        }""",
        NOTHING,
    )


@pytest.fixture
def takes(page: Page, mount: Callable[..., None], site: str) -> Callable[..., None]:
    """Shows some takes, whose judgements are confirmed."""

    def show(*given: dict[str, Any]) -> None:
        mount(resolve=f"{site}/files/", _takes=list(given))
        confirm(page)

    return show


def card(page: Page, job: str) -> Any:
    return page.locator(f'.rs-card[data-job="{job}"]')


def asked(page: Page) -> list[dict[str, Any]]:
    return page.evaluate("model.asked('mark').map(({ job, changes }) => ({ job, ...changes }))")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A Studio of this process with many finished takes."""
    with rushes.VideoGen(backend="preview", library=tmp_path / "media") as gen:
        params = VideoGenParams(provider="seedance-2.0", mode="text-to-video", prompt="A fox")
        jobs = [
            JobRecord.new(params, backend="preview", folder=str(gen.library), job_id=f"job-{n:03}")
            for n in range(TAKES)
        ]
        gen.engine.journal.add_all(jobs)
        facts = {"generationId": "g", "videoUrl": "https://x.example/v.mp4", "durationSeconds": 5}
        facts |= {"width": 64, "height": 36, "provider": "seedance-2.0", "mode": "text-to-video"}
        with closing(sqlite3.connect(gen.engine.journal.path)) as db, db:
            db.execute(
                "UPDATE jobs SET state = 'completed', ended_at = created_at, result = ?",
                (json.dumps(facts),),
            )
        made = rushes.Studio(gen)
        yield made
        made.close()


def test_two_hundred_takes_are_judged_by_keys(
    page: Page, mount: Callable[..., None], site: str, studio: Studio
) -> None:
    """One key is one judgement, and each is in the journal afterwards."""
    answers: list[dict[str, Any]] = []

    def kernel(content: dict[str, Any]) -> dict[str, Any]:
        answers.clear()
        studio._answers._send = lambda reply, _buffers=None: answers.append(reply)
        studio._answers._is_judging = True  # In this thread, as Playwright waits for it.
        studio._answers.receive(content)
        studio._answers._judge()
        return answers[0]

    page.expose_function("kernel", kernel)
    shown = [take for part in studio._snapshot._parts() for take in part]
    mount(resolve=f"{site}/files/", _takes=shown)
    page.evaluate(BRIDGE)
    order = [take["job"] for take in shown]
    card(page, order[0]).focus()
    for number in range(TAKES):
        page.keyboard.press(KEYS[number % len(KEYS)])
        page.keyboard.press("ArrowRight")
        if number % 20 == 19:
            # A page does not wait for an answer for ever, and this kernel answers one by one.
            picked = sum(each % len(KEYS) < 2 for each in range(number + 1))
            expect(page.locator(".rs-card[data-pick]")).to_have_count(picked)
    page.wait_for_function(f"model.asked('mark').length === {TAKES}")

    journal = studio.gen.engine.journal
    for number, job in enumerate(order):
        found = journal.get(job).marks
        key = KEYS[number % len(KEYS)]
        wanted = {"pick": key == "p"} if key in "px" else {"stars": int(key)}
        assert found.to_json() == wanted, (number, job)


def test_a_key_is_one_judgement_and_the_same_again_takes_it_back(page: Page, takes) -> None:
    """However long it is held."""
    takes(samples.take("a", **DONE))
    card(page, "a").focus()
    for key in ("p", "4", "x"):
        page.keyboard.press(key)
    page.keyboard.down("2")
    page.keyboard.down("2")
    page.keyboard.down("2")
    page.keyboard.up("2")
    page.keyboard.press("2")

    assert asked(page) == [
        {"job": "a", "pick": True},
        {"job": "a", "stars": 4},
        {"job": "a", "pick": False},
        {"job": "a", "stars": 2},
        {"job": "a", "stars": None},
    ]
    expect(card(page, "a").locator(".rs-signs")).to_have_attribute("aria-label", "Rejected")
    expect(card(page, "a")).to_have_attribute("data-pick", "rejected")


def test_tags_and_a_note_are_written_without_judging(page: Page, takes) -> None:
    """Letters and digits in a field are text; Enter keeps it, Escape does not."""
    takes(samples.take("a", **DONE, marks=marks(tags=["night"])), samples.take("b", **DONE))
    card(page, "a").focus()
    page.keyboard.press("t")
    field = page.get_by_role("combobox", name="Tags, with")
    expect(field).to_be_focused()
    expect(field).to_have_value("night")
    page.keyboard.press("End")
    page.keyboard.type(", px 12, hero")
    page.keyboard.press("Enter")
    expect(card(page, "a")).to_be_focused()
    page.keyboard.press("n")
    page.keyboard.type("never 5")
    page.keyboard.press("Escape")
    expect(card(page, "a")).to_be_focused()
    page.keyboard.press("n")
    page.keyboard.type("hands <b>are</b> wrong")
    page.keyboard.press("Enter")

    expect(card(page, "a").locator(".rs-mark-tag")).to_have_text(["night", "px 12", "hero"])
    expect(card(page, "a").locator(".rs-note")).to_have_text("hands <b>are</b> wrong")
    assert asked(page) == [
        {"job": "a", "tags": ["night", "px 12", "hero"]},
        {"job": "a", "note": "hands <b>are</b> wrong"},
    ]


def test_keys_in_the_form_judge_nothing(page: Page, takes) -> None:
    """Nor do combinations that belong to the browser or the notebook."""
    takes(samples.take("a", **DONE))
    page.get_by_label("Prompt", exact=True).click()
    page.keyboard.type("px12345tn")
    page.get_by_label("Search takes by their text").click()
    page.keyboard.type("px12345tn")
    page.get_by_label("Search takes by their text").fill("")
    card(page, "a").focus()
    for key in ("Control+p", "Meta+1", "Alt+3", "Control+x"):
        page.keyboard.press(key)

    assert asked(page) == []


def test_a_judgement_that_is_refused_is_taken_back(page: Page, takes) -> None:
    """And the card says why."""
    takes(samples.take("a", **DONE, marks=marks(stars=3)))
    page.evaluate(
        "model.replies.mark = { ok: false, error: { code: 'X', message: 'The disk is full.' } }"
    )
    card(page, "a").focus()
    page.keyboard.press("5")

    expect(card(page, "a").locator(".rs-remark")).to_have_text("The disk is full.")
    expect(card(page, "a").locator(".rs-signs")).to_have_attribute("aria-label", "3 of 5 stars")


def test_a_take_is_judged_without_a_keyboard(page: Page, takes) -> None:
    """By a menu that says what is there already."""
    takes(samples.take("a", **DONE))
    judge = card(page, "a").get_by_role("button", name="Judge")
    for name in ("Pick", "4 stars", "Do not pick"):
        judge.click()
        page.get_by_role("menuitem", name=name).click()
    judge.click()
    page.get_by_role("menuitem", name="Note").click()
    page.get_by_role("textbox", name="Note").fill("fine")
    page.get_by_role("button", name="Keep", exact=True).click()

    assert asked(page) == [
        {"job": "a", "pick": True},
        {"job": "a", "stars": 4},
        {"job": "a", "pick": None},
        {"job": "a", "note": "fine"},
    ]


@pytest.mark.parametrize(
    ("name", "chosen", "found"),
    [
        ("All marks", "Picked", "a"),
        ("All marks", "Rejected", "b"),
        ("All marks", "Not rejected", "acd"),
        ("All marks", "Not judged", "d"),
        ("All marks", "3 stars or more", "ac"),
        ("All marks", "5 stars", "c"),
        ("All tags", "hero", "ab"),
    ],
)
def test_takes_are_filtered_by_their_marks(page: Page, takes, name, chosen, found) -> None:
    """Those that match stay in their order."""
    takes(
        samples.take("a", **DONE, marks=marks(pick=True, stars=3, tags=["hero"])),
        samples.take("b", **DONE, marks=marks(pick=False, tags=["hero", "x"])),
        samples.take("c", **DONE, marks=marks(stars=5, note="The sky is odd")),
        samples.take("d", **DONE),
    )
    page.get_by_label(name).select_option(chosen)
    shown = page.locator(".rs-card").evaluate_all("cards => cards.map(c => c.dataset.job).join('')")
    assert shown == found
    page.get_by_label(name).select_option("")
    page.get_by_label("Search takes by their text").fill("SKY")
    expect(page.locator(".rs-card")).to_have_count(1)


def test_a_card_that_no_longer_matches_hands_the_keyboard_on(page: Page, takes) -> None:
    """So that a list is judged from its beginning to its end."""
    takes(*[samples.take(job, **DONE) for job in "abcd"])
    page.get_by_label("All marks").select_option("Not judged")
    card(page, "b").focus()
    for _ in range(3):
        page.keyboard.press("p")
    expect(page.locator(".rs-card")).to_have_count(1)
    expect(card(page, "a")).to_be_focused()

    assert [each["job"] for each in asked(page)] == ["b", "c", "d"]


def test_what_another_notebook_judged_appears(page: Page, takes) -> None:
    """A take that the kernel sends again has other marks."""
    takes(samples.take("a", **DONE))
    changed = samples.take("a", **DONE, marks=marks(pick=True, stars=2, tags=["there"]))
    page.evaluate(
        "take => model.emit('msg:custom', { kind: 'take', take, revision: 1 }, [])", changed
    )

    expect(card(page, "a").locator(".rs-signs")).to_have_attribute(
        "aria-label", "Picked, 2 of 5 stars"
    )
    expect(card(page, "a").locator(".rs-mark-tag")).to_have_text("there")
