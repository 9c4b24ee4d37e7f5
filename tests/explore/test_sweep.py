"""A sweep is one thing: priced before it is bought, bought once, and there after a restart."""

from __future__ import annotations

import asyncio
import shutil
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

import rushes
from emulators.fal import Fault, FaultKind
from emulators.kling import KLING_KEY, KlingEmulator, KlingSettings
from rushes import (
    CreditsExhausted,
    DeadlineExceeded,
    InvalidParams,
    JobNotFound,
    JobState,
    NoBackend,
    RushesError,
)
from rushes.engine.fetching import MOST_DOWNLOADS
from rushes.journal import SweepState
from support.timings import A_WHILE, AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from rushes.explore.progress import SweepProgress

PROVIDERS = ["seedance-2.0-fast", "kling-3.0-standard"]
BASE = {"provider": "kling-3.0-standard", "duration_seconds": 3}


def animals(gen, *names: str, **more: object) -> rushes.Sweep:
    """A sweep over animals, with the prompt in every one of these tests."""
    return gen.sweep("A {animal} in the snow", animal=list(names), name="snow", **BASE, **more)


def over(sweep: rushes.Sweep) -> SweepProgress:
    """How far it is when nothing more happens."""
    sweep.wait(60)
    return sweep.progress


def test_every_combination_is_a_take(gen):
    """With each value where its name stands, in the prompt or among the parameters."""
    sweep = gen.sweep(
        "A {animal}, {light}",
        animal=["fox", "heron"],
        light=["at dawn", "at night"],
        provider=PROVIDERS,
        duration_seconds=5,
    )

    asked = {(cell.params["prompt"], cell.params["provider"]) for cell in sweep.cells}
    assert asked == {
        (f"A {animal}, {light}", provider)
        for animal in ("fox", "heron")
        for light in ("at dawn", "at night")
        for provider in PROVIDERS
    }
    assert {cell.params["durationSeconds"] for cell in sweep.cells} == {5}
    assert sweep.cells[0].template == "A {animal}, {light}"


def test_nothing_is_sent_before_it_is_run(gen, emulator):
    """It says what it would cost."""
    sweep = animals(gen, "fox", "heron")

    assert repr(sweep) == "<Sweep snow: 2 takes, about $0.76, about 2 min, nothing sent yet>"
    assert sweep.cost.high == pytest.approx(sum(cell.estimate for cell in sweep.cells))
    assert gen.jobs() == []
    assert emulator.jobs == []


def test_running_it_makes_each_take_once(gen, emulator):
    """However often it is run."""
    sweep = animals(gen, "fox", "heron")

    sweep.run().run()
    assert over(sweep).done == 2

    animals(gen, "fox", "heron").run().wait(60)
    assert len(emulator.jobs) == 2
    assert [job.params.prompt for job in sweep.jobs] == ["A fox in the snow", "A heron in the snow"]
    assert repr(sweep).startswith("<Sweep snow: 2 of 2 takes done, $0.76")


def test_a_copy_of_the_library_buys_nothing_again(gen, make_gen, emulator, tmp_path):
    """Its videos are takes of the same sweep; one whose file was not copied is made."""
    animals(gen, "fox", "heron").run().wait(60)
    library = tmp_path / "copy" / "rushes-media"
    shutil.copytree(gen.library, library)
    other = make_gen(library=library)

    again = animals(other, "fox", "heron")
    assert "2 of them exist and cost nothing" in str(again)
    assert over(again.run()).done == 2
    assert len(emulator.jobs) == 2

    next(library.glob("*fox*.mp4")).unlink()
    third = make_gen(library=tmp_path / "third" / "rushes-media")
    shutil.copytree(library, third.library)
    assert over(animals(third, "fox", "heron").run()).done == 2
    assert len(emulator.jobs) == 3


def test_a_take_that_exists_is_not_bought(gen, emulator):
    """Whoever made it, by whatever call."""
    gen.generate_sync(prompt="A fox in the snow", **BASE)

    sweep = animals(gen, "fox", "heron")

    assert "1 of them exists and costs nothing" in str(sweep)
    assert sweep.cost.quantity == 1
    sweep.run().wait(60)
    assert len(emulator.jobs) == 2


def test_again_buys_what_exists(gen, emulator):
    """Once more for each run that asks for it."""
    animals(gen, "fox").run().wait(60)

    animals(gen, "fox", again=True).run().wait(60)

    assert len(emulator.jobs) == 2


def test_a_sweep_that_is_opened_and_run_buys_nothing_again(gen, emulator):
    """Also if it was made to buy everything again."""
    animals(gen, "fox", again=True).run().wait(60)

    gen.sweep("snow").run().wait(60)

    assert len(emulator.jobs) == 1


def test_prompts_that_begin_alike_are_all_made(gen):
    """A label that several would share is not one."""
    beginning = "A red fox crosses the salt flat " * 4
    sweep = gen.sweep([f"{beginning}{end}" for end in ("at dawn", "at night")], **BASE)
    assert len(sweep) == 2


def test_a_wider_sweep_says_what_is_new(gen, emulator):
    """And buys that alone."""
    animals(gen, "fox").run().wait(60)

    wider = animals(gen, "fox", "heron", "hare")

    assert "2 new takes besides 1" in str(wider)
    wider.run().wait(60)
    assert len(emulator.jobs) == 3
    assert over(gen.sweep("snow")).done == 3


def test_it_continues_after_a_restart(make_gen, emulator):
    """Every process with a client starts the takes that are left."""
    emulator.settings.run_seconds = (0.5, 0.6)
    first = make_gen()
    animals(first, *map(str, range(30))).run()
    until(lambda: len(emulator.jobs) > 3)
    first.close()

    sweep = make_gen().sweep("snow")

    assert over(sweep).done == 30
    assert len(emulator.jobs) == 30


def test_the_first_seeds_come_first_and_the_cheapest_before_them(gen):
    """One take of every combination is there before the second seed of any."""
    sweep = gen.sweep("A fox", seeds=2, provider=PROVIDERS, duration_seconds=[5, 10])

    seeds = [cell.params["seed"] for cell in sweep.cells]
    assert len(set(seeds)) == 2
    assert seeds == sorted(seeds, key=seeds.index)
    half = [cell.estimate for cell in sweep.cells[:4]]
    assert half == sorted(half)


def test_seeds_are_the_same_whatever_the_axes(gen):
    """So that a wider sweep has the takes of the narrower one."""
    narrow = {cell.key for cell in animals(gen, "fox", seeds=3).cells}
    assert narrow < {cell.key for cell in animals(gen, "fox", "heron", seeds=3).cells}


def test_values_that_belong_together_change_together(gen):
    """They are one axis."""
    sizes = rushes.together(resolution=["480p", "720p"], duration_seconds=[10, 5])

    sweep = gen.sweep("A fox", sizes, provider="seedance-2.0")

    assert [
        (cell.params["resolution"], cell.params["durationSeconds"]) for cell in sweep.cells
    ] in (
        [("480p", 10), ("720p", 5)],
        [("720p", 5), ("480p", 10)],
    )


def test_several_services_are_an_axis(gen, emulator):
    """Each makes its own take of the same request, also where the other's exists."""
    gen.generate_sync(prompt="A fox", **BASE)

    sweep = gen.sweep("A fox", backend=["fal", "preview"], name="services", **BASE)

    assert [cell.backend for cell in sweep.cells] == ["preview", "fal"]
    assert "1 of them exists" in str(sweep)
    sweep.run().wait(60)
    assert len(emulator.jobs) == 1
    assert {job.backend for job in sweep.jobs} == {"fal", "preview"}


def test_combinations_can_be_left_out(gen):
    """By a function of their values."""
    sweep = gen.sweep(
        "A fox",
        provider=PROVIDERS,
        duration_seconds=[5, 10],
        where=lambda take: (
            take["provider"] != "kling-3.0-standard" or take["duration_seconds"] == 5
        ),
    )
    assert len(sweep) == 3


@pytest.mark.parametrize(("unsupported", "count"), [("leave out", 3), ("skip", 2)])
def test_what_a_provider_does_not_take(unsupported, count, gen):
    """Is left out of its takes, which may then be the same, or they are skipped."""
    sweep = gen.sweep(
        "A fox", provider=PROVIDERS, resolution=["480p", "720p"], unsupported=unsupported
    )
    assert len(sweep) == count


def test_a_sweep_of_one_name_with_other_axes_says_what_is_new(gen):
    """By axis and value, before anything of it is sent."""
    animals(gen, "fox").run().wait(60)

    wider = gen.sweep(
        "A {animal} in the snow", animal=["fox", "hare"], seed=[1, 2], name="snow", **BASE
    )

    assert "new: animal fox and hare" not in str(wider)
    assert "4 new takes besides 1 · new: seed 1 and 2; animal hare" in str(
        wider
    ) or "4 new takes besides 1 · new: animal hare; seed 1 and 2" in str(wider)


def test_making_all_again_says_what_it_costs(gen, emulator):
    """Before anything is sent, also where every take exists."""
    animals(gen, "fox").run().wait(60)

    again = animals(gen, "fox", again=True)

    assert "1 take again, besides 1 · about $0.38" in str(again)
    assert len(emulator.jobs) == 1


def test_the_cap_stops_it_before_the_take_that_does_not_fit(gen, emulator):
    """It says how many are left, and continues with a higher one."""
    sweep = animals(gen, "fox", "heron", "hare", cap=0.80)

    found = over(sweep.run())

    assert (found.state, found.done, found.waiting) == (SweepState.CAPPED, 2, 1)
    assert "capped, 1 left for about $0.38" in str(sweep)
    assert found.waiting_cost == pytest.approx(0.378)
    assert found.spent + found.reserved <= 0.80
    animals(gen, "fox", "heron", "hare", cap=2).run().wait(60)
    assert len(emulator.jobs) == 3


def test_it_can_be_paused_and_resumed(gen, emulator):
    """What is under way ends; nothing more is started."""
    emulator.settings.run_seconds = AN_HOUR
    sweep = animals(gen, *map(str, range(30))).run()
    until(lambda: sweep.progress.under_way)

    sweep.pause()
    until(lambda: len(emulator.jobs) == sweep.progress.under_way)
    emulator.advance(A_WHILE)
    sweep.wait(60)
    found = sweep.progress
    assert found.state is SweepState.PAUSED
    assert found.waiting
    emulator.settings.run_seconds = (0.1, 0.1)
    sweep.resume()

    assert over(sweep).done == 30


def test_cancelling_it_cancels_its_jobs(gen, emulator):
    """Those that the service lets be cancelled, and starts no others."""
    emulator.settings.run_seconds = AN_HOUR
    sweep = animals(gen, *map(str, range(40))).run()
    until(lambda: sweep.progress.under_way)

    sweep.cancel()

    found = over(sweep)
    assert found.state is SweepState.CANCELLED
    assert found.waiting >= 20
    assert all(job.state in {JobState.COMPLETED, JobState.CANCELLED} for job in sweep.jobs)


def test_cancelling_reaches_every_take_although_a_service_cannot_be_asked(
    gen, emulator, monkeypatch
):
    """A service that is not set up any more is named when all others have been asked."""
    emulator.settings.run_seconds = (600.0, 600.0)
    settings = KlingSettings(run_seconds=(600.0, 600.0), tiny_clips=True)
    with KlingEmulator(settings) as kling:
        monkeypatch.setenv("KLING_API_KEY", KLING_KEY)
        monkeypatch.setenv("KLING_BASE_URL", kling.urls["url"])
        gen.engine.refresh()
        sweep = gen.sweep("A {animal}", animal=["fox"], backend=["kling", "fal"], **BASE).run()
        until(lambda: [job.state for job in sweep.jobs] == [JobState.RUNNING] * 2)
        monkeypatch.delenv("KLING_API_KEY")
        gen.engine.refresh()

        with pytest.raises(NoBackend, match="kling"):
            sweep.cancel()

    assert all(job.cancel_requested_at is not None for job in sweep.records.values())


def test_a_failed_take_is_made_again_when_asked(gen, emulator):
    """And not before."""
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    sweep = animals(gen, "fox", "heron")
    assert over(sweep.run()).failed == 1
    assert over(sweep.run()).failed == 1

    assert sweep.retry() == 1

    assert over(sweep).done == 2


def test_only_what_is_named_is_made_again(gen, emulator):
    """Failed takes, or cancelled ones."""
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    sweep = animals(gen, "fox", "heron").run()
    over(sweep)

    assert sweep.retry("cancelled") == 0
    assert sweep.retry("failed") == 1
    with pytest.raises(InvalidParams, match="'uncertain' is not a state to retry; there are"):
        sweep.retry("uncertain")


def test_a_failed_take_that_may_be_billed_is_not_bought_again(gen, emulator):
    """Its video was made and could not be fetched; who wants to pay for another one says so."""
    emulator.add_fault(Fault(FaultKind.HTML_BODY, times=MOST_DOWNLOADS))
    sweep = animals(gen, "fox")
    assert over(sweep.run()).failed == 1

    assert sweep.retry() == 0
    assert len(emulator.jobs) == 1

    assert sweep.retry("failed", billed=True) == 1
    assert over(sweep).done == 1
    assert len(emulator.jobs) == 2


def test_time_and_money_that_are_left_are_known(gen, emulator):
    """While it is running."""
    emulator.settings.run_seconds = AN_HOUR
    sweep = animals(gen, *map(str, range(30))).run()
    until(lambda: sweep.progress.under_way)

    found = sweep.progress
    assert found.time_left > 30
    assert found.waiting_cost == pytest.approx(found.waiting * 0.378)
    assert "left" in str(sweep)
    sweep.cancel()


@pytest.mark.parametrize("journal", ["the same", "another"])
def test_a_copied_folder_buys_nothing(journal, make_gen, tmp_path, emulator):
    """Whether its takes are on record here or not: the sidecars say what they were made for."""
    gen = make_gen()
    images = {"start_image_url": tmp_path / "start.png", "mode": "image-to-video"}
    Image.new("RGB", (640, 360), "red").save(tmp_path / "start.png")
    animals(gen, "fox", "heron").run().wait(60)
    gen.sweep("A fox turns", name="turn", **BASE, **images).run().wait(60)
    copy = tmp_path / "copy"
    shutil.copytree(gen.library, copy / "media")
    home = tmp_path / "home" if journal == "the same" else copy / "home"
    other = make_gen(library=copy / "media", home=home)

    again = animals(other, "fox", "heron", "hare")
    turn = other.sweep("A fox turns", name="turn", **BASE, **images)

    assert "2 of them exist and cost nothing" in str(again)
    assert "1 of them exists and costs nothing" in str(turn)
    turn.run().wait(60)
    found = over(again.run())
    assert (found.done, found.waiting) == (3, 0)
    assert len(emulator.jobs) == 4


def test_a_deleted_video_is_not_bought_again(gen, emulator):
    """The sweep still has its take, and says where the file was."""
    sweep = animals(gen, "fox", "heron").run()
    sweep.wait(60)
    gone = sweep.jobs[0].result().path
    gone.unlink()

    again = animals(gen, "fox", "heron")
    again.run().wait(60)

    assert len(emulator.jobs) == 2
    assert "2 of 2 takes done" in str(again)
    assert again.jobs[0].result().path == gone


def test_a_provider_that_vanished_pauses_the_sweep(make_gen, emulator):
    """With what to do; nothing of it is sent, and its takes are still there."""
    first = make_gen()
    folder = first.folders.providers
    folder.mkdir(parents=True, exist_ok=True)
    spec = Path(rushes.catalog.__file__).parent / "providers" / "kling-3.0-standard.toml"
    own = folder / "own-model.toml"
    text = spec.read_text("utf-8").replace('id = "kling-3.0-standard"', 'id = "own-model"', 1)
    own.write_text(text, "utf-8")
    first.close()
    gen = make_gen()
    sweep = gen.sweep("A {animal}", animal=["fox", "hare"], provider="own-model", name="own")
    own.unlink()
    gen.engine.refresh()

    found = over(sweep.run())

    assert (found.state, found.waiting) == (SweepState.PAUSED, 2)
    assert "own-model is not in the catalog any more" in str(sweep)
    assert emulator.jobs == []
    own.write_text(text, "utf-8")
    gen.engine.refresh()
    assert over(sweep.run()).done == 2


def test_a_service_without_a_key_is_named(make_gen, monkeypatch):
    """The takes wait for it, and the sweep says so."""
    gen = make_gen()
    monkeypatch.setenv("KLING_API_KEY", "kling-key")
    gen.engine.refresh()
    sweep = gen.sweep("A {animal}", animal=["fox"], backend="kling", name="own", **BASE)
    monkeypatch.delenv("KLING_API_KEY")
    gen.engine.refresh()

    sweep.run()

    assert "1 waits for kling: " in str(sweep)
    sweep.cancel()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "there is no word list"), (b"\xff\xfe\x00", "not UTF-8"), (b"\n \n", "is empty")],
)
def test_a_broken_word_list_is_named(content, reason, gen, emulator):
    """By its file, and nothing is sent."""
    folder = gen.folders.words
    folder.mkdir(parents=True, exist_ok=True)
    if content is not None:
        (folder / "animals.txt").write_bytes(content)
    with pytest.raises(InvalidParams, match=reason) as caught:
        gen.sweep("A __animals__", **BASE)
    assert "animals.txt" in str(caught.value)
    assert emulator.jobs == []


def test_it_can_be_awaited(gen):
    """And is then over."""
    sweep = animals(gen, "fox", "heron").run()

    async def cell() -> rushes.Sweep:
        return await sweep

    assert asyncio.run(cell()) is sweep
    assert sweep.is_over


def test_a_wait_that_takes_too_long_says_what_becomes_of_it(gen, emulator):
    """The sweep continues."""
    emulator.settings.run_seconds = (60.0, 60.0)
    sweep = animals(gen, "fox").run()
    with pytest.raises(DeadlineExceeded, match=r"snow is not finished after 0.1 s.*continues"):
        sweep.wait(0.1)
    with pytest.raises(InvalidParams, match="timeout"):
        sweep.wait("soon")
    sweep.cancel()


def test_an_uncertain_take_is_left_to_the_user(gen, emulator):
    """It is not sent again, and the sweep says that somebody is needed."""
    emulator.settings.history_usable = False
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    sweep = animals(gen, "fox", "heron")

    sweep.run()
    until(lambda: sweep.progress.uncertain)
    sweep.wait(60)

    assert "1 needs you" in str(sweep)
    assert {job.state for job in sweep.jobs} == {JobState.UNCERTAIN, JobState.COMPLETED}


def test_sending_an_uncertain_take_again_keeps_to_the_cap(gen, emulator):
    """The first attempt counts as well, because it may have been bought."""
    emulator.settings.history_usable = False
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    sweep = animals(gen, "fox", "heron", cap=0.80).run()
    until(lambda: sweep.progress.uncertain)
    sweep.wait(60)
    (uncertain,) = [job for job in sweep.jobs if job.state is JobState.UNCERTAIN]

    with pytest.raises(CreditsExhausted, match=r"of the cap of \$0.80 of the sweep snow"):
        uncertain.resubmit()

    assert uncertain.state is JobState.UNCERTAIN
    assert len(emulator.jobs) == 2


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"animal": []}, "animal: the axis is empty"),
        ({"animal": {"fox"}}, "animal: a set has no order"),
        ({}, "{animal} has no value"),
        ({"animal": ["fox"], "anmal": 1}, "anmal: no provider takes it"),
        ({"animal": range(1000), "cfg_scale": range(1000)}, "1,000,000 takes"),
        ({"animal": ["fox"], "cap": 0.1}, "cap: the cheapest take costs about"),
        ({"animal": ["fox"], "cap": -1}, "cap: give US dollars"),
        ({"animal": ["fox"], "cap": float("nan")}, "cap: give US dollars"),
        ({"animal": ["fox"], "seeds": 0}, "seeds: give how many"),
        ({"animal": ["fox"], "seeds": ["a"]}, "seeds: give how many"),
        ({"animal": ["fox"], "seeds": 10**12}, "1,000,000,000,000 takes"),
        ({"animal": ["fox"], "seeds": count()}, "seeds: it has more than 10,000 values"),
        ({"animal": ["fox"], "seeds": {1, 2}}, "seeds: a set has no order"),
        ({"animal": ["fox"], "unsupported": "ignore"}, "unsupported: allowed are"),
        ({"animal": ["fox"], "name": ""}, "name: give a text"),
        ({"animal": ["fox"], "where": 3}, "where: give a function"),
        ({"animal": ["fox"], "where": lambda _: 1 / 0}, "where: it failed for"),
        ({"animal": ["fox"], "where": lambda _: False}, "no take is left"),
        ({"animal": ["fox"], "provider": ["kling-3.0"]}, "not in the catalog"),
        ({"animal": ["fox"], "resolution": ["480p"]}, "resolution: kling-3.0-standard does not"),
        ({"animal": ["fox"], "duration_seconds": [3, 99]}, "duration_seconds: 99"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_sent(wrong, reason, gen):
    """With the place, for all takes at once."""
    with pytest.raises(InvalidParams) as caught:
        gen.sweep("A {animal}", **{**BASE, **wrong})
    assert reason in str(caught.value)
    assert gen.jobs() == []


def test_an_unknown_name_is_refused(gen):
    """With the names that there are."""
    animals(gen, "fox").run().wait(60)
    with pytest.raises(JobNotFound, match="Available: snow"):
        gen.sweep("snwo")


def test_what_was_not_run_cannot_be_paused(gen):
    """The message says what to do."""
    with pytest.raises(RushesError, match=r"not run yet.*run\(\)"):
        animals(gen, "fox").pause()


def test_sweeps_of_the_library_are_listed(gen):
    """Newest first."""
    animals(gen, "fox").run().wait(60)
    gen.sweep("A boat", name="boat", **BASE).run().wait(60)
    assert [sweep.name for sweep in gen.sweeps()] == ["boat", "snow"]
