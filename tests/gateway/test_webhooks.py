"""Webhooks that people ask for: signed, in order, until they arrive, and never inside."""

from __future__ import annotations

import json
import math
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("standardwebhooks")

from standardwebhooks import Webhook

from gateway.serving import APP, Served
from support.waiting import until

if TYPE_CHECKING:
    from rushes.gateway.settings import Settings

FIRST, SECOND = "job-of-the-test-01", "job-of-the-test-02"


class Receiver:
    """An address of a person, which notes what it gets and answers as it is told.

    Attributes:
        answers: the status of the next replies; 200 when there are no more.
        calls: headers and body of what arrived.
    """

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.calls: list[tuple[dict[str, str], bytes]] = []

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.calls.append(({k.lower(): v for k, v in self.headers.items()}, body))
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def private(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A gateway whose webhooks may lead to this machine, and that tries again at once."""
    monkeypatch.setenv("RUSHES_PREVIEW_FPS", "2")
    monkeypatch.setattr("rushes.gateway.hooks.DELAYS", (0.0,) * 7)
    monkeypatch.setattr("rushes.gateway.announcing.PAUSE", 0.05)
    return replace(settings, private_webhooks=True)


def add(gateway: Served, token: str, url: str) -> dict[str, Any]:
    """Add a webhook; the reply."""
    reply = gateway.call("POST", f"/v1/webhooks/{APP}", token, json={"url": url})
    assert reply.status_code == 201, reply.text
    said: dict[str, Any] = reply.json()
    return said


def listed(gateway: Served, token: str) -> list[dict[str, Any]]:
    """The webhooks of a person."""
    found: list[dict[str, Any]] = gateway.call("GET", f"/v1/webhooks/{APP}", token).json()[
        "webhooks"
    ]
    return found


def test_what_ends_is_announced_in_order_until_it_arrives(private: Settings) -> None:
    """With one id at every try, and a signature that the library of the standard accepts."""
    with Receiver() as receiver, Served(private) as gateway:
        token = gateway.token()
        gateway.submit(token, "job-of-the-test-00")
        # What has a number by then is not announced.
        until(lambda: gateway.runtime.register.last_ending((APP, "ada")) == 1)
        receiver.answers = [500, 302, 200]
        secret = add(gateway, token, receiver.url)["secret"]
        gateway.submit(gateway.token("bob"), SECOND)
        for job_id in (FIRST, SECOND):
            gateway.submit(token, job_id, clientRef=f"ref of {job_id}")
            gateway.ended(token, job_id)
        until(lambda: len(receiver.calls) >= 4)

        verifier = Webhook(secret)
        said = [verifier.verify(body, headers) for headers, body in receiver.calls]
        assert [each["data"]["jobId"] for each in said] == [FIRST, FIRST, FIRST, SECOND]
        assert said[0] == said[1]
        assert said[0]["type"] == "job.completed"
        assert said[0]["data"] == {
            "jobId": FIRST,
            "app": APP,
            "status": "completed",
            "clientRef": f"ref of {FIRST}",
        }
        assert len({headers["webhook-id"] for headers, _ in receiver.calls}) == 2
        assert "secret" not in json.dumps(listed(gateway, token))


def test_what_an_address_did_not_take_is_announced_after_a_restart(
    private: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once."""
    monkeypatch.setattr("rushes.gateway.hooks.DELAYS", (0.0,) * 10_000)
    with Receiver() as receiver:
        receiver.answers = [503] * 10_000
        with Served(private) as gateway:
            token = gateway.token()
            add(gateway, token, receiver.url)
            gateway.submit(token, FIRST)
            gateway.ended(token, FIRST)
            until(lambda: listed(gateway, token)[0].get("trouble"))
        receiver.answers = []
        before = len(receiver.calls)
        with Served(private) as gateway:
            token = gateway.token()
            until(lambda: len(receiver.calls) > before)
            until(lambda: "trouble" not in listed(gateway, token)[0])

        assert len(receiver.calls) == before + 1


@pytest.mark.parametrize(("answers", "tries"), [([410], 1), ([500] * 8, 8)])
def test_an_address_that_is_gone_or_fails_for_long_is_not_called_any_more(
    private: Settings, answers: list[int], tries: int
) -> None:
    """The list says so, and why."""
    with Receiver() as receiver, Served(private) as gateway:
        token = gateway.token()
        add(gateway, token, receiver.url)
        receiver.answers = list(answers)
        gateway.submit(token, FIRST)
        until(lambda: not listed(gateway, token)[0]["isEnabled"])

        assert str(answers[0]) in listed(gateway, token)[0]["trouble"]
        assert len(receiver.calls) == tries


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"],
)
def test_nothing_inside_is_called(private: Settings, host: str) -> None:
    """However its address is written; the person learns that it is not public."""
    with Receiver() as receiver, Served(replace(private, private_webhooks=False)) as gateway:
        token = gateway.token()
        hook = add(gateway, token, f"https://{host}:{receiver.port}/")
        found = gateway.runtime.hooks.of((APP, "ada"))[0]
        assert found.id == hook["id"]
        gateway.submit(token, FIRST)
        until(lambda: listed(gateway, token)[0].get("trouble"))

        assert "not public" in listed(gateway, token)[0]["trouble"]
        assert receiver.calls == []


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "ftp://example.org/", "https://", "https://a@b.example/", "/x", "a b"],
)
def test_what_cannot_be_an_address_is_refused(gateway: Served, url: str) -> None:
    """And so is a sixth one."""
    token = gateway.token()
    reply = gateway.call("POST", f"/v1/webhooks/{APP}", token, json={"url": url})
    assert reply.status_code == 400
    assert "https://" in reply.json()["error"]
    for number in range(5):
        add(gateway, token, f"https://hook.invalid/{number}")
    sixth = gateway.call(
        "POST", f"/v1/webhooks/{APP}", token, json={"url": "https://hook.invalid/"}
    )
    assert sixth.status_code == 400
    first = listed(gateway, token)[0]["id"]
    assert gateway.call("DELETE", f"/v1/webhooks/{APP}/{first}", token).status_code == 204
    assert len(listed(gateway, token)) == 4


@pytest.mark.slow
def test_several_processes_announce_an_ending_once(private: Settings, database: str) -> None:
    """On one database, whichever of them has the job and the webhook."""
    shared = replace(private, journal=database)
    with Receiver() as receiver, Served(shared) as one, Served(shared) as other:
        token = one.token()
        secret = add(one, token, receiver.url)["secret"]
        receiver.answers = [500]
        for gateway, job_id in ((one, FIRST), (other, SECOND)):
            gateway.submit(token, job_id)
        for job_id in (FIRST, SECOND):
            one.ended(token, job_id)
        until(lambda: len(receiver.calls) >= 3)
        hooks = other.runtime.hooks
        until(lambda: not hooks.due(math.inf))

        verifier = Webhook(secret)
        said = [verifier.verify(body, headers) for headers, body in receiver.calls]
        assert {each["data"]["jobId"] for each in said} == {FIRST, SECOND}
        assert len(said) == 3
