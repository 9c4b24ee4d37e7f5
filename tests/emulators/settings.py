"""What an emulated service is told to do, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Self

from emulators.faults import Fault, Range

Seconds = Range | Callable[[str, Any], float]


@dataclass
class Settings:
    """Settings of one emulator; nearly all may be changed while it runs.

    Attributes:
        keys: Keys that are let in.
        run_seconds: How long a job runs: a range drawn evenly, or a function of the endpoint
            and the input.
        queue_seconds: How long a job waits before a runner may pick it up, likewise.
        max_concurrent: Jobs that run at once, the others wait in order; None for no limit.
            Set it before the start.
        accept_delay: Range of seconds between the arrival of a submit and the job's existence.
        answer_delay: Range of seconds between the job's existence and the reply. Both pass at
            once when the emulator's clock is put forward, as all its times do.
        polls_per_second: Status and result reads let through, all clients together, before
            429 answers; None for no limit. A token bucket that holds one second's worth.
        poll_retry_after: Seconds named in the Retry-After of those 429 answers.
        url_lifetime: Seconds a media URL works; None for ever. A later read of the result
            then names a fresh URL.
        expired_link_status: Code for a media URL past its lifetime.
        tiny_clips: Serve one small clip of 64x36 pixels and 1 s for every job.
        log_requests: Keep a line per request; switch off for long load tests.
        faults: Trouble to make.
        seed: Seed for all that is drawn at random.
    """

    keys: frozenset[str] = frozenset()
    run_seconds: Seconds = (0.2, 0.2)
    queue_seconds: Seconds = (0.0, 0.0)
    max_concurrent: int | None = None
    accept_delay: Range = (0.0, 0.0)
    answer_delay: Range = (0.0, 0.0)
    polls_per_second: float | None = None
    poll_retry_after: float = 1.0
    url_lifetime: float | None = None
    expired_link_status: int = 403
    tiny_clips: bool = False
    log_requests: bool = True
    faults: list[Fault] = field(default_factory=list)
    seed: int = 0

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Build settings from JSON: lists become ranges and key sets, faults are objects.

        Raises:
            TypeError: A setting or a field of a fault does not exist.
        """
        known = {item.name: item for item in fields(cls)}
        if unknown := values.keys() - known:
            message = f"unknown settings: {', '.join(sorted(unknown))}"
            raise TypeError(message)
        ready: dict[str, Any] = {}
        for name, value in values.items():
            if name == "faults":
                ready[name] = [Fault(**fault) for fault in value]
            elif isinstance(known[name].default, frozenset):
                ready[name] = frozenset(value)
            else:
                ready[name] = tuple(value) if isinstance(value, list) else value
        return cls(**ready)
