"""Kling's new routes as a backend.

The facts come from Kling's API documentation of September 2026, from published live probes of its
routes, and from its price list of the same time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.backends.address import regional_base_of
from rushes.backends.embedding import bare_base64, embed
from rushes.backends.key import KeyAuth, Variables
from rushes.backends.kling.encoding import encode
from rushes.backends.kling.family import REGIONS, USUAL, Family, id_in
from rushes.backends.kling.tasks import PAUSE, Tasks, status_of
from rushes.backends.protocol import (
    Absent,
    Accepted,
    Attempt,
    Limits,
    Passing,
    Status,
    Unknown,
    is_of_another,
)
from rushes.contract.errors import NoBackend

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import httpx

    from rushes.backends.key import Secret
    from rushes.catalog import ProviderSpec
    from rushes.contract.params import VideoGenParams

NO_KEY = "kling is not configured: set KLING_API_KEY to an API key from Kling's developer console."

OTHER_KEYS = (
    "kling is not configured: it needs an API key in KLING_API_KEY. KLING_ACCESS_KEY and "
    "KLING_SECRET_KEY open the older routes only, backend 'kling-legacy'."
)

LIMITS = Limits(polls=512, polls_per_second=2_000.0, poll_floor=1.0, poll_ceiling=2.0)
"""Status calls are combined, so that many cost one; and they are free (Kling API documentation,
"Concurrency rules")."""


class KlingBackend(Family):
    """Runs jobs through the routes with the model in the URL.

    Args:
        key: an API key; sent only to Kling's own host.
        url: base of the service.
        limits: how many calls the engine may make.
        lag: seconds by which the service may list a task late.
        pause: seconds between two status calls.
    """

    name = "kling"
    keys = "KLING_API_KEY"
    id_field = "id"

    def __init__(
        self,
        key: str | Secret,
        *,
        url: str = USUAL,
        limits: Limits = LIMITS,
        lag: float | None = None,
        pause: float = PAUSE,
    ) -> None:
        super().__init__(KeyAuth(key, origins=[url]), url=url, limits=limits, lag=lag)
        self._tasks = Tasks(pause)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path) -> KlingBackend:  # noqa: ARG003 - Kling stores nothing locally
        """Create a backend with the key and region in the environment.

        ``KLING_API_KEY``; ``KLING_REGION`` is ``singapore`` or ``beijing``, ``KLING_BASE_URL`` is a
        URL instead.

        Raises:
            NoBackend: if no key is set, the region does not exist, or the key may not be sent to
                the URL.
        """
        environment = Variables(environment)
        key = environment.secret("KLING_API_KEY")
        if not key:
            has_others = any(
                environment.secret(f"KLING_{half}_KEY") for half in ("ACCESS", "SECRET")
            )
            raise NoBackend(OTHER_KEYS if has_others else NO_KEY)
        return cls(key, url=regional_base_of(environment, "KLING", REGIONS))

    def connect(self, client: httpx.AsyncClient) -> None:
        """Set the engine's HTTP client."""
        super().connect(client)
        self._tasks.connect(self._access)

    def translate(
        self, params: VideoGenParams, spec: ProviderSpec, media: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The route, which names the model, and the task's body.

        Raises:
            InvalidParams: when shots are given that Kling does not accept.
        """
        offer = spec.backends[self.name]
        return {
            "route": spec.model_of(params, offer),
            "body": encode(params, spec, offer, media),
        }

    async def _body(self, attempt: Attempt) -> dict[str, Any]:
        body = attempt.request["body"]
        embedded: dict[str, Any] = await embed(body, bare_base64, inputs=attempt.inputs)
        return embedded | {"options": {"external_task_id": attempt.token}}

    async def poll(self, remote_id: str, remote: Mapping[str, Any]) -> Status:
        """Poll the task, in one call with others that are polled at the same time."""
        match await self._tasks.task(remote_id):
            case dict() as task if is_of_another(task.get("external_id"), remote):
                return Absent()
            case dict() as task:
                return status_of(task, self._auth.redact, self.site.place)
            case other:
                return other

    async def find(self, attempt: Attempt) -> Accepted | Absent | Passing | Unknown:
        """Look up the attempt's name among the account's tasks.

        Kling allows several tasks of one name. One of them is adopted, and none is created again;
        one that another job has is named if it is the only one, because that job has it by mistake.
        """
        listed = await self._tasks.named(attempt.token)
        if isinstance(listed, Passing):
            return listed
        if not listed:
            return Absent(self._access.wire.clock.date)
        own = [id_in(task, "id") for task in listed if task.get("external_id") == attempt.token]
        usable = sorted(filter(None, own), key=attempt.taken.__contains__)
        if not usable:
            return Unknown("Kling's answer has tasks, but none that could be this one")
        return self.locate(usable[0], attempt.request).known_by(attempt)

    def locate(self, remote_id: str, attempt_request: Mapping[str, Any]) -> Accepted:  # noqa: ARG002 - the id is enough
        """A task by its id."""
        return Accepted(remote_id)
