"""What the kernel answers where a form varies something, and about the words of prompts."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import pytest

from rushes import JobState
from rushes.explore import rewriting
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.pages import Page

KLING = {"provider": "kling-3.0-standard", "mode": "text-to-video", "durationSeconds": 3}


def ask(**changes: Any) -> dict[str, Any]:
    """A form with one variable."""
    usual = {
        "requests": [KLING],
        "prompts": ["A {animal}"],
        "axes": {"animal": ["fox", "hare"]},
        "count": 1,
    }
    return usual | changes


def test_a_sweep_is_priced_before_it_is_sent(page, emulator):
    """With the takes that exist and cost nothing."""
    page.studio.gen.generate_sync(
        provider="kling-3.0-standard", mode="text-to-video", prompt="A fox", duration_seconds=3
    )

    value = page.ask("sweep", **ask())["value"]

    assert (value["takes"], value["made"]) == (2, 1)
    assert value["low"] == value["high"] == pytest.approx(0.378)
    assert value["seconds"] > 0
    assert len(emulator.jobs) == 1


def test_a_sweep_is_run_once(page, emulator):
    """However often the message arrives."""
    first = page.ask("run", **ask())
    again = page.ask("run", **ask())

    (sweep,) = page.studio.gen.sweeps()
    sweep.wait(60)
    assert first["ok"]
    assert again["ok"]
    assert len(emulator.jobs) == 2
    assert {job.params.prompt for job in sweep.jobs} == {"A fox", "A hare"}


def test_each_provider_gets_what_it_takes(page):
    """The common form's values, and its own where they cannot hold for all."""
    seedance = {"provider": "seedance-2.0", "mode": "text-to-video", "durationSeconds": 4}
    requests = [seedance | {"resolution": "480p"}, KLING | {"cfgScale": 0.4}]

    page.ask("run", **ask(requests=requests, count=2))

    (sweep,) = page.studio.gen.sweeps()
    found = {
        (
            cell.params["provider"],
            cell.params["durationSeconds"],
            cell.params.get("resolution"),
            cell.params.get("cfgScale"),
        )
        for cell in sweep.cells
    }
    assert found == {
        ("seedance-2.0", 4, "480p", None),
        ("kling-3.0-standard", 3, None, 0.4),
    }
    assert len(sweep) == 8
    assert len({cell.params["seed"] for cell in sweep.cells}) == 2
    sweep.cancel()


def test_a_parameter_that_varies_replaces_its_value(page):
    """Also one of several prompts, and a seed that was typed counts up."""
    asked = ask(
        requests=[KLING | {"seed": 7}],
        prompts=["A fox", "A hare"],
        axes={"durationSeconds": [3, 5]},
        count=2,
    )
    page.ask("run", **asked)

    (sweep,) = page.studio.gen.sweeps()
    found = {
        (cell.params["prompt"], cell.params["durationSeconds"], cell.params["seed"])
        for cell in sweep.cells
    }
    assert found == {(p, d, s) for p in ("A fox", "A hare") for d in (3, 5) for s in (7, 8)}
    sweep.cancel()


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"prompts": ["A {animal} in {light}"]}, "prompt"),
        ({"axes": {"animal": ["fox"], "durationSeconds": [99]}}, "durationSeconds"),
        ({"axes": {"animal": ["fox"], "anything": [1]}}, "anything"),
        ({"prompts": ["A {again}"], "axes": {"again": [1]}}, "again"),
        ({"requests": [KLING | {"cap": 3}]}, "cap"),
        ({"axes": {"animal": list(range(200)), "cfgScale": [0.1] * 200}, "count": 100}, "axes"),
    ],
)
def test_what_is_wrong_with_a_sweep_stands_at_its_field(changes, parameter, page, emulator):
    """And nothing of it is sent, or on record."""
    for kind in ("sweep", "run"):
        reply = page.ask(kind, **ask(**changes))
        assert not reply["ok"]
        found = [problem["parameter"] for problem in reply["error"]["problems"]]
        assert parameter in found, reply
    assert page.studio.gen.sweeps() == []
    assert emulator.counts["submit"] == 0


def test_sweeps_count_on_the_budget(show: Callable[..., Page], emulator):
    """It stops before the take that does not fit, and single takes find the money spent."""
    page = show(budget=0.5)

    page.ask("run", **ask())

    (sweep,) = page.studio.gen.sweeps()
    sweep.wait(60)
    assert len(emulator.jobs) == 1
    assert "the budget of $0.50" in str(sweep)
    until(lambda: page.studio._budget["spent"] == pytest.approx(0.378))
    refused = page.ask("submit", key="k1", params=FOX)
    assert refused["error"]["code"] == "AI_POLICY_DENIED"
    # What is spent for it is not counted twice.
    assert sweep.progress.spent + sweep.progress.reserved == pytest.approx(0.378)


def test_a_sweep_that_runs_is_a_row(page, emulator):
    """Until it is over; it can be paused, resumed and cancelled."""
    emulator.settings.run_seconds = AN_HOUR
    page.ask("run", **ask(axes={"animal": [f"fox {number}" for number in range(30)]}))

    (row,) = until(lambda: page.studio._sweeps)
    assert row["state"] == "running"
    assert "of 30 takes done" in row["words"]
    assert page.ask("steer", name=row["name"], action="pause")["ok"]
    until(lambda: page.studio._sweeps[0]["state"] == "paused")
    assert page.ask("steer", name=row["name"], action="resume")["ok"]
    until(lambda: page.studio._sweeps[0]["state"] == "running")
    emulator.settings.run_seconds = (0.1, 0.1)
    assert page.ask("steer", name=row["name"], action="cancel")["ok"]
    emulator.advance(A_WHILE)
    until(lambda: page.studio._sweeps == [])


def test_a_sweep_that_is_not_there_cannot_be_steered(page):
    """The page is told so."""
    reply = page.ask("steer", name="nothing", action="pause")
    assert "No sweep 'nothing'" in reply["error"]["message"]


def test_earlier_prompts_are_found(page):
    """Those with a name first, each once; by words of the prompt or of the name."""
    gen = page.studio.gen
    for prompt in ("A red fox", "A hare", "A red fox"):
        gen.submit(provider="kling-3.0-standard", prompt=prompt, duration_seconds=3).result()
    gen.prompt("hero", "A red fox")

    def recall(text: str) -> list[dict[str, str]]:
        return page.ask("recall", text=text)["value"]["prompts"]

    assert recall("") == [{"text": "A red fox", "name": "hero 1"}, {"text": "A hare"}]
    assert recall("HARE") == [{"text": "A hare"}]
    assert recall("her") == [{"text": "A red fox", "name": "hero 1"}]
    assert recall("boat") == []


def test_a_prompt_is_rewritten_for_the_page(show: Callable[..., Page]):
    """Each press asks again; what is sent has both texts on record."""
    asked: list[str] = []

    def rewrite(text: str) -> str:
        asked.append(text)
        return f"{text}, {len(asked)}"

    page = show(rewrite=rewrite)

    assert page.studio._rewriter.endswith("rewrite")
    assert page.ask("rewrite", text="A fox")["value"] == {"text": "A fox, 1"}
    assert page.ask("rewrite", text="A fox")["value"] == {"text": "A fox, 2"}
    params = KLING | {"prompt": "A fox, 2"}
    reply = page.ask("submit", key="k1", params=params, original="A fox")
    job = page.studio.gen.job(reply["value"]["job"])
    assert job.result().notes[-1] == "The prompt was rewritten from: A fox"
    assert job.state is JobState.COMPLETED


def test_an_installed_rewriter_is_used(show: Callable[..., Page], monkeypatch):
    """If it is the only one; one that cannot be loaded breaks no Studio."""
    good = EntryPoint("shout", "builtins:repr", rewriting.GROUP)
    broken = EntryPoint("broken", "no.such.module:function", rewriting.GROUP)
    for points, name in [([good], "shout"), ([broken], ""), ([good, broken], "")]:
        found = {point.name: point for point in points}
        monkeypatch.setattr(rewriting, "installed", lambda found=found: found)
        assert show().studio._rewriter == name


def test_without_a_rewriter_the_page_is_told_so(page):
    """With what to give."""
    assert page.studio._rewriter == ""
    reply = page.ask("rewrite", text="A fox")
    assert "Studio(rewrite=" in reply["error"]["message"]
