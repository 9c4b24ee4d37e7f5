"""A request is worked out once, and what was worked out is what is sent."""

from __future__ import annotations

import asyncio
import dataclasses
import textwrap
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from emulators.clips import ClipSpec, clip
from rushes import InvalidParams, NoBackend, Plan, VideoGen
from rushes.catalog import Catalog
from rushes.media import inputs, playing

if TYPE_CHECKING:
    from collections.abc import Callable

FOX = {"provider": "seedance-2.0", "prompt": "A red fox"}
PRICE = 1.517
"""US dollars of `FOX`, by the catalog."""


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "fox.png"
    Image.new("RGB", (400, 300), "red").save(path)
    return path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "fox.mp4"
    path.write_bytes(clip(ClipSpec(64, 36, 3)))
    return path


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts how often a request is checked, its files are hashed, and its clips are opened."""
    counts: Counter[str] = Counter()

    def counting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **keywords: Any) -> Any:
            counts[name] += 1
            return function(*args, **keywords)

        return call

    hashes = SimpleNamespace(sha256=counting("hashed", inputs.hashlib.sha256))
    monkeypatch.setattr(inputs, "hashlib", hashes)
    monkeypatch.setattr(Catalog, "read", counting("checked", Catalog.read))
    monkeypatch.setattr(playing, "probe", counting("probed", playing.probe))
    monkeypatch.setattr(playing, "opened", counting("measured", playing.opened))
    return counts


ONCE = {"checked": 1, "hashed": 1, "probed": 1, "measured": 1}

WAYS: dict[str, Callable[[VideoGen, dict[str, Any]], Any]] = {
    "submit": lambda gen, request: gen.submit(**request),
    "submit a mapping": lambda gen, request: gen.submit(request),
    "submit a plan": lambda gen, request: gen.submit(gen.plan(**request)),
    "submit_as": lambda gen, request: gen.submit_as("mine", request),
    "submit_many": lambda gen, request: gen.submit_many([request]),
    "submit_many plans": lambda gen, request: gen.submit_many([gen.plan(request)]),
    "generate": lambda gen, request: asyncio.run(gen.generate(**request)),
    "generate_sync": lambda gen, request: gen.generate_sync(**request),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_request_is_worked_out_once(gen, work, film, way):
    """However it is submitted: checked, hashed and measured one time each."""
    WAYS[way](gen, FOX | {"video_references": [film]})

    assert work == ONCE


def test_a_click_in_a_studio_with_a_budget_works_a_request_out_once(show, work, film):
    """Its price is that of the same plan."""
    page = show(budget=100.0)

    assert page.ask("submit", key="k", params=FOX | {"videoReferences": [str(film)]})["ok"]

    assert work == ONCE


def test_trying_a_failed_take_again_works_its_request_out_once(show, work, film):
    """Its files are where they are kept already."""
    page = show(budget=100.0)
    job = page.ask("submit", key="k", params=FOX | {"videoReferences": [str(film)]})["value"]["job"]
    work.clear()

    page.ask("retry", job=job, key="k2")

    assert work["checked"] == work["hashed"] == work["measured"] == 1


def test_making_a_plan_sends_nothing(gen, emulator):
    """It is not even on record."""
    plan = gen.plan(FOX, duration_seconds=6)

    assert (plan.provider, plan.backend, plan.mode) == ("seedance-2.0", "fal", "text-to-video")
    assert plan.duration_seconds == 6
    assert plan.typical_from == "catalog"
    assert plan.typical_time == 132.0
    assert gen.jobs() == []
    assert emulator.counts["submit"] == 0


def test_a_plan_tells_what_it_is(gen, picture):
    """In one line, and in full for a cell."""
    plan = gen.plan(FOX, start_image_url=picture, seed=7)

    assert repr(plan) == "<Plan seedance-2.0 at fal: image-to-video, 5 s, about $1.51>"
    bundle = plan._repr_mimebundle_()
    assert bundle["text/plain"] == (
        "seedance-2.0 at fal, image-to-video, 5 s\n"
        "A red fox\n"
        "  seed: 7\n"
        "  start_image_url: fox.png\n"
        "about $1.51 (fal model page, 2026-11-22)\n"
        "about 2 min (estimated)\n"
        "Note: fal derives the seed itself; the one given was not sent."
    )
    assert "Plan: seedance-2.0" in bundle["text/html"]


def test_a_plan_cannot_be_changed(gen, picture):
    """What was shown is what is sent."""
    plan = gen.plan(FOX, start_image_url=picture)

    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.backend = "ark"
    with pytest.raises(TypeError):
        plan.inputs["start_image_url"] = ()


def test_a_plan_has_copies_of_its_files(gen, picture):
    """Editing a picture does not change the plan that shows it."""
    plan = gen.plan(FOX, start_image_url=picture)
    before = picture.read_bytes()
    picture.write_bytes(b"edited")

    job = gen.submit(plan)

    assert job.params == plan.params
    assert Path(job.params.start_image_url).read_bytes() == before


def test_a_plan_without_copies_is_frozen_when_it_is_submitted(gen, picture):
    """Looking at a price copies nothing; what is sent is a copy all the same."""
    plan = gen.plan(FOX, start_image_url=picture, copy=False)
    assert plan.params.start_image_url == str(picture)

    job = gen.submit(plan)

    assert Path(job.params.start_image_url).parent == gen.engine.folders.inputs


def test_a_plan_of_another_home_is_worked_out_again(gen, picture, tmp_path):
    """Its copies are not where this one's jobs find theirs."""
    with VideoGen("preview", home=tmp_path / "other", library=tmp_path) as other:
        plan = other.plan(FOX, start_image_url=picture, backend="preview")
        assert other.submit(plan).params == plan.params

    job = gen.submit(plan, backend="fal")

    assert Path(job.params.start_image_url).parent == gen.engine.folders.inputs


def test_a_plan_with_something_changed_is_a_new_plan(gen):
    """It is checked and priced anew."""
    plan = gen.plan(FOX)

    longer = gen.plan(plan, duration_seconds=10)

    assert longer.cost.high == pytest.approx(2 * plan.cost.high)
    assert gen.plan(plan) is plan
    with pytest.raises(InvalidParams, match="duration_seconds"):
        gen.submit(plan, duration_seconds=99)


def test_a_plan_of_a_wrong_request_names_every_problem(gen):
    """As submitting it would."""
    with pytest.raises(InvalidParams) as caught:
        gen.plan(FOX, resolution="9k", start_image_url="no/such.png")

    found = {problem.parameter for problem in caught.value.problems}
    assert found == {"resolution", "start_image_url"}


def test_what_is_wrong_with_a_request_comes_before_a_missing_service(tmp_path):
    """A key is not asked for to say that a value is not taken."""
    with VideoGen(home=tmp_path, library=tmp_path) as gen:
        with pytest.raises(InvalidParams, match="resolution"):
            gen.plan(FOX, resolution="9k")
        with pytest.raises(NoBackend, match="FAL_KEY"):
            gen.plan(FOX)


# --- estimates -------------------------------------------------------------------------------


def test_an_estimate_is_for_so_many_videos(gen):
    """By the price list, with the day on which it was read."""
    one, three = gen.estimate(FOX), gen.estimate(quantity=3, **FOX)

    assert (one.low, one.high, one.exact) == (PRICE, PRICE, True)
    assert (three.low, three.high, three.quantity) == (pytest.approx(3 * PRICE),) * 2 + (3,)
    assert one.date == "2026-11-22"
    assert one.reason == "fal model page, 2026-11-22."
    assert str(three) == "about $4.55"


def test_an_estimate_says_what_it_does_not_know(gen, film):
    """Reference videos are billed by their length, which only the files here tell."""
    estimate = gen.estimate(FOX, video_references=[film])

    assert (estimate.low, estimate.high) == (pytest.approx(8 * 0.18144), pytest.approx(3.6288))
    assert not estimate.exact
    assert "15 s" in estimate.reason
    assert str(estimate) == "$1.45 to $3.63"


def test_an_unknown_price_is_not_a_price_of_nothing(make_gen, tmp_path):
    """The file of a provider need not state one."""
    folder = tmp_path / "home" / "providers"
    folder.mkdir(parents=True)
    (folder / "acme.toml").write_text(
        textwrap.dedent("""
            id = "acme-1"
            title = "Acme"
            [parameters.duration_seconds]
            kind = "integer"
            min = 1
            default = 3
            [backends.fal.models]
            text-to-video = "acme/one"
            """)
    )

    estimate = make_gen().estimate(provider="acme-1", mode="text-to-video", prompt="A fox")

    assert (estimate.low, estimate.high, estimate.most) == (None, None, None)
    assert str(estimate) == "price not known"


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "2", True, None])
def test_a_wrong_quantity_is_explained(gen, quantity):
    """Videos come in whole numbers."""
    with pytest.raises(InvalidParams, match="quantity"):
        gen.estimate(FOX, quantity=quantity)


def test_an_estimate_copies_nothing(gen, picture):
    """It may be asked for at every key that is pressed."""
    gen.estimate(FOX, start_image_url=picture)

    assert not gen.engine.folders.inputs.exists()


# --- many ------------------------------------------------------------------------------------


def test_many_requests_become_as_many_jobs(gen):
    """In their order, whatever they are written as."""
    requests = (FOX | {"duration_seconds": seconds} for seconds in (4, 5))

    jobs = gen.submit_many([*requests, gen.plan(FOX, duration_seconds=6)])

    assert [job.params.duration_seconds for job in jobs] == [4, 5, 6]
    assert {job.id for job in jobs} == {job.id for job in gen.jobs()}


def test_nothing_is_sent_when_one_of_many_requests_is_wrong(gen, emulator):
    """All problems of all requests come in one error, each with the place of its request."""
    with pytest.raises(InvalidParams) as caught:
        gen.submit_many([FOX, FOX | {"resolution": "9k", "seed": "x"}, FOX, {"prompt": "x"}, 7])

    assert [problem.parameter for problem in caught.value.problems] == [
        "[1].seed",
        "[1].resolution",
        "[3].provider",
        "[4].params",
    ]
    assert gen.jobs() == []
    assert emulator.counts["submit"] == 0


def test_many_requests_without_a_service_are_refused_as_one_is(tmp_path):
    """With what to set up; where other things are wrong, too, each is named."""
    with VideoGen(home=tmp_path, library=tmp_path) as gen:
        with pytest.raises(NoBackend, match="FAL_KEY"):
            gen.submit_many([FOX, FOX])
        with pytest.raises(InvalidParams) as caught:
            gen.submit_many([FOX, FOX | {"resolution": "9k"}])

    assert [problem.parameter for problem in caught.value.problems] == [
        "[0].backend",
        "[1].resolution",
    ]


@pytest.mark.parametrize("requests", [FOX, "fox", None, 5])
def test_what_is_not_several_requests_is_explained(gen, requests):
    """A single request is not taken for a list of its names."""
    with pytest.raises(InvalidParams, match="give a list"):
        gen.submit_many(requests)


def test_plans_are_public():
    """For type hints of one's own."""
    assert Plan.__module__ == "rushes.plan"
