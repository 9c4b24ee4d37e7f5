"""What all emulated services share: clock, ledger, faults and finished videos."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.responses import HTMLResponse, Response

from emulators import clips
from emulators.faults import Call, FaultKind, Operation, Struck, strike
from emulators.jobs import Job, JobLine, JobStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from emulators.clips import ClipSpec
    from emulators.faults import Range
    from emulators.settings import Seconds, Settings

INGRESS_PAGE = (
    "<html>\r\n<head><title>{0} {1}</title></head>\r\n<body>\r\n<center><h1>{0} {1}</h1></center>"
    "\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_TICK_SECONDS = 0.02
_REASONS = {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}


class LoggedRequest(NamedTuple):
    """One HTTP request as it arrived; `authorization` tells whether that header was there."""

    origin: str
    method: str
    path: str
    authorization: bool


@dataclass
class Upload:
    """One uploaded file; `data` is None until the bytes have come."""

    file_name: str
    content_type: str
    data: bytes | None = None
    uploaded_at: float = 0.0


@dataclass
class Ledger:
    """All that has happened, for tests to read.

    Attributes:
        jobs: Accepted jobs in order, by request id.
        counts: Requests per operation (whether they succeeded or not), and `too_many`: the 429
            answers.
        requests: Requests in order of arrival.
        uploads: Files by their URL.
    """

    jobs: dict[str, Job] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    requests: list[LoggedRequest] = field(default_factory=list)
    uploads: dict[str, Upload] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """A URL under which a job's video was handed out."""

    url: str
    job: Job
    issued_at: float


class Clock:
    """The time of day, which a test may put forward, and which no clock of a client changes."""

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Put the clock forward."""
        self._ahead += seconds

    async def sleep(self, seconds: float, since: float) -> None:
        """Wait until so many seconds have passed; putting the clock forward ends the wait."""
        end = since + seconds
        while (left := end - self.now()) > 0:  # noqa: ASYNC110 - other threads set the clock
            await asyncio.sleep(min(left, _TICK_SECONDS))


class ClosedConnection(Response):
    """Ends the connection: at once, or after the head and `body` of a longer reply.

    Args:
        close: Closes the connection of a peer given by host and port.
        body: Bytes to send first; None sends nothing at all.
        headers: Headers to send first.
        status: HTTP code to send first.
    """

    def __init__(
        self,
        close: Callable[[tuple[str, int]], None],
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        status: int = 200,
    ) -> None:
        super().__init__(body, status, headers)
        self._close = close
        self._sends = body is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._sends:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            await send({"type": "http.response.body", "body": self.body, "more_body": True})
        self._close(tuple(scope["client"]))
        while (await receive())["type"] != "http.disconnect":
            continue


class Service:
    """State and rules of one service; what it says in its own words is left to subclasses.

    Args:
        settings: What to do; read anew for each request.
        close_connection: Closes the connection of a peer given by host and port.
    """

    def __init__(
        self, settings: Settings, close_connection: Callable[[tuple[str, int]], None]
    ) -> None:
        self.settings = settings
        self.clock = Clock()
        self.ledger = Ledger()
        self.line = JobLine(settings.max_concurrent)
        self.random = random.Random(settings.seed)
        self.media_url = self.elsewhere_url = ""
        self.links: dict[str, Link] = {}
        self.close_connection = close_connection
        self._links_by_job: dict[str, Link] = {}
        self._poll_tokens = 0.0
        self._polls_refilled_at = 0.0

    async def answer(
        self,
        call: Call,
        handle: Callable[[Struck], Awaitable[Response]],
    ) -> Response:
        """Count the request, and answer it by `handle` unless a fault has its way."""
        self.ledger.counts[call.operation] += 1
        if not self.settings.faults:
            return await handle({})
        struck = strike(self.settings.faults, call)
        if (refusal := self._refusal(struck)) is not None:
            return refusal
        arrived_at = self.clock.now()
        response = await handle(struck)
        if fault := struck.get(FaultKind.SLOW_REPLY):
            await self.clock.sleep(fault.draw_seconds(), arrived_at)
        return self._spoilt(response, struck)

    def _refusal(self, struck: Struck) -> Response | None:
        """Return the reply of a fault that keeps the work from being done."""
        if FaultKind.DROP_BEFORE in struck:
            return ClosedConnection(self.close_connection)
        if fault := struck.get(FaultKind.ERROR_BEFORE):
            return self.server_error(fault.status or 500)
        if fault := struck.get(FaultKind.HTML_PAGE):
            status = fault.status or 502
            page = INGRESS_PAGE.format(status, _REASONS.get(status, "Error"))
            return HTMLResponse(page, status)
        if fault := struck.get(FaultKind.TOO_MANY):
            return self.too_many(fault.retry_after)
        return None

    def _spoilt(self, response: Response, struck: Struck) -> Response:
        """Return what a fault leaves of the reply after the work was done."""
        if FaultKind.LOSE_REPLY in struck:
            return ClosedConnection(self.close_connection)
        if fault := struck.get(FaultKind.ERROR_AFTER):
            return self.server_error(fault.status or 500)
        if FaultKind.MALFORMED_JSON in struck:
            half = response.body[: len(response.body) // 2]
            return Response(half, response.status_code, media_type="application/json")
        return response

    def server_error(self, status: int) -> Response:
        """Return a failure of the service itself."""
        return json_response({"detail": "Internal Server Error"}, status)

    def too_many(self, retry_after: float) -> Response:
        """Count and return a 429 answer that asks for `retry_after` seconds of peace."""
        self.ledger.counts["too_many"] += 1
        headers = {"Retry-After": f"{retry_after:g}"}
        return self.too_many_reply(headers)

    def too_many_reply(self, headers: dict[str, str]) -> Response:
        """Return a 429 answer."""
        return json_response({"detail": "Too many requests"}, 429, headers)

    async def video(self, job: Job) -> bytes:
        """Return the job's MP4, which carries its request id; renders off the event loop."""
        spec = self._clip_spec(job)
        if clips.is_rendered(spec):
            mp4 = clips.clip(spec)
        else:
            mp4 = await asyncio.to_thread(clips.clip, spec)
        return clips.stamp(mp4, job.request_id)

    def may_poll(self) -> bool:
        """Whether the limit of reads lets one more through."""
        rate = self.settings.polls_per_second
        if rate is None:
            return True
        now = self.clock.now()
        refill = (now - self._polls_refilled_at) * rate
        self._poll_tokens = min(max(rate, 1.0), self._poll_tokens + refill)
        self._polls_refilled_at = now
        if self._poll_tokens < 1:
            return False
        self._poll_tokens -= 1
        return True

    async def pause(self, seconds: Range, since: float | None = None) -> None:
        """Wait for as long as a draw says, from a time on; from now on by default."""
        if seconds != (0.0, 0.0):
            begun = self.clock.now() if since is None else since
            await self.clock.sleep(self.random.uniform(*seconds), begun)

    def draw(self, seconds: Seconds, endpoint: str, value: Any) -> float:
        """Draw a time for a job."""
        if callable(seconds):
            return seconds(endpoint, value)
        return self.random.uniform(*seconds)

    def is_expired(self, link: Link) -> bool:
        """Tell whether a media URL has outlived the settings' lifetime."""
        lifetime = self.settings.url_lifetime
        return lifetime is not None and self.clock.now() >= link.issued_at + lifetime

    def dump(self, *, with_requests: bool) -> dict[str, Any]:
        """Return the ledger as JSON."""
        now = self.clock.now()
        return {
            "now": now,
            "counts": dict(self.ledger.counts),
            "jobs": [_job_json(job, now) for job in self.ledger.jobs.values()],
            "requests": [item._asdict() for item in self.ledger.requests] if with_requests else [],
        }

    def _clip_spec(self, job: Job) -> ClipSpec:
        return clips.TINY if self.settings.tiny_clips or job.clip is None else job.clip

    def link(self, job: Job) -> Link:
        """Return the URL of a job's video; a fresh one when the last has expired."""
        link = self._links_by_job.get(job.request_id)
        if link is None or self.is_expired(link):
            path = f"/files/{uuid.uuid4().hex}/output.mp4"
            link = Link(self.media_url + path, job, self.clock.now())
            self.links[path] = self._links_by_job[job.request_id] = link
        return link


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON reply."""
    return Response(json.dumps(body), status, headers, media_type="application/json")


def call_of(operation: Operation, job: Job | None) -> Call:
    """Describe a request about a job (or about none that is known) to the faults."""
    if job is None:
        return Call(operation)
    return Call(operation, job.endpoint, job.request_id)


def _job_json(job: Job, now: float) -> dict[str, Any]:
    return {
        "request_id": job.request_id,
        "endpoint": job.endpoint,
        "input": job.input,
        "headers": job.headers,
        "status": job.status(now),
        "accepted_at": job.accepted_at,
        "started_at": None if job.never_started or now < job.start_at else job.start_at,
        "done_at": job.done_at if job.status(now) is JobStatus.COMPLETED else None,
        "cancelled": job.cancelled,
        "result_status": job.failure.status if job.failure else 200,
        "unknown_fields": job.unknown_fields,
    }
