"""The older family of an emulated Kling: the model in the body, tokens, one task a call."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from emulators.faults import Call, FaultKind, Operation, Struck
from emulators.kling_inputs import read_legacy_task
from emulators.kling_service import KlingJob, message_of, refused, told
from emulators.kling_tokens import TokenError, check_token

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulators.kling_inputs import Kind
    from emulators.kling_service import KlingService

KINDS: dict[str, Kind] = {"text2video": "text2video", "image2video": "image2video"}


class LegacyHost:
    """Answers the routes under /v1/videos.

    Args:
        service: The account.
    """

    def __init__(self, service: KlingService) -> None:
        self._service = service

    async def create(self, request: Request) -> Response:
        """Answer `POST /v1/videos/{kind}`."""
        kind = KINDS.get(request.path_params["kind"])
        if kind is None:
            return refused(1202, "The requested method does not exist")
        return await self._service.create(
            request, self._refused_key, partial(read_legacy_task, kind), self._created
        )

    async def get(self, request: Request) -> Response:
        """Answer `GET /v1/videos/{kind}/{id}`, where the id may be an external one."""
        kind, wanted = request.path_params["kind"], request.path_params["id"]
        by_name = re.fullmatch(r"\d{18}", wanted) is None

        async def reply(struck: Struck) -> Response:
            if (wrong_key := self._refused_key(request)) is not None:
                return wrong_key
            if not self._service.may_poll():
                return self._service.too_many(self._service.settings.poll_retry_after)
            job = self._found(kind, wanted, by_name=by_name)
            if job is None or FaultKind.NOT_FOUND in struck:
                return refused(1203, "The requested resource does not exist")
            return told(await self._shown(job))

        operation = Operation.HISTORY if by_name else Operation.STATUS
        return await self._service.answer(Call(operation, None, wanted), reply)

    def _found(self, kind: str, wanted: str, *, by_name: bool) -> KlingJob | None:
        if by_name:
            return next((j for j in self._service.named(wanted) if j.task.kind == kind), None)
        job = self._service.ledger.jobs.get(wanted)
        is_one = isinstance(job, KlingJob) and job.task.kind == kind and self._service.is_kept(job)
        return job if is_one else None  # type: ignore[return-value]

    def _created(self, job: KlingJob) -> dict[str, Any]:
        created, changed = self._service.times(job)
        return {
            "task_id": job.request_id,
            "task_status": "submitted",
            "task_info": {"external_task_id": job.task.external_id or ""},
            "created_at": created,
            "updated_at": changed,
        }

    async def _shown(self, job: KlingJob) -> dict[str, Any]:
        word = self._service.word(job, "succeed")
        shown = self._created(job) | {
            "task_status": word,
            "task_status_msg": message_of(job) if word == "failed" else "",
            "watermark_info": {"enabled": job.task.watermark},
        }
        if word == "succeed":
            await self._service.video(job)
            url = self._service.link(job).url
            video = {
                "id": str(int(job.request_id) + 1),
                "url": url,
                "duration": f"{job.task.seconds + 0.1:.1f}",
            }
            if job.task.watermark:
                video["watermark_url"] = url
            shown["task_result"] = {"videos": [video]}
            shown["final_unit_deduction"] = f"{job.task.price / 0.14:.2f}"
            shown["final_balance_deduction"] = {
                "quota": "0",
                "list_price": f"{job.task.price:.4f}",
            }
        return shown

    def _refused_key(self, request: Request) -> Response | None:
        """An API key is as good as a token here."""
        key = self._service.bearer(request)
        if not isinstance(key, str):
            return key
        settings = self._service.settings
        if key in settings.keys:
            return None
        try:
            check_token(key, dict(pair.split(":", 1) for pair in settings.pairs))  # type: ignore[arg-type]
        except TokenError as error:
            return refused(error.code, str(error))
        return None
