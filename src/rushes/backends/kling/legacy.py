"""Kling's older routes, under /v1, as a backend of their own.

They have fields that the new ones lack (`negative_prompt`, `cfg_scale`), and are the only ones
that accept an access key. The facts come from mirrors of Kling's API documentation of 2026; that
an API key is accepted as well comes from published live probes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rushes.backends import reply
from rushes.backends.address import NoAddress, regional_base_of, segment
from rushes.backends.embedding import bare_base64, embed
from rushes.backends.key import KeyAuth, Variables
from rushes.backends.kling.family import REGIONS, USUAL, Data, Family, id_in
from rushes.backends.kling.legacy_encoding import encode
from rushes.backends.kling.refusal import code_of, failure
from rushes.backends.kling.token import MISDATED, TokenAuth
from rushes.backends.protocol import (
    Absent,
    Accepted,
    Attempt,
    Failed,
    Limits,
    Passing,
    Status,
    Unknown,
    Working,
    is_of_another,
)
from rushes.contract.errors import BackendUnavailable, NoBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from rushes.backends.key import Secret
    from rushes.backends.wire import Response
    from rushes.catalog import ProviderSpec
    from rushes.contract.errors import RushesError
    from rushes.contract.params import VideoGenParams

ROUTES = {
    "text-to-video": "v1/videos/text2video",
    "image-to-video": "v1/videos/image2video",
}

PAIR = ("KLING_ACCESS_KEY", "KLING_SECRET_KEY")

NO_KEYS = (
    "kling-legacy is not configured: set KLING_ACCESS_KEY and KLING_SECRET_KEY to a pair from "
    "Kling's developer console, or KLING_API_KEY to an API key."
)


class KlingLegacyBackend(Family):
    """Runs jobs through the routes with the model in the body.

    Args:
        key: an API key or, with a secret, the access key.
        secret_key: signs the tokens that are sent; is not sent itself.
        url: base of the service.
        limits: how many calls the engine may make.
        lag: seconds by which the service may list a task late.
        clock: Unix seconds, for the dates of tokens.
    """

    name = "kling-legacy"
    id_field = "task_id"

    def __init__(
        self,
        key: str | Secret,
        secret_key: str | Secret | None = None,
        *,
        url: str = USUAL,
        limits: Limits | None = None,
        lag: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        auth: KeyAuth | TokenAuth
        if secret_key is None:
            self.keys, auth = "KLING_API_KEY", KeyAuth(key, origins=[url])
        else:
            self.keys = " and ".join(PAIR)
            auth = TokenAuth(key, secret_key, origins=[url], clock=clock)
        super().__init__(auth, url=url, limits=limits or Limits(), lag=lag)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path) -> KlingLegacyBackend:  # noqa: ARG003 - Kling stores nothing locally
        """A backend with the keys and the region of the environment.

        ``KLING_ACCESS_KEY`` and ``KLING_SECRET_KEY``, else ``KLING_API_KEY``; ``KLING_REGION`` is
        ``singapore`` or ``beijing``, ``KLING_BASE_URL`` an address instead.

        Raises:
            NoBackend: when there is no key, or half a pair, the region does not exist, or the
                keys may not go to the address.
        """
        environment = Variables(environment)
        access_key, secret_key = (environment.secret(name) for name in PAIR)
        api_key = environment.secret("KLING_API_KEY")
        if access_key and secret_key:
            return cls(access_key, secret_key, url=regional_base_of(environment, "KLING", REGIONS))
        if access_key or secret_key:
            missing = PAIR[bool(access_key)]
            msg = f"kling-legacy is not configured: {missing} is missing."
            raise NoBackend(msg)
        if not api_key:
            raise NoBackend(NO_KEYS)
        return cls(api_key, url=regional_base_of(environment, "KLING", REGIONS))

    def translate(
        self, params: VideoGenParams, spec: ProviderSpec, media: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The route and the task's body, which names the model.

        Raises:
            InvalidParams: when shots are given, and the model is to cut automatically as well.
        """
        offer = spec.backends[self.name]
        return {
            "route": ROUTES[params.mode],
            "body": encode(params, spec, offer, media),
        }

    async def _body(self, attempt: Attempt) -> dict[str, Any]:
        body = attempt.request["body"]
        embedded: dict[str, Any] = await embed(body, bare_base64, inputs=attempt.inputs)
        return embedded | {"external_task_id": attempt.token}

    def _was_misdated(self, response: Response) -> bool:
        auth = self._auth
        return (
            isinstance(auth, TokenAuth)
            and code_of(response) in MISDATED
            and response.request is not None
            and auth.is_outdated(response.request)
        )

    async def poll(self, remote_id: str, remote: Mapping[str, Any]) -> Status:
        """Poll the task; these routes report one at a time."""
        match await self._access.read(_task(remote, remote_id)):
            case Data(data=dict() as task) if is_of_another(_name_of(task), remote):
                return Absent()
            case Data(data=dict() as task):
                return self._status(task)
            case Passing(error=error) if error.status == NOT_FOUND and not _has_code(error):
                # The body of a 404 is not documented; the engine polls again for a while.
                return Absent()
            case Data():
                return UNREADABLE
            case other:
                return other

    def _status(self, task: Mapping[str, Any]) -> Status:
        match task.get("task_status"):
            case "submitted":
                return Working(message="submitted to Kling")
            case "processing":
                return Working()
            case "succeed":
                link = _video(task.get("task_result"))
                # The unit of `final_balance_deduction` is not documented, so it is not a cost.
                return reply.done("Kling", task, link, self.site.place)
            case "failed":
                return Failed(failure(task.get("task_status_msg"), self._auth.redact))
        return reply.not_understood("Kling", task.get("task_status"))

    async def find(self, attempt: Attempt) -> Accepted | Absent | Passing | Unknown:
        """Look up the attempt's name, which these routes accept in place of an id."""
        match await self._access.read(_task(attempt.request, attempt.token)):
            case Data(data=dict() as task):
                remote_id = id_in(task, self.id_field)
                name = _name_of(task)
                if remote_id is None or name not in (attempt.token, None):
                    return Unknown("Kling's answer is about another task")
                if name is None and remote_id in attempt.taken:
                    return Unknown(f"Kling's task {remote_id} belongs to another job")
                return self.locate(remote_id, attempt.request).known_by(attempt)
            case Data():
                return UNREADABLE
            case other:
                return other

    def locate(self, remote_id: str, attempt_request: Mapping[str, Any]) -> Accepted:
        """A task, which is polled on the route that created it."""
        return Accepted(remote_id, {"route": attempt_request["route"]})


NOT_FOUND = 404

UNREADABLE = Passing(BackendUnavailable("Kling's answer about the task cannot be read."))


def _task(asked: Mapping[str, Any], name: str) -> str:
    """The URL of a task.

    Args:
        asked: contains the route on which it was created.
        name: its id, or the name of its attempt.

    Raises:
        NoAddress: if the route does not exist.
    """
    route = asked.get("route")
    if route not in ROUTES.values():
        msg = f"Kling has no route {str(route)[:40]!r} for tasks."
        raise NoAddress(msg)
    return f"{route}/{segment(name)}"


def _name_of(task: Mapping[str, Any]) -> object:
    """The name of the attempt that made a task."""
    return reply.part(task.get("task_info")).get("external_task_id")


def _has_code(error: RushesError) -> bool:
    return error.error_detail is not None and error.error_detail.type is not None


def _video(result: object) -> str | None:
    """The first link in a result, of any type."""
    for video in reply.items(reply.part(result).get("videos")):
        url = video.get("url")
        if isinstance(url, str) and url:
            return url
    return None
