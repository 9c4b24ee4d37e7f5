"""The new family of an emulated Kling: the model in the address, an API key, batched reading."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from emulators.faults import Call, FaultKind, Operation, Struck
from emulators.kling_inputs import read_task
from emulators.kling_service import KlingJob, message_of, refused, told

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulators.kling_inputs import Kind
    from emulators.kling_service import KlingService

KINDS: dict[str, Kind] = {"text-to-video": "text2video", "image-to-video": "image2video"}

NO_API_KEY = (
    "The current API does not support AK/SK authentication, please create an API key to use it"
)
"""Said of a token, and of any wrong key as well."""


class NewHost:
    """Answers the new routes.

    Args:
        service: The account.
    """

    def __init__(self, service: KlingService) -> None:
        self._service = service

    async def create(self, request: Request) -> Response:
        """Answer `POST /text-to-video/{model}` and `POST /image-to-video/{model}`."""
        if request.path_params["model"] != "kling-3.0":
            return refused(1203, "The model does not exist")
        kind = KINDS[request.url.path.split("/")[1]]
        return await self._service.create(
            request, self._refused_key, partial(read_task, kind), self._created
        )

    async def get(self, request: Request) -> Response:
        """Answer `GET /tasks`, by ids or by external ids."""
        query = request.query_params
        by_name = "external_task_ids" in query

        async def reply(struck: Struck) -> Response:
            if (wrong_key := self._refused_key(request)) is not None:
                return wrong_key
            if by_name == ("task_ids" in query):
                return refused(1201, "exactly one of task_ids and external_task_ids is needed")
            if not self._service.may_poll():
                return self._service.too_many(self._service.settings.poll_retry_after)
            if by_name:
                names = query["external_task_ids"].split(",")
                jobs = [job for name in names for job in self._service.named(name)]
            else:
                jobs = self._found(query["task_ids"].split(","))
            if FaultKind.NOT_FOUND in struck:
                jobs = []
            return told([await self._shown(job) for job in jobs])

        operation = Operation.HISTORY if by_name else Operation.STATUS
        return await self._service.answer(Call(operation), reply)

    def _found(self, ids: list[str]) -> list[KlingJob]:
        known = [self._service.ledger.jobs.get(each) for each in ids]
        return [job for job in known if isinstance(job, KlingJob) and self._service.is_kept(job)]

    def _created(self, job: KlingJob) -> dict[str, Any]:
        created, changed = self._service.times(job)
        return {
            "id": job.request_id,
            "status": "submitted",
            "external_id": job.task.external_id or "",
            "message": "",
            "create_time": created,
            "update_time": changed,
        }

    async def _shown(self, job: KlingJob) -> dict[str, Any]:
        word = self._service.word(job, "succeeded")
        shown = self._created(job) | {"status": word, "outputs": [], "billing": []}
        if word == "failed":
            shown["message"] = message_of(job)
        if word == "succeeded":
            await self._service.video(job)
            url = self._service.link(job).url
            output = {
                "type": "video",
                "id": str(int(job.request_id) + 1),
                "url": url,
                "duration": f"{job.task.seconds + 0.041:.3f}",
            }
            if job.task.watermark:
                output["watermark_url"] = url
            shown["outputs"] = [output]
            shown["billing"] = [self._billed(job)]
        return shown

    def _billed(self, job: KlingJob) -> dict[str, str]:
        if self._service.settings.pays_with == "unit":
            units = f"{job.task.price / 0.14:.2f}"
            return {"charge_type": "unit", "package_type": "video", "amount": units}
        return {
            "charge_type": "cash",
            "cash_type": "balance",
            "amount": f"{job.task.price:.4f}",
            "currency": "USD",
        }

    def _refused_key(self, request: Request) -> Response | None:
        key = self._service.bearer(request)
        if not isinstance(key, str):
            return key
        return None if key in self._service.settings.keys else refused(1002, NO_API_KEY)
