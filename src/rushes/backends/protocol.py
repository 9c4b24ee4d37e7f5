"""The methods that the engine calls on a backend; what they answer is in `answers`.

A backend translates between the contract and a service's API. It never retries, never waits and
never touches the journal: the engine does that for all backends. Nor does it remember anything
about a job: what a later call has to know is part of an answer (`Accepted.remote`,
`Cancellation.remote`, `Ended.remote`), and that call gets it back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from rushes.backends.answers import (
    LONGEST_ID,
    Absent,
    Accepted,
    Attempt,
    Balance,
    Cancellation,
    Done,
    Ended,
    Failed,
    KeptJob,
    Passing,
    Refused,
    Status,
    Submission,
    Unknown,
    Working,
    is_id,
    is_of_another,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

    import httpx

    from rushes.catalog import ProviderSpec
    from rushes.contract.params import VideoGenParams
    from rushes.io.site import Site

__all__ = [
    "LONGEST_ID",
    "Absent",
    "Accepted",
    "Announcing",
    "Attempt",
    "Backend",
    "Balance",
    "Balancing",
    "Cancellation",
    "Done",
    "Ended",
    "Failed",
    "Governing",
    "KeptJob",
    "Limits",
    "Listing",
    "Passing",
    "Recovering",
    "Refused",
    "Situated",
    "Status",
    "Streaming",
    "Submission",
    "Unknown",
    "Working",
    "is_id",
    "is_of_another",
]

Reconciliation = Literal["key", "lookup", "none"]
"""What a service offers to settle a submission whose reply was lost.

``key``: resending with the same token creates no second job. ``lookup``: the job can be found
by its attempt and, once the engine has looked for long enough, its absence is proof. ``none``: it
may be found, but not finding it proves nothing, so the job becomes uncertain.
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls the engine may make to one service, and how often.

    >>> from rushes.backends.protocol import Limits
    >>> Limits(polls_per_second=2.0).submits
    8

    Attributes:
        submits: concurrent submissions.
        polls: concurrent status calls.
        downloads: concurrent downloads.
        polls_per_second: status calls per second at the start; 429 replies lower it.
        submits_per_second: submissions per second.
        poll_floor: shortest time between two status calls of one job, in seconds, give or take a
            third.
        poll_ceiling: longest time between two, in seconds; short if a service reports many jobs in
            one reply, so that frequent polling costs little.
        first_poll: seconds from acceptance until the first status call.
        streams: concurrent status streams, where the service has them (see `Streaming`).
        call_deadline: longest time for one call other than a submission, in seconds, until its
            reply is complete.
    """

    submits: int = 8
    polls: int = 32
    downloads: int = 4
    polls_per_second: float = 500.0
    submits_per_second: float = 100.0
    poll_floor: float = 0.8
    poll_ceiling: float = 30.0
    first_poll: float = 2.0
    streams: int = 32
    call_deadline: float = 45.0


@runtime_checkable
class Backend(Protocol):
    """A service that runs jobs.

    Third parties add one through the entry-point group ``rushes.backends``.

    >>> from rushes.backends.protocol import Backend
    >>> isinstance(gen.engine.backends.get("preview"), Backend)
    True

    Attributes:
        name: the word used in `backend=`, in the catalog and in the journal.
        limits: how many calls the engine may make.
        reconciliation: what can be known about a submission whose reply was lost.
        lag: seconds by which the service's lists and look-ups may show a job late. The engine adds
            the time that a request may be in transit, and accepts absence as proof only after
            one process has looked for all of that time on its monotonic clock.
        upload_lifetime: seconds for which new requests may use what `upload` returned; None when
            it sends nothing.
        media: the client that downloads finished videos; set by `connect`. It sends no key.
    """

    name: str
    limits: Limits
    reconciliation: Reconciliation
    lag: float
    upload_lifetime: float | None
    media: httpx.AsyncClient

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path) -> Backend:
        """A backend configured by environment variables.

        Raises:
            NoBackend: naming the variables that are missing.
        """
        ...

    def connect(self, client: httpx.AsyncClient) -> None:
        """Take the engine's HTTP client; called once, before every other method."""
        ...

    def translate(
        self, params: VideoGenParams, spec: ProviderSpec, media: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The request in the service's own format, as plain JSON.

        Args:
            params: a request that the catalog found valid.
            spec: the catalog's entry for its provider; ``spec.backends[name]`` is this service's.
            media: by path, what `upload` returned for each local file. Only images, videos and
                sounds may be replaced by it; a text is never changed.
        """
        ...

    async def upload(self, path: Path) -> Any:
        """Make a local file available to the service.

        Returns:
            What represents it in a request, as plain JSON: a URL, or the object that
            `rushes.backends.embedding.address` makes.

        Raises:
            RushesError: when it cannot be done now.
        """
        ...

    async def submit(self, attempt: Attempt) -> Submission:
        """Send one attempt, once."""
        ...

    async def poll(self, remote_id: str, remote: Mapping[str, Any]) -> Status:
        """Poll a job once."""
        ...

    async def cancel(self, remote_id: str, remote: Mapping[str, Any]) -> Cancellation:
        """Ask the service to stop a job."""
        ...

    async def find(self, attempt: Attempt) -> Accepted | Absent | Passing | Unknown:
        """Look up the job of an attempt whose reply was lost.

        `Attempt.submit_at` comes from a clock that may be wrong, or was changed since: where
        absence is proof, it must not narrow the search.

        Returns:
            ``Unknown`` when a look-up cannot settle it, e.g. because the account may not
            read the service's history, or two jobs match.
        """
        ...

    def locate(self, remote_id: str, attempt_request: Mapping[str, Any]) -> Accepted:
        """The job of an id that the user found at the service."""
        ...


@runtime_checkable
class Announcing(Protocol):
    """A backend that announces providers beyond the files on this machine.

    >>> from rushes.backends.protocol import Announcing
    >>> isinstance(gen.engine.backends.get("preview"), Announcing)
    False
    """

    async def announced(self) -> list[Mapping[str, Any]]:
        """Providers in the format of a provider file, each with this backend's offer.

        If a file already describes a provider, only the offer is used.

        Raises:
            RushesError: when the service cannot be reached now.
        """
        ...


@runtime_checkable
class Situated(Protocol):
    """A backend that says where its service is, which limits where its links may lead.

    A service of the web may not link to this machine, to its network or to a cloud's metadata,
    and users may not name such an address as an input of it.

    >>> from rushes.backends.protocol import Situated
    >>> isinstance(gen.engine.backends.get("preview"), Situated)
    False

    Attributes:
        site: where the service is.
    """

    site: Site


@runtime_checkable
class Listing(Protocol):
    """A backend that looks many attempts up with one call, because its service lists its jobs.

    Its uncertain jobs are all looked up when one of them is due. Calls of `Backend.find` that are
    made at the same time should share one call to the service.

    >>> from rushes.backends.protocol import Listing
    >>> isinstance(gen.engine.backends.get("preview"), Listing)
    False

    Attributes:
        most_found: attempts that one call looks up.
    """

    most_found: int


@runtime_checkable
class Streaming(Protocol):
    """A backend whose service streams the status of its jobs.

    A stream decides nothing and may break at any time. While it is alive its job is polled every
    two minutes, and every `Limits.poll_ceiling` seconds once it takes much longer than others of
    its kind; when the stream ends, immediately.

    >>> from rushes.backends.protocol import Streaming
    >>> isinstance(gen.engine.backends.get("preview"), Streaming)
    False
    """

    def stream(
        self, remote_id: str, remote: Mapping[str, Any]
    ) -> AsyncGenerator[Working | Ended, None]:
        """Yield the job's status at every sign of life of the stream, then that it has ended.

        Raises:
            RushesError: when the service refuses the stream, or it breaks off.
        """
        ...


@runtime_checkable
class Balancing(Protocol):
    """A backend whose service says what is left on the account.

    >>> from rushes.backends.protocol import Balancing
    >>> isinstance(gen.engine.backends.get("preview"), Balancing)
    False
    """

    async def balance(self) -> Balance:
        """What is left.

        Raises:
            RushesError: when the service refuses that, or cannot be reached now.
        """
        ...


@runtime_checkable
class Recovering(Protocol):
    """A backend whose service keeps every job of a person, for a machine that has lost them.

    The token of an attempt has to be the job's id at the service.

    >>> from rushes.backends.protocol import Recovering
    >>> isinstance(gen.engine.backends.get("preview"), Recovering)
    False
    """

    def labelled(self, request: dict[str, Any], label: Mapping[str, Any]) -> dict[str, Any]:
        """The request of an attempt, with what the service is to keep with the job.

        Args:
            request: what `Backend.translate` returned.
            label: plain JSON of a few hundred bytes: the id of the job here, its parent, its sweep.
        """
        ...

    async def kept(self, after: str | None) -> tuple[list[KeptJob], str | None]:
        """A page of all jobs of the person, oldest first.

        Args:
            after: what the page before returned; None for the first one.

        Returns:
            Jobs, and what the next page begins after; None at the end.

        Raises:
            RushesError: when the service refuses it, or cannot be reached now.
        """
        ...


@runtime_checkable
class Governing(Protocol):
    """A backend whose service announces a policy for the jobs that it runs.

    >>> from rushes.backends.protocol import Governing
    >>> isinstance(gen.engine.backends.get("preview"), Governing)
    False
    """

    async def policy(self) -> Mapping[str, Any] | None:
        """The policy under the keys of a policy file; None if there is none.

        Raises:
            RushesError: when the service cannot be reached now.
        """
        ...
