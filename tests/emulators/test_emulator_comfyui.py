"""The emulated ComfyUI does what the real one was seen to do."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from emulators.comfyui_proof import EXPECTED, NEWER, WORKFLOWS, outcomes
from support.comfy import emulated

GRAPH = json.loads((WORKFLOWS / "free-text-to-video.json").read_text())
ID = "62cdaa9f-8cbb-42b2-a6da-5dd5dee2d920"


@pytest.mark.parametrize("has_jobs", [True, False], ids=["0.33", "0.3.64"])
def test_the_script_of_exchanges_has_the_same_outcome(has_jobs):
    """The one that `make comfyui-proof` runs against a real server."""
    with emulated(run_seconds=(0.05, 0.05), has_jobs=has_jobs, has_cancel=has_jobs) as comfy:
        found = asyncio.run(outcomes(comfy.base_url))

    assert len(found) == len(EXPECTED) - (0 if has_jobs else len(NEWER))
    assert {name: came for name, (expected, came) in found.items() if came != expected} == {}


def test_a_repeated_graph_is_answered_from_the_cache_with_the_old_file() -> None:
    """Why each job has a file name of its own."""
    with emulated(run_seconds=(0.0, 0.0)) as comfy, httpx.Client(base_url=comfy.base_url) as client:
        for prompt_id in (ID, ID.replace("6", "7")):
            client.post("/prompt", json={"prompt": GRAPH, "prompt_id": prompt_id})
        first, second = comfy.jobs

    assert second.files == first.files
    assert second.cached


def test_a_restart_forgets_jobs_and_keeps_files() -> None:
    """Queue and history are in memory only."""
    with emulated(run_seconds=(0.0, 0.0)) as comfy, httpx.Client(base_url=comfy.base_url) as client:
        client.post("/prompt", json={"prompt": GRAPH, "prompt_id": ID})
        comfy.restart()
        job = client.get(f"/api/jobs/{ID}")
        history = client.get(f"/history/{ID}")
        file = {"filename": "free_00001_.mp4", "subfolder": "rushes"}
        video = client.get("/view", params=file)

    assert (job.status_code, history.json(), video.status_code) == (404, {}, 200)


@pytest.mark.parametrize("targets", [None, ["6"]])
def test_a_graph_of_which_a_part_is_valid_is_accepted_unless_that_part_is_not_meant(targets):
    """The trap: with code 200, and the faults beside it."""
    graph = json.loads(json.dumps(GRAPH))
    graph["3"]["inputs"]["width"] = -4
    body = {"prompt": graph, "prompt_id": ID}
    if targets:
        body["partial_execution_targets"] = targets
    with emulated() as comfy, httpx.Client(base_url=comfy.base_url) as client:
        reply = client.post("/prompt", json=body)

    assert reply.status_code == (400 if targets else 200)
    assert "3" in reply.json()["node_errors"]
