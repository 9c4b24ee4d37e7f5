"""The queue host (queue.fal.run): submit, status, result and cancel."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from emulators.fal_inputs import ENDPOINTS, check_input
from emulators.fal_jobs import Job, JobStatus, model_failure, platform_failure
from emulators.fal_service import call_of, json_response
from emulators.faults import Call, FaultKind, Operation, Range, Struck

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulators.fal_service import FalService
    from emulators.fal_settings import Seconds

_NAMESPACES = frozenset({"workflows", "comfy"})  # Their apps have three segments, not two.
_START_DEADLINES = ("x-fal-request-timeout", "x-fal-request-start-timeout")
_LOG_LINES = ("Loading the model", "Starting inference", "Denoising", "Decoding", "Encoding")
_OPERATIONS = {
    ("GET", ("status",)): Operation.STATUS,
    ("GET", ()): Operation.RESULT,
    ("GET", ("response",)): Operation.RESULT,
    ("PUT", ("cancel",)): Operation.CANCEL,
}


class QueueHost:
    """Answers everything under the queue's base URL.

    Args:
        service: State shared with the other hosts.
    """

    def __init__(self, service: FalService) -> None:
        self._service = service
        self._apps = frozenset(_split(endpoint)[0] for endpoint in ENDPOINTS)
        self._poll_tokens = 0.0
        self._polls_refilled_at = 0.0

    async def handle(self, request: Request) -> Response:
        """Route a request by fal's rule: jobs live under the first two segments of the app."""
        app, rest = _split(request.path_params["path"])
        if request.method == "POST":
            if rest[:1] == ("requests",):
                return json_response({"detail": "Method Not Allowed"}, 405, {"Allow": "GET"})
            return await self._submit(request, app, "/".join([app, *rest]))
        if rest[:1] != ("requests",) or len(rest) < len(("requests", "id")):
            return json_response({"detail": "Method Not Allowed"}, 405, {"Allow": "POST"})
        operation = _OPERATIONS.get((request.method, rest[2:]))
        if operation is None:
            return json_response({"detail": "Not Found"}, 404)
        job = self._service.ledger.jobs.get(rest[1])
        if job is not None and job.app != app:
            job = None

        async def reply(struck: Struck) -> Response:
            if refused := self._service.refused_key(request):
                return json_response({"detail": refused[1]}, refused[0])
            if operation is Operation.CANCEL:
                return self._cancel(job)
            return await self._poll(request, operation, job, struck)

        return await self._service.answer(call_of(operation, job), reply)

    async def _poll(
        self, request: Request, operation: Operation, job: Job | None, struck: Struck
    ) -> Response:
        if not self._may_poll():
            return self._service.too_many(self._service.settings.poll_retry_after)
        found = None if FaultKind.NOT_FOUND in struck else job
        if operation is Operation.RESULT:
            return await self._result(found)
        with_logs = request.query_params.get("logs") in {"1", "true"}
        return self._status(found, with_logs=with_logs)

    async def _submit(self, request: Request, app: str, endpoint: str) -> Response:
        raw = await request.body()
        try:
            value = json.loads(raw)
        except ValueError:
            value, is_json = None, False
        else:
            is_json = True

        async def reply(struck: Struck) -> Response:
            if refused := self._service.refused_key(request):
                return json_response({"detail": refused[1]}, refused[0])
            if app not in self._apps:
                detail = f'Application "{app.partition("/")[2]}" not found'
                return json_response({"detail": detail}, 404)
            if not is_json:
                failure = platform_failure("bad_request", "The body is not JSON")
                return json_response(failure.body, failure.status, failure.headers)
            return await self._accept(request, endpoint, value, struck)

        return await self._service.answer(Call(Operation.SUBMIT, endpoint, None, value), reply)

    async def _accept(
        self, request: Request, endpoint: str, value: Any, struck: Struck
    ) -> Response:
        service, settings = self._service, self._service.settings
        await self._pause(settings.accept_delay)
        now = service.clock.now()
        longest = request.query_params.get("fal_max_queue_length")
        if longest is not None and service.line.length(now) > int(longest):
            return service.too_many(settings.poll_retry_after)
        checked = check_input(endpoint, value, service.hosted_type)
        if settings.early_validation and checked.failure is not None:
            return json_response(checked.failure.body, checked.failure.status)
        refused = checked.failure is not None
        headers = {k: v for k, v in request.headers.items() if k != "authorization"}
        job = Job(
            request_id=str(uuid.uuid4()),
            endpoint=endpoint,
            app=_split(endpoint)[0],
            input=value,
            headers=headers,
            query=dict(request.query_params),
            accepted_at=now,
            ready_at=now + self._draw(settings.queue_seconds, endpoint, value),
            run_seconds=0.0 if refused else self._draw(settings.run_seconds, endpoint, value),
            clip=checked.clip,
            seed=service.random.randrange(2**31),
            failure=checked.failure,
            unknown_fields=checked.unknown_fields,
        )
        if not refused:
            if fault := struck.get(FaultKind.PLATFORM_FAILURE):
                job.failure = platform_failure(str(fault.error_type), "The runner failed")
            elif fault := struck.get(FaultKind.MODEL_FAILURE):
                job.failure = model_failure(str(fault.error_type))
        patience = next((headers[name] for name in _START_DEADLINES if name in headers), None)
        service.line.add(job, None if patience is None else now + float(patience))
        service.ledger.jobs[job.request_id] = job
        await self._pause(settings.answer_delay)
        body = {
            "status": JobStatus.IN_QUEUE,
            **self._identity(job),
            "gateway_request_id": job.request_id,
            "queue_position": service.line.position(job, now),
        }
        return json_response(body, 200, {"x-fal-request-id": job.request_id})

    def _status(self, job: Job | None, *, with_logs: bool) -> Response:
        if job is None:
            return json_response({"status": "NOT_FOUND"}, 404)
        now = self._service.clock.now()
        status = job.status(now)
        body: dict[str, Any] = {"status": status, **self._identity(job)}
        if status is JobStatus.IN_QUEUE:
            body["queue_position"] = self._service.line.position(job, now)
            return json_response(body, 202)
        body["logs"] = _logs(job, now) if with_logs else None
        if status is JobStatus.IN_PROGRESS:
            return json_response(body, 202)
        ran = 0.0 if job.never_started else job.done_at - job.start_at
        body["metrics"] = {"inference_time": round(ran, 3)}
        if job.failure is not None and job.failure.error_type is not None:
            body["error"] = job.failure.body["detail"]
            body["error_type"] = job.failure.error_type
        return json_response(body)

    async def _result(self, job: Job | None) -> Response:
        service = self._service
        now, lifetime = service.clock.now(), service.settings.result_lifetime
        if job is None or (lifetime is not None and now >= job.done_at + lifetime):
            return json_response({"detail": "Request not found"}, 404)
        headers = {"x-fal-request-id": job.request_id}
        if job.status(now) is not JobStatus.COMPLETED:
            return json_response({"detail": "Request is still in progress"}, 400, headers)
        if job.failure is not None:
            headers |= {"X-Fal-Billable-Units": "0", **job.failure.headers}
            return json_response(job.failure.body, job.failure.status, headers)
        headers["X-Fal-Billable-Units"] = str(job.clip.seconds if job.clip else 0)
        return json_response(await service.output(job), 200, headers)

    def _cancel(self, job: Job | None) -> Response:
        if job is None:
            return json_response({"status": "NOT_FOUND"}, 404)
        now = self._service.clock.now()
        status = job.status(now)
        if status is JobStatus.COMPLETED:
            return json_response({"status": "ALREADY_COMPLETED"}, 400)
        if status is JobStatus.IN_QUEUE or self._service.settings.cancel_cooperates:
            job.cancel(now)
            self._service.line.reschedule(now)
        if status is JobStatus.IN_QUEUE:
            return json_response({"status": "OK"})
        return json_response({"status": "CANCELLATION_REQUESTED"}, 202)

    def _identity(self, job: Job) -> dict[str, str]:
        base = f"{self._service.addresses.queue}/{job.app}/requests/{job.request_id}"
        return {
            "request_id": job.request_id,
            "response_url": base,
            "status_url": f"{base}/status",
            "cancel_url": f"{base}/cancel",
        }

    def _may_poll(self) -> bool:
        rate = self._service.settings.polls_per_second
        if rate is None:
            return True
        now = self._service.clock.now()
        refill = (now - self._polls_refilled_at) * rate
        self._poll_tokens = min(max(rate, 1.0), self._poll_tokens + refill)
        self._polls_refilled_at = now
        if self._poll_tokens < 1:
            return False
        self._poll_tokens -= 1
        return True

    async def _pause(self, seconds: Range) -> None:
        if seconds != (0.0, 0.0):
            await asyncio.sleep(self._service.random.uniform(*seconds))

    def _draw(self, seconds: Seconds, endpoint: str, value: Any) -> float:
        if callable(seconds):
            return seconds(endpoint, value)
        return self._service.random.uniform(*seconds)


def _split(path: str) -> tuple[str, tuple[str, ...]]:
    """Split a path into the app (owner/alias, as fal counts it) and the segments after it."""
    segments = path.split("/")
    count = 3 if segments[0] in _NAMESPACES else 2
    return "/".join(segments[:count]), tuple(segments[count:])


def _logs(job: Job, now: float) -> list[dict[str, str]]:
    """Return the lines printed so far; they come evenly over the run."""
    if job.never_started:
        return []
    step = job.run_seconds / len(_LOG_LINES)
    times = [job.start_at + step * index for index in range(len(_LOG_LINES))]
    return [
        {
            "message": message,
            "level": "INFO",
            "source": "USER",
            "timestamp": datetime.fromtimestamp(at, UTC).isoformat(),
        }
        for message, at in zip(_LOG_LINES, times, strict=True)
        if at <= min(now, job.done_at)
    ]
