"""An emulator of Runway's tasks and uploads on loopback.

It can be started inside a test (`with RunwayEmulator() as runway:`) or as a process of its own
(`python -m emulators.runway --settings '{"run_seconds": [1, 3]}'`).
"""

from __future__ import annotations

import json
import math
import re
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from emulators import clips
from emulators.drafts import can_be_rendered, in_full
from emulators.emulator import Emulator, settings_from_arguments
from emulators.faults import Call, Fault, FaultKind, Operation, Struck
from emulators.jobs import Failure, Job, JobStatus
from emulators.runway_documents import ROUTES, understood
from emulators.runway_inputs import BodyError, Order
from emulators.server import LoopbackServer
from emulators.service import Service, Upload, call_of, json_response
from emulators.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

__all__ = [
    "RUNWAY_KEY",
    "Fault",
    "FaultKind",
    "Operation",
    "RunwayEmulator",
    "RunwaySettings",
]

RUNWAY_KEY = f"key_{'0123456789abcdef' * 8}"

VERSION = "2024-11-06"
DOCS = "https://docs.dev.runwayml.com/api"

NO_CREDITS = "You do not have enough credits to run this task."
DAILY = "Your daily task limit has been reached."

UPLOAD_BYTES = (512, 200_000_000)
"""Least and most that a file may have."""

USUAL_FAILURES = {
    FaultKind.MODEL_FAILURE: "SAFETY.OUTPUT.VIDEO",
    FaultKind.PLATFORM_FAILURE: "INTERNAL.BAD_OUTPUT.CODE01",
}

RATES: dict[str, Callable[[int], int]] = {
    "seedance2": lambda pixels: 36 if pixels <= HD else 40 if pixels <= FULL_HD else 150,
    "seedance2_fast": lambda _: 29,
    "seedance2_5": lambda pixels: 20 if pixels <= SD else 30 if pixels <= HD else 68,
    "aleph2": lambda _: 28,
}
"""Credits for a second of video by its pixels, as Runway publishes them."""

LEAST = {"aleph2": 56}
"""Credits that a task costs at least."""

SD, HD, FULL_HD = 450_000, 1_000_000, 2_100_000
"""Maximum pixels of the sizes of 480p, 720p and 1080p."""

_FIELD = re.compile(rb'; name="([^"]*)"')


@dataclass
class RunwaySettings(Settings):
    """Settings of one emulated Runway. `max_concurrent` is the tier's, beyond it is THROTTLED.

    Attributes:
        credits: what the account has.
        credits_per_second: what a second of video costs of a model that is not in `RATES`; made up.
        failed_credits: what a failed task costs.
        daily_limit: tasks that may be made; None for no limit.
        forgets_deleted: whether a cancelled task is not there any more, or says that it is
            cancelled.
        upload_lifetime: seconds for which an upload can be used.
        document: what Runway publishes of its models; of those in it that have no types here a
            body has to be as it says.
    """

    keys: frozenset[str] = frozenset({RUNWAY_KEY})
    credits: int = 1_000_000
    credits_per_second: float = 12.0
    failed_credits: int = 0
    daily_limit: int | None = None
    forgets_deleted: bool = True
    upload_lifetime: float = 86_400.0
    document: dict[str, Any] | None = None


@dataclass(kw_only=True)
class RunwayJob(Job):
    """One accepted task.

    Attributes:
        credits: what it costs.
        deleted: whether it was deleted after its end, or cancelled.
    """

    credits: int
    deleted: bool = False


class RunwayService(Service):
    """Runway's words for what all services share."""

    settings: RunwaySettings

    def server_error(self, status: int) -> Response:
        """Return a failure of Runway itself."""
        return error_response(status, "An unexpected error occurred.")

    def too_many_reply(self, headers: dict[str, str]) -> Response:
        """Return a 429 answer."""
        return json_response({"error": "Too many requests."}, 429, headers)

    def refused(self, request: Request) -> Response | None:
        """Return the reply to a request without the key or the version."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or key not in self.settings.keys:
            return error_response(401, "The API key is not valid.")
        if request.headers.get("x-runway-version") != VERSION:
            return error_response(400, "X-Runway-Version has to name a version of the API.")
        return None


class TaskHost:
    """Answers everything about tasks.

    Args:
        service: State of the service.
        uploads: What was uploaded.
    """

    def __init__(self, service: RunwayService, uploads: UploadHost) -> None:
        self._service = service
        self._uploads = uploads

    async def create(self, request: Request) -> Response:
        """Answer `POST /v1/text_to_video`, and the same of the other routes."""
        route = request.url.path.rpartition("/")[2]
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None
        model = body.get("model") if isinstance(body, dict) else None

        async def reply(struck: Struck) -> Response:
            service, settings = self._service, self._service.settings
            if refused := service.refused(request):
                return refused
            await service.pause(settings.accept_delay)
            try:
                order = understood(route, body, self._uploads.seconds, settings.document)
                order = self._drafted(order)
            except BodyError as error:
                return error_response(400, str(error), issues=error.issues)
            taken = service.ledger.jobs.values()
            if settings.daily_limit is not None and len(taken) >= settings.daily_limit:
                return error_response(429, DAILY)
            credits_ = math.ceil(order.seconds * _rate(order, settings))
            credits_ = max(credits_, LEAST.get(order.model, 0))
            if credits_ > settings.credits:
                return error_response(400, NO_CREDITS)
            settings.credits -= credits_
            job = self._accept(request, f"{route}/{model}", body, order, credits_)
            self._doom(job, struck)
            await service.pause(settings.answer_delay, since=job.accepted_at)
            return json_response({"id": job.request_id, "estimatedCost": {"credits": job.credits}})

        return await self._service.answer(Call(Operation.SUBMIT, model, None, body), reply)

    async def retrieve(self, request: Request) -> Response:
        """Answer `GET /v1/tasks/{id}`."""
        job = self._service.ledger.jobs.get(request.path_params["id"])

        async def reply(struck: Struck) -> Response:
            if refused := self._service.refused(request):
                return refused
            if not self._service.may_poll():
                return self._service.too_many(self._service.settings.poll_retry_after)
            if FaultKind.NOT_FOUND in struck or not isinstance(job, RunwayJob):
                return _unknown()
            if job.deleted and (self._service.settings.forgets_deleted or not job.cancelled):
                return _unknown()
            return json_response(await self._task_json(job))

        return await self._service.answer(call_of(Operation.STATUS, job), reply)

    async def delete(self, request: Request) -> Response:
        """Answer `DELETE /v1/tasks/{id}`: cancel, or forget with the video."""
        job = self._service.ledger.jobs.get(request.path_params["id"])

        async def reply(_: Struck) -> Response:
            service = self._service
            if refused := service.refused(request):
                return refused
            if not isinstance(job, RunwayJob) or job.deleted:
                return _unknown()
            job.deleted = True
            now = service.clock.now()
            status = job.status(now)
            if status is JobStatus.COMPLETED:
                for path in [path for path, link in service.links.items() if link.job is job]:
                    del service.links[path]
                return Response(None, 204)
            if status is JobStatus.IN_QUEUE:
                service.settings.credits += job.credits
                job.credits = 0
            job.cancel(now, Failure(200, {}, "CANCELLED"))
            service.line.reschedule(now)
            return Response(None, 204)

        return await self._service.answer(call_of(Operation.CANCEL, job), reply)

    async def organization(self, request: Request) -> Response:
        """Answer `GET /v1/organization`."""
        refused = self._service.refused(request)
        body = {
            "creditBalance": self._service.settings.credits,
            "tier": {"maxMonthlyCreditSpend": 10_000, "models": {}},
            "usage": {"models": {}},
        }
        return refused or json_response(body)

    async def document(self, _: Request) -> Response:
        """Answer `GET /openapi.json` of the host of the documentation, which is public."""
        found = self._service.settings.document
        return PlainTextResponse("Not Found", 404) if found is None else json_response(found)

    def _accept(
        self, request: Request, endpoint: str, body: Any, order: Order, credits_: int
    ) -> RunwayJob:
        service, settings = self._service, self._service.settings
        now = service.clock.now()
        job = RunwayJob(
            request_id=str(uuid.uuid4()),
            endpoint=endpoint,
            input=body,
            headers={k: v for k, v in request.headers.items() if k != "authorization"},
            accepted_at=now,
            ready_at=now + service.draw(settings.queue_seconds, endpoint, body),
            run_seconds=service.draw(settings.run_seconds, endpoint, body),
            clip=order.clip,
            seed=0,
            unknown_fields=order.unknown_fields,
            credits=credits_,
        )
        service.line.add(job)
        service.ledger.jobs[job.request_id] = job
        return job

    def _drafted(self, order: Order) -> Order:
        """An order with what it has from its draft, if it renders one in full."""
        if order.draft_of is None:
            return order
        draft = self._service.ledger.jobs.get(order.draft_of)
        if draft is None or not can_be_rendered(draft, self._service.clock.now()):
            text = "The draft task does not exist, has not succeeded, or has expired."
            raise BodyError([{"code": "custom", "path": ["draftTaskId"], "message": text}])
        clip = in_full(draft)
        return replace(
            order, ratio=f"{clip.width}:{clip.height}", seconds=clip.seconds, audio=clip.audio
        )

    def _doom(self, job: RunwayJob, struck: Struck) -> None:
        """Let a job fail, if a fault says so; `error_type` with a dot is the failure's code."""
        for kind, usual in USUAL_FAILURES.items():
            if fault := struck.get(kind):
                code = fault.error_type if "." in (fault.error_type or "") else usual
                job.failure = Failure(200, {"failureCode": code})

    def _word(self, job: RunwayJob) -> str:
        now = self._service.clock.now()
        match job.status(now):
            case JobStatus.IN_QUEUE:
                return "PENDING" if now < job.ready_at else "THROTTLED"
            case JobStatus.IN_PROGRESS:
                return "RUNNING"
        if job.failure is None:
            return "SUCCEEDED"
        return "CANCELLED" if job.cancelled else "FAILED"

    async def _task_json(self, job: RunwayJob) -> dict[str, Any]:
        now, word = self._service.clock.now(), self._word(job)
        body: dict[str, Any] = {
            "id": job.request_id,
            "status": word,
            "createdAt": datetime.fromtimestamp(job.accepted_at, UTC).isoformat(),
        }
        if word in {"PENDING", "THROTTLED", "RUNNING"}:
            body["estimatedCost"] = {"credits": job.credits}
        if word == "RUNNING":
            body["progress"] = round((now - job.start_at) / job.run_seconds, 3)
        if word == "SUCCEEDED":
            await self._service.video(job)
            body["output"] = [self._service.link(job).url]
            body["cost"] = {"credits": job.credits}
        if word == "CANCELLED":
            body["cost"] = {"credits": job.credits}
        if word == "FAILED" and job.failure is not None:
            body["failure"] = "The task did not succeed."
            body["failureCode"] = job.failure.body["failureCode"]
            body["cost"] = {"credits": self._service.settings.failed_credits}
        return body


class UploadHost:
    """Answers uploads: a placeholder by the key, then a form without it.

    Args:
        service: State of the service.
    """

    def __init__(self, service: RunwayService) -> None:
        self._service = service
        self._addresses: dict[str, str] = {}

    async def create(self, request: Request) -> Response:
        """Answer `POST /v1/uploads`."""
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None

        async def reply(_: Struck) -> Response:
            if refused := self._service.refused(request):
                return refused
            given = body if isinstance(body, dict) else {}
            name = given.get("filename")
            if not isinstance(name, str) or given.get("type") != "ephemeral":
                issue = {"code": "invalid_type", "path": ["filename"], "message": "Required"}
                return error_response(400, "Validation of body failed", issues=[issue])
            token = uuid.uuid4().hex
            address = f"runway://ephemeral/{token}"
            self._addresses[token] = address
            self._service.ledger.uploads[address] = Upload(name, "")
            answer = {
                "uploadUrl": f"{self._service.media_url}/form/{token}",
                "fields": {"key": f"uploads/{token}", "policy": "signed"},
                "runwayUri": address,
            }
            return json_response(answer)

        return await self._service.answer(Call(Operation.UPLOAD), reply)

    async def take(self, request: Request) -> Response:
        """Answer the form, as S3 does: the fields are the permission, and a key is one too many."""
        token = request.path_params["token"]
        upload = self._service.ledger.uploads.get(self._addresses.get(token, ""))
        parts = _parts(request.headers.get("content-type", ""), await request.body())
        _, data = parts.get("file", ("", b""))
        least, most = UPLOAD_BYTES
        if upload is None or "authorization" in request.headers:
            return PlainTextResponse("InvalidArgument", 400)
        if parts.get("key", ("", b""))[1] != f"uploads/{token}".encode():
            return PlainTextResponse("AccessDenied", 403)
        if not least <= len(data) <= most:
            return PlainTextResponse("EntityTooLarge or EntityTooSmall", 400)
        upload.content_type, upload.data = parts["file"]
        upload.uploaded_at = self._service.clock.now()
        return Response(None, 204)

    def seconds(self, address: str) -> float | None:
        """Length of a video that was uploaded; 0 for another file, None for one that is gone."""
        upload = self._service.ledger.uploads.get(address)
        if upload is None or upload.data is None:
            return None
        lifetime = self._service.settings.upload_lifetime
        if self._service.clock.now() >= upload.uploaded_at + lifetime:
            return None
        return clips.seconds_of(upload.data) if upload.content_type.startswith("video/") else 0.0


def _rate(order: Order, settings: RunwaySettings) -> float:
    """Credits that a second of the video costs."""
    rate = RATES.get(order.model)
    return rate(order.clip.width * order.clip.height) if rate else settings.credits_per_second


def _parts(content_type: str, body: bytes) -> dict[str, tuple[str, bytes]]:
    """The parts of a form by name: media type and content."""
    boundary = content_type.partition("boundary=")[2].encode()
    found: dict[str, tuple[str, bytes]] = {}
    for part in body.split(b"--" + boundary)[1:-1] if boundary else []:
        head, _, content = part.partition(b"\r\n\r\n")
        if name := _FIELD.search(head):
            kind = re.search(rb"(?i)content-type: *(\S+)", head)
            found[name[1].decode()] = (kind[1].decode() if kind else "", content[:-2])
    return found


def error_response(
    status: int, text: str, *, issues: list[dict[str, Any]] | None = None
) -> Response:
    """Return an error reply."""
    body: dict[str, Any] = {"error": text}
    if issues is not None:
        body["issues"] = issues
    return json_response(body | {"docUrl": DOCS}, status)


def _unknown() -> Response:
    return error_response(404, "Could not find a task with that ID.")


class RunwayEmulator(Emulator[RunwaySettings]):
    """Runway on loopback.

    Args:
        settings: What to do; may be changed at any time through `settings`.
    """

    _service: RunwayService

    def __init__(self, settings: RunwaySettings | None = None) -> None:
        server = LoopbackServer(self._answer, (0, 0, 0))
        service = RunwayService(settings or RunwaySettings(), server.close_connection)
        super().__init__(service, server)
        uploads = UploadHost(service)
        tasks = TaskHost(service, uploads)
        self._app = Starlette(
            routes=[
                Route("/v1/organization", tasks.organization, methods=["GET"]),
                *(Route(f"/v1/{name}", tasks.create, methods=["POST"]) for name in ROUTES),
                Route("/docs/openapi.json", tasks.document, methods=["GET"]),
                Route("/v1/tasks/{id}", tasks.retrieve, methods=["GET"]),
                Route("/v1/tasks/{id}", tasks.delete, methods=["DELETE"]),
                Route("/v1/uploads", uploads.create, methods=["POST"]),
                Route("/form/{token}", uploads.take, methods=["POST"]),
                *self._common_routes(),
            ]
        )


if __name__ == "__main__":
    RunwayEmulator(settings_from_arguments(RunwaySettings)).run()
