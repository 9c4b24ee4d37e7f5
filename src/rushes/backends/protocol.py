"""What the engine asks of a service, and the answers that a service can give.

A backend turns the contract's words into a service's own and back. It never retries, never
waits, never touches the journal: that is the engine's work, the same for all. Nor does it remember
anything of a job: what a later call has to know is part of an answer (`Accepted.remote`,
`Cancellation.remote`, `Ended.remote`), and that call gets it back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeGuard, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

    import httpx

    from rushes.catalog import ProviderSpec
    from rushes.contract.errors import RushesError
    from rushes.contract.params import VideoGenParams
    from rushes.contract.results import Cost

Reconciliation = Literal["key", "lookup", "none"]
"""What a service offers to settle a submission whose reply was lost.

``key``: sending again with the same token makes no second job. ``lookup``: the job can be found
by its attempt and, once the engine has looked for long enough, its absence is proof. ``none``: it
may be found, but not finding it proves nothing, so the job becomes uncertain.
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast and how wide the engine may go at one service.

    >>> from rushes.backends.protocol import Limits
    >>> Limits(polls_per_second=2.0).submits
    8

    Attributes:
        submits: submissions at once.
        polls: status calls at once.
        downloads: downloads at once.
        polls_per_second: status calls a second at the start; 429 replies lower it.
        submits_per_second: submissions a second.
        poll_floor: shortest time between two status calls of one job, in seconds, give or take a
            third.
        poll_ceiling: longest time between two, in seconds; short where a service answers for many
            jobs at once, so that polling often costs little.
        first_poll: seconds from acceptance until the first status call.
        streams: status streams open at once, where the service has them (see `Streaming`).
        call_deadline: longest time for one call other than a submission, in seconds, until all of
            its reply is there.
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
    """One try to hand a job over.

    >>> from rushes.backends.protocol import Attempt
    >>> attempt = Attempt("job-1", token="a1b2", request={"prompt": "A red fox"}, submit_at=0.0)
    >>> attempt.request["prompt"]
    'A red fox'

    Attributes:
        job_id: the job.
        token: made and journaled before anything is sent.
        request: what `Backend.translate` returned, as it was journaled.
        submit_at: when the intent was journaled, unix seconds.
        taken: ids of the service that belong to other jobs already.
        inputs: the files of the job on this machine, by name; for services that get them inside
            the request.
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
        remote: what else is needed to ask for it, e.g. its model; plain JSON. No addresses: these
            are made anew for each call, so that the key never follows the journal elsewhere.
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


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether the service has the job, e.g. because the reply was lost.

    >>> from rushes.backends.protocol import Unknown
    >>> Unknown("Acme did not reply within 30 s.").reason
    'Acme did not reply within 30 s.'

    Attributes:
        reason: what happened, as a sentence for the user.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Working:
    """The service is not done.

    >>> from rushes.backends.protocol import Working
    >>> Working(position=2)
    Working(position=2, fraction=None, message=None)

    Attributes:
        position: jobs ahead in the service's queue; None when it runs or the service is silent.
        fraction: share of the work done, when the service says so.
        message: the service's latest line of log.
    """

    position: int | None = None
    fraction: float | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The last word of a stream: the service calls the job ended, well or not.

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
        url: where it can be fetched.
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
        doubtful: whether one such answer may be wrong, e.g. because the service said elsewhere
            that the job went well. It is asked again, for a while, before that is believed.
    """

    error: RushesError
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Passing:
    """The question could not be answered now; the job itself is not touched by that.

    >>> from rushes.backends.protocol import Passing
    >>> Passing(rushes.BackendUnavailable("Acme replied 503.", status=503)).error.status
    503

    Attributes:
        error: why; a `RateLimited` when the service asked to slow down.
        ended: the service calls the job ended, but its answer names no video or cannot be used.
            The job fails when that stays so for some polls.
    """

    error: RushesError
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """The service has no such job.

    Of a lost submission this is proof only where `Backend.reconciliation` says so.

    >>> from rushes.backends.protocol import Absent
    >>> Absent()
    Absent()
    """


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What became of a wish to cancel.

    >>> answer = await gen.cancel(job.id)  # It is completed, so there is nothing to stop.
    >>> answer.reached
    False

    Attributes:
        reached: whether the service took the wish (or nothing had been sent yet).
        may_bill: whether the job may still be billed.
        message: the same in words for the user.
        remote: what later calls have to know of the job; the engine adds it to the job's own
            `remote` on record, so that any process knows it.
    """

    reached: bool
    may_bill: bool
    message: str
    remote: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


LONGEST_ID = 200
"""Characters of a service's id of a job; those of the services known are shorter than 60."""


def is_id(value: object) -> TypeGuard[str]:
    """Whether something can be the id of a job at a service: printable, and not too long.

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
        limits: how hard the engine may press.
        reconciliation: what can be known of a submission whose reply was lost.
        lag: seconds by which the service's own list and look-ups may show a job late. The engine
            adds the time for which a request may be on its way, and believes that there is no
            job only when a process has looked for all of that by its own monotonic clock.
        upload_lifetime: for how many seconds new requests may use what `upload` returned; None
            when it sends nothing, so that there is nothing to save.
        media: the client that fetches finished videos; set by `connect`. It sends no key.
    """

    name: str
    limits: Limits
    reconciliation: Reconciliation
    lag: float
    upload_lifetime: float | None
    media: httpx.AsyncClient

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path) -> Backend:
        """A backend set up from environment variables.

        Raises:
            NoBackend: naming the variables that are missing.
        """
        ...

    def connect(self, client: httpx.AsyncClient) -> None:
        """Take the engine's HTTP client; called once, before anything else is asked."""
        ...

    def translate(
        self, params: VideoGenParams, spec: ProviderSpec, media: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The request in the service's own words, as plain JSON.

        Args:
            params: a request that the catalog found valid.
            spec: the catalog's entry for its provider; ``spec.backends[name]`` is this service's.
            media: by path, what `upload` returned for each local file. Only images, videos and
                sounds may be replaced by it; a text stays as it is, whatever it says.
        """
        ...

    async def upload(self, path: Path) -> Any:
        """Make a local file available to the service.

        Returns:
            What stands for it in a request, as plain JSON: a URL, or the object that
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
        """Ask to stop a job."""
        ...

    async def find(self, attempt: Attempt) -> Accepted | Absent | Passing | Unknown:
        """Look up the job of an attempt whose reply was lost.

        `Attempt.submit_at` is of a clock that may be wrong, or was set since: where absence is
        proof, it must not narrow the search.

        Returns:
            ``Unknown`` when a look-up cannot settle it, e.g. because the account may not
            read the service's history, or two jobs match.
        """
        ...

    def locate(self, remote_id: str, attempt_request: Mapping[str, Any]) -> Accepted:
        """What an id given by the user stands for."""
        ...


@runtime_checkable
class Announcing(Protocol):
    """A backend that knows of more providers than the files on this machine.

    >>> from rushes.backends.protocol import Announcing
    >>> isinstance(gen.engine.backends.get("preview"), Announcing)
    False
    """

    async def announced(self) -> list[Mapping[str, Any]]:
        """Providers in the words of a provider file, each with this backend's offer.

        Of a provider that a file describes already, only the offer is taken over.

        Raises:
            RushesError: when it cannot be asked now.
        """
        ...


@runtime_checkable
class Streaming(Protocol):
    """A backend whose service streams how a job stands.

    A stream decides nothing and may break at any time. While it shows signs of life its job is
    polled every two minutes, and every `Limits.poll_ceiling` seconds once it takes much longer
    than others of its kind; when the stream ends, at once.

    >>> from rushes.backends.protocol import Streaming
    >>> isinstance(gen.engine.backends.get("preview"), Streaming)
    False
    """

    def stream(
        self, remote_id: str, remote: Mapping[str, Any]
    ) -> AsyncGenerator[Working | Ended, None]:
        """Listen to how a job stands: once for every sign of life, then that it has ended.

        Raises:
            RushesError: when the service does not say it, or no longer.
        """
        ...
