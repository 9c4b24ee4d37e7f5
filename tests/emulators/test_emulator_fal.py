"""The emulated fal keeps to fal's wire protocol: fal's own client is content with it."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import fal_client
import httpx
import pytest

from emulators.fal import FAL_KEY, FalEmulator, FalSettings, Fault, FaultKind, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEEDANCE = "bytedance/seedance-2.0/text-to-video"
SEEDANCE_IMAGE = "bytedance/seedance-2.0/image-to-video"
SEEDANCE_REFERENCE = "bytedance/seedance-2.0/fast/reference-to-video"
KLING = "fal-ai/kling-video/v3/standard/text-to-video"
KLING_IMAGE = "fal-ai/kling-video/v3/standard/image-to-video"
JS = Path(__file__).parents[1] / "js"
SUBSCRIBE = """
import { createFalClient } from "@fal-ai/client";
const [queue, credentials, endpoint] = process.argv.slice(1);
const fal = createFalClient({
  credentials,
  fetch: (url, options) => fetch(String(url).replace("https://queue.fal.run", queue), options),
});
const seen = [];
const { data } = await fal.subscribe(endpoint, {
  input: { prompt: "a heron" },
  mode: "streaming",
  logs: true,
  onQueueUpdate: (update) => seen.push([update.status, update.logs?.length ?? 0]),
});
console.log(JSON.stringify({ seen, data }));
"""
"""Fal's client for JavaScript, which can listen to streams; the one for Python cannot."""
PIXEL = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
def fal() -> Iterator[FalEmulator]:
    settings = FalSettings(run_seconds=(60, 60), tiny_clips=True)
    with FalEmulator(settings) as emulator:
        yield emulator


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(headers={"Authorization": f"Key {FAL_KEY}"}) as client:
        yield client


@pytest.fixture
def official(fal: FalEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[fal_client.SyncClient]:
    """Fal's own client, pointed at the emulator; it leaves its connections for us to close."""
    point_official_client(fal, monkeypatch)
    client = fal_client.SyncClient(key=FAL_KEY)
    with ExitStack() as stack:
        open_cdn = fal_client.SyncClient._get_cdn_client
        monkeypatch.setattr(
            fal_client.SyncClient,
            "_get_cdn_client",
            lambda self: stack.enter_context(open_cdn(self)),
        )
        stack.enter_context(client._client)
        yield client


def point_official_client(fal: FalEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fal_client.client, "QUEUE_URL_FORMAT", f"{fal.queue_url}/")
    monkeypatch.setattr(fal_client.client, "REST_URL", fal.rest_url)
    monkeypatch.setattr(fal_client.client, "CDN_URL", fal.cdn_url)
    monkeypatch.setattr(fal_client.client, "BASE_DELAY", 0.001)


def submit(
    http: httpx.Client, fal: FalEmulator, endpoint: str = SEEDANCE, **body: Any
) -> dict[str, str]:
    reply = http.post(f"{fal.queue_url}/{endpoint}", json=body or {"prompt": "a heron"})
    return dict(reply.raise_for_status().json())


def finished_url(http: httpx.Client, fal: FalEmulator) -> str:
    job = submit(http, fal)
    fal.advance(61)
    return str(http.get(job["response_url"]).raise_for_status().json()["video"]["url"])


def test_official_client_sees_a_job_through(
    fal: FalEmulator, official: fal_client.SyncClient
) -> None:
    """A job goes from the queue over progress with growing logs to a video."""
    fal.settings.queue_seconds = (10, 10)
    handle = official.submit(SEEDANCE, {"prompt": "a heron"})
    assert handle.status() == fal_client.Queued(position=0)
    fal.advance(11)
    early = handle.status(with_logs=True)
    fal.advance(30)
    later = handle.status(with_logs=True)
    assert isinstance(early, fal_client.InProgress)
    assert isinstance(later, fal_client.InProgress)
    assert early.logs
    assert later.logs
    assert len(later.logs) > len(early.logs)
    fal.advance(30)
    assert isinstance(handle.status(), fal_client.Completed)
    result = handle.get()
    assert set(result) == {"video", "seed"}
    assert result["video"]["content_type"] == "video/mp4"


def test_official_async_client_subscribes(
    fal: FalEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The asynchronous client gets a Kling result, which has no seed."""
    point_official_client(fal, monkeypatch)
    fal.settings.run_seconds = (0, 0)

    async def subscribe() -> dict[str, Any]:
        client = fal_client.AsyncClient(key=FAL_KEY)
        async with await client._client:
            return await client.subscribe(KLING, {"prompt": "a heron", "duration": "3"})

    result = asyncio.run(subscribe())
    assert set(result) == {"video"}
    assert fal.jobs[0].unknown_fields == []


@pytest.mark.skipif(
    not (JS / "node_modules" / "@fal-ai" / "client").exists() or shutil.which("node") is None,
    reason="fal's client for JavaScript is not installed",
)
def test_official_client_listens_to_a_stream(fal: FalEmulator) -> None:
    """Cut into pieces and with comments between, a stream leads to the video without a poll."""
    fal.settings.queue_seconds, fal.settings.run_seconds = (0.3, 0.3), (0.5, 0.5)
    fal.settings.stream_piece, fal.settings.stream_comment = 7, 0.0
    command = ["node", "--input-type=module", "-e", SUBSCRIBE, fal.queue_url, FAL_KEY, SEEDANCE]
    said = subprocess.run(command, cwd=JS, capture_output=True, text=True, check=True, timeout=60)
    report = json.loads(said.stdout)
    states = [status for status, _ in report["seen"]]
    assert (states[0], states[-1]) == ("IN_QUEUE", "COMPLETED")
    assert "IN_PROGRESS" in states
    assert report["seen"][-1] == ["COMPLETED", 5]
    assert set(report["data"]) == {"video", "seed"}
    assert (fal.counts["stream"], fal.counts["status"]) == (1, 0)


def read_stream(http: httpx.Client, job: dict[str, str], step: Callable[[str], None]) -> list[str]:
    """Return the lines of a job's stream; `step` is called with each."""
    lines = []
    with http.stream("GET", f"{job['status_url']}/stream", params={"logs": "1"}) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        for line in reply.iter_lines():
            lines.append(line)
            step(line)
    return lines


def test_stream_has_only_new_lines_of_the_log(fal: FalEmulator, http: httpx.Client) -> None:
    """Each event is a data line with a whole status but for the log; COMPLETED is the last."""
    lines = read_stream(http, submit(http, fal), lambda line: fal.advance(30 if line else 0))
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line]
    assert [event["status"] for event in events] == ["IN_PROGRESS", "IN_PROGRESS", "COMPLETED"]
    assert sum(len(event["logs"]) for event in events) == 5
    assert lines[1::2] == [""] * 3


def test_stream_has_comments(fal: FalEmulator, http: httpx.Client) -> None:
    """They come while nothing else is to be said."""
    fal.settings.stream_comment = 0.0
    lines = read_stream(
        http, submit(http, fal), lambda line: fal.advance(61 if line[:1] == ":" else 0)
    )
    assert [line.split(":")[0] for line in lines if line] == ["data", "", "data"]


def test_stream_may_not_be_there(fal: FalEmulator, http: httpx.Client) -> None:
    """A fal without streams answers 404, as it does for a job that it does not have."""
    job = submit(http, fal)
    assert http.get(f"{job['status_url'][:-9]}x/status/stream").status_code == 404
    assert httpx.get(f"{job['status_url']}/stream").status_code == 401
    fal.settings.streams = False
    assert http.get(f"{job['status_url']}/stream").status_code == 404


def test_stream_may_break_off(fal: FalEmulator, http: httpx.Client) -> None:
    """After its first event."""
    fal.add_fault(Fault(FaultKind.BROKEN_STREAM))
    seen: list[str] = []
    with pytest.raises(httpx.RemoteProtocolError):
        read_stream(http, submit(http, fal), seen.append)
    assert len([line for line in seen if line]) == 1


def test_stream_may_be_silent(fal: FalEmulator, http: httpx.Client) -> None:
    """It is open, and nothing comes."""
    fal.add_fault(Fault(FaultKind.SILENT_STREAM))
    job = submit(http, fal)
    with (
        http.stream("GET", f"{job['status_url']}/stream", timeout=0.2) as reply,
        pytest.raises(httpx.ReadTimeout),
    ):
        reply.read()


def test_stream_may_miss_what_happens(fal: FalEmulator, http: httpx.Client) -> None:
    """It lives, and never says that the job is complete."""
    fal.settings.stream_comment = 0.0
    fal.add_fault(Fault(FaultKind.DEAF_STREAM))
    job = submit(http, fal)
    with http.stream("GET", f"{job['status_url']}/stream") as reply:
        lines = (line for line in reply.iter_lines() if line)
        assert "IN_PROGRESS" in next(lines)
        fal.advance(61)
        assert [next(lines)[:1] for _ in range(3)] == [":"] * 3


def test_waiting_jobs_move_up_in_order(http: httpx.Client) -> None:
    """The queue position falls as jobs ahead start, and when one ahead is cancelled."""
    settings = FalSettings(run_seconds=(60, 60), max_concurrent=1, tiny_clips=True)
    with FalEmulator(settings) as fal:
        jobs = [submit(http, fal) for _ in range(4)]
        assert http.get(jobs[0]["status_url"]).json()["status"] == "IN_PROGRESS"
        assert http.get(jobs[3]["status_url"]).json()["queue_position"] == 2
        http.put(jobs[1]["cancel_url"])
        assert http.get(jobs[3]["status_url"]).json()["queue_position"] == 1
        fal.advance(61)
        assert http.get(jobs[2]["status_url"]).json()["status"] == "IN_PROGRESS"
        assert http.get(jobs[3]["status_url"]).json()["queue_position"] == 0


def test_official_client_cancels(fal: FalEmulator, official: fal_client.SyncClient) -> None:
    """A cancelled job completes, and its result is 499 of type client_cancelled."""
    handle = official.submit(SEEDANCE, {"prompt": "a heron"})
    handle.cancel()
    assert isinstance(handle.status(), fal_client.Completed)
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        handle.get()
    assert (caught.value.status_code, caught.value.error_type) == (499, "client_cancelled")
    assert fal.jobs[0].cancelled


@pytest.mark.parametrize("repository", ["fal_v3", "fal"])
def test_official_client_uploads(
    fal: FalEmulator, official: fal_client.SyncClient, repository: Any
) -> None:
    """An uploaded image can be fetched without a key and used as an input."""
    url = official.upload(b"\x89PNG", "image/png", "first frame.png", repository=repository)
    assert httpx.get(url).content == b"\x89PNG"
    official.submit(SEEDANCE_IMAGE, {"prompt": "a heron", "image_url": url})
    assert fal.jobs[0].failure is None
    assert fal.counts["upload"] == 1


def test_official_client_meets_a_wrong_input_at_the_result(
    fal: FalEmulator, official: fal_client.SyncClient
) -> None:
    """A wrong input is accepted, completes without an error, and its result is 422."""
    handle = official.submit(SEEDANCE, {"prompt": "a heron", "duration": 5})
    assert handle.status().error is None
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        handle.get()
    assert caught.value.status_code == 422
    entry = caught.value.response.json()["detail"][0]
    assert (entry["loc"], entry["type"]) == (["body", "duration"], "literal_error")
    assert fal.jobs[0].clip is None


def test_early_validation_refuses_at_submit(fal: FalEmulator, http: httpx.Client) -> None:
    """With early validation a wrong input is a 422 at once and no job comes into being."""
    fal.settings.early_validation = True
    assert http.post(f"{fal.queue_url}/{SEEDANCE}", json={}).status_code == 422
    assert fal.jobs == []


def test_official_client_is_refused_without_a_known_key(
    fal: FalEmulator, official: fal_client.SyncClient
) -> None:
    """An unknown key is 401, a locked account 403, and neither makes a job."""
    fal.settings.locked_keys = frozenset({FAL_KEY})
    with pytest.raises(fal_client.FalClientHTTPError, match="Exhausted balance") as caught:
        official.submit(SEEDANCE, {"prompt": "a heron"})
    assert caught.value.status_code == 403
    fal.settings.locked_keys = fal.settings.keys = frozenset()
    with pytest.raises(fal_client.FalClientHTTPError, match="invalid key") as caught:
        official.submit(SEEDANCE, {"prompt": "a heron"})
    assert caught.value.status_code == 401
    assert fal.jobs == []


@pytest.mark.parametrize("header", [None, "Key no-colon", "Bearer a:b", "Key :"])
def test_authorization_header_must_have_the_right_shape(
    fal: FalEmulator, header: str | None
) -> None:
    """Without a well-formed key header every service answers 401."""
    headers = {} if header is None else {"Authorization": header}
    assert httpx.post(f"{fal.queue_url}/{SEEDANCE}", headers=headers).status_code == 401
    history = f"{fal.api_url}/models/requests/by-endpoint"
    assert httpx.get(history, headers=headers).status_code == 401


def test_unknown_app_is_not_found(fal: FalEmulator, official: fal_client.SyncClient) -> None:
    """An app fal does not have is 404 at submit."""
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        official.submit("fal-ai/no-such-model/text-to-video", {"prompt": "a heron"})
    assert caught.value.status_code == 404
    assert fal.jobs == []


def test_official_client_buys_twice_when_a_reply_is_lost(
    fal: FalEmulator, official: fal_client.SyncClient
) -> None:
    """Fal's own client repeats a submit whose reply was lost, so two jobs are bought."""
    fal.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    official.submit(SEEDANCE, {"prompt": "a heron"})
    assert len(fal.jobs) == 2


def test_official_client_gets_through_an_ingress_page(
    fal: FalEmulator, official: fal_client.SyncClient
) -> None:
    """The HTML error page looks like fal's ingress, which fal's client retries."""
    fal.add_fault(Fault(FaultKind.HTML_PAGE, times=2, status=503))
    official.submit(SEEDANCE, {"prompt": "a heron"})
    assert fal.counts["submit"] == 3
    assert len(fal.jobs) == 1


def test_platform_failure_shows_in_status_and_result(
    fal: FalEmulator, official: fal_client.SyncClient
) -> None:
    """A platform failure completes with error and error_type, and its result is an error."""
    fal.add_fault(Fault(FaultKind.PLATFORM_FAILURE, error_type="runner_disconnected"))
    handle = official.submit(SEEDANCE, {"prompt": "a heron"})
    fal.advance(61)
    assert handle.status().error_type == "runner_disconnected"
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        handle.get()
    assert caught.value.status_code == 503


def test_content_policy_failure_is_silent_in_the_status(
    fal: FalEmulator, http: httpx.Client
) -> None:
    """A model failure shows only at the result, as 422 with a detail array."""
    fal.add_fault(Fault(FaultKind.MODEL_FAILURE))
    job = submit(http, fal)
    fal.advance(61)
    status = http.get(job["status_url"])
    assert status.status_code == 200
    assert not {"error", "error_type"} & set(status.json())
    result = http.get(job["response_url"])
    assert result.status_code == 422
    assert result.json()["detail"][0]["type"] == "content_policy_violation"


def test_submit_reply_names_the_job_under_two_segments(
    fal: FalEmulator, http: httpx.Client
) -> None:
    """The four fields and the id header come back, and the URLs drop the sub-path."""
    reply = http.post(f"{fal.queue_url}/{KLING}", json={"prompt": "a heron"})
    body = reply.json()
    base = f"{fal.queue_url}/fal-ai/kling-video/requests/{body['request_id']}"
    assert reply.headers["x-fal-request-id"] == body["request_id"]
    assert body["response_url"] == base
    assert body["status_url"] == f"{base}/status"
    assert body["cancel_url"] == f"{base}/cancel"
    other = base.replace("fal-ai/kling-video", "bytedance/seedance-2.0")
    assert http.get(f"{other}/status").status_code == 404


def test_get_with_sub_path_is_not_allowed(fal: FalEmulator, http: httpx.Client) -> None:
    """A job URL that keeps the sub-path is 405 and allows POST."""
    job = submit(http, fal)
    for rest in ("", f"/requests/{job['request_id']}", f"/requests/{job['request_id']}/status"):
        reply = http.get(f"{fal.queue_url}/{SEEDANCE}{rest}")
        assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


def test_codes_over_a_job_s_life(fal: FalEmulator, http: httpx.Client) -> None:
    """Status is 202, 202, 200; an early result is 400 with fal's text; /response works too."""
    fal.settings.queue_seconds = (10, 10)
    job = submit(http, fal)
    queued = http.get(job["status_url"])
    assert (queued.status_code, queued.json()["status"]) == (202, "IN_QUEUE")
    early = http.get(job["response_url"])
    assert (early.status_code, early.json()) == (400, {"detail": "Request is still in progress"})
    fal.advance(11)
    running = http.get(job["status_url"], params={"logs": "0"})
    assert (running.status_code, running.json()["logs"]) == (202, None)
    fal.advance(61)
    done = http.get(job["status_url"], params={"logs": "1"})
    assert (done.status_code, done.json()["status"]) == (200, "COMPLETED")
    assert done.json()["metrics"] == {"inference_time": 60.0}
    first, second = http.get(job["response_url"]), http.get(f"{job['response_url']}/response")
    assert first.status_code == 200
    assert first.json() == second.json()


def test_cancel_replies_follow_the_state(fal: FalEmulator, http: httpx.Client) -> None:
    """Cancel is 200 in the queue, 202 while running, 400 afterwards, 404 for an unknown job."""
    running = submit(http, fal)
    fal.settings.queue_seconds = (10, 10)
    queued = submit(http, fal)
    for job, status, word in (
        (queued, 200, "OK"),
        (running, 202, "CANCELLATION_REQUESTED"),
        (running, 400, "ALREADY_COMPLETED"),
        (
            {"cancel_url": running["cancel_url"].replace("requests/", "requests/x")},
            404,
            "NOT_FOUND",
        ),
    ):
        reply = http.put(job["cancel_url"])
        assert (reply.status_code, reply.json()) == (status, {"status": word})


def test_running_job_may_ignore_a_cancel(fal: FalEmulator, http: httpx.Client) -> None:
    """Cancelling a running job is best effort: it may still finish and give its video."""
    fal.settings.cancel_cooperates = False
    job = submit(http, fal)
    assert http.put(job["cancel_url"]).status_code == 202
    fal.advance(61)
    assert http.get(job["response_url"]).status_code == 200


def test_unknown_and_expired_results_are_not_found(fal: FalEmulator, http: httpx.Client) -> None:
    """A result is 404 for an unknown id, after its lifetime, and when a fault says so."""
    fal.settings.result_lifetime = 3600
    job = submit(http, fal)
    fal.advance(61)
    fal.add_fault(Fault(FaultKind.NOT_FOUND, times=1))
    assert http.get(job["response_url"]).status_code == 404
    assert http.get(job["response_url"]).status_code == 200
    fal.advance(3600)
    for url in (job["response_url"], f"{job['response_url']}x"):
        reply = http.get(url)
        assert (reply.status_code, reply.json()) == (404, {"detail": "Request not found"})


def test_job_that_cannot_start_in_time_fails(fal: FalEmulator, http: httpx.Client) -> None:
    """Past the start deadline of the submit the result is 504, marked as the user's timeout."""
    fal.settings.queue_seconds = (10, 10)
    url = f"{fal.queue_url}/{SEEDANCE}"
    headers = {"X-Fal-Request-Timeout": "5"}
    job = http.post(url, json={"prompt": "a heron"}, headers=headers).json()
    assert http.get(job["status_url"]).json()["status"] == "IN_QUEUE"
    fal.advance(6)
    result = http.get(job["response_url"])
    assert result.status_code == 504
    assert result.headers["x-fal-request-timeout-type"] == "user"


def test_too_long_a_queue_is_refused_when_asked(fal: FalEmulator, http: httpx.Client) -> None:
    """fal_max_queue_length refuses a submit with 429 when more jobs wait already."""
    fal.settings.queue_seconds = (10, 10)
    url = f"{fal.queue_url}/{SEEDANCE}?fal_max_queue_length=0"
    assert http.post(url, json={"prompt": "a heron"}).status_code == 200
    assert http.post(url, json={"prompt": "a heron"}).status_code == 429
    assert len(fal.jobs) == 1


@pytest.mark.parametrize(
    ("endpoint", "body", "place_and_kind"),
    [
        (SEEDANCE, {}, (["prompt"], "missing")),
        (SEEDANCE, {"prompt": 7}, (["prompt"], "string_type")),
        (SEEDANCE, {"prompt": "x", "duration": "16"}, (["duration"], "literal_error")),
        (SEEDANCE, {"prompt": "x", "generate_audio": "yes"}, (["generate_audio"], "bool_type")),
        (
            SEEDANCE_REFERENCE,
            {"prompt": "x", "resolution": "1080p"},
            (["resolution"], "literal_error"),
        ),
        (
            SEEDANCE_REFERENCE,
            {"prompt": "x", "image_urls": [PIXEL] * 10},
            (["image_urls"], "sequence_too_long"),
        ),
        (
            SEEDANCE_REFERENCE,
            {"prompt": "x", "audio_urls": ["data:audio/wav;base64,"]},
            ([], "value_error"),
        ),
        (SEEDANCE_IMAGE, {"prompt": "x"}, (["image_url"], "missing")),
        (
            SEEDANCE_IMAGE,
            {"prompt": "x", "image_url": "a.png"},
            (["image_url"], "file_download_error"),
        ),
        (
            SEEDANCE_IMAGE,
            {"prompt": "x", "image_url": "data:video/mp4;base64,"},
            (["image_url"], "unsupported_image_format"),
        ),
        (KLING, {}, ([], "value_error")),
        (KLING, {"prompt": "x", "multi_prompt": [{"prompt": "y"}]}, ([], "value_error")),
        (KLING, {"prompt": "x", "duration": "2"}, (["duration"], "literal_error")),
        (KLING, {"prompt": "x", "cfg_scale": 1.5}, (["cfg_scale"], "less_than_equal")),
        (KLING, {"prompt": "x", "shot_type": "intelligence"}, (["shot_type"], "literal_error")),
        (KLING_IMAGE, {"prompt": "x", "image_url": PIXEL}, (["start_image_url"], "missing")),
        (
            KLING_IMAGE,
            {"prompt": "x", "start_image_url": PIXEL, "elements": [{"reference_image_urls": []}]},
            (["elements", 0, "reference_image_urls"], "sequence_too_short"),
        ),
    ],
)
def test_wrong_inputs_name_their_place(
    fal: FalEmulator,
    http: httpx.Client,
    endpoint: str,
    body: dict[str, Any],
    place_and_kind: tuple[list[str | int], str],
) -> None:
    """Types, enums and bounds of the published schemas are kept; the error names field and type."""
    job = http.post(f"{fal.queue_url}/{endpoint}", json=body).json()
    result = http.get(job["response_url"])
    assert result.status_code == 422
    entry = result.json()["detail"][0]
    place, kind = place_and_kind
    assert (entry["loc"], entry["type"]) == (["body", *place], kind)
    assert entry["url"] == f"https://docs.fal.ai/errors#{kind}"


def test_file_of_ours_that_is_gone_cannot_be_used(fal: FalEmulator, http: httpx.Client) -> None:
    """An input URL on the media host must name a file that was really uploaded."""
    url = f"{fal.media_url}/uploads/none/frame.png"
    job = submit(http, fal, SEEDANCE_IMAGE, prompt="x", image_url=url)
    assert http.get(job["response_url"]).json()["detail"][0]["type"] == "file_download_error"


def test_unknown_fields_are_ignored_but_recorded(fal: FalEmulator, http: httpx.Client) -> None:
    """Fields the model does not know do no harm, and a test can see that they were sent."""
    submit(http, fal, SEEDANCE, prompt="x", seed=7)
    submit(http, fal, KLING, multi_prompt=[{"prompt": "x", "camera": "left"}])
    submit(http, fal, SEEDANCE, seed=7)
    recorded = [job.unknown_fields for job in fal.jobs]
    assert recorded == [["seed"], ["multi_prompt.camera"], ["seed"]]


@pytest.mark.parametrize(
    ("endpoint", "body", "shape"),
    [
        (
            SEEDANCE,
            {"duration": "4", "resolution": "480p", "aspect_ratio": "3:4"},
            (560, 752, 96, True),
        ),
        (
            KLING,
            {"duration": "3", "aspect_ratio": "1:1", "generate_audio": False},
            (960, 960, 72, False),
        ),
    ],
)
def test_video_is_what_was_asked_for(
    fal: FalEmulator,
    http: httpx.Client,
    endpoint: str,
    body: dict[str, Any],
    shape: tuple[int, int, int, bool],
) -> None:
    """The MP4 has the asked size, length to the frame at 24 frames/s, and sound if asked."""
    fal.settings.tiny_clips = False
    job = submit(http, fal, endpoint, prompt="a heron", **body)
    fal.advance(61)
    file = http.get(job["response_url"]).json()["video"]
    mp4 = httpx.get(file["url"]).content
    assert file["file_size"] == len(mp4)
    assert job["request_id"].encode() in mp4
    with av.open(io.BytesIO(mp4)) as container:
        video = container.streams.video[0]
        frames, has_audio = sum(1 for _ in container.decode(video)), bool(container.streams.audio)
        assert (video.width, video.height, frames, has_audio) == shape
        assert (video.codec_context.name, video.average_rate) == ("h264", 24)


def test_download_serves_ranges(fal: FalEmulator, http: httpx.Client) -> None:
    """Media needs no key and answers Range, If-Range and HEAD as HTTP says."""
    url = finished_url(http, fal)
    whole = httpx.get(url)
    etag, size = whole.headers["etag"], len(whole.content)
    assert whole.headers["last-modified"].endswith("GMT")
    assert int(httpx.head(url).headers["content-length"]) == size
    part = httpx.get(url, headers={"Range": "bytes=100-", "If-Range": etag})
    assert (part.status_code, part.content) == (206, whole.content[100:])
    assert part.headers["content-range"] == f"bytes 100-{size - 1}/{size}"
    assert httpx.get(url, headers={"Range": "bytes=-5"}).content == whole.content[-5:]
    changed = httpx.get(url, headers={"Range": "bytes=100-", "If-Range": '"other"'})
    assert (changed.status_code, changed.content) == (200, whole.content)
    beyond = httpx.get(url, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")


def test_truncated_download_breaks_off(fal: FalEmulator, http: httpx.Client) -> None:
    """A truncated download promises more bytes than come before the connection ends."""
    url = finished_url(http, fal)
    fal.add_fault(Fault(FaultKind.TRUNCATED_BODY, times=1))
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url)
    assert httpx.get(url).status_code == 200


def test_lying_downloads_answer_200(fal: FalEmulator, http: httpx.Client) -> None:
    """A download may be a web page, all zeros, or too short, and still claim success."""
    url = finished_url(http, fal)
    whole = httpx.get(url).content
    replies = {}
    for kind in (FaultKind.HTML_BODY, FaultKind.ZERO_BODY, FaultKind.SHORT_BODY):
        fal.add_fault(Fault(kind, times=1))
        replies[kind] = httpx.get(url).raise_for_status()
    assert replies[FaultKind.HTML_BODY].headers["content-type"].startswith("text/html")
    assert replies[FaultKind.ZERO_BODY].content == bytes(len(whole))
    assert replies[FaultKind.SHORT_BODY].content == whole[: len(whole) // 2]


def test_slow_download_is_complete(fal: FalEmulator, http: httpx.Client) -> None:
    """A slow download brings the right bytes in the end."""
    url = finished_url(http, fal)
    whole = httpx.get(url).content
    fal.add_fault(Fault(FaultKind.SLOW_BODY, seconds=(0.01, 0.02)))
    assert httpx.get(url).content == whole


def test_redirected_download_shows_who_sends_the_key_along(
    fal: FalEmulator, http: httpx.Client
) -> None:
    """A redirect leads to another origin, where the log tells whether a key arrived."""
    url = finished_url(http, fal)
    fal.add_fault(Fault(FaultKind.REDIRECT))
    assert http.get(url, follow_redirects=True).headers["content-type"] == "video/mp4"
    first, second = fal.requests[-2:]
    assert (first.origin, first.authorization) == (fal.media_url, True)
    assert (second.origin, second.authorization) == (fal.elsewhere_url, False)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_expired_link_is_renewed_by_the_result(
    fal: FalEmulator, http: httpx.Client, status: int
) -> None:
    """A media URL stops working after its lifetime; the result then names a fresh one."""
    fal.settings.url_lifetime, fal.settings.expired_link_status = 600, status
    job = submit(http, fal)
    fal.advance(61)
    old = http.get(job["response_url"]).json()["video"]["url"]
    assert httpx.get(old).status_code == 200
    fal.advance(600)
    assert httpx.get(old).status_code == status
    new = http.get(job["response_url"]).json()["video"]["url"]
    assert new != old
    assert httpx.get(new).status_code == 200


@pytest.mark.parametrize(
    ("fault", "jobs"),
    [
        (Fault(FaultKind.DROP_BEFORE), 0),
        (Fault(FaultKind.LOSE_REPLY), 1),
    ],
)
def test_dropped_submit_may_or_may_not_have_made_a_job(
    fal: FalEmulator, http: httpx.Client, fault: Fault, jobs: int
) -> None:
    """The connection ends without a reply; only the ledger tells whether a job exists."""
    fal.add_fault(fault)
    with pytest.raises(httpx.TransportError):
        submit(http, fal)
    assert len(fal.jobs) == jobs


@pytest.mark.parametrize(
    ("fault", "status", "jobs"),
    [
        (Fault(FaultKind.ERROR_BEFORE), 500, 0),
        (Fault(FaultKind.ERROR_AFTER), 500, 1),
        (Fault(FaultKind.HTML_PAGE, status=503), 503, 0),
        (Fault(FaultKind.TOO_MANY, retry_after=3), 429, 0),
        (Fault(FaultKind.SLOW_REPLY, seconds=(0.01, 0.02)), 200, 1),
        (Fault(FaultKind.MALFORMED_JSON), 200, 1),
    ],
)
def test_spoilt_submit_replies(
    fal: FalEmulator, http: httpx.Client, fault: Fault, status: int, jobs: int
) -> None:
    """Each fault has its code and its side effect, strikes as told, and then lets go."""
    fault.times, fault.struck = 1, 0
    fal.add_fault(fault)
    reply = http.post(f"{fal.queue_url}/{SEEDANCE}", json={"prompt": "a heron"})
    assert (reply.status_code, len(fal.jobs)) == (status, jobs)
    if fault.kind is FaultKind.TOO_MANY:
        assert reply.headers["retry-after"] == "3"
    if fault.kind is FaultKind.MALFORMED_JSON:
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            reply.json()
    submit(http, fal)
    assert len(fal.jobs) == jobs + 1


def test_fault_rules_choose_the_requests_they_strike(fal: FalEmulator, http: httpx.Client) -> None:
    """A fault can skip requests, ask a function, and roll a die that its seed decides."""
    job = submit(http, fal)
    chosen = Fault(
        FaultKind.ERROR_BEFORE,
        on=Operation.STATUS,
        skip=1,
        when=lambda call: call.request_id == job["request_id"],
    )
    fal.add_fault(chosen)
    http.get(submit(http, fal)["status_url"])
    codes = [http.get(job["status_url"]).status_code for _ in range(3)]
    assert codes == [202, 500, 500]
    fal.clear_faults()
    rolls = []
    for _ in range(2):
        fal.clear_faults()
        fal.add_fault(Fault(FaultKind.ERROR_BEFORE, on=Operation.STATUS, probability=0.5, seed=1))
        rolls.append([http.get(job["status_url"]).status_code for _ in range(20)])
    assert rolls[0] == rolls[1]
    assert set(rolls[0]) == {202, 500}


def test_polls_above_the_rate_are_refused_and_counted(fal: FalEmulator, http: httpx.Client) -> None:
    """Above the poll rate status and result reads are 429 with Retry-After, and counted."""
    fal.settings.polls_per_second = 0.001
    job = submit(http, fal)
    assert http.get(job["status_url"]).status_code == 202
    for url in (job["status_url"], job["response_url"]):
        refused = http.get(url)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert fal.counts["too_many"] == 2
    fal.advance(1000)
    assert http.get(job["status_url"]).status_code == 200


def test_history_lists_started_jobs_page_by_page(fal: FalEmulator, http: httpx.Client) -> None:
    """The history pages by cursor, newest first, with payloads when asked for."""
    for index in range(5):
        submit(http, fal, SEEDANCE, prompt=str(index))
        fal.advance(1)
    submit(http, fal, KLING)
    fal.advance(61)
    url, prompts, cursor = f"{fal.api_url}/models/requests/by-endpoint", [], None
    while True:
        query = {"endpoint_id": SEEDANCE, "limit": 2, "expand": "payloads"}
        page = http.get(url, params=query | ({"cursor": cursor} if cursor else {})).json()
        prompts += [item["json_input"]["prompt"] for item in page["items"]]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert prompts == ["4", "3", "2", "1", "0"]
    assert cursor is None
    item = page["items"][0]
    assert item["status_code"] == 200
    assert set(item["json_output"]) == {"video", "seed"}
    sent, now = datetime.fromisoformat(item["sent_at"]), datetime.now(UTC)
    assert sent.tzinfo is not None
    assert abs((sent - now).total_seconds()) < 3600


def test_history_lags_and_leaves_out_waiting_jobs(fal: FalEmulator, http: httpx.Client) -> None:
    """A job is listed only once it has started and the lag has passed, unfinished ones too."""
    fal.settings.queue_seconds, fal.settings.history_lag = (10, 10), 30
    submit(http, fal)
    url = f"{fal.api_url}/models/requests/by-endpoint"
    query = {"endpoint_id": SEEDANCE}
    fal.advance(35)
    assert http.get(url, params=query).json()["items"] == []
    fal.advance(10)
    item = http.get(url, params=query).json()["items"][0]
    assert set(item) == {"request_id", "endpoint_id", "started_at", "sent_at"}
    later = {"start": datetime.fromtimestamp(2**32, UTC).isoformat()}
    assert http.get(url, params=query | later).json()["items"] == []


def test_history_refuses_in_its_own_shape(fal: FalEmulator, http: httpx.Client) -> None:
    """The platform API has its own error shape, for wrong queries and for keys without access."""
    url = f"{fal.api_url}/models/requests/by-endpoint"
    for query in (
        {},
        {"endpoint_id": SEEDANCE, "limit": "101"},
        {"endpoint_id": SEEDANCE, "cursor": "?"},
    ):
        reply = http.get(url, params=query)
        assert (reply.status_code, reply.json()["error"]["type"]) == (400, "validation_error")
    fal.settings.history_usable = False
    reply = http.get(url, params={"endpoint_id": SEEDANCE})
    assert (reply.status_code, reply.json()["error"]["type"]) == (403, "authorization_error")


def test_ledger_holds_no_key(fal: FalEmulator, http: httpx.Client) -> None:
    """The ledger tells that a key was there, never which one."""
    submit(http, fal, SEEDANCE, prompt="a heron")
    text = httpx.get(f"{fal.base_url}/_ledger").text
    assert FAL_KEY not in text
    ledger = json.loads(text)
    assert ledger["requests"][0]["authorization"] is True
    assert ledger["jobs"][0]["input"] == {"prompt": "a heron"}
    assert ledger["counts"] == {"submit": 1}


def test_unknown_setting_is_an_error() -> None:
    """A misspelt setting must not pass silently."""
    with pytest.raises(TypeError, match="run_second"):
        FalSettings.from_json({"run_second": [1, 2]})


def test_emulator_runs_as_a_process() -> None:
    """As a process it prints its URLs, serves, takes commands, and ends by a signal."""
    settings = {"run_seconds": [60, 60], "accept_delay": [0, 0.01], "tiny_clips": True}
    with subprocess.Popen(
        [sys.executable, "-m", "emulators.fal", "--settings", json.dumps(settings)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    ) as process:
        try:
            assert process.stdout is not None
            urls = json.loads(process.stdout.readline())
            headers = {"Authorization": f"Key {FAL_KEY}"}
            job = httpx.post(
                f"{urls['queue']}/{SEEDANCE}", json={"prompt": "a heron"}, headers=headers
            ).json()
            control = {"advance": 61, "faults": [{"kind": "lose_reply", "on": "status"}]}
            httpx.post(f"{urls['base_url']}/_control", json=control).raise_for_status()
            with pytest.raises(httpx.TransportError):
                httpx.get(job["status_url"], headers=headers)
            ledger = httpx.get(f"{urls['base_url']}/_ledger").json()
        finally:
            process.terminate()
    assert [entry["status"] for entry in ledger["jobs"]] == ["COMPLETED"]
