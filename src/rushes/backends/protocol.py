"""The methods that the engine calls on a backend, and the answers that a backend can give.

A backend translates between the contract and a service's API. It never retries, never waits and
never touches the journal: the engine does that for all backends. Nor does it remember anything
about a job: what a later call has to know is part of an answer (`Accepted.remote`,
`Cancellation.remote`, `Ended.remote`), and that call gets it back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypeGuard, runtime_checkable

from rushes.contract.errors import RateLimited

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

    import httpx

    from rushes.catalog import ProviderSpec
    from rushes.contract.errors import RushesError
    from rushes.contract.params import VideoGenParams
    from rushes.contract.results import Cost
    from rushes.io.site import Site

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


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to submit a job.

    >>> from rushes.backends.protocol import Attempt
    >>> attempt = Attempt("job-1", token="a1b2", request={"prompt": "A red fox"}, submit_at=0.0)
    >>> attempt.request["prompt"]
    'A red fox'

    Attributes:
        job_id: the job.
        token: created and journaled before anything is sent.
        request: what `Backend.translate` returned, as it was journaled.
        submit_at: when the intent was journaled, unix seconds.
        taken: ids of the service that already belong to other jobs.
        inputs: local files of the job by name, for services that receive them inside the request.
        arrives_within: seconds after `submit_at` within which the request can have reached the
            service; the engine's own deadlines.
    """

    job_id: str
    token: str
    request: dict[str, Any]
    submit_at: float
    taken: frozenset[str] = frozenset()
    inputs: Mapping[str, Path] = field(default_factory=dict)
    arrives_within: float = math.inf


@dataclass(frozen=True, slots=True)
class Accepted:
    """The service has the job.

    >>> from rushes.backends.protocol import Accepted
    >>> Accepted("task-1", {"status_url": "https://acme.example/tasks/task-1"}).remote_id
    'task-1'

    Attributes:
        remote_id: its id there.
        remote: what else is needed to poll it, e.g. its model; plain JSON. No URLs: these are made
            for each call, so that a journal cannot send the key elsewhere.
    """

    remote_id: str
    remote: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """The service certainly does not have the job.

    >>> from rushes.backends.protocol import Refused
    >>> Refused(rushes.RateLimited("Acme asked to slow down."), passing=True).passing
    True

    Attributes:
        error: why.
        passing: whether the same request may succeed later.
    """

    error: RushesError
    passing: bool = False

    @classmethod
    def by(cls, error: RushesError) -> Self:
        """What a service said; it is passing when the service asked to slow down."""
        return cls(error, passing=isinstance(error, RateLimited))


@dataclass(frozen=True, slots=True)
class Unknown:
    """It is not known whether the service has the job, e.g. because the reply was lost.

    >>> from rushes.backends.protocol import Unknown
    >>> Unknown("Acme did not reply within 30 s.").reason
    'Acme did not reply within 30 s.'

    Attributes:
        reason: what happened, as a sentence for the user.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Working:
    """The job is waiting or running.

    >>> from rushes.backends.protocol import Working
    >>> Working(position=2)
    Working(position=2, fraction=None, message=None)

    Attributes:
        position: jobs ahead in the service's queue; None when the job runs, or when the service
            does not report it.
        fraction: share of the work done, when the service reports it.
        message: the service's latest line of log.
    """

    position: int | None = None
    fraction: float | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The last item of a stream: the service reports the job as ended, successfully or not.

    >>> from rushes.backends.protocol import Ended
    >>> Ended({"complete": True}).remote
    {'complete': True}

    Attributes:
        remote: what the next poll has to know on top of the job's own `remote`. It is used once
            and not journaled, because a stream decides nothing.
    """

    remote: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """The video is ready.

    >>> from rushes.backends.protocol import Done
    >>> Done("https://acme.example/films/1.mp4", cost=rushes.Cost(amount=0.5)).seed is None
    True

    Attributes:
        url: where it can be downloaded.
        seed: as the service reported it.
        cost: as the service billed it.
    """

    url: str
    seed: int | None = None
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The service ended the job without a video.

    >>> from rushes.backends.protocol import Failed
    >>> Failed(rushes.SafetyFilter("Acme refused the prompt.")).error.code
    'VIDEO_GEN_SAFETY_FILTER'

    Attributes:
        error: why; a `JobCancelled` for a cancelled one.
        doubtful: whether one such answer may be wrong, e.g. because the service reported elsewhere
            that the job succeeded. It is polled again, for a while, before the engine believes it.
        cost: what the service says that it billed for the job all the same; None if it does not.
    """

    error: RushesError
    doubtful: bool = False
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Passing:
    """The status could not be determined; this says nothing about the job itself.

    >>> from rushes.backends.protocol import Passing
    >>> Passing(rushes.BackendUnavailable("Acme replied 503.", status=503)).error.status
    503

    Attributes:
        error: why; a `RateLimited` when the service asked to slow down.
        ended: the service reports the job as ended, but its answer has no video or cannot be used.
            The job fails if that is the answer to several polls.
    """

    error: RushesError
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """The service has no such job.

    After a lost reply this is proof only where `Backend.reconciliation` says so.

    >>> from rushes.backends.protocol import Absent
    >>> Absent()
    Absent()
    """


@dataclass(frozen=True, slots=True)
class Cancellation:
    """The outcome of cancelling a job.

    >>> answer = await gen.cancel(job.id)  # It is completed, so nothing can be stopped.
    >>> answer.reached
    False

    Attributes:
        reached: whether the service accepted the request (or nothing had been sent yet).
        may_bill: whether the job may still be billed.
        message: a sentence for the user.
        remote: what later calls have to know of the job; the engine adds it to the job's own
            `remote` on record, so that any process knows it.
    """

    reached: bool
    may_bill: bool
    message: str
    remote: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left on the account at a service.

    >>> print(rushes.Balance(backend="runway", amount=12.5, source="1,250 credits, $0.01 each"))
    $12.50 at runway (1,250 credits, $0.01 each)

    Attributes:
        backend: the service.
        amount: in units of the currency; negative if the account is in debt.
        currency: ISO 4217 code.
        source: how the service put it, if it counts in other units.
    """

    backend: str
    amount: float
    currency: str = "USD"
    source: str | None = None

    def __str__(self) -> str:
        sign = "$" if self.currency == "USD" else f"{self.currency} "
        words = f"{'-' if self.amount < 0 else ''}{sign}{abs(self.amount):,.2f} at {self.backend}"
        return f"{words} ({self.source})" if self.source else words


LONGEST_ID = 200
"""Maximum length of a service's job id; those of all known services are shorter than 60."""


def is_id(value: object) -> TypeGuard[str]:
    """Whether a value can be a service's id of a job: printable, and not too long.

    >>> from rushes.backends.protocol import is_id
    >>> is_id("cgt-20261123-abcde"), is_id(""), is_id("..")
    (True, False, False)
    """
    return (
        isinstance(value, str)
        and 0 < len(value) <= LONGEST_ID
        and value.isprintable()
        and value not in (".", "..")
    )


Submission = Accepted | Refused | Unknown
Status = Working | Done | Failed | Passing | Absent


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
class Streaming(Protocol):
    """A backend whose service streams how a job stands.

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
