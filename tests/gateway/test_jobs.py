"""Jobs over HTTP: submitted once, listed, cancelled, drained."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi")

from emulators import clips
from gateway.serving import JOB, TAKE, png
from rushes.gateway import inputs
from support.waiting import until

if TYPE_CHECKING:
    from gateway.serving import Served


def test_a_take_is_made(gateway: Served) -> None:
    """The reply comes at once; the video has a link that works without a token, in parts, too."""
    token = gateway.token()

    reply = gateway.submit(token)
    job = gateway.ended(token)
    result = job["result"]
    link = result["videoUrl"]
    video, part = gateway.client.get(link), gateway.client.get(link, headers={"Range": "bytes=0-9"})

    assert (reply.status_code, reply.json()["status"]) == (202, "queued")
    assert job["status"] == "completed"
    assert (result["generationId"], result["prompt"]) == (JOB, "A red fox")
    assert video.headers["content-type"] == "video/mp4"
    assert (part.status_code, part.content) == (206, video.content[:10])
    assert gateway.client.get(result["posterUrl"]).headers["content-type"] == "image/jpeg"


def test_the_same_id_is_the_same_job(gateway: Served) -> None:
    """With the same params it is found, whatever became of it; others are refused by name."""
    token = gateway.token()

    first = gateway.submit(token, seed=5)
    again = gateway.submit(token, seed=5)
    other = gateway.submit(token, seed=6, prompt="A grey owl")
    gateway.ended(token)
    late = gateway.submit(token, seed=5)

    assert [reply.status_code for reply in (first, again, late)] == [202, 202, 202]
    assert other.status_code == 409
    assert "different: prompt, seed" in other.json()["error"]
    assert late.json()["status"] == "completed"
    assert len(gateway.call("GET", "/v1/jobs/rushes", token).json()["jobs"]) == 1


def test_an_id_names_a_job_of_one_person_in_one_application(gateway: Served) -> None:
    """Two people, or two applications, may use the same id, and never see each other's job."""
    ada, bob, film = gateway.token(), gateway.token("bob"), gateway.token(app="film")

    gateway.submit(ada, prompt="of Ada")
    assert gateway.status(bob) is None
    gateway.submit(bob, prompt="of Bob")
    gateway.submit(film, app="film", prompt="of the film")

    for token, app, prompt in (
        (ada, "rushes", "of Ada"),
        (bob, "rushes", "of Bob"),
        (film, "film", "of the film"),
    ):
        listed = gateway.call("GET", f"/v1/jobs/{app}", token).json()["jobs"]
        assert [job["params"]["prompt"] for job in listed] == [prompt]


@pytest.mark.parametrize(
    "value",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        "../secret.png",
        "asset://of-somebody",
        "http://127.0.0.1:5432/x.png",
        "http://169.254.169.254/latest",
        "https://10.0.0.7/x.png",
        "rushes-input:" + "0" * 64,
        "",
    ],
)
@pytest.mark.parametrize("name", ["startImageUrl", "start_image_url", "imageReferences"])
def test_a_request_reaches_no_file_and_no_host_of_the_gateway(
    gateway: Served, name: str, value: str
) -> None:
    """Only public links, data and uploads are inputs; in whatever spelling."""
    given = [value] if name == "imageReferences" else value
    params = {"provider": "seedance-2.0", "mode": None, name: given}

    reply = gateway.submit(gateway.token(), **params)

    assert reply.status_code == 400
    assert reply.json()["code"] == "VIDEO_GEN_INVALID_PARAMS"
    assert gateway.call("GET", "/v1/jobs/rushes", gateway.token()).json()["jobs"] == []


def test_a_public_name_does_not_lead_inside(
    gateway: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a name resolves to is known when the preview follows it; it goes no further."""
    resolve, host = socket.getaddrinfo, "pictures.example.com"

    def inside(name: object, *rest: object, **options: object) -> object:
        is_asked = name in (host, host.encode())
        return resolve("127.0.0.1" if is_asked else name, *rest, **options)

    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as inner:
        thread = threading.Thread(target=inner.serve_forever)
        thread.start()
        monkeypatch.setattr(socket, "getaddrinfo", inside)
        token = gateway.token()
        link = f"http://{host}:{inner.server_port}/x.png"
        reply = gateway.submit(token, mode="image-to-video", startImageUrl=link)
        job = gateway.ended(token)
        inner.shutdown()
        thread.join()

    assert reply.status_code == 202
    assert job["status"] == "failed"
    assert "not fetched" in job["error"]


def test_an_image_may_be_inside_the_request(gateway: Served) -> None:
    """The same data is the same request; where it is kept is nobody's business."""
    token = gateway.token()
    data = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    params = {"mode": "image-to-video", "startImageUrl": data}

    replies = [gateway.submit(token, **params) for _ in range(2)]

    assert [reply.status_code for reply in replies] == [202, 202]
    assert gateway.ended(token)["status"] == "completed"
    listed = gateway.call("GET", "/v1/jobs/rushes", token)
    assert str(gateway.settings.home) not in listed.text


@pytest.mark.parametrize("longest", [0.0, 60.0])
def test_a_video_has_to_be_playable_in_time(gateway: Served, monkeypatch, longest: float) -> None:
    """It is played by a process of its own first, which is ended if it takes too long."""
    monkeypatch.setattr(inputs, "LONGEST_TRIAL", longest)
    film = base64.b64encode(clips.clip(clips.TINY)).decode()
    edit = {"provider": "kling-o3-pro", "mode": "edit", "videoUrl": f"data:video/mp4;base64,{film}"}

    reply = gateway.submit(gateway.token(), **edit)

    # The clip is too small for the provider; that is said of one that can be played.
    assert reply.status_code == 400
    assert ("cannot be played within" in reply.json()["error"]) is (longest == 0.0)


def test_a_file_is_uploaded_once(gateway: Served) -> None:
    """By the hash of its content; only its owner can name it."""
    ada, bob, data = gateway.token(), gateway.token("bob"), png()
    name = hashlib.sha256(data).hexdigest()
    path = f"/v1/inputs/rushes/{name}"

    assert gateway.call("GET", path, ada).status_code == 404
    wrong = gateway.call("PUT", path, ada, content=b"something else")
    put = gateway.call("PUT", path, ada, content=data)
    params = {"mode": "image-to-video", "startImageUrl": put.json()["input"]}

    assert wrong.status_code == 400
    assert put.status_code == 201
    assert gateway.call("GET", path, ada).json() == put.json()
    assert gateway.call("GET", path, bob).status_code == 404
    assert gateway.submit(bob, **params).status_code == 400
    assert gateway.submit(ada, **params).status_code == 202
    assert gateway.ended(ada)["status"] == "completed"


def test_what_ended_is_drained_by_a_cursor(gateway: Served) -> None:
    """The client keeps the cursor; the same one returns the same jobs."""
    token, ids = gateway.token(), [f"job-number-{number:06}" for number in range(3)]

    def drain(**body: object) -> dict:
        reply = gateway.call("POST", "/v1/jobs/rushes/drain", token, json=body)
        assert reply.status_code == 200
        return reply.json()

    assert drain() == {"jobs": [], "cursor": "0"}
    for job_id in ids:
        gateway.submit(token, job_id)
    until(lambda: len(drain()["jobs"]) == 3)
    first = drain(limit=2)
    rest = drain(after=first["cursor"])

    assert drain(limit=2) == first
    assert sorted(job["jobId"] for job in first["jobs"] + rest["jobs"]) == ids
    assert drain(after=rest["cursor"]) == {"jobs": [], "cursor": rest["cursor"]}
    assert gateway.call("POST", "/v1/jobs/rushes/drain", gateway.token("bob")).json()["jobs"] == []


def test_all_jobs_are_listed_in_pages(gateway: Served) -> None:
    """Oldest first, each once, with its params: what a new machine recovers from."""
    token, ids = gateway.token(), [f"job-number-{number:06}" for number in range(5)]
    for job_id in ids:
        gateway.submit(token, job_id, clientRef=job_id)
    found, cursor = [], None
    while True:
        query = {"limit": 2} | ({} if cursor is None else {"after": cursor})
        page = gateway.call("GET", "/v1/jobs/rushes", token, params=query).json()
        found += page["jobs"]
        if (cursor := page.get("cursor")) is None:
            break

    assert [job["jobId"] for job in found] == ids
    assert [job["params"]["clientRef"] for job in found] == ids


def test_a_cancelled_job_says_so(gateway: Served) -> None:
    """To its owner; for anyone else there is no such job."""
    token = gateway.token()
    gateway.submit(token, durationSeconds=15)
    path = f"/v1/jobs/rushes/{JOB}/cancel"

    foreign = gateway.call("POST", path, gateway.token("bob"))
    reply = gateway.call("POST", path, token)
    job = gateway.ended(token)

    assert (foreign.status_code, foreign.json()["code"]) == (404, "JOB_NOT_FOUND")
    assert reply.status_code == 200
    assert reply.json().keys() == {"cancelled", "mayBill", "message"}
    assert job["status"] == "completed" or job["errorDetail"]["type"] == "cancelled"


def test_the_original_clients_call_waits_for_the_video(gateway: Served) -> None:
    """The reply is the result; a request that cannot be is an error with the contract's code."""
    token, path = gateway.token(), "/v1/videogen/rushes/sync-generate"

    made = gateway.call("POST", path, token, json=TAKE)
    refused = gateway.call("POST", path, token, json=TAKE | {"durationSeconds": 99})

    assert made.status_code == 200
    assert made.json()["videoUrl"].startswith(f"{gateway.url}/v1/media/")
    assert refused.status_code == 400
    assert refused.json()["code"] == "VIDEO_GEN_INVALID_PARAMS"


def test_an_estimate_names_the_lowest_and_the_highest(gateway: Served) -> None:
    """In credits and in money; nothing is submitted."""
    body = {"params": TAKE, "quantity": 3}

    reply = gateway.call("POST", "/v1/videogen/rushes/estimate", gateway.token(), json=body)

    assert reply.status_code == 200
    assert reply.json()["exact"] is True
    assert reply.json()["high"] == {"amount": 0.0, "currency": "USD"}


def test_models_are_announced_with_a_tag(gateway: Served) -> None:
    """A client that has them asks for nothing but the tag."""
    token, path = gateway.token(), "/v1/videogen/models"

    first = gateway.call("GET", path, token)
    again = gateway.call("GET", path, token, headers={"If-None-Match": first.headers["etag"]})

    assert {model["id"] for model in first.json()["models"]} >= {"seedance-2.0"}
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"[" * 100_000, b"\xff\xfe"])
def test_a_body_that_cannot_be_read_is_refused(gateway: Served, body: bytes) -> None:
    """With the contract's words, and nothing is on record."""
    headers = {"Content-Type": "application/json"}
    for path in ("jobs", "sync-generate", "estimate"):
        reply = gateway.call(
            "POST", f"/v1/videogen/rushes/{path}", gateway.token(), content=body, headers=headers
        )
        assert reply.status_code == 400, reply.text
        assert json.loads(reply.text)["code"] == "VIDEO_GEN_INVALID_PARAMS"
