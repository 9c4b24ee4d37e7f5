"""The original API's published client for JavaScript, pointed at a gateway."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("fastapi")

from gateway.serving import JOB, TAKE, Served

if TYPE_CHECKING:
    from rushes.gateway.settings import Settings

JS = Path(__file__).parents[2] / "js"

SCRIPT = (Path(__file__).parent / "original_client.mjs").read_text("utf-8")

pytestmark = pytest.mark.skipif(
    not (JS / "node_modules/@series-inc/rundot-game-sdk").exists() or shutil.which("node") is None,
    reason="the original API's client for JavaScript is not installed",
)


def run(gateway: Served, token: str, action: str, argument: str) -> dict[str, Any]:
    """What the client returns or throws."""
    command = ["node", "--input-type=module", "-e", SCRIPT, "--", gateway.url, token]
    done = subprocess.run(
        [*command, action, argument],
        cwd=JS,
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_it_generates(gateway: Served) -> None:
    """It resolves to the result, whose links lead to the video."""
    result = run(gateway, gateway.token(), "generate", json.dumps(TAKE))["value"]

    assert {"generationId", "videoUrl", "durationSeconds", "width", "height"} <= result.keys()
    assert gateway.client.get(result["videoUrl"]).status_code == 200


def test_it_waits_longer_than_a_connection_lasts_in_silence(settings: Settings) -> None:
    """The spaces before a late result are no part of it."""
    with Served(replace(settings, longest_wait=0.0, heartbeat=0.05)) as gateway:
        result = run(gateway, gateway.token(), "generate", json.dumps(TAKE))["value"]

    assert result["prompt"] == "A red fox"


def test_it_rejects_with_code_status_and_detail(gateway: Served) -> None:
    """As its types say: the contract's code, a message, and where the fault is."""
    wrong = run(gateway, gateway.token(), "generate", json.dumps(TAKE | {"durationSeconds": 99}))
    unknown = run(gateway, "rsh_unknown", "generate", json.dumps(TAKE))

    error = wrong["error"]
    assert (error["name"], error["code"], error["status"]) == (
        "RundotApiError",
        "VIDEO_GEN_INVALID_PARAMS",
        400,
    )
    assert error["errorDetail"]["loc"] == ["duration_seconds"]
    assert "99" in error["message"]
    assert (unknown["error"]["code"], unknown["error"]["status"]) == ("AUTHENTICATION", 401)


def test_it_cancels(gateway: Served) -> None:
    """A job of the person; another one is not found."""
    token = gateway.token()
    gateway.submit(token)

    assert run(gateway, token, "cancel", JOB) == {"value": None}
    assert "no job" in run(gateway, gateway.token("bob"), "cancel", JOB)["error"]["message"]
