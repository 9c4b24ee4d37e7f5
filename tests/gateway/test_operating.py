"""What an operator has: tokens, health, logs, the audit, numbers."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import TYPE_CHECKING

import httpx
import pytest
from typer.testing import CliRunner

pytest.importorskip("fastapi")

from gateway.serving import APP, JOB, TAKE, Served, ServeProcess
from rushes.cli import app
from rushes.gateway import server
from rushes.gateway.logs import JsonFormatter
from rushes.gateway.metrics import Metrics
from rushes.gateway.register import Register
from rushes.gateway.tables import FILE

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def tokens(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["tokens", *arguments, "--home", str(home)])


def test_tokens_are_made_listed_and_revoked(tmp_path) -> None:
    """A token is shown once and kept as a digest; a revoked one is not accepted."""
    made = tokens(tmp_path, "add", "bob", "--app", "film", "--scope", "read", "--days", "9")
    token = made.stdout.strip()
    listed = json.loads(tokens(tmp_path, "list", "--json").stdout)
    register = Register(tmp_path)
    caller = register.caller(token)
    revoked = tokens(tmp_path, "revoke", listed[0]["id"])

    assert re.fullmatch(r"rsh_[\w-]{43}", token)
    assert token.encode() not in (tmp_path / FILE).read_bytes()
    assert (caller.person, caller.app, caller.scopes) == ("bob", "film", {"read"})
    assert [(each["person"], each["state"]) for each in listed] == [("bob", "valid")]
    assert "bob" in tokens(tmp_path, "list").stdout
    assert revoked.exit_code == 0
    assert register.caller(token) is None
    register.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "../ada"), "person"),
        (("add", ""), "person"),
        (("add", "ada", "--app", "a/b"), "app"),
        (("add", "ada", "--scope", "everything"), "scope"),
        (("add", "ada", "--days", "-1"), "days"),
        (("revoke", "nothing"), "nothing"),
    ],
)
def test_what_cannot_be_a_token_is_refused(tmp_path, arguments, words) -> None:
    """With what is allowed instead."""
    done = tokens(tmp_path, *arguments)

    assert done.exit_code == 1
    assert words in done.output


def test_health_needs_no_token(gateway: Served) -> None:
    """Neither does it say anything else."""
    assert gateway.client.get("/livez").json() == {"status": "ok"}
    assert gateway.client.get("/readyz").json() == {"status": "ok"}
    gateway.runtime.engine.close()
    assert gateway.client.get("/livez").status_code == 200
    assert gateway.client.get("/readyz").status_code == 503


def test_too_many_calls_at_once_are_refused(gateway: Served, monkeypatch) -> None:
    """In the form of every error, with when to come back."""
    monkeypatch.setattr(server, "MOST_CALLS", 0)

    reply = gateway.client.get("/livez")

    assert (reply.status_code, reply.json()["code"]) == (503, "BACKEND_UNAVAILABLE")
    assert reply.headers["retry-after"] == "5"
    assert reply.headers["connection"] == "close"


def test_the_audit_says_who_did_what(gateway: Served) -> None:
    """A line for each submission and cancellation that was accepted."""
    token = gateway.token()
    gateway.submit(token)
    gateway.submit(token, "job-that-is-refused", durationSeconds=99)
    gateway.call("POST", f"/v1/jobs/{APP}/{JOB}/cancel", token)

    lines = [json.loads(line) for line in gateway.runtime.audit.path.read_text().splitlines()]

    assert [(line["person"], line["app"], line["action"], line["job"]) for line in lines] == [
        ("ada", APP, "submit", JOB),
        ("ada", APP, "cancel", JOB),
    ]


def test_numbers_are_for_prometheus(gateway: Served) -> None:
    """Calls by route, and jobs by state; no name of a person or a job."""
    metrics = Metrics(lambda: gateway.runtime)
    port = metrics.serve("127.0.0.1", 0)
    try:
        gateway.submit(gateway.token())
        metrics.call("/v1/jobs/{app}", "GET", 200, 0.1)
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    finally:
        metrics.close()

    assert 'rushes_calls_total{method="GET",route="/v1/jobs/{app}",status="200"} 1.0' in text
    assert "rushes_event_streams 0.0" in text
    assert "rushes_oldest_queued_seconds" in text
    assert "ada" not in text
    assert JOB not in text


def test_a_log_holds_no_secret() -> None:
    """Tokens and signatures are left out, wherever they come from."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    record = logging.makeLogRecord(
        {
            "msg": "GET /v1/media/x/video.mp4?exp=1&sig=abcdef with rsh_%s",
            "args": ("y" * 43,),
            "facts": {"person": "ada"},
        }
    )
    handler.emit(record)

    line = json.loads(stream.getvalue())
    assert line["message"] == "GET /v1/media/x/video.mp4?exp=1&sig=[secret] with [secret]"
    assert line["person"] == "ada"


@pytest.mark.slow
def test_the_log_of_a_process_is_json(tmp_path) -> None:
    """One object a line; a call has its id, path and status, and not its query or its token."""
    with ServeProcess(tmp_path / "gateway", "--log-format", "json") as serve:
        token = serve.token()
        headers = {"Authorization": f"Bearer {token}", "X-Request-Id": "call-7"}
        url = f"{serve.url}/v1/jobs/{APP}"
        reply = httpx.get(url, params={"ids": JOB}, headers=headers)
        httpx.post(
            f"{serve.url}/v1/videogen/{APP}/estimate", json={"params": TAKE}, headers=headers
        )
        serve.end()
        lines = [json.loads(line) for line in serve.log.read_text().splitlines()]

    calls = [line for line in lines if line.get("request") == "call-7"]
    assert reply.headers["x-request-id"] == "call-7"
    assert [(line["path"], line["status"], line["person"]) for line in calls] == [
        (f"/v1/jobs/{APP}", 200, "ada"),
        (f"/v1/videogen/{APP}/estimate", 200, "ada"),
    ]
    assert token not in serve.log.read_text()
    assert JOB not in serve.log.read_text()
