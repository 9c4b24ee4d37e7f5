"""The stream of a person's news, and the limits that hold for every call."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("fastapi")

from gateway.serving import APP, TAKE, Served
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.gateway.settings import Settings

PATH = f"/v1/jobs/{APP}/events"


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The events of a stream, as they arrive."""
    event: dict[str, Any] = {}
    for line in lines:
        if not line and "data" in event:
            yield event | {"data": json.loads(event["data"])}
        if not line:
            event = {}
        name, _, value = line.partition(": ")
        if name in ("id", "event", "data"):
            event[name] = value


def read(
    gateway: Served, token: str, wanted: int, after: str | None = None
) -> list[dict[str, Any]]:
    """The endings of a stream, as many as are wanted."""
    headers = {"Authorization": f"Bearer {token}"}
    if after is not None:
        headers["Last-Event-ID"] = after
    found: list[dict[str, Any]] = []
    with gateway.client.stream("GET", PATH, headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        for event in events(response.iter_lines()):
            if event["event"] == "ended":
                found.append(event)
            if len(found) == wanted:
                return found
    return found


def test_a_stream_continues_where_it_was(gateway: Served) -> None:
    """What ended while nobody listened comes first; others' news never."""
    ada, bob = gateway.token(), gateway.token("bob")
    for number in range(3):
        gateway.submit(ada, f"job-number-{number:06}")
    gateway.submit(bob, prompt="of Bob")
    for number in range(3):
        gateway.ended(ada, f"job-number-{number:06}")
    gateway.ended(bob)

    every = read(gateway, ada, 3, after="0")
    later = read(gateway, ada, 2, after=every[0]["id"])

    assert [event["id"] for event in every] == ["1", "2", "3"]
    assert later[0]["id"] == "2"
    assert {event["data"]["jobId"] for event in every} == {f"job-number-{n:06}" for n in range(3)}
    assert all(event["data"]["result"]["videoUrl"] for event in every)


def test_a_new_stream_begins_now(gateway: Served) -> None:
    """It has what happens from then on, and ends when the token is revoked."""
    token = gateway.token()
    gateway.submit(token, "job-of-long-ago-1")
    gateway.ended(token, "job-of-long-ago-1")
    until(lambda: gateway.runtime.register.last_ending((APP, "ada")))
    headers = {"Authorization": f"Bearer {token}"}
    with gateway.client.stream("GET", PATH, headers=headers) as response:
        lines = response.iter_lines()
        assert next(lines).startswith("retry: ")
        gateway.runtime.operations.submit(
            gateway.runtime.register.caller(token), "job-of-the-present", TAKE
        )
        for event in events(lines):
            assert event["data"]["jobId"] == "job-of-the-present"
            if event["event"] == "ended":
                break
        gateway.runtime.register.revoke(gateway.runtime.register.tokens()[0].id)
        for _ in lines:
            pass  # It ends.


def test_streams_of_a_person_are_limited(settings: Settings) -> None:
    """One more is refused until another one is closed."""
    with Served(replace(settings, streams=1)) as gateway:
        headers = {"Authorization": f"Bearer {gateway.token()}"}
        with gateway.client.stream("GET", PATH, headers=headers) as first:
            assert first.status_code == 200
            refused = gateway.client.get(PATH, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMITED")
            assert "retry-after" in refused.headers
        until(lambda: gateway.runtime.news.streams == 0)


def test_an_open_stream_does_not_hold_up_the_end(settings: Settings) -> None:
    """A gateway that is ended ends its streams and its waiting calls first."""
    with Served(settings) as gateway:
        opened = gateway.client.stream(
            "GET", PATH, headers={"Authorization": f"Bearer {gateway.token()}"}
        )
        response = opened.__enter__()
        lines = response.iter_lines()
        next(lines)
        gateway._server.should_exit = True
        for _ in lines:
            pass
        opened.__exit__(None, None, None)
        until(lambda: not gateway._thread.is_alive())


@pytest.mark.parametrize("path", [f"/v1/videogen/{APP}/jobs", f"/v1/inputs/{APP}/{'0' * 64}"])
def test_a_body_that_is_too_large_is_not_read(settings: Settings, path: str) -> None:
    """Whether it says its length or not; in the contract's words."""
    with Served(replace(settings, largest=10_000, largest_upload=10_000)) as gateway:
        token, method = gateway.token(), "POST" if "jobs" in path else "PUT"
        headers = {"Content-Type": "application/json"}
        chunks = (b"x" * 1_000 for _ in range(20))

        announced = gateway.call(method, path, token, content=b"x" * 20_000, headers=headers)
        unannounced = gateway.call(method, path, token, content=chunks, headers=headers)

        for reply in (announced, unannounced):
            assert (reply.status_code, reply.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_a_stranger_is_refused_before_the_body_is_read(gateway: Served) -> None:
    """The reply comes although nothing of a large body was sent."""
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60.0) as connection:
        connection.sendall(
            f"POST /v1/videogen/{APP}/jobs HTTP/1.1\r\nHost: {host}\r\n"
            f"Content-Type: application/json\r\nContent-Length: 60000000\r\n\r\n".encode()
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v2/x", 404), ("DELETE", f"/v1/jobs/{APP}", 405), ("GET", "/", 404)],
)
def test_what_no_route_takes_is_said(gateway: Served, method: str, path: str, status: int) -> None:
    """In the form of every error."""
    reply = gateway.call(method, path, gateway.token())

    assert reply.status_code == status
    assert reply.json().keys() == {"error", "code"}
