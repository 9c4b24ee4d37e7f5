"""An emulator of Ark's video tasks on loopback.

It can be started inside a test (`with ArkEmulator() as ark:`) or as a process of its own
(`python -m emulators.ark --settings '{"run_seconds": [1, 3]}'`).
"""

from __future__ import annotations

import json
import math
import random
import string
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.routing import Route

from emulators.ark_inputs import Task, TaskError, read_task
from emulators.drafts import can_be_rendered
from emulators.emulator import Emulator, settings_from_arguments
from emulators.faults import Call, Fault, FaultKind, Operation, Struck
from emulators.jobs import Failure, Job, JobStatus
from emulators.server import LoopbackServer
from emulators.service import Service, call_of, json_response
from emulators.settings import Settings

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["ARK_KEY", "ArkEmulator", "ArkSettings", "Fault", "FaultKind", "Operation"]

ARK_KEY = "ark-emulator-key"

PATH = "/api/v3/contents/generations/tasks"

RECORD_LIFETIME = 7 * 86_400.0
"""Seconds for which a task is remembered."""

PAGE_LIMIT = 500


@dataclass
class ArkSettings(Settings):
    """Settings of one emulated Ark.

    Attributes:
        lists_per_second: List calls let through; None for no limit. Ark's own limit is 1.
        list_lag: Seconds before the list shows a task.
        may_list: Whether the key may list tasks at all.
        queue_cap: Tasks that may wait; more are refused with `QuotaExceeded`.
    """

    keys: frozenset[str] = frozenset({ARK_KEY})
    lists_per_second: float | None = None
    list_lag: float = 0.0
    may_list: bool = True
    queue_cap: int | None = None


@dataclass(kw_only=True)
class ArkJob(Job):
    """One accepted task.

    Attributes:
        task: What it is to make.
    """

    task: Task


class ArkService(Service):
    """Ark's words for what all services share."""

    settings: ArkSettings

    def server_error(self, status: int) -> Response:
        """Return a failure of Ark itself."""
        return error_response(status, "InternalServiceError", "The service met an internal error.")

    def too_many_reply(self, headers: dict[str, str]) -> Response:
        """Return a 429 answer; Ark names no time to wait."""
        del headers
        code = "RateLimitExceeded.EndpointRPMExceeded"
        return error_response(429, code, "The requests per minute limit is exceeded.")


class TaskHost:
    """Answers everything about tasks.

    Args:
        service: State of the service.
    """

    def __init__(self, service: ArkService) -> None:
        self._service = service
        self._list_free_at = 0.0

    async def create(self, request: Request) -> Response:
        """Answer `POST /contents/generations/tasks`."""
        raw = await request.body()
        try:
            body = json.loads(raw)
        except ValueError:
            body = None

        async def reply(struck: Struck) -> Response:
            if refused := self._refused_key(request):
                return refused
            service = self._service
            await service.pause(service.settings.accept_delay)
            try:
                task = self._drafted(read_task(body))
            except TaskError as error:
                return error_response(400, error.code, str(error), error.param)
            now = service.clock.now()
            cap = service.settings.queue_cap
            if cap is not None and service.line.length(now) >= cap:
                text = "The number of tasks in the queue exceeds the quota."
                return error_response(429, "QuotaExceeded", text)
            job = self._accept(request, body, task, now, struck)
            await service.pause(service.settings.answer_delay, since=job.accepted_at)
            return json_response({"id": job.request_id})

        model = body.get("model") if isinstance(body, dict) else None
        return await self._service.answer(Call(Operation.SUBMIT, model, None, body), reply)

    async def get(self, request: Request) -> Response:
        """Answer `GET /contents/generations/tasks/{id}`."""
        job = self._service.ledger.jobs.get(request.path_params["id"])

        async def reply(struck: Struck) -> Response:
            if refused := self._refused_key(request):
                return refused
            if not self._service.may_poll():
                return self._service.too_many(self._service.settings.poll_retry_after)
            if FaultKind.NOT_FOUND in struck or not self._is_kept(job):
                return _unknown()
            return json_response(await self._task_json(job))

        return await self._service.answer(call_of(Operation.STATUS, job), reply)

    async def list(self, request: Request) -> Response:
        """Answer `GET /contents/generations/tasks`, newest first."""
        query = request.query_params

        async def reply(_: Struck) -> Response:
            if refused := self._refused_key(request):
                return refused
            if not self._service.settings.may_list:
                text = "The key has no right to list tasks of all models."
                return error_response(403, "AccessDenied", text)
            if not self._may_list():
                return self._service.too_many(1.0)
            try:
                page, size = int(query.get("page_num", 1)), int(query.get("page_size", 20))
            except ValueError:
                return error_response(400, "InvalidParameter", "page_num is not a number")
            if not (1 <= page <= PAGE_LIMIT and 1 <= size <= PAGE_LIMIT):
                return error_response(400, "InvalidParameter", "page_num or page_size")
            ids, status = query.getlist("filter.task_ids"), query.get("filter.status")
            horizon = self._service.clock.now() - self._service.settings.list_lag
            jobs = [
                job
                for job in reversed(self._service.ledger.jobs.values())
                if self._is_kept(job)
                and job.accepted_at <= horizon
                and (not ids or job.request_id in ids)
                and query.get("filter.model") in (None, job.endpoint)
                and status in (None, self._word(job))
            ]
            shown = [await self._task_json(job) for job in jobs[(page - 1) * size : page * size]]
            return json_response({"items": shown, "total": len(jobs)})

        return await self._service.answer(Call(Operation.HISTORY), reply)

    async def delete(self, request: Request) -> Response:
        """Answer `DELETE /contents/generations/tasks/{id}`: cancel, or forget."""
        job = self._service.ledger.jobs.get(request.path_params["id"])

        async def reply(_: Struck) -> Response:
            if refused := self._refused_key(request):
                return refused
            if job is None or not self._is_kept(job):
                return _unknown()
            match self._word(job):
                case "queued":
                    now = self._service.clock.now()
                    job.cancel(now, Failure(200, {}, "cancelled"))
                    self._service.line.reschedule(now)
                case "running":
                    text = f"Cannot delete task {job.request_id} because it is currently running"
                    return error_response(409, "InvalidAction.RunningTaskDeletion", text)
                case "cancelled":
                    return error_response(400, "InvalidAction", "The task is cancelled already")
                case _:
                    del self._service.ledger.jobs[job.request_id]
            return json_response({})

        return await self._service.answer(call_of(Operation.CANCEL, job), reply)

    def _accept(
        self, request: Request, body: dict[str, Any], task: Task, now: float, struck: Struck
    ) -> ArkJob:
        service, settings = self._service, self._service.settings
        tail = "".join(service.random.choices(string.ascii_lowercase + string.digits, k=5))
        job = ArkJob(
            request_id=f"cgt-{time.strftime('%Y%m%d%H%M%S', time.gmtime(now))}-{tail}",
            endpoint=task.model,
            input=body,
            headers={k: v for k, v in request.headers.items() if k != "authorization"},
            accepted_at=now,
            ready_at=now + service.draw(settings.queue_seconds, task.model, body),
            run_seconds=service.draw(settings.run_seconds, task.model, body),
            clip=task.clip,
            seed=task.seed if task.seed >= 0 else service.random.randrange(2**31),
            task=task,
        )
        if fault := struck.get(FaultKind.MODEL_FAILURE):
            del fault
            code = "OutputVideoSensitiveContentDetected.PolicyViolation"
            job.failure = Failure(200, error(code, "The output may hold sensitive content."))
        elif fault := struck.get(FaultKind.PLATFORM_FAILURE):
            expired = fault.error_type == "expired"
            body = error("InternalServiceError", "The service met an internal error.")
            job.failure = Failure(200, body, "expired" if expired else None)
        service.line.add(job)
        service.ledger.jobs[job.request_id] = job
        return job

    def _drafted(self, task: Task) -> Task:
        """A task with what it has from its draft, if it renders one in full."""
        if task.draft_of is None:
            return task
        draft = self._service.ledger.jobs.get(task.draft_of)
        if not isinstance(draft, ArkJob) or not can_be_rendered(draft, self._service.clock.now()):
            text = "The draft task does not exist, has not succeeded, or has expired."
            raise TaskError(text, code="InvalidParameter.draft_task", param="content")
        own = draft.task
        return replace(
            own,
            resolution=task.resolution,
            safety_identifier=task.safety_identifier,
            draft=False,
            draft_of=task.draft_of,
        )

    def _word(self, job: Job) -> str:
        status = job.status(self._service.clock.now())
        if status is JobStatus.IN_QUEUE:
            return "queued"
        if status is JobStatus.IN_PROGRESS:
            return "running"
        if job.failure is None:
            return "succeeded"
        return job.failure.error_type or "failed"

    async def _task_json(self, job: Job) -> dict[str, Any]:
        assert isinstance(job, ArkJob)
        task, word = job.task, self._word(job)
        body: dict[str, Any] = {
            "id": job.request_id,
            "model": task.model,
            "status": word,
            "error": None,
            "created_at": int(job.accepted_at),
            "updated_at": int(min(self._service.clock.now(), job.done_at)),
            "service_tier": "default",
            "execution_expires_after": 172_800,
        }
        if task.draft_of is not None:
            body["draft_task_id"] = task.draft_of
        if task.safety_identifier is not None:
            body["safety_identifier"] = task.safety_identifier
        if word == "failed" and job.failure is not None:
            body["error"] = job.failure.body["error"]
        if word == "succeeded":
            tokens = math.floor(task.tokens)
            await self._service.video(job)
            body |= {
                "content": {"video_url": self._service.link(job).url},
                "usage": {"completion_tokens": tokens, "total_tokens": tokens},
                "seed": job.seed,
                "resolution": task.resolution,
                "ratio": task.ratio,
                "duration": task.duration,
                "framespersecond": 24,
                "generate_audio": task.generate_audio,
            }
        return body

    def _is_kept(self, job: Job | None) -> bool:
        return job is not None and self._service.clock.now() < job.accepted_at + RECORD_LIFETIME

    def _may_list(self) -> bool:
        rate, now = self._service.settings.lists_per_second, self._service.clock.now()
        if rate is None:
            return True
        if now < self._list_free_at:
            return False
        self._list_free_at = now + 1.0 / rate
        return True

    def _refused_key(self, request: Request) -> Response | None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer" and key in self._service.settings.keys:
            return None
        text = "The API key in the request is missing or invalid."
        return error_response(401, "AuthenticationError", text)


def error(code: str, message: str, param: str = "", kind: str = "") -> dict[str, Any]:
    """Return Ark's error object."""
    text = f"{message} Request id: {random.getrandbits(64):016x}"
    return {"error": {"code": code, "message": text, "param": param, "type": kind}}


def error_response(status: int, code: str, message: str, param: str = "") -> Response:
    """Return an error reply; the code is in a header as well."""
    headers = {"x-request-id": f"{random.getrandbits(64):016x}", "x-error-code": code}
    return json_response(error(code, message, param), status, headers)


def _unknown() -> Response:
    return error_response(404, "ResourceNotFound", "The specified task is not found.")


class ArkEmulator(Emulator[ArkSettings]):
    """Ark on loopback.

    Args:
        settings: What to do; may be changed at any time through `settings`.
    """

    _service: ArkService

    def __init__(self, settings: ArkSettings | None = None) -> None:
        server = LoopbackServer(self._answer, (0, 0, 0))
        super().__init__(ArkService(settings or ArkSettings(), server.close_connection), server)
        host = TaskHost(self._service)
        self._app = Starlette(
            routes=[
                Route(PATH, host.create, methods=["POST"]),
                Route(PATH, host.list, methods=["GET"]),
                Route(f"{PATH}/{{id}}", host.get, methods=["GET"]),
                Route(f"{PATH}/{{id}}", host.delete, methods=["DELETE"]),
                *self._common_routes(),
            ]
        )

    @property
    def url(self) -> str:
        """Base URL that stands for https://ark.ap-southeast.bytepluses.com/api/v3."""
        return f"{self.base_url}/api/v3"

    @property
    def urls(self) -> dict[str, str]:
        """Base URLs by name, for another process."""
        return super().urls | {"url": self.url}


if __name__ == "__main__":
    ArkEmulator(settings_from_arguments(ArkSettings)).run()
