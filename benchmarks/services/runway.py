"""As much of Runway's API as its client needs to make a video and to wait for it."""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.services.model import Durations, Model
from emulators.server import LoopbackServer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

QUEUED_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Task:
    """One accepted task."""

    accepted_at: float
    done_at: float

    def state(self, now: float) -> dict[str, Any]:
        """The service's answer about it."""
        if now >= self.done_at:
            links = ["https://videos.invalid/output.mp4"]
            return {"status": "SUCCEEDED", "output": links, "cost": {"credits": 60}}
        if now < self.accepted_at + QUEUED_SECONDS:
            return {"status": "PENDING", "estimatedCost": {"credits": 60}}
        progress = (now - self.accepted_at) / (self.done_at - self.accepted_at)
        return {"status": "RUNNING", "progress": progress, "estimatedCost": {"credits": 60}}


class RunwayEmulator:
    """Runway on loopback, on the same web server as the emulated fal.

    Args:
        model: what it does.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._durations = Durations(model)
        self._tasks: dict[str, Task] = {}
        self._counts: Counter[str] = Counter()
        self._tokens = model.polls_per_second or 0.0
        self._refilled_at = time.time()
        self._server = LoopbackServer(
            Starlette(
                routes=[
                    Route("/v1/text_to_video", self._create, methods=["POST"]),
                    Route("/v1/tasks/{id}", self._retrieve, methods=["GET"]),
                    Route("/_ledger", self._ledger, methods=["GET"]),
                ]
            )
        )

    def run(self) -> None:
        """Open the port, print the base URL as a line of JSON, and serve until a signal."""
        [url] = self._server.bind()
        print(json.dumps({"base_url": url}), flush=True)
        self._server.run()

    async def _create(self, request: Request) -> Response:
        self._counts["submit"] += 1
        body, now, name = await request.json(), time.time(), str(uuid.uuid4())
        self._tasks[name] = Task(now, now + self._durations.draw(body["promptText"]))
        return JSONResponse({"id": name, "estimatedCost": {"credits": 60}})

    async def _retrieve(self, request: Request) -> Response:
        self._counts["status"] += 1
        if not self._may_poll():
            self._counts["too_many"] += 1
            headers = {"Retry-After": f"{self._model.retry_after:g}"}
            return JSONResponse({"error": "Too many requests"}, 429, headers)
        name = request.path_params["id"]
        task = self._tasks[name]
        created = datetime.fromtimestamp(task.accepted_at, UTC).isoformat()
        return JSONResponse({"id": name, "createdAt": created, **task.state(time.time())})

    def _may_poll(self) -> bool:
        """A token bucket that holds one second's worth, as the emulated fal has."""
        limit = self._model.polls_per_second
        if limit is None:
            return True
        now = time.time()
        self._tokens = min(limit, self._tokens + (now - self._refilled_at) * limit)
        self._refilled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    async def _ledger(self, request: Request) -> Response:  # noqa: ARG002 - starlette hands it over
        jobs = [{"request_id": name, "done_at": task.done_at} for name, task in self._tasks.items()]
        return JSONResponse({"counts": dict(self._counts), "jobs": jobs})


if __name__ == "__main__":
    RunwayEmulator(Model.from_arguments()).run()
