"""Trouble a service can make, switched on per request."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Range = tuple[float, float]


class Operation(StrEnum):
    """What a request asks the service to do."""

    SUBMIT = "submit"
    STATUS = "status"
    STREAM = "stream"
    RESULT = "result"
    CANCEL = "cancel"
    HISTORY = "history"
    UPLOAD = "upload"
    DOWNLOAD = "download"


class FaultKind(StrEnum):
    """Each kind of trouble; the comment says what the client sees and whether work was done."""

    DROP_BEFORE = "drop_before"  # Connection closed without a reply; nothing was done.
    LOSE_REPLY = "lose_reply"  # Connection closed without a reply; the work was done.
    ERROR_BEFORE = "error_before"  # JSON error with `status`; nothing was done.
    ERROR_AFTER = "error_after"  # JSON error with `status`; the work was done.
    HTML_PAGE = "html_page"  # An ingress's HTML page with `status`; nothing was done.
    TOO_MANY = "too_many"  # 429 with Retry-After of `retry_after` seconds; nothing was done.
    SLOW_REPLY = "slow_reply"  # The reply comes after `seconds`; the work was done at once.
    MALFORMED_JSON = "malformed_json"  # The first half of the right body; the work was done.
    NOT_FOUND = "not_found"  # A status or result read: no such job (any more).
    SILENT_STREAM = "silent_stream"  # Stream: not a word, and it stays open.
    BROKEN_STREAM = "broken_stream"  # Stream: closed after its first event.
    DEAF_STREAM = "deaf_stream"  # Stream: does not notice that the job goes on; comments come.
    PLATFORM_FAILURE = "platform_failure"  # The job ends with `error_type` in its status.
    MODEL_FAILURE = "model_failure"  # The job ends well by its status; its result is an error.
    TRUNCATED_BODY = "truncated_body"  # Download: fewer bytes than Content-Length, then closed.
    SHORT_BODY = "short_body"  # Download: half the file with a Content-Length to match.
    HTML_BODY = "html_body"  # Download: a web page with code 200.
    ZERO_BODY = "zero_body"  # Download: the right length and type, all bytes zero.
    SLOW_BODY = "slow_body"  # Download: the bytes trickle over `seconds`.
    EXPIRED_LINK = "expired_link"  # Download: `status` (403, 404 or 410).
    REDIRECT = "redirect"  # Download or stream: 302 to another origin.


_DOWNLOAD_KINDS = frozenset(
    {
        FaultKind.TRUNCATED_BODY,
        FaultKind.SHORT_BODY,
        FaultKind.HTML_BODY,
        FaultKind.ZERO_BODY,
        FaultKind.SLOW_BODY,
        FaultKind.EXPIRED_LINK,
        FaultKind.REDIRECT,
    }
)
_STREAM_KINDS = frozenset({FaultKind.SILENT_STREAM, FaultKind.BROKEN_STREAM, FaultKind.DEAF_STREAM})
_USUAL_STATUS = {
    FaultKind.ERROR_BEFORE: 500,
    FaultKind.ERROR_AFTER: 500,
    FaultKind.HTML_PAGE: 502,
    FaultKind.EXPIRED_LINK: 403,
}
_USUAL_ERROR_TYPE = {
    FaultKind.PLATFORM_FAILURE: "runner_server_error",
    FaultKind.MODEL_FAILURE: "content_policy_violation",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request as a fault sees it.

    Attributes:
        operation: What is asked.
        endpoint: Model the request is about, if it names one.
        request_id: Job the request is about, if it names one.
        input: Body of a submit, else None.
    """

    operation: Operation
    endpoint: str | None = None
    request_id: str | None = None
    input: Any = None


@dataclass
class Fault:
    """One kind of trouble and the rule for the requests it strikes.

    All conditions must hold: the operation is `on`, `when` agrees, `skip` such requests have
    passed, `times` is not used up, and a seeded die falls under `probability`.

    Attributes:
        kind: What happens.
        on: Operation struck; by default downloads for download faults, streams for stream
            faults, the result for `NOT_FOUND`, and submits for all others.
        times: Strikes before the fault is spent; None never ends.
        probability: Chance of a strike for each request that fits.
        seed: Seed of the die.
        skip: Requests that fit and pass before the first strike.
        when: Extra test of the request.
        status: HTTP code, where the kind needs one.
        retry_after: Seconds named in Retry-After.
        seconds: Range of seconds, drawn evenly, of the slow kinds.
        error_type: Name of the failure, for the kinds that fail a job.
        struck: How often it has struck.
    """

    kind: FaultKind
    on: Operation | None = None
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
    skip: int = 0
    when: Callable[[Call], bool] | None = None
    status: int | None = None
    retry_after: float = 1.0
    seconds: Range = (0.0, 0.0)
    error_type: str | None = None
    struck: int = 0
    _die: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.kind = FaultKind(self.kind)
        self.on = Operation(self.on) if self.on is not None else _usual_operation(self.kind)
        if self.status is None:
            self.status = _USUAL_STATUS.get(self.kind)
        if self.error_type is None:
            self.error_type = _USUAL_ERROR_TYPE.get(self.kind)
        low, high = self.seconds
        self.seconds = (low, high)
        self._die = random.Random(self.seed)

    def strikes(self, call: Call) -> bool:
        """Decide whether this request is struck, and count it if so."""
        if call.operation is not self.on or (self.times is not None and self.struck >= self.times):
            return False
        if self.when is not None and not self.when(call):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.probability < 1 and self._die.random() >= self.probability:
            return False
        self.struck += 1
        return True

    def draw_seconds(self) -> float:
        """Draw how long this strike takes."""
        return self._die.uniform(*self.seconds)


Struck = dict[FaultKind, Fault]


def strike(faults: list[Fault], call: Call) -> Struck:
    """Return the faults that strike this request, one of a kind."""
    struck: Struck = {}
    for fault in list(faults):
        if fault.kind not in struck and fault.strikes(call):
            struck[fault.kind] = fault
    return struck


def _usual_operation(kind: FaultKind) -> Operation:
    if kind in _DOWNLOAD_KINDS:
        return Operation.DOWNLOAD
    if kind in _STREAM_KINDS:
        return Operation.STREAM
    return Operation.RESULT if kind is FaultKind.NOT_FOUND else Operation.SUBMIT
