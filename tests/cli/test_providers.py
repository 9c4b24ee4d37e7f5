"""`rushes providers` finds models, and adds any of a service from the schema it publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from emulators.fal import FAL_KEY
from rushes.cli import app
from rushes.contract.errors import BackendUnavailable, InvalidParams
from support.imported import fal_document, inputs, requests_of, runway_document

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "acme/dream/text-to-video"
SCHEMA = {
    "type": "object",
    "properties": {
        "prompt": {"type": "string", "maxLength": 900},
        "duration": {"type": "string", "enum": ["4s", "6s", "8s"], "default": "8s"},
        "aspect_ratio": {"type": "string", "enum": ["16:9", "9:16"], "default": "16:9"},
        "loop": {"type": "boolean", "default": False, "description": "Ends as it begins."},
        "elements": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["prompt"],
}


@pytest.fixture(autouse=True)
def _fal(monkeypatch: pytest.MonkeyPatch, emulator) -> None:
    emulator.settings.documents[MODEL] = fal_document(MODEL, SCHEMA)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("RUSHES_FAL_SITE_URL", emulator.site_url)
    monkeypatch.setenv("RUSHES_FAL_API_URL", emulator.api_url)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["providers", *arguments])
    return done.exit_code, done.output


def test_a_model_is_added_and_shows_what_became_of_its_fields(emulator):
    """Without a key, which the service's site never gets."""
    code, shown = run("add", f"fal:{MODEL}")

    assert code == 0, shown
    for words in (
        "acme-dream-text-to-video",
        "duration_seconds: integer, 4 to 8, default 8",
        "elements left out: it is a list of objects",
        "Check: The price is not known",
        "FAL_KEY",
    ):
        assert words in " ".join(shown.split()), shown
    assert not any(request.authorization for request in emulator.requests)


def test_with_a_key_it_has_the_price_which_has_to_be_checked(emulator, monkeypatch):
    """The key goes to the host of the prices only."""
    monkeypatch.setenv("FAL_KEY", FAL_KEY)
    emulator.settings.prices = [
        {"endpoint_id": MODEL, "unit_price": 0.05, "unit": "seconds", "currency": "USD"}
    ]

    code, shown = run("add", f"fal:{MODEL}", "--as", "dream")

    assert (code, "0.05 USD per second" in shown) == (0, True), shown
    assert " 0.05\n" in run("list", "dream")[1]
    keyed = {each.path for each in emulator.requests if each.authorization}
    assert keyed == {"/api/v1/models/pricing"}


def test_what_is_added_runs(make_gen, emulator):
    """At once, in a client that was there before; the take comes from the model."""
    gen = make_gen()
    found = gen.catalog.add(f"fal:{MODEL}", name="dream")

    assert found.provider.modes == ("text-to-video",)
    result = gen.generate_sync(provider="dream", prompt="A fox", loop=True, duration_seconds=4)
    assert result.path.exists()
    job = emulator.jobs[0]
    assert job.endpoint == MODEL
    assert job.input == {"prompt": "A fox", "duration": "4s", "aspect_ratio": "16:9", "loop": True}


TEN = (
    "alibaba/wan-3.0/image-to-video",
    "bytedance/seedance-2.5/text-to-video",
    "fal-ai/kling-video/o3/pro/text-to-video",
    "fal-ai/ltx-2.3/text-to-video/fast",
    "fal-ai/minimax/hailuo-2.3/pro/image-to-video",
    "fal-ai/pixverse/v6/transition",
    "fal-ai/veo3.1/fast/first-last-frame-to-video",
    "fal-ai/vidu/q3/reference-to-video/mix",
    "fal-ai/wan/v2.7/text-to-video",
    "minimax/h3-max/text-to-video",
)


def test_ten_models_run_from_their_id_to_the_take(make_gen, emulator):
    """Whatever their makers call lengths, frames and sizes; the service checks each input."""
    emulator.settings.documents |= {
        model: fal_document(model, inputs("fal")[model]) for model in TEN
    }
    gen = make_gen()
    jobs = []
    for model in TEN:
        spec = gen.catalog.add(f"fal:{model}", name=model.replace("/", "-")).provider
        least, *_ = requests_of(spec, spec.modes[0], "fal")
        jobs.append(gen.submit(least))

    assert [job.result().path.exists() for job in jobs] == [True] * len(TEN)
    assert {job.endpoint for job in emulator.jobs} == {*TEN}


def test_a_model_of_runway_is_added_with_all_its_routes(emulator, monkeypatch):
    """From the one document that Runway publishes; and compared with it."""
    inputs_of = {name: each for name, each in inputs("runway").items() if "klingO3_pro" in name}
    documents = emulator.settings.documents
    documents["runway"] = runway_document(inputs_of)
    monkeypatch.setenv("RUSHES_RUNWAY_DOCS_URL", f"{emulator.site_url}/runway")

    code, shown = run("add", "runway:klingO3_pro", "--as", "o3")
    assert (code, "text-to-video, image-to-video" in shown) == (0, True), shown
    assert run("check", "o3") == (0, "o3: nothing has changed\n")
    code, shown = run("add", "runway:kling9")
    assert (code, "has no model kling9" in shown) == (1, True)


def test_a_file_is_replaced_only_when_that_is_said():
    """Its owner may have edited it."""
    run("add", f"fal:{MODEL}")

    code, shown = run("add", f"fal:{MODEL}")
    assert (code, "--replace" in shown, "exists" in shown) == (1, True, True)
    assert run("add", f"fal:{MODEL}", "--replace")[0] == 0


def test_check_names_what_a_service_changed(emulator):
    """It exits with code 1 then."""
    run("add", f"fal:{MODEL}", "--as", "dream")
    assert run("check") == (0, "dream: nothing has changed\n")

    changed = SCHEMA["properties"] | {"duration": {"type": "integer", "enum": [4, 6]}}
    emulator.settings.documents[MODEL] = fal_document(MODEL, SCHEMA | {"properties": changed})
    code, shown = run("check", "dream")

    assert code == 1
    assert "duration was: text; one of 4s, 6s, 8s; default 8s; it is now: integer" in shown


def test_check_says_which_service_did_not_answer(emulator):
    """The others are checked all the same."""
    run("add", f"fal:{MODEL}", "--as", "dream")
    emulator.settings.documents.clear()

    code, shown = run("check")

    assert (code, "dream: not checked. fal has no schema of" in shown) == (1, True), shown


def test_only_files_of_ones_own_are_removed():
    """A packaged model is not."""
    run("add", f"fal:{MODEL}", "--as", "dream")

    assert run("remove", "dream")[0] == 0
    assert "dream" not in run("list")[1]
    code, shown = run("remove", "seedance-2.0")
    assert (code, "is not a provider of your own" in shown) == (1, True)


def test_a_model_is_found_by_words_and_shown():
    """Of its id, title, maker, modes and services, in any case."""
    code, shown = run("list", "VEO lite")
    assert (code, "veo-3.1-lite" in shown, "kling" in shown) == (0, True, False)
    assert "duration_seconds" in run("show", "veo-3.1-lite")[1]
    code, shown = run("show", "veo-3.1-light")
    assert (code, "Did you mean" in shown) == (1, True)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (MODEL, "does not say the service"),
        ("runaway:acme/dream", "Did you mean runway?"),
        ("fal:../../etc", "is not the id of a model"),
        ("fal:acme/dream?x=1", "is not the id of a model"),
        ("fal:acme/other", "has no schema of acme/other"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(address, words):
    """The message says what one looks like."""
    code, shown = run("add", address)

    assert (code, words in shown) == (1, True), shown


@pytest.mark.parametrize("name", ["../dream", "a b", "", "x" * 81])
def test_an_id_cannot_lead_out_of_the_folder(name, tmp_path: Path):
    """Nothing is written anywhere."""
    code, shown = run("add", f"fal:{MODEL}", "--as", name)

    assert (code, "cannot be the id" in shown) == (1, True), shown
    assert not list(tmp_path.rglob("*.toml"))


def test_a_service_that_is_down_is_named(monkeypatch, gen):
    """In Python as on the command line."""
    monkeypatch.setenv("RUSHES_FAL_SITE_URL", "http://127.0.0.1:9")
    with pytest.raises(BackendUnavailable, match="fal cannot be reached"):
        gen.catalog.add(f"fal:{MODEL}")
    monkeypatch.setenv("RUSHES_FAL_SITE_URL", "http://fal.example")
    with pytest.raises(Exception, match="RUSHES_FAL_SITE_URL"):
        gen.catalog.add(f"fal:{MODEL}")


def test_only_the_catalog_of_a_client_asks_services():
    """The message says which one does."""
    from rushes.catalog import Catalog  # noqa: PLC0415 - only here

    with pytest.raises(InvalidParams, match=r"VideoGen\(\)"):
        Catalog.load().add(f"fal:{MODEL}")
