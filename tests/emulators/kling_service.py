"""What both families of an emulated Kling share: one account, one store of tasks, one envelope."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from emulators.faults import Call, FaultKind, Operation, Struck
from emulators.jobs import Failure, Job, JobStatus
from emulators.kling_inputs import TaskError
from emulators.service import Service, json_response
from emulators.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from emulators.kling_inputs import Task

KLING_KEY = "kling-emulator-key"
KLING_PAIR = "emulator-access:emulator-secret-of-the-pair"

THIRTY_DAYS = 30 * 86_400.0

STATUS = {
    1000: 401,
    1001: 401,
    1002: 401,
    1003: 401,
    1004: 401,
    1100: 429,
    1101: 429,
    1102: 429,
    1103: 403,
    1200: 400,
    1201: 400,
    1202: 404,
    1203: 404,
    1300: 400,
    1301: 400,
    1302: 429,
    1303: 429,
    1304: 429,
    5000: 500,
    5001: 503,
    5002: 504,
}
"""HTTP status by code."""

MESSAGES = {
    1100: "Account exception",
    1101: "Account in arrears",
    1102: "Account balance not enough",
    1103: "No permission to access the requested resource",
    1300: "Trigger the platform strategy",
    1301: "Trigger the content safety policy of the platform",
    1302: "Too many requests",
    1303: "parallel task over resource pack limit",
    1304: "Trigger the IP whitelist policy",
    5000: "Internal server error",
    5001: "Service temporarily unavailable",
    5002: "Server internal timeout",
}

MODERATED = "Failure to pass the risk control system"
BROKEN = "Internal error, please try again later"


@dataclass
class KlingSettings(Settings):
    """Settings of one emulated Kling.

    Attributes:
        keys: API keys that are let in, by both families.
        pairs: Pairs ``<access key>:<secret key>`` whose tokens the older family lets in.
        places: Tasks that may run at once; more are refused with 1303. None for no limit.
        lookup_lag: Seconds before a task is found by its external id.
        duplicates: What becomes of an external id that exists already.
        refuse_with: Code with which every create is refused; None for none.
        pays_with: What the account pays with: money, or units of a resource pack.
        kept_seconds: Seconds after its creation for which a task is remembered.
    """

    keys: frozenset[str] = frozenset({KLING_KEY})
    pairs: frozenset[str] = frozenset({KLING_PAIR})
    places: int | None = None
    lookup_lag: float = 0.0
    duplicates: Literal["accept_duplicate", "reject_1201"] = "accept_duplicate"
    refuse_with: int | None = None
    pays_with: Literal["cash", "unit"] = "cash"
    kept_seconds: float = THIRTY_DAYS
    url_lifetime: float | None = THIRTY_DAYS


@dataclass(kw_only=True)
class KlingJob(Job):
    """One accepted task.

    Attributes:
        task: What it is to make.
    """

    task: Task


class KlingService(Service):
    """Kling's words for what all services share, and its account."""

    settings: KlingSettings

    def server_error(self, status: int) -> Response:
        """Return a failure of Kling itself."""
        code = {503: 5001, 504: 5002}.get(status, 5000)
        return refused(code, status=status)

    def too_many_reply(self, headers: dict[str, str]) -> Response:
        """Return a 429 answer; Kling names no time to wait."""
        del headers
        return refused(1302)

    async def create(
        self,
        request: Request,
        check_key: Callable[[Request], Response | None],
        read: Callable[[Any], Task],
        show: Callable[[KlingJob], dict[str, Any]],
    ) -> Response:
        """Answer a create call: key, body, external id, account and places, in this order.

        Args:
            request: The call.
            check_key: Returns the refusal of a key that is not let in.
            read: Reads the body.
            show: Returns what the reply says of the task.
        """
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None

        async def reply(struck: Struck) -> Response:
            if (wrong_key := check_key(request)) is not None:
                return wrong_key
            await self.pause(self.settings.accept_delay)
            if not isinstance(body, dict):
                return refused(1200, "The request body is not a JSON object")
            try:
                task = read(body)
            except TaskError as error:
                return refused(1201, str(error))
            if (refusal := self._refusal_of(task)) is not None:
                return refusal
            job = self._accept(request, body, task, struck)
            await self.pause(self.settings.answer_delay, since=job.accepted_at)
            return told(show(job))

        return await self.answer(Call(Operation.SUBMIT, request.url.path, None, body), reply)

    def is_kept(self, job: Job) -> bool:
        """Tell whether a task is remembered."""
        return self.clock.now() < job.accepted_at + self.settings.kept_seconds

    def named(self, external_id: str) -> list[KlingJob]:
        """Return the tasks of an external id, as far as the lag lets them be seen."""
        horizon = self.clock.now() - self.settings.lookup_lag
        return [
            job
            for job in self._jobs()
            if job.task.external_id == external_id
            and job.accepted_at <= horizon
            and self.is_kept(job)
        ]

    def word(self, job: Job, success: str) -> str:
        """Return the state of a task, in Kling's words; the families differ in one."""
        status = job.status(self.clock.now())
        if status is JobStatus.IN_QUEUE:
            return "submitted"
        if status is JobStatus.IN_PROGRESS:
            return "processing"
        return success if job.failure is None else "failed"

    def times(self, job: Job) -> tuple[int, int]:
        """Return when a task was created and last changed, in milliseconds."""
        changed = min(self.clock.now(), job.done_at)
        return int(job.accepted_at * 1000), int(changed * 1000)

    def bearer(self, request: Request) -> str | Response:
        """Return what a request bears, or the refusal of one that bears nothing."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if not key:
            return refused(1001, "Authorization is empty")
        if scheme != "Bearer":
            return refused(1002, "Authorization is invalid")
        return key

    def _refusal_of(self, task: Task) -> Response | None:
        """Return the refusal of a task that is right in itself."""
        settings = self.settings
        jobs = list(self._jobs())
        taken = {job.task.external_id for job in jobs if job.task.external_id is not None}
        if settings.duplicates == "reject_1201" and task.external_id in taken:
            return refused(1201, "external_task_id: it exists already")
        if settings.refuse_with is not None:
            return refused(settings.refuse_with)
        now = self.clock.now()
        running = sum(job.status(now) is not JobStatus.COMPLETED for job in jobs)
        if settings.places is not None and running >= settings.places:
            self.ledger.counts["full"] += 1
            return refused(1303)
        return None

    def _accept(
        self, request: Request, body: dict[str, Any], task: Task, struck: Struck
    ) -> KlingJob:
        now = self.clock.now()
        job = KlingJob(
            request_id=str(self.random.randrange(10**17, 10**18)),
            endpoint=request.url.path.lstrip("/"),
            input=body,
            headers={k: v for k, v in request.headers.items() if k != "authorization"},
            accepted_at=now,
            ready_at=now + self.draw(self.settings.queue_seconds, request.url.path, body),
            run_seconds=self.draw(self.settings.run_seconds, request.url.path, body),
            clip=task.clip,
            seed=0,
            task=task,
        )
        if FaultKind.MODEL_FAILURE in struck:
            job.failure = Failure(200, {"message": MODERATED})
        elif FaultKind.PLATFORM_FAILURE in struck:
            job.failure = Failure(200, {"message": BROKEN})
        self.line.add(job)
        self.ledger.jobs[job.request_id] = job
        return job

    def _jobs(self) -> list[KlingJob]:
        return [job for job in self.ledger.jobs.values() if isinstance(job, KlingJob)]


def told(data: Any) -> Response:
    """Return a reply that holds what was asked for."""
    return json_response(
        {"code": 0, "message": "SUCCEED", "request_id": str(uuid.uuid4()), "data": data}
    )


def refused(code: int, message: str | None = None, *, status: int | None = None) -> Response:
    """Return an error reply; it has no `data`."""
    text = MESSAGES.get(code, "Failed") if message is None else message
    body = {"code": code, "message": text, "request_id": str(uuid.uuid4())}
    return json_response(body, STATUS[code] if status is None else status)


def message_of(job: Job) -> str:
    """Return why a task failed; empty when it did not."""
    return str(job.failure.body["message"]) if job.failure else ""
