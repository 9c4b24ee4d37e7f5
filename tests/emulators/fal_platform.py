"""The platform host (api.fal.ai/v1): the history of an account's requests, and its balance."""

from __future__ import annotations

import base64
import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from emulators.faults import Call, Operation, Struck
from emulators.jobs import Job, JobStatus
from emulators.service import json_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.responses import Response

    from emulators.fal_service import FalService

_MOST_ENDPOINTS = 50
_MOST_ITEMS = 100
_USUAL_ITEMS = 50
_DAY = 86_400.0
_SORT_KEYS: dict[str, Callable[[Job, float], float]] = {
    "ended_at": lambda job, now: job.done_at if job.done_at <= now else math.inf,
    "duration": lambda job, now: min(now, job.done_at) - job.start_at,
}


class PlatformHost:
    """Answers the history of requests and the balance.

    Args:
        service: State shared with the other hosts.
    """

    def __init__(self, service: FalService) -> None:
        self._service = service

    async def by_endpoint(self, request: Request) -> Response:
        """Answer `GET /models/requests/by-endpoint`."""
        query = request.query_params
        call = Call(Operation.HISTORY, ",".join(query.getlist("endpoint_id")) or None)

        async def reply(_: Struck) -> Response:
            if refused := self._service.refused_key(request):
                return _error("authorization_error", refused[1], refused[0])
            if not self._service.settings.history_usable:
                return _error("authorization_error", "This key may not read requests", 403)
            try:
                return json_response(await self._page(query))
            except ValueError as error:
                return _error("validation_error", str(error), 400)

        return await self._service.answer(call, reply)

    async def billing(self, request: Request) -> Response:
        """Answer `GET /account/billing`; only for keys with the scope Admin."""
        if refused := self._service.refused_key(request):
            return _error("authorization_error", refused[1], refused[0])
        if not self._service.settings.is_admin:
            return _error("authorization_error", "An Admin API key is required", 403)
        body: dict[str, Any] = {"username": "emulated"}
        if request.query_params.get("expand") == "credits":
            body["credits"] = {"current_balance": 24.5, "currency": "USD"}
        return json_response(body)

    async def pricing(self, request: Request) -> Response:
        """Answer `GET /models/pricing`: one base price for each endpoint."""
        if refused := self._service.refused_key(request):
            return _error("authorization_error", refused[1], refused[0])
        asked = set(request.query_params.getlist("endpoint_id"))
        rows = [row for row in self._service.settings.prices if row["endpoint_id"] in asked]
        return json_response({"prices": rows, "next_cursor": None, "has_more": False})

    async def document(self, request: Request) -> Response:
        """Answer `GET /api/openapi/queue/openapi.json`, and of another service; all is public."""
        name = request.path_params.get("name") or request.query_params.get("endpoint_id", "")
        found = self._service.settings.documents.get(name)
        if found is None:
            return _error("not_found", "No such endpoint", 404)
        return json_response(found)

    async def _page(self, query: QueryParams) -> dict[str, Any]:
        limit = int(query.get("limit", _USUAL_ITEMS))
        if not 1 <= limit <= _MOST_ITEMS:
            message = f"limit must be from 1 to {_MOST_ITEMS}"
            raise ValueError(message)
        if (sort_by := query.get("sort_by", "ended_at")) not in _SORT_KEYS:
            message = "sort_by must be ended_at or duration"
            raise ValueError(message)
        now = self._service.clock.now()
        order = _SORT_KEYS[sort_by]
        jobs = self._matching(query, now)
        keyed = sorted(((order(job, now), job.request_id, job) for job in jobs), reverse=True)
        if cursor := query.get("cursor"):
            after = _read_cursor(cursor)
            keyed = [entry for entry in keyed if entry[:2] < after]
        page, has_more = keyed[:limit], len(keyed) > limit
        with_payloads = "payloads" in ",".join(query.getlist("expand")).split(",")
        return {
            "items": [await self._item(job, now, with_payloads=with_payloads) for *_, job in page],
            "next_cursor": _write_cursor(page[-1][:2]) if has_more else None,
            "has_more": has_more,
        }

    def _matching(self, query: QueryParams, now: float) -> list[Job]:
        """Return the jobs asked for; like fal's warehouse, it knows started jobs only."""
        endpoints = {
            name for text in query.getlist("endpoint_id") for name in text.split(",") if name
        }
        if not 1 <= len(endpoints) <= _MOST_ENDPOINTS:
            message = f"endpoint_id is required, up to {_MOST_ENDPOINTS} of them"
            raise ValueError(message)
        outcome, request_id = query.get("status"), query.get("request_id")
        if outcome not in {None, "success", "error", "user_error"}:
            message = "status must be success, error or user_error"
            raise ValueError(message)
        start = _time(query.get("start"), now - (90 if request_id else 1) * _DAY)
        end = _time(query.get("end"), math.inf)
        known_until = now - self._service.settings.history_lag
        return [
            job
            for job in self._service.ledger.jobs.values()
            if job.endpoint in endpoints
            and not job.never_started
            and job.start_at <= known_until
            and start <= min(now, job.done_at) < end
            and request_id in {None, job.request_id}
            and outcome in {None, _outcome(job, now)}
        ]

    async def _item(self, job: Job, now: float, *, with_payloads: bool) -> dict[str, Any]:
        item: dict[str, Any] = {
            "request_id": job.request_id,
            "endpoint_id": job.endpoint,
            "started_at": _text(job.start_at),
            "sent_at": _text(job.accepted_at),
        }
        done = job.status(now) is JobStatus.COMPLETED
        if done:
            item["ended_at"] = _text(job.done_at)
            item["status_code"] = job.failure.status if job.failure else 200
            item["duration"] = job.done_at - job.start_at
        if with_payloads and job.headers.get("x-fal-store-io") != "0":
            item["json_input"] = job.input
            if done:
                item["json_output"] = await self._service.output(job)
        return item


def _outcome(job: Job, now: float) -> str | None:
    if job.status(now) is not JobStatus.COMPLETED:
        return None
    if job.failure is None:
        return "success"
    return "user_error" if job.failure.status < 500 else "error"


def _error(kind: str, message: str, status: int) -> Response:
    return json_response({"error": {"type": kind, "message": message}}, status)


def _text(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _time(text: str | None, default: float) -> float:
    """Read an ISO time; without a zone it means UTC."""
    if text is None:
        return default
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _write_cursor(position: tuple[float, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _read_cursor(cursor: str) -> tuple[float, str]:
    key, request_id = json.loads(base64.urlsafe_b64decode(cursor))
    return float(key), str(request_id)
