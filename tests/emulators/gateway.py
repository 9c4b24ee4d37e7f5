"""An emulated gateway on loopback: the routes of docs/reference/gateway.openapi.yaml.

`python -m emulators.gateway --settings '{"run_seconds": [1, 3]}'` runs it as a process.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.routing import Route

from emulators import clips
from emulators.emulator import Emulator, settings_from_arguments
from emulators.faults import Call, FaultKind, Operation, Struck
from emulators.gateway_inputs import InputHost, missing
from emulators.gateway_news import news
from emulators.jobs import Failure, Job, JobStatus
from emulators.server import LoopbackServer
from emulators.service import Service, call_of, json_response
from emulators.settings import Settings
from rushes.contract.errors import RushesError
from rushes.contract.params import VideoGenParams

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

GATEWAY_TOKEN = "gateway-emulator-token"

APP = "rushes"


@dataclass
class GatewaySettings(Settings):
    """Settings of one emulated gateway.

    Attributes:
        models: What it announces, in the words of provider files.
        policy: What it allows, in the words of policy files; None for no policy.
        balance: US dollars that the application has left; None where that is not offered.
        uploads: Whether it takes files by their digest; earlier gateways do not.
        streams: Whether it has a stream of news, likewise.
        stream_comment: Seconds between the comments on a stream.
    """

    keys: frozenset[str] = frozenset({GATEWAY_TOKEN})
    models: list[dict[str, Any]] = field(default_factory=list)
    policy: dict[str, Any] | None = None
    balance: float | None = 40.0
    uploads: bool = True
    streams: bool = True
    stream_comment: float = 10.0


class GatewayService(Service):
    """A gateway's words for what all services share."""

    settings: GatewaySettings

    def server_error(self, status: int) -> Response:
        """Return a failure of the gateway itself."""
        return json_response({"error": "Internal error", "code": "BACKEND_UNAVAILABLE"}, status)

    def too_many_reply(self, headers: dict[str, str]) -> Response:
        """Return a 429 answer."""
        return json_response({"error": "Too many requests", "code": "RATE_LIMITED"}, 429, headers)


class JobHost:
    """Answers everything about jobs.

    Args:
        service: State of the gateway.
    """

    def __init__(self, service: GatewayService) -> None:
        self._service = service
        self._inputs = InputHost(service, self._refused)

    async def submit(self, request: Request) -> Response:
        """Answer `POST /v1/videogen/{app}/jobs`: the same jobId again is the same job."""
        body = json.loads(await request.body())

        async def reply(struck: Struck) -> Response:
            if refused := self._refused(request):
                return refused
            service, settings = self._service, self._service.settings
            await service.pause(settings.accept_delay)
            job_id = body.get("jobId")
            if not isinstance(job_id, str) or body.keys() != {"jobId", "params"}:
                return _error(400, "VIDEO_GEN_INVALID_PARAMS", "jobId and params are needed")
            job = service.ledger.jobs.get(job_id)
            if job is None:
                if name := missing(body["params"], service.ledger.uploads):
                    return _error(400, "VIDEO_GEN_INVALID_PARAMS", f"{name} is not uploaded")
                try:
                    params = VideoGenParams.from_json(body["params"])
                except RushesError as error:
                    return json_response(error.to_json() | {"error": error.message}, 400)
                job = self._accept(job_id, params, body["params"], struck)
            await service.pause(settings.answer_delay, since=job.accepted_at)
            return json_response(await self._shown(job), 202)

        call = Call(Operation.SUBMIT, None, None, body)
        return await self._service.answer(call, reply)

    async def list(self, request: Request) -> Response:
        """Answer `GET /v1/jobs/{app}?ids=a,b`; what is unknown is left out."""
        ids = [each for each in request.query_params.get("ids", "").split(",") if each]
        jobs = [self._service.ledger.jobs.get(each) for each in ids]

        async def reply(struck: Struck) -> Response:
            if refused := self._refused(request):
                return refused
            if not self._service.may_poll():
                return self._service.too_many(self._service.settings.poll_retry_after)
            known = [job for job in jobs if job is not None and FaultKind.NOT_FOUND not in struck]
            return json_response({"jobs": [await self._shown(job) for job in known]})

        only = jobs[0] if len(jobs) == 1 else None
        return await self._service.answer(call_of(Operation.STATUS, only), reply)

    async def cancel(self, request: Request) -> Response:
        """Answer `POST /v1/jobs/{app}/{jobId}/cancel`."""
        job = self._service.ledger.jobs.get(request.path_params["id"])

        async def reply(_: Struck) -> Response:
            if refused := self._refused(request):
                return refused
            if job is None:
                return _error(404, "JOB_NOT_FOUND", "There is no such job")
            now = self._service.clock.now()
            if job.status(now) is JobStatus.COMPLETED:
                words = {"cancelled": False, "mayBill": True, "message": "It is finished already."}
                return json_response(words)
            error = {"code": "JOB_CANCELLED", "error": "It was cancelled."}
            job.cancel(now, Failure(200, error | {"errorDetail": {"type": "cancelled"}}))
            self._service.line.reschedule(now)
            words = {"cancelled": True, "mayBill": True, "message": "It was stopped; it may bill."}
            return json_response(words)

        return await self._service.answer(call_of(Operation.CANCEL, job), reply)

    async def models(self, request: Request) -> Response:
        """Answer `GET /v1/videogen/models`."""
        refused = self._refused(request)
        return refused or json_response({"models": self._service.settings.models})

    async def policy(self, request: Request) -> Response:
        """Answer `GET /v1/videogen/{app}/policy`."""
        policy = self._service.settings.policy
        if refused := self._refused(request):
            return refused
        return _error(404, "NOT_FOUND", "No policy") if policy is None else json_response(policy)

    async def credits(self, request: Request) -> Response:
        """Answer `GET /v1/credits/{app}`."""
        amount = self._service.settings.balance
        if refused := self._refused(request):
            return refused
        if amount is None:
            return _error(404, "NOT_FOUND", "Not offered")
        return json_response({"balance": {"amount": amount, "currency": "USD"}})

    async def news(self, request: Request) -> Response:
        """Answer `GET /v1/jobs/{app}/events`."""
        settings = self._service.settings
        if not settings.streams:
            return _error(404, "NOT_FOUND", "There is nothing here")

        async def reply(struck: Struck) -> Response:
            if refused := self._refused(request):
                return refused
            return news(self._service, request, self._shown, settings.stream_comment, struck)

        return await self._service.answer(Call(Operation.STREAM), reply)

    async def find_input(self, request: Request) -> Response:
        """Answer `GET /v1/inputs/{app}/{sha256}`."""
        if not self._service.settings.uploads:
            return _error(404, "NOT_FOUND", "There is nothing here")
        return await self._inputs.find(request)

    async def keep_input(self, request: Request) -> Response:
        """Answer `PUT /v1/inputs/{app}/{sha256}`."""
        if not self._service.settings.uploads:
            return _error(404, "NOT_FOUND", "There is nothing here")
        return await self._inputs.keep(request)

    def _accept(
        self, job_id: str, params: VideoGenParams, body: dict[str, Any], struck: Struck
    ) -> Job:
        service, settings = self._service, self._service.settings
        now = service.clock.now()
        job = Job(
            request_id=job_id,
            endpoint=params.provider,
            input=body,
            headers={},
            accepted_at=now,
            ready_at=now + service.draw(settings.queue_seconds, params.provider, body),
            run_seconds=service.draw(settings.run_seconds, params.provider, body),
            clip=clips.TINY,
            seed=service.random.randrange(2**31),
        )
        if FaultKind.MODEL_FAILURE in struck:
            error = {"code": "VIDEO_GEN_SAFETY_FILTER", "error": "The video was refused."}
            job.failure = Failure(200, error)
        service.line.add(job)
        service.ledger.jobs[job_id] = job
        return job

    async def _shown(self, job: Job) -> dict[str, Any]:
        now = self._service.clock.now()
        shown: dict[str, Any] = {"jobId": job.request_id}
        match job.status(now):
            case JobStatus.IN_QUEUE:
                return shown | {
                    "status": "queued",
                    "position": self._service.line.position(job, now),
                }
            case JobStatus.IN_PROGRESS:
                done = (now - job.start_at) / max(job.run_seconds, 0.001)
                return shown | {"status": "running", "progress": round(min(done, 1.0), 3)}
        if job.failure is not None:
            return shown | {"status": "failed", **job.failure.body}
        await self._service.video(job)
        result = {"generationId": job.request_id, "videoUrl": self._service.link(job).url}
        cost = {"amount": 0.5, "currency": "USD"}
        return shown | {"status": "completed", "result": result | {"seed": job.seed}, "cost": cost}

    def _refused(self, request: Request) -> Response | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer" and token in self._service.settings.keys:
            return None
        return _error(401, "AUTHENTICATION", "The token is not valid")


def _error(status: int, code: str, text: str) -> Response:
    return json_response({"error": text, "code": code}, status)


class GatewayEmulator(Emulator[GatewaySettings]):
    """A gateway on loopback.

    Args:
        settings: What to do; may be changed at any time through `settings`.
    """

    _service: GatewayService

    def __init__(self, settings: GatewaySettings | None = None) -> None:
        server = LoopbackServer(self._answer, (0, 0, 0))
        service = GatewayService(settings or GatewaySettings(), server.close_connection)
        super().__init__(service, server)
        host = JobHost(service)
        self._app = Starlette(
            routes=[
                Route(f"/v1/videogen/{APP}/jobs", host.submit, methods=["POST"]),
                Route(f"/v1/videogen/{APP}/policy", host.policy, methods=["GET"]),
                Route(f"/v1/credits/{APP}", host.credits, methods=["GET"]),
                Route("/v1/videogen/models", host.models, methods=["GET"]),
                Route(f"/v1/jobs/{APP}", host.list, methods=["GET"]),
                Route(f"/v1/jobs/{APP}/events", host.news, methods=["GET"]),
                Route(f"/v1/inputs/{APP}/{{sha256}}", host.find_input, methods=["GET"]),
                Route(f"/v1/inputs/{APP}/{{sha256}}", host.keep_input, methods=["PUT"]),
                Route(f"/v1/jobs/{APP}/{{id}}/cancel", host.cancel, methods=["POST"]),
                *self._common_routes(),
            ]
        )


if __name__ == "__main__":
    GatewayEmulator(settings_from_arguments(GatewaySettings)).run()
