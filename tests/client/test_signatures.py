"""The methods that take a request have its parameters, for people, editors and type checkers."""

from __future__ import annotations

import inspect
import subprocess
import sys
import textwrap
from importlib import util
from pathlib import Path

import pytest

from rushes import VideoGen, signatures
from rushes.catalog import Catalog
from rushes.contract.params import VideoGenParams

ROOT = Path(__file__).parents[2]

FOX = {"provider": "seedance-2.0", "prompt": "A red fox"}

METHODS = ["generate", "generate_sync", "submit", "plan", "estimate"]


def test_the_methods_are_those_that_the_catalog_makes():
    """`python scripts/signatures.py` was run since a provider or the contract changed."""
    spec = util.spec_from_file_location("write", ROOT / "scripts" / "signatures.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert Path(signatures.__file__).read_text("utf-8") == module.text()


@pytest.mark.parametrize("method", METHODS)
def test_every_parameter_can_be_named(method):
    """Those of the contract, and those of every packaged provider."""
    named = inspect.signature(getattr(VideoGen, method)).parameters
    declared = {name for spec in Catalog.load().values() for name in spec.parameters}

    for name in declared | set(VideoGenParams.model_fields):
        assert named[name].kind is inspect.Parameter.KEYWORD_ONLY


def test_what_is_given_changes_a_request_and_what_is_not_leaves_it(gen):
    """None takes a parameter away, e.g. for another seed."""
    params = VideoGenParams(**FOX, mode="text-to-video", seed=7, duration_seconds=6)

    plan = gen.plan(params, seed=None, duration_seconds=8)

    assert (plan.params.seed, plan.params.duration_seconds) == (None, 8)
    assert plan.params.prompt == "A red fox"


def test_parameters_of_ones_own_providers_are_taken(make_gen, tmp_path):
    """They need no release of this package."""
    folder = tmp_path / "home" / "providers"
    folder.mkdir(parents=True)
    (folder / "acme.toml").write_text(
        textwrap.dedent("""
            id = "acme-1"
            title = "Acme"
            [parameters.loop]
            kind = "boolean"
            [parameters.duration_seconds]
            kind = "integer"
            min = 1
            default = 3
            [backends.fal.models]
            text-to-video = "acme/one"
            """)
    )

    plan = make_gen().plan(provider="acme-1", mode="text-to-video", prompt="A fox", loop=True)

    assert plan.params.given()["loop"] is True


def test_camel_case_keywords_are_read_too(gen):
    """As the contract writes them."""
    assert gen.plan(**FOX, durationSeconds=7).duration_seconds == 7


@pytest.mark.parametrize("name", ["backend", "once", "timeout", "copy", "quantity", "params"])
def test_a_provider_cannot_declare_a_name_that_a_call_needs(name, tmp_path):
    """It could not be given."""
    (tmp_path / "acme.toml").write_text(
        f'id = "a"\ntitle = "A"\n[parameters.{name}]\nkind = "text"\n'
        '[parameters.duration_seconds]\nkind = "integer"\nmin = 1\ndefault = 3\n[backends.fal]\n'
    )

    (broken,) = Catalog.load(tmp_path).broken

    assert f"parameters.{name}: is a reserved name" in str(broken)


SNIPPET = """
from pathlib import Path
import rushes

gen = rushes.VideoGen(backend="preview")
job = gen.submit(provider="seedance-2.0", mode="text-to-video", prompt="A fox", seed=None)
own = gen.submit(provider="acme-1", mode="edit", loop=True)
plan = gen.plan({"provider": "seedance-2.0"}, start_image_url=Path("fox.png"))
image = gen.plan(provider="seedance-2.0", image_references=[b"", "https://x/a.png", job.result()])
reveal_type(gen.submit(plan, once=True))
reveal_type(gen.estimate(plan, quantity=3).high)
reveal_type(gen.submit_many([plan, {"prompt": "x"}]))


async def main() -> None:
    reveal_type(await gen.generate(provider="kling-3.0-standard", duration_seconds=3))


gen.submit(duration_seconds="5")
gen.plan(generate_audio="yes")
gen.submit(prompt=5)
gen.estimate(image_references=5)
"""


@pytest.mark.slow
def test_a_type_checker_knows_what_a_request_takes(tmp_path):
    """Right calls pass, those of providers of one's own as well, and wrong types are found."""
    pytest.importorskip("mypy")
    path = tmp_path / "snippet.py"
    path.write_text(SNIPPET)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(path)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    told = [line.split(": ", 1)[1] for line in done.stdout.splitlines()]
    notes = [line for line in told if line.startswith("note: Revealed")]
    errors = [line for line in told if line.startswith("error")]
    assert [note.split('"')[1] for note in notes] == [
        "rushes.job.Job",
        "float | None",
        "list[rushes.job.Job]",
        "rushes.contract.results.VideoGenResult",
    ]
    assert len(errors) == 4
    for name, error in zip(
        ["duration_seconds", "generate_audio", "prompt", "image_references"], errors, strict=True
    ):
        assert f'Argument "{name}"' in error
