"""The queue host (queue.fal.run): submit, status, status stream, result and cancel."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse

from emulators.fal_inputs import ENDPOINTS, Checked, check_input
from emulators.fal_jobs import (
    FalJob,
    error_entry,
    invalid_input,
    model_failure,
    platform_failure,
)
from emulators.fal_stream import status_stream
from emulators.faults import Call, FaultKind, Operation, Struck
from emulators.jobs import JobStatus
from emulators.service import call_of, json_response

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulators.clips import ClipSpec
    from emulators.fal_service import FalService

_NAMESPACES = frozenset({"workflows", "comfy"})  # Their apps have three segments, not two.
_START_DEADLINES = ("x-fal-request-timeout", "x-fal-request-start-timeout")
_LOG_LINES = ("Loading the model", "Starting inference", "Denoising", "Decoding", "Encoding")
_OPERATIONS = {
    ("GET", ("status",)): Operation.STATUS,
    ("GET", ("status", "stream")): Operation.STREAM,
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
        if operation is None or (
            operation is Operation.STREAM and not self._service.settings.streams
        ):
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
        self, request: Request, operation: Operation, job: FalJob | None, struck: Struck
    ) -> Response:
        if not self._service.may_poll():
            return self._service.too_many(self._service.settings.poll_retry_after)
        found = None if FaultKind.NOT_FOUND in struck else job
        if operation is Operation.RESULT:
            return await self._result(found)
        with_logs = request.query_params.get("logs") in {"1", "true"}
        if operation is Operation.STREAM and FaultKind.REDIRECT in struck:
            return RedirectResponse(f"{self._service.elsewhere_url}{request.url.path}", 302)
        if operation is Operation.STREAM and found:
            body = partial(self._body, found, with_logs=with_logs)
            return status_stream(self._service, request, body, struck)
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
            documents = self._service.settings.documents
            if app not in self._apps and not any(_split(name)[0] == app for name in documents):
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
        await service.pause(settings.accept_delay)
        now = service.clock.now()
        longest = request.query_params.get("fal_max_queue_length")
        if longest is not None and service.line.length(now) > int(longest):
            return service.too_many(settings.poll_retry_after)
        document = settings.documents.get(endpoint)
        checked = check_input(endpoint, value, service.hosted_type, document)
        if checked.failure is None and endpoint.endswith("/draft/complete"):
            checked = _of_a_draft(service.drafted(value), checked)
        if settings.early_validation and checked.failure is not None:
            return json_response(checked.failure.body, checked.failure.status)
        refused = checked.failure is not None
        headers = {k: v for k, v in request.headers.items() if k != "authorization"}
        job = FalJob(
            request_id=str(uuid.uuid4()),
            endpoint=endpoint,
            app=_split(endpoint)[0],
            input=value,
            headers=headers,
            query=dict(request.query_params),
            accepted_at=now,
            ready_at=now + service.draw(settings.queue_seconds, endpoint, value),
            run_seconds=0.0 if refused else service.draw(settings.run_seconds, endpoint, value),
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
        if job.never_started:
            job.failure = platform_failure(
                "request_timeout", "Request timed out", {"X-Fal-Request-Timeout-Type": "user"}
            )
        service.ledger.jobs[job.request_id] = job
        await service.pause(settings.answer_delay, since=job.accepted_at)
        body = {
            "status": JobStatus.IN_QUEUE,
            **self._identity(job),
            "gateway_request_id": job.request_id,
            "queue_position": service.line.position(job, now),
        }
        return json_response(body, 200, {"x-fal-request-id": job.request_id})

    def _status(self, job: FalJob | None, *, with_logs: bool) -> Response:
        if job is None:
            return json_response({"status": "NOT_FOUND"}, 404)
        body = self._body(job, with_logs=with_logs)
        return json_response(body, 200 if body["status"] is JobStatus.COMPLETED else 202)

    def _body(self, job: FalJob, *, with_logs: bool) -> dict[str, Any]:
        now = self._service.clock.now()
        status = job.status(now)
        body: dict[str, Any] = {"status": status, **self._identity(job)}
        if status is JobStatus.IN_QUEUE:
            body["queue_position"] = self._service.line.position(job, now)
            return body
        body["logs"] = _logs(job, now) if with_logs else None
        if status is JobStatus.IN_PROGRESS:
            return body
        ran = 0.0 if job.never_started else job.done_at - job.start_at
        body["metrics"] = {"inference_time": round(ran, 3)}
        if job.failure is not None and job.failure.error_type is not None:
            body["error"] = job.failure.body["detail"]
            body["error_type"] = job.failure.error_type
        return body

    async def _result(self, job: FalJob | None) -> Response:
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

    def _cancel(self, job: FalJob | None) -> Response:
        if job is None:
            return json_response({"status": "NOT_FOUND"}, 404)
        now = self._service.clock.now()
        status = job.status(now)
        if status is JobStatus.COMPLETED:
            return json_response({"status": "ALREADY_COMPLETED"}, 400)
        if status is JobStatus.IN_QUEUE or self._service.settings.cancel_cooperates:
            job.cancel(now, platform_failure("client_cancelled", "The request was cancelled"))
            self._service.line.reschedule(now)
        if status is JobStatus.IN_QUEUE:
            return json_response({"status": "OK"})
        return json_response({"status": "CANCELLATION_REQUESTED"}, 202)

    def _identity(self, job: FalJob) -> dict[str, str]:
        base = f"{self._service.addresses.queue}/{job.app}/requests/{job.request_id}"
        return {
            "request_id": job.request_id,
            "response_url": base,
            "status_url": f"{base}/status",
            "cancel_url": f"{base}/cancel",
        }


def _split(path: str) -> tuple[str, tuple[str, ...]]:
    """Split a path into the app (owner/alias, as fal counts it) and the segments after it."""
    segments = path.split("/")
    count = 3 if segments[0] in _NAMESPACES else 2
    return "/".join(segments[:count]), tuple(segments[count:])


def _of_a_draft(clip: ClipSpec | None, checked: Checked) -> Checked:
    """What is made of an input that names a draft; the words for an unknown one are made up."""
    if clip is not None:
        return replace(checked, clip=clip)
    entry = error_entry(["body", "draft_id"], "The draft does not exist or has expired", "draft")
    return Checked(None, invalid_input([entry]), checked.unknown_fields)


def _logs(job: FalJob, now: float) -> list[dict[str, str]]:
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
