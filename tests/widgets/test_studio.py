"""The kernel's half of the Studio, by the protocol in docs/reference/widget-protocol.md."""

from __future__ import annotations

import json
import threading

import pytest

from emulators.fal import Fault, FaultKind, Operation
from rushes import JobState, Studio
from rushes.catalog import Catalog
from support.forms import forms_of
from support.imported import fal_document
from support.requests import FOX


def finish(page, job_id: str) -> None:
    page.studio.gen.engine.wait(job_id).result(60.0)


def settled(page, job_id: str, state: str) -> dict:
    """The take once the page was told of that state."""
    done = threading.Event()
    take: dict = {}

    def look(_: object) -> None:
        for found in page.studio._takes:
            if found["job"] == job_id and found["state"] == state:
                take.update(found)
                done.set()

    page.studio.observe(look, "_takes")
    look(None)
    assert done.wait(60)
    return take


def test_the_page_gets_a_form_for_every_provider(page):
    """With the service that would be used, and why another cannot be."""
    forms = {form["id"]: form for form in forms_of(page.studio._providers)}

    assert list(forms) == list(Catalog.load())
    chosen = {
        backend["name"]: backend.get("chosen") for backend in forms["seedance-2.0"]["backends"]
    }
    assert chosen["fal"]
    assert not chosen["preview"]


def test_a_click_makes_a_take(page):
    """Submitting answers with the job, and the take goes through to its video."""
    reply = page.ask("submit", key="k1", params=FOX)

    assert reply["ok"]
    take = settled(page, reply["value"]["job"], "completed")
    assert (take["width"], take["height"], take["provider"]) == (64, 36, "seedance-2.0")
    assert take["cost"]["amount"] == pytest.approx(1.517)


def test_the_same_click_heard_twice_is_one_job(page, emulator):
    """A repeated message buys nothing."""
    first = page.ask("submit", key="k1", params=FOX)
    again = page.ask("submit", key="k1", params=FOX)

    finish(page, first["value"]["job"])
    assert first["value"] == again["value"]
    assert len(emulator.jobs) == 1


def test_what_is_wrong_stands_at_its_field(page, emulator):
    """Problems carry the form's field names, and nothing is sent."""
    reply = page.ask("submit", key="k1", params=FOX | {"durationSeconds": 99})

    assert not reply["ok"]
    assert reply["error"]["code"] == "VIDEO_GEN_INVALID_PARAMS"
    assert [problem["parameter"] for problem in reply["error"]["problems"]] == ["durationSeconds"]
    assert emulator.counts["submit"] == 0


def test_cost_and_time_are_known_before_the_click(page):
    """With the date of the price and where the time comes from."""
    value = page.ask("estimate", params=FOX)["value"]

    assert value["cost"]["amount"] == pytest.approx(1.517)
    assert value["cost"]["date"]
    assert value["basis"] == "catalog"
    assert value["problems"] == []


def test_progress_is_told_take_by_take(page):
    """Each change of state reaches the page."""
    job = page.ask("submit", key="k1", params=FOX)["value"]["job"]
    settled(page, job, "completed")

    states = [
        message["take"]["state"] for message in page.messages if message.get("kind") == "take"
    ]
    assert states[-1] == "completed"
    assert set(states) <= {state.value for state in JobState}


def test_the_video_can_be_fetched_in_parts(page):
    """A host that serves no files gets the bytes, at most a mebibyte a message."""
    job = page.ask("submit", key="k1", params=FOX)["value"]["job"]
    settled(page, job, "completed")
    path = page.studio.gen.job(job).finished.path

    reply = page.ask("media", job=job, part="video", offset=100)

    assert reply["value"] == {"offset": 100, "total": path.stat().st_size, "type": "video/mp4"}
    assert bytes(reply["buffers"][0]) == path.read_bytes()[100:]


def test_a_refused_take_says_why(page, emulator):
    """The service's words reach the card."""
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    job = page.ask("submit", key="k1", params=FOX)["value"]["job"]

    take = settled(page, job, "failed")

    assert take["error"]["code"] == "VIDEO_GEN_SAFETY_FILTER"
    assert take["error"]["parameter"] == "prompt"


def test_a_retry_is_a_new_job_with_the_same_request(page, emulator):
    """The failed one stays as it is."""
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    job = page.ask("submit", key="k1", params=FOX)["value"]["job"]
    settled(page, job, "failed")

    again = page.ask("retry", job=job, key="k2")["value"]["job"]

    assert again != job
    assert settled(page, again, "completed")["params"] == FOX


def test_a_retry_of_a_take_that_its_service_has_buys_nothing(page, emulator):
    """The service is asked first; the video that it has is fetched."""
    emulator.settings.streams = False
    emulator.add_fault(Fault(FaultKind.ERROR_BEFORE, on=Operation.RESULT, status=410))
    job = page.ask("submit", key="k1", params=FOX)["value"]["job"]
    settled(page, job, "failed")
    emulator.clear_faults()

    again = page.ask("retry", job=job, key="k2")["value"]["job"]

    assert again == job
    settled(page, job, "completed")
    assert len(emulator.jobs) == 1


def test_a_retry_of_a_take_that_its_service_may_have_waits_for_it(page, emulator):
    """As long as the service cannot be asked, nothing is sent, and the page says what to do."""
    emulator.settings.streams = False
    emulator.add_fault(Fault(FaultKind.ERROR_BEFORE, on=Operation.RESULT, status=410))
    job = page.ask("submit", key="k1", params=FOX)["value"]["job"]
    settled(page, job, "failed")
    emulator.add_fault(Fault(FaultKind.ERROR_BEFORE, on=Operation.STATUS, status=503))

    again = page.ask("retry", job=job, key="k2")

    assert not again["ok"]
    assert "cannot be asked" in again["error"]["message"]
    assert len(emulator.jobs) == 1


def test_earlier_takes_are_there_for_a_new_studio(page):
    """A second Studio of the same library starts with what was made before."""
    job = page.ask("submit", key="k1", params=FOX)["value"]["job"]
    settled(page, job, "completed")

    again = Studio(page.studio.gen)

    assert [take["job"] for take in again._takes] == [job]
    again.close()


def test_a_fault_inside_is_answered_without_its_text(page, caplog, monkeypatch):
    """A page never waits for a reply that an exception swallowed."""

    def fail(*_: object, **__: object) -> None:
        msg = "secret"
        raise KeyError(msg)

    monkeypatch.setattr(page.studio.gen, "submit_as", fail)
    reply = page.ask("submit", key="k1", params=FOX)

    assert not reply["ok"]
    assert reply["error"]["message"] == "KeyError inside rushes."
    assert "a message of the page failed" in caplog.text


def test_the_snapshot_is_plain_json(page):
    """Traits can be saved with the notebook and hold neither bytes nor keys."""
    job = page.ask("submit", key="k1", params=FOX)["value"]["job"]
    settled(page, job, "completed")

    state = json.dumps(
        {name: getattr(page.studio, name) for name in ("_providers", "_takes", "_settings")}
    )

    assert "secret" not in state
    assert "base64" not in state


def test_a_saved_notebook_shows_the_takes(page):
    """The fallback needs neither kernel nor script."""
    job = page.ask("submit", key="k1", params=FOX | {"prompt": "<script>x</script>"})
    settled(page, job["value"]["job"], "completed")

    data, _ = page.studio._repr_mimebundle_()

    assert "<video" in data["text/html"]
    assert "<script>" not in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_draft_of_the_page_is_rendered_in_full_once(page, emulator):
    """Its card says for how much and until when; another click has the same job."""
    draft = FOX | {"provider": "seedance-2.5", "draft": True}
    job = page.ask("submit", key="k1", params=draft)["value"]["job"]
    take = settled(page, job, "completed")

    made = [page.ask("finalize", key=key, job=job, resolution="1080p") for key in ("k2", "k3")]

    (final,) = take["draft"]["finals"]
    assert (final["resolution"], final["cost"]["amount"]) == ("1080p", 5.82)
    assert made[0]["value"] == made[1]["value"]
    settled(page, made[0]["value"]["job"], "completed")
    assert len(emulator.jobs) == 2


def test_a_model_is_added_from_the_page(page, emulator, monkeypatch):
    """Its form is there when the reply comes; what is wrong is the reply."""
    model = "acme/dream/text-to-video"
    schema = {"type": "object", "properties": {"prompt": {"type": "string"}}}
    emulator.settings.documents[model] = fal_document(model, schema)
    monkeypatch.setenv("RUSHES_FAL_SITE_URL", emulator.site_url)
    monkeypatch.setenv("RUSHES_FAL_API_URL", emulator.api_url)

    added = page.ask("add", address=f"fal:{model}")
    again = page.ask("add", address=f"fal:{model}")

    assert added["ok"], added
    assert added["value"]["provider"] in {f["id"] for f in forms_of(page.studio._providers)}
    assert [each["parameter"] for each in again["error"]["problems"]] == ["replace"]
