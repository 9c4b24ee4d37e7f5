"""A prompt may have a name; each wording under it is a version, and knows its takes."""

from __future__ import annotations

import copy

import pytest

from rushes import InvalidParams
from rushes.explore.wordings import WordDiff

BASE = {"provider": "kling-3.0-standard", "duration_seconds": 3}


def test_each_wording_is_a_version(gen):
    """Counted from 1; the same wording again is the same version."""
    wordings = ["A fox sleeps", "A fox trots", "A fox sleeps", "A fox leaps"]
    assert [gen.prompt("fox", text).version for text in wordings] == [1, 2, 1, 3]
    assert [str(each) for each in gen.prompts("fox")] == wordings[:2] + wordings[3:]


def test_a_named_prompt_is_a_text(gen):
    """It can be given wherever a prompt is, and what is sent is the wording alone."""
    fox = gen.prompt("fox", "A fox sleeps")

    job = gen.submit(prompt=fox, **BASE)

    assert fox == "A fox sleeps"
    assert type(job.params.prompt) is str
    assert copy.deepcopy(fox).version == 1
    assert fox.upper() == "A FOX SLEEPS"


def test_the_latest_version_is_there_by_its_name(make_gen):
    """Also in another kernel, and an earlier one by its number."""
    first = make_gen()
    first.prompt("fox", "A fox sleeps")
    first.prompt("fox", "A fox trots")

    other = make_gen()

    assert other.prompt("fox") == "A fox trots"
    assert other.prompt("fox", version=1) == "A fox sleeps"


def test_names_belong_to_a_library(make_gen, tmp_path):
    """Two projects have a fox each."""
    make_gen().prompt("fox", "A fox sleeps")
    assert make_gen(library=tmp_path / "other").prompts() == []


def test_all_prompts_are_listed(gen):
    """The latest version of each, the newest first."""
    gen.prompt("fox", "A fox")
    gen.prompt("hare", "A hare")
    gen.prompt("fox", "A red fox")

    assert [(each.name, each.version) for each in gen.prompts()] == [("fox", 2), ("hare", 1)]
    assert "A red fox" in str(gen.prompts())


def test_a_version_knows_its_takes(gen):
    """Those that were sent as it is, rewritten from it, or filled in as a template."""
    gen.prompt("fox", "A fox in the snow")
    fox = gen.prompt("fox", "A fox in the {place}")
    plain = gen.submit(prompt="A fox in the snow", **BASE)
    gen.submit(prompt="A hare", **BASE)
    plan = gen.plan(prompt=gen.prompt("fox", version=1), rewrite=str.upper, **BASE)
    rewritten = gen.submit(plan)
    edited = gen.submit(gen.plan(plan, prompt="A fox, no: a vixen"))
    sweep = gen.sweep(fox, place=["rain", "sun"], name="places", **BASE).run()
    sweep.wait(60)

    versions = gen.prompts("fox")

    assert {job.id for job in versions.takes(1)} == {plain.id, rewritten.id, edited.id}
    assert {job.id for job in versions.takes(2)} == {job.id for job in sweep.jobs}
    assert [row[2] for row in versions.sheet().rows] == ["3", "2"]


def test_versions_can_be_swept(gen):
    """Their axis is named by name and number, not by their words."""
    for text in ("A fox sleeps", "A fox trots"):
        gen.prompt("fox", text)

    sweep = gen.sweep(gen.prompts("fox"), name="wordings", **BASE)

    assert {cell.values["prompt"] for cell in sweep.cells} == {"fox 1", "fox 2"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("A fox sleeps", "A fox trots", "A fox [-sleeps-]{+trots+}"),
        ("A fox", "A red fox", "A {+red+} fox"),
        ("A red fox", "A fox", "A [-red-] fox"),
        ("A fox", "A fox, running", "A fox{+, running+}"),
        ("A  fox\n", "A fox", "A fox"),
        ("", "A fox", "{+A fox+}"),
        ("Ein Fuchs läuft", "Ein Füchslein läuft", "Ein [-Fuchs-]{+Füchslein+} läuft"),
        ("一只 狐狸", "一只 兔子", "一只 [-狐狸-]{+兔子+}"),
    ],
)
def test_a_difference_shows_words(old, new, said):
    """Those that went and those that came, in one text."""
    diff = WordDiff(old, new)
    kept = "".join(text for kind, text in diff.parts if kind != "removed")
    assert kept.split() == new.split()
    assert " ".join(str(diff).split()) == said


def test_a_difference_in_a_cell_is_text(gen):
    """Markup in a wording stays words."""
    gen.prompt("fox", "A <b>fox</b>")
    gen.prompt("fox", "A <i>fox</i>")
    html = gen.prompts("fox").diff(1, 2)._repr_mimebundle_()["text/html"]
    assert "<del" in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (
            lambda gen: gen.prompt("fx"),
            "no prompt in .* is called 'fx'.*Available: fox. Did you mean",
        ),
        (lambda gen: gen.prompts("fx"), "no prompt in"),
        (lambda gen: gen.prompt("fox", version=7), "no version 7; there are 1 to 1"),
        (lambda gen: gen.prompts("fox").diff(1, 2), "no version 2"),
        (lambda gen: gen.prompt("fox", ""), "text: give the wording"),
        (lambda gen: gen.prompt("fox", "x" * 20_001), "text: give the wording"),
        (lambda gen: gen.prompt("fox", "half \ud83e"), "text:"),
        (lambda gen: gen.prompt("fox", 3), "text:"),
        (lambda gen: gen.prompt("", "A fox"), "name: give a text"),
        (lambda gen: gen.prompt("x" * 101, "A fox"), "name: give a text"),
        (lambda gen: gen.prompt(None, "A fox"), "name:"),
        (lambda gen: gen.prompt("fox", "A fox", version=2), "version: a new wording gets"),
    ],
)
def test_what_is_wrong_is_said(ask, said, gen):
    """And what there is."""
    gen.prompt("fox", "A fox")
    with pytest.raises(InvalidParams, match=f"(?s){said}"):
        ask(gen)
