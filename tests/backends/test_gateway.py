"""Jobs through a gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from emulators.faults import Fault, FaultKind
from emulators.gateway import GatewayEmulator, GatewaySettings
from reliability.asking import assert_kept, at_rest, in_state
from rushes import (
    InvalidParams,
    JobCancelled,
    JobState,
    JobUncertain,
    NoBackend,
    SafetyFilter,
    VideoGen,
)
from rushes.backends.gateway import GatewayBackend
from rushes.backends.gateway.refusal import failure
from rushes.gateway.faults import body_of
from support.requests import FOX
from support.services import BY_NAME
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


ACME = {
    "id": "acme-1",
    "title": "Acme 1",
    "parameters": {"duration_seconds": {"kind": "integer", "min": 1, "max": 9, "default": 3}},
    "backends": {"gateway": {"prices": [{"per_second": 0.1, "source": "the gateway"}]}},
}


@pytest.fixture
def gateway() -> Iterator[GatewayEmulator]:
    settings = GatewaySettings(run_seconds=(0.1, 0.3), tiny_clips=True)
    with GatewayEmulator(settings) as running:
        yield running


@pytest.fixture
def make(gateway: GatewayEmulator, tmp_path: Path) -> Iterator[Callable[[], VideoGen]]:
    made: list[VideoGen] = []

    def client() -> VideoGen:
        backend = BY_NAME["gateway"].backend(gateway.urls)
        folders: dict[str, Any] = {"home": tmp_path / "home", "library": tmp_path / "media"}
        made.append(VideoGen(backend, **folders, timing=QUICK, timeout=60.0))
        return made[-1]

    yield client
    for each in made:
        each.close()


def test_the_request_is_sent_in_the_contracts_words(make, gateway):
    """camelCase, as the user gave it, under the attempt's own id."""
    gen = make()

    record = at_rest(gen, gen.submit(FOX | {"duration_seconds": 6, "client_ref": "shot 3"}))

    assert gateway.jobs[0].input == {
        "provider": "seedance-2.0",
        "mode": "text-to-video",
        "prompt": "A red fox",
        "durationSeconds": 6,
        "clientRef": "shot 3",
    }
    assert record.remote_id == record.token


def test_what_it_cost_is_what_the_gateway_says(make):
    """It holds the keys and gets the bills."""
    cost = make().submit(FOX).result().cost

    assert (cost.amount, cost.estimated) == (0.5, False)


def test_a_job_whose_input_is_gone_is_adopted_if_the_gateway_has_it(make, gateway, tmp_path):
    """It cannot be sent again, but what was paid is not given up."""
    path = tmp_path / "fox.png"
    Image.new("RGB", (320, 320)).save(path)
    inputs = tmp_path / "home" / "inputs"

    def lose_the_copies(_call: object) -> bool:
        for copy in inputs.iterdir():
            copy.unlink()
        return True

    gateway.add_fault(Fault(FaultKind.LOSE_REPLY, times=1, when=lose_the_copies))
    gen = make()

    record = at_rest(gen, gen.submit(FOX | {"mode": "image-to-video", "start_image_url": path}))

    assert_kept(record)
    assert (gateway.counts["submit"], len(gateway.jobs)) == (1, 1)


def test_a_gateway_adds_providers(make, gateway):
    """What it announces can be asked for at once, with its own checks and prices."""
    gateway.settings.models = [ACME]
    gen = make()
    request = {"provider": "acme-1", "mode": "text-to-video", "prompt": "A fox"}

    with pytest.raises(InvalidParams, match="whole numbers from 1 to 9"):
        gen.submit(request | {"duration_seconds": 10})
    params, backend = gen.check(request)
    assert gen.catalog["acme-1"].estimate(params, backend).amount == pytest.approx(0.3)
    assert_kept(at_rest(gen, gen.submit(request)))


def test_a_job_of_an_announced_provider_survives_a_restart(make, gateway):
    """The next process does not know the provider until the gateway has said so again."""
    gateway.settings.models = [ACME]
    gen = make()
    gateway.add_fault(Fault(FaultKind.TOO_MANY, retry_after=0.1))
    job = gen.submit({"provider": "acme-1", "mode": "text-to-video", "prompt": "A fox"})
    until(lambda: gateway.counts["submit"])
    gen.close()
    gateway.clear_faults()

    again = make()

    assert_kept(at_rest(again, again.job(job.id)))


def test_of_a_known_provider_only_the_offer_is_taken(make, gateway):
    """A gateway does not change what a service of one's own takes."""
    gateway.settings.models = [
        {
            "id": "seedance-2.0",
            "title": "Another title",
            "parameters": ACME["parameters"] | {"seed": {"kind": "integer"}},
            "backends": {"gateway": {"refuses": {"seed": "It is not passed on."}}},
        }
    ]
    gen = make()
    until(lambda: "seed" in gen.catalog["seedance-2.0"].backends["gateway"].refuses)

    spec = gen.catalog["seedance-2.0"]
    assert spec.title == "Seedance 2.0"
    assert list(spec.backends)[-1] == "preview"
    with pytest.raises(InvalidParams, match="not passed on"):
        gen.submit(FOX | {"seed": 5})


def test_a_provider_that_cannot_be_read_is_left_out(make, gateway):
    """The others are there all the same."""
    gateway.settings.models = [{"id": "broken"}, ACME]
    gen = make()

    gen.check({"provider": "acme-1", "mode": "text-to-video", "prompt": "A fox"})

    assert "broken" not in gen.catalog


def test_cancelling_says_what_the_gateway_says(make, gateway):
    """It reaches the service behind it."""
    gateway.settings.run_seconds = (60, 60)
    gen = make()
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)

    cancellation = job.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (True, True)
    with pytest.raises(JobCancelled):
        job.result()


@pytest.mark.parametrize(
    "environment", [{}, {"RUSHES_GATEWAY_URL": "https://g"}, {"RUSHES_GATEWAY_TOKEN": "t"}]
)
def test_address_and_token_are_both_needed(tmp_path, environment):
    """What is missing is named."""
    with pytest.raises(NoBackend, match=r"RUSHES_GATEWAY_URL.*RUSHES_GATEWAY_TOKEN"):
        GatewayBackend.from_environment(environment, tmp_path)


ERROR = {
    "code": "VIDEO_GEN_SAFETY_FILTER",
    "message": "Too bright.",
    "detail": "said the model",
    "providerType": "content_policy_violation",
    "errorDetail": {"loc": ["body", "image_urls", 0], "msg": "Too bright."},
}
"""An error as newer releases of the original API write it."""


@pytest.mark.parametrize(
    "body", [{"error": ERROR}, ERROR | {"error": "Too bright.", "message": "not this one"}]
)
@pytest.mark.parametrize("status", [0, 422])
def test_an_error_is_a_text_or_an_object(body, status):
    """Of a reply and of a failed job, with code, detail and place."""
    error = failure(body, lambda words: words, status=status)

    assert isinstance(error, SafetyFilter)
    assert "Too bright." in error.message
    assert (error.status, error.detail) == (status, "said the model")
    assert error.error_detail.loc == ("body", "image_urls", 0)


@pytest.mark.parametrize("status", [0, 503])
def test_advice_comes_through_a_gateway(status):
    """Apart from the message, as the gateway's own error has it."""
    sent = JobUncertain("It may exist.", advice="job.look_again() asks once more.")

    error = failure(body_of(sent), lambda words: words, status=status)

    assert isinstance(error, JobUncertain)
    assert "job." not in error.message
    assert error.advice == sent.advice


def test_the_event_of_a_failed_job_has_its_code(make, gateway):
    """As the error of the wait has it."""
    gateway.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    gen = make()
    at_rest(gen, gen.submit(FOX))

    (event,) = gen.get_completed_jobs_sync()

    assert (event.status, event.code) == ("failed", "VIDEO_GEN_SAFETY_FILTER")
    assert event.to_json()["code"] == "VIDEO_GEN_SAFETY_FILTER"


@pytest.mark.parametrize("app", ["a/b", "..", "", "x" * 65, "ä", "a b", "-a", "a\n"])
def test_an_application_has_a_name_of_the_contract(app):
    """It is part of each address."""
    with pytest.raises(NoBackend, match="RUSHES_GATEWAY_APP"):
        GatewayBackend("token", url="https://gateway.example", app=app)
