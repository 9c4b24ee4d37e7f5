"""The description of the gateway's routes is that of the gateway, and what the client sends."""

from __future__ import annotations

import importlib.util
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from emulators.faults import Fault, FaultKind
from emulators.gateway import APP, GatewayEmulator, GatewaySettings
from reliability.asking import at_rest
from rushes import RushesError, VideoGen, VideoGenParams
from rushes.backends.gateway.backend import APPS
from rushes.contract.errors import ProviderErrorDetail, RateLimited
from rushes.contract.results import VideoGenJobEvent
from rushes.gateway.faults import body_of
from support.requests import FOX
from support.services import BY_NAME
from support.timings import QUICK

if TYPE_CHECKING:
    from collections.abc import Callable

jsonschema = pytest.importorskip("jsonschema")
yaml = pytest.importorskip("yaml")
pytest.importorskip("fastapi")

ROOT = Path(__file__).parents[2]

ROUTES = yaml.safe_load((ROOT / "docs/reference/gateway.openapi.yaml").read_text("utf-8"))


def faults(value: Any, schema: dict[str, Any]) -> list[str]:
    """What a schema of the description has against a value."""
    whole = schema | {"components": ROUTES["components"]}
    return [error.message for error in jsonschema.Draft202012Validator(whole).iter_errors(value)]


def named(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def content(route: str, method: str, status: str) -> dict[str, Any]:
    """The schema of a reply."""
    reply = ROUTES["paths"][route][method]["responses"][status]
    schema: dict[str, Any] = reply["content"]["application/json"]["schema"]
    return schema


def test_the_description_is_generated_from_the_application() -> None:
    """`python scripts/openapi.py` writes it."""
    spec = importlib.util.spec_from_file_location("openapi", ROOT / "scripts" / "openapi.py")
    assert spec is not None
    openapi = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(openapi)

    assert openapi.TARGET.read_text("utf-8") == openapi.text()


def test_jobs_are_as_described(tmp_path):
    """What the client submits, and what the gateway says of a video and of a failure."""
    settings = GatewaySettings(run_seconds=(0.0, 0.0), tiny_clips=True)
    with GatewayEmulator(settings) as gateway:
        gateway.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
        backend = BY_NAME["gateway"].backend(gateway.urls)
        with VideoGen(backend, home=tmp_path / "home", library=tmp_path, timing=QUICK) as gen:
            jobs = [gen.submit(FOX), gen.submit(FOX)]
            for job in jobs:
                at_rest(gen, job)
            events = gen.get_completed_jobs_sync()
        sent = [{"jobId": job.request_id, "params": job.input} for job in gateway.jobs]
        ids = ",".join(job.request_id for job in gateway.jobs)
        headers = {"Authorization": f"Bearer {next(iter(gateway.settings.keys))}"}
        url = f"{gateway.base_url}/v1/jobs/{APP}"
        reply = httpx.get(url, params={"ids": ids}, headers=headers).json()

    assert [faults(each, named("Submission")) for each in sent] == [[], []]
    assert {job["status"] for job in reply["jobs"]} == {"completed", "failed"}
    assert faults(reply, content("/v1/jobs/{app}", "get", "200")) == []
    assert {event.status for event in events} == {"completed", "failed"}


def object_of(error: RushesError) -> dict[str, Any]:
    """An error as newer releases of the original API write it."""
    plain = error.to_json()
    return {"providerType": "x"} | {
        name: plain[name] for name in ("code", "message", "detail", "errorDetail")
    }


@pytest.mark.parametrize("form", [lambda error: error.message, object_of], ids=["text", "object"])
def test_errors_are_as_described(form: Callable[[RushesError], Any]) -> None:
    """As the gateway writes them, and in both forms in which the client reads them in an event."""
    detail = ProviderErrorDetail(loc=("body", "image_urls", 0), type="x", reason="y", msg="z")
    error = RateLimited("Slow down.", detail="words", error_detail=detail)
    plain = body_of(error)
    params = VideoGenParams(provider="seedance-2.0", mode="text-to-video", prompt="A fox")
    event = {
        "jobId": "job-1",
        "status": "failed",
        "params": params.to_json(),
        "error": form(error),
        "code": error.code,
        "errorDetail": plain["errorDetail"],
    }

    assert faults(plain, named("Error")) == []
    assert VideoGenJobEvent.from_json(event).code == error.code
    assert faults(plain | {"errorDetail": {"loc": "body.prompt"}}, named("Error")) != []


def test_ids_and_applications_have_patterns() -> None:
    """They are parts of addresses; the client makes ids and takes names that fit."""
    (app,) = [
        each["schema"]
        for each in ROUTES["paths"]["/v1/jobs/{app}"]["get"]["parameters"]
        if each["name"] == "app"
    ]
    job_id = ROUTES["components"]["schemas"]["Job"]["properties"]["jobId"]

    assert app["pattern"] == f"^{APPS.pattern}$"
    assert faults(APP, app) == []
    assert faults(secrets.token_hex(16), job_id) == []
    for value in ("", "..", "../x", "a b", "ä", "x" * 65, "a/b"):
        assert faults(value, app) != []
        assert faults(value, job_id) != []
