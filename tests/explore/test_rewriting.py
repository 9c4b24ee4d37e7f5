"""A prompt can be rewritten: what becomes of it is seen first, and both texts are on record."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import threading
from importlib.metadata import EntryPoint

import pytest

from rushes import InvalidParams
from rushes.explore import rewriting
from rushes.explore.rewriting import MOST_AT_ONCE, Rewriter

BASE = {"provider": "kling-3.0-standard", "duration_seconds": 3}


class Counting:
    """Rewrites, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> str:
        """The text, and how often there was one."""
        self.asked.append(text)
        return f"{text}, take {len(self.asked)}"


async def shouted(text: str) -> str:
    """An asynchronous rewriter."""
    return text.upper()


def test_both_texts_are_seen_before_anything_is_sent(gen, emulator):
    """In the plan."""
    plan = gen.plan(prompt="A fox", rewrite=str.upper, **BASE)

    assert (plan.params.prompt, plan.original) == ("A FOX", "A fox")
    assert "A FOX" in str(plan)
    assert "rewritten from: A fox" in str(plan)
    assert "rewritten from" in plan._repr_mimebundle_()["text/html"]
    assert emulator.jobs == []


def test_what_was_made_of_it_can_be_edited(gen):
    """The original stays on record."""
    plan = gen.plan(prompt="A fox", rewrite=str.upper, **BASE)
    edited = gen.plan(plan, prompt="A RED FOX")
    assert (edited.params.prompt, edited.original) == ("A RED FOX", "A fox")
    assert gen.plan(edited, prompt="A fox").original is None


def test_both_texts_are_on_record(gen):
    """In the job, its result and the sidecar."""
    job = gen.submit(gen.plan(prompt="A fox", rewrite=str.upper, **BASE))
    result = job.result()

    assert job.params.prompt == "A FOX"
    assert any("rewritten from: A fox" in note for note in job.notes)
    sidecar = json.loads(result.path.with_suffix(".json").read_text("utf-8"))
    assert "A FOX" in json.dumps(sidecar)
    assert "rewritten from: A fox" in json.dumps(sidecar)


def test_a_prompt_is_rewritten_once(make_gen, emulator):
    """So that a notebook that is run again buys nothing, also in another kernel."""
    rewrite = Counting()
    for gen in (make_gen(), make_gen()):
        gen.submit(gen.plan(prompt="A fox", rewrite=rewrite, **BASE), once=True).result()
    assert rewrite.asked == ["A fox"]
    assert len(emulator.jobs) == 1


def test_another_function_is_another_rewriter():
    """Also under the same name; the same function is the same in every process."""

    def make(word: str):
        exec(f"def rewrite(text):\n    return text + ' {word}'", scope := {})
        return Rewriter(scope["rewrite"])

    assert make("red").key != make("blue").key
    assert make("red").key == make("red").key


def test_a_function_that_uses_other_words_is_another_rewriter():
    """Whether they are around it, its defaults, or names of the notebook."""

    def around(word: str):
        return Rewriter(lambda text: text + word)

    def default(word: str):
        return Rewriter(lambda text, more=word: text + more)

    def named(word: str):
        exec("def rewrite(text):\n    return text + STYLE", scope := {"STYLE": word})
        return Rewriter(scope["rewrite"])

    for make in (around, default, named):
        assert make("red").key != make("blue").key
        assert make("red").key == make("red").key


def test_an_asynchronous_function_can_rewrite(gen):
    """Where a loop is running, too."""
    assert gen.plan(prompt="A fox", rewrite=shouted, **BASE).params.prompt == "A FOX"


def test_an_asynchronous_function_can_rewrite_in_a_running_loop(gen):
    """As in a notebook."""

    async def cell() -> str:
        return gen.plan(prompt="A fox", rewrite=shouted, **BASE).params.prompt

    assert asyncio.run(cell()) == "A FOX"


def test_every_prompt_of_a_sweep_is_rewritten_once(gen):
    """However many takes it has; the template stays beside it."""
    rewrite = Counting()

    sweep = gen.sweep(
        "A {animal}", animal=["fox", "hare"], seeds=3, rewrite=rewrite, name="zoo", **BASE
    )

    assert sorted(rewrite.asked) == ["A fox", "A hare"]
    assert set(sweep.rewritten) == {"A fox", "A hare"}
    assert {cell.template for cell in sweep.cells} == {"A {animal}"}
    assert f"'A fox' becomes '{sweep.rewritten['A fox']}'" in str(sweep)
    assert all("rewritten from: A " in cell.notes[-1] for cell in sweep.cells)


def test_a_prompt_is_not_rewritten_again_in_a_copied_library(make_gen, tmp_path, emulator):
    """So that what is run in a copy of a notebook's folder buys nothing."""
    rewrite, gen = Counting(), make_gen()
    asked = {"n": ["1", "2"], "rewrite": rewrite, "name": "zoo", **BASE}
    gen.sweep("Fox {n}", **asked).run().wait(60)
    shutil.copytree(gen.library, tmp_path / "copy" / "media")

    again = make_gen(library=tmp_path / "copy" / "media").sweep("Fox {n}", **asked)

    assert sorted(rewrite.asked) == ["Fox 1", "Fox 2"]
    assert "2 of them exist and cost nothing" in str(again)
    assert len(emulator.jobs) == 2


@pytest.mark.parametrize("way", ["plan", "sweep"])
def test_a_colleagues_copy_rewrites_and_buys_nothing(make_gen, tmp_path, emulator, way):
    """Sidecars say what prompts were rewritten from, so both texts are seen there, too."""
    rewrite, gen = Counting(), make_gen()
    asked = {"n": ["1", "2"], "rewrite": rewrite, "name": "zoo", **BASE}
    first = gen.sweep("Fox {n}", **asked)
    first.run().wait(60)
    shutil.copytree(gen.library, tmp_path / "copy" / "media")

    there = make_gen(home=tmp_path / "other home", library=tmp_path / "copy" / "media")
    if way == "sweep":
        again = there.sweep("Fox {n}", **asked)
        assert "2 of them exist and cost nothing" in str(again)
        again.run().wait(60)
        texts = again.rewritten
    else:
        plans = [there.plan(prompt=f"Fox {n}", rewrite=rewrite, **BASE) for n in (1, 2)]
        texts = {plan.original: plan.params.prompt for plan in plans}

    assert texts == first.rewritten
    assert sorted(rewrite.asked) == ["Fox 1", "Fox 2"]
    assert len(emulator.jobs) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "Buy my car"},
        {"prompt": "half \ud83e"},
        {"prompt": ""},
        {"prompt": 3},
        {"promptKey": None},
        {"rewrites": [{"original": ["x"], "rewriter": {}}]},
        {"rewrites": [[]]},
        {"rewrites": "x"},
        {"file": "other.mp4"},
    ],
    ids=repr,
)
def test_a_sidecar_that_was_changed_says_nothing_of_rewriting(make_gen, tmp_path, changes):
    """The function is asked, as if there were none."""
    rewrite, gen = Counting(), make_gen()
    path = gen.submit(gen.plan(prompt="A fox", rewrite=rewrite, **BASE)).result().path
    sidecar = path.with_suffix(".json")
    sidecar.write_text(json.dumps(json.loads(sidecar.read_text("utf-8")) | changes), "utf-8")

    there = make_gen(home=tmp_path / "other home")

    assert there.plan(prompt="A fox", rewrite=rewrite, **BASE).params.prompt == "A fox, take 2"


class Meeting:
    """Rewrites when as many prompts are there as can be, and counts those that are."""

    def __init__(self) -> None:
        self.together = threading.Barrier(MOST_AT_ONCE)
        self.guard = threading.Lock()
        self.here = self.most = 0

    def __call__(self, text: str) -> str:
        """The text in capitals."""
        with self.guard:
            self.here += 1
            self.most = max(self.most, self.here)
        self.together.wait(60)
        with self.guard:
            self.here -= 1
        return text.upper()


def test_prompts_of_a_sweep_are_rewritten_side_by_side(gen):
    """So many at the same time, and no more; each text stays with its prompt."""
    rewrite, numbers = Meeting(), range(3 * MOST_AT_ONCE)

    sweep = gen.sweep("take {n}", n=[str(n) for n in numbers], rewrite=rewrite, **BASE)

    assert rewrite.most == MOST_AT_ONCE
    assert sweep.rewritten == {f"take {n}": f"TAKE {n}" for n in numbers}


def test_what_was_rewritten_before_one_fails_is_kept(gen):
    """Only what was under way may be asked again; nobody is asked for what was not begun."""
    asked: list[str] = []
    is_broken = threading.Event()
    is_broken.set()

    def rewrite(text: str) -> str:
        asked.append(text)
        if text == "take 20" and is_broken.is_set():
            message = "no such model"
            raise LookupError(message)
        return text.upper()

    prompts = {"n": [str(n) for n in range(60)]}
    with pytest.raises(InvalidParams, match="failed for 'take 20': LookupError: no such model"):
        gen.sweep("take {n}", rewrite=rewrite, **prompts, **BASE)
    assert len(asked) < 60

    is_broken.clear()
    gen.sweep("take {n}", rewrite=rewrite, **prompts, **BASE)

    assert len(set(asked)) == 60
    assert asked.count("take 20") == 2
    assert len(asked) <= 60 + MOST_AT_ONCE


def test_one_that_hangs_does_not_hide_one_that_fails(gen):
    """The error comes at once."""
    never = threading.Event()

    def rewrite(text: str) -> str:
        if text == "a fox":
            never.wait(60)
        message = "no such model"
        raise LookupError(message)

    with pytest.raises(InvalidParams, match="failed for 'a hare'"):
        gen.sweep(["a fox", "a hare"], rewrite=rewrite, **BASE)
    never.set()


def test_rewritten_prompts_of_a_sweep_can_be_edited(gen):
    """By giving the texts in place of the function."""
    first = gen.sweep(["A fox", "A hare"], rewrite=str.upper, **BASE)

    sweep = gen.sweep(["A fox", "A hare"], rewrite=first.rewritten | {"A fox": "A vixen"}, **BASE)

    assert [cell.params["prompt"] for cell in sweep.cells] == ["A vixen", "A HARE"]


def test_a_name_is_an_installed_rewriter(gen, monkeypatch):
    """Packages register them under an entry point."""
    point = EntryPoint("shout", "explore.test_rewriting:shouted", rewriting.GROUP)
    monkeypatch.setattr(rewriting, "installed", lambda: {"shout": point})
    assert gen.plan(prompt="A fox", rewrite="shout", **BASE).params.prompt == "A FOX"


def fail(_: str) -> str:
    """Raises."""
    message = "no such model"
    raise LookupError(message)


@pytest.mark.parametrize(
    ("rewrite", "said"),
    [
        (fail, "rewrite: fail failed for 'A fox': LookupError: no such model"),
        (lambda _: None, "returned NoneType for 'A fox'"),
        (lambda _: b"A fox", "returned bytes"),
        (lambda _: " \n", "returned an empty text"),
        (lambda _: "x" * 20_001, "returned 20,001 characters"),
        (lambda _: "half \ud83e", "rewrite:"),
        (lambda: "A fox", "failed for 'A fox': TypeError"),
        (lambda _: sys.exit(1), "failed for 'A fox': RuntimeError: it ended with SystemExit"),
        ({"A fox": None}, "the mapping returned NoneType"),
        ("sout", "no rewriter is named 'sout'"),
        (3, "a int does not rewrite"),
    ],
)
def test_what_is_wrong_with_a_rewriter_is_said(rewrite, said, gen):
    """At the place, with the prompt; nothing is sent."""
    with pytest.raises(InvalidParams, match=said):
        gen.plan(prompt="A fox", rewrite=rewrite, **BASE)
    with pytest.raises(InvalidParams, match=said):
        gen.sweep("A fox", rewrite=rewrite, **BASE)
    assert gen.jobs() == []


def test_a_rewriter_that_hangs_is_given_up():
    """After a time that the message names."""
    never = threading.Event()
    rewriter = Rewriter(lambda _: never.wait(), limit=0.05)
    try:
        with pytest.raises(InvalidParams, match=r"did not answer within 0\.05 s for 'A fox'"):
            rewriter("A fox")
    finally:
        never.set()


def test_there_must_be_a_prompt(gen):
    """To rewrite one."""
    with pytest.raises(InvalidParams, match="there is no prompt to rewrite"):
        gen.plan(provider="kling-3.0-standard", rewrite=str.upper)
