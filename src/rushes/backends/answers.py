"""What the engine asks of a service, and the answers that a backend can give."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, TypeGuard

from rushes.contract.errors import RateLimited

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rushes.contract.errors import RushesError
    from rushes.contract.results import Cost


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

    def known_by(self, attempt: Attempt) -> Self:
        """The same, with the attempt's token in `remote`.

        A service that repeats the token of an attempt in its answers can then be believed about
        this job only, see `is_of_another`.

        >>> from rushes.backends.protocol import Accepted, Attempt
        >>> attempt = Attempt("job-1", token="a1b2", request={}, submit_at=0.0)
        >>> Accepted("task-1").known_by(attempt).remote
        {'attempt': 'a1b2'}
        """
        return replace(self, remote=self.remote | {"attempt": attempt.token})


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
        draft: the service's id of the draft that it is, if that is not the job's own.
    """

    url: str
    seed: int | None = None
    cost: Cost | None = None
    draft: str | None = None


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
        cost: what the service says that it billed for the job anyway; None if it does not.
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

    Attributes:
        at: the service's time of the answer, unix seconds, if it said so. This computer's clock
            may be days behind, and a service forgets.
        is_free: of a job that the service had accepted: that it does not run any more, and costs
            nothing. It is then sent again, a few times.
    """

    at: float | None = field(default=None, repr=False, compare=False)
    is_free: bool = field(default=False, repr=False, compare=False)


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
        source: how the service put it, if it counts in other units, or what else it says.
        today: what is spent of the day's cap, at a service that has one, e.g.
            ``"$3.20 of $10.00 today"``.
    """

    backend: str
    amount: float
    currency: str = "USD"
    source: str | None = None
    today: str | None = None

    def __str__(self) -> str:
        sign = "$" if self.currency == "USD" else f"{self.currency} "
        words = f"{'-' if self.amount < 0 else ''}{sign}{abs(self.amount):,.2f} at {self.backend}"
        return f"{words} ({self.source})" if self.source else words


@dataclass(frozen=True, slots=True)
class KeptJob:
    """A job that a service keeps for a person, as `Recovering.kept` lists it.

    >>> from rushes.backends.protocol import KeptJob
    >>> KeptJob("job-1", {"provider": "seedance-2.0"}, created_at=0.0, status="completed").label
    {}

    Attributes:
        remote_id: its id there.
        params: the request as contract JSON; not believed yet.
        created_at: unix seconds.
        status: ``queued``, ``running``, ``completed`` or ``failed``.
        label: what `Recovering.labelled` had the service keep with it; not believed yet.
    """

    remote_id: str
    params: Mapping[str, Any]
    created_at: float
    status: str
    label: Mapping[str, Any] = field(default_factory=dict)


LONGEST_ID = 200
"""Maximum length of a service's job id; those of all known services are shorter than 60."""


_TOKEN = re.compile("[0-9a-f]{32}")


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


def is_of_another(name: object, remote: Mapping[str, Any]) -> bool:
    """Whether an answer that names an attempt is about another job.

    Replies get mixed up on their way, and ids get garbled. Only a name in the form of a token
    counts, because a service may come to shorten or to encode what it repeats.

    >>> from rushes.backends.protocol import is_of_another
    >>> ours, others = "0123456789abcdef" * 2, "00112233445566778899aabbccddeeff"
    >>> is_of_another(others, {"attempt": ours}), is_of_another(ours, {"attempt": ours})
    (True, False)

    Args:
        name: what the answer says.
        remote: of the job, see `Accepted.known_by`; it says nothing for an id that a user typed.
    """
    is_token = isinstance(name, str) and _TOKEN.fullmatch(name) is not None
    return is_token and remote.get("attempt", name) != name


Submission = Accepted | Refused | Unknown


Status = Working | Done | Failed | Passing | Absent
