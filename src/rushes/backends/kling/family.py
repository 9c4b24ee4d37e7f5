"""What both families of routes share: where Kling is, submitting once, and reading."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rushes.backends import reply
from rushes.backends.embedding import address
from rushes.backends.kling.refusal import UNKNOWN_RESOURCE, code_of, doubt, refusal
from rushes.backends.protocol import (
    Absent,
    Accepted,
    Attempt,
    Cancellation,
    Limits,
    Passing,
    Reconciliation,
    Refused,
    Submission,
    Unknown,
)
from rushes.backends.wire import Response, Wire
from rushes.contract.errors import BackendUnavailable, RateLimited
from rushes.io.site import Site

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import httpx

    from rushes.backends.key import KeyAuth
    from rushes.backends.kling.token import TokenAuth
    from rushes.backends.reply import Redact

REGIONS = {
    "singapore": "https://api-singapore.klingai.com",
    "beijing": "https://api-beijing.klingai.com",
}
"""Outside and inside China. A key belongs to one of them."""

USUAL = REGIONS["singapore"]

NO_STOPPING = Cancellation(
    reached=False,
    may_bill=True,
    message="Kling cannot stop a job: it continues and will be billed.",
)


@dataclass(frozen=True, slots=True)
class Data:
    """Kling's answer to a call that only reads.

    Attributes:
        data: of whatever type it was sent.
    """

    data: Any


@dataclass(frozen=True, slots=True)
class Access:
    """What every call needs.

    Attributes:
        wire: makes it.
        url: base of the service.
        redact: removes the key from a text.
        keys: the variables that hold it.
    """

    wire: Wire
    url: str
    redact: Redact
    keys: str

    async def read(
        self, route: str, query: Mapping[str, str] | None = None
    ) -> Data | Absent | Passing:
        """Make a call that only reads.

        Returns:
            ``Absent`` only where Kling itself says so: a proxy's 404 proves nothing.
        """
        try:
            response = await self.wire.ask("GET", f"{self.url}/{route}", params=query)
        except BackendUnavailable as error:
            return Passing(error)
        code = code_of(response)
        if code == 0:
            return Data(response.body.get("data"))
        if code == UNKNOWN_RESOURCE:
            return Absent(self.wire.clock.date)
        return Passing(refusal(response, self.redact, self.keys))


class Family(ABC):
    """Submits jobs, and finds those whose reply was lost by the name of each attempt.

    That name (`external_task_id`) does not make resending harmless: Kling was seen to accept the
    same one twice, and to bill both.

    Args:
        auth: the key.
        url: base of the service.
        limits: how many calls the engine may make.
        lag: seconds by which the service may list a task late.
    """

    reconciliation: Reconciliation = "lookup"
    # The delay of look-ups is not documented.
    lag = 105.0
    upload_lifetime = None

    keys: str
    """The variables with the key."""

    id_field: str
    """The field with a task's id."""

    def __init__(
        self,
        auth: KeyAuth | TokenAuth,
        *,
        url: str,
        limits: Limits,
        lag: float | None,
    ) -> None:
        self.limits = limits
        if lag is not None:
            self.lag = lag
        self._auth = auth
        self._url = url.rstrip("/")
        self.site = Site.of(url)

    def connect(self, client: httpx.AsyncClient) -> None:
        """Set the engine's HTTP client."""
        self.media = client
        wire = Wire(client, "Kling", self._auth, self.limits.call_deadline)
        self._access = Access(wire, self._url, self._auth.redact, self.keys)

    async def upload(self, path: Path) -> dict[str, str]:
        """What represents a local image until the job is sent with it inside."""
        return address(path)

    async def submit(self, attempt: Attempt) -> Submission:
        """Send the attempt once, under its name."""
        url = f"{self._url}/{attempt.request['route']}"
        match await self._access.wire.post_once(
            url, self._body(attempt), doubt=doubt, within=attempt.arrives_within
        ):
            case Response() as response if code_of(response) == 0:
                remote_id = id_in(response.body.get("data"), self.id_field)
                if remote_id is None:
                    return Unknown("Kling's reply has no task id")
                return self.locate(remote_id, attempt.request).known_by(attempt)
            case Response() as response:
                refused = refusal(response, self._auth.redact, self.keys)
                passing = isinstance(refused, RateLimited) or self._was_misdated(response)
                return Refused(refused, passing=passing)
            case other:
                return other

    async def cancel(self, remote_id: str, remote: Mapping[str, Any]) -> Cancellation:  # noqa: ARG002 - it is the same for every job
        """Report that nothing can be done: no route of Kling stops or deletes a task."""
        return NO_STOPPING

    def _was_misdated(self, response: Response) -> bool:  # noqa: ARG002 - only tokens have dates
        """Whether the key was refused for a date that has been corrected since."""
        return False

    @abstractmethod
    async def _body(self, attempt: Attempt) -> dict[str, Any]:
        """The body with the attempt's name and local images.

        Raises:
            MediaError: if an image cannot be read.
        """

    @abstractmethod
    def locate(self, remote_id: str, attempt_request: Mapping[str, Any]) -> Accepted:
        """The task of an id."""


def id_in(task: object, field: str) -> str | None:
    """A task's id; documented as text of digits."""
    found = reply.part(task).get(field)
    number = reply.count(found, most=reply.LARGEST_INTEGER)
    return reply.identity(found) if number is None else str(number)
