"""The engine's times, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may take, in seconds.

    Attributes:
        lease: how long a process counts as alive after its last heartbeat.
        heartbeat: time between heartbeats, and between claims of jobs whose process is gone.
        submit_guard: a submission whose intent is older than this is not sent any more: the
            machine was asleep and another process may have taken over.
        submit_deadline: longest time for one submission, from the first byte to the reply.
        submit_margin: how much longer than both a request may be on the way: clocks are read, and
            a computer has other things to do.
        look_up: time between lookups of an attempt whose reply was lost.
        retry: first delay after a passing trouble; it doubles up to `retry_most`.
        retry_most: longest delay after a passing trouble.
        forgotten: how long a service may say that it does not know an accepted job before the
            job is given up; lists lag, and a proxy can answer for a service. A failure of the
            service itself that only a doubtful answer shows has to last for as long.
        watch: time until changes that another process wrote are noticed, and for which listeners
            may wait for what a service reports about a running job.

    Some times follow from others, so that all of them grow and shrink together.
    """

    lease: float = 30.0
    heartbeat: float = 10.0
    submit_guard: float = 10.0
    submit_deadline: float = 60.0
    submit_margin: float = 5.0
    look_up: float = 10.0
    retry: float = 1.0
    retry_most: float = 60.0
    forgotten: float = 120.0
    watch: float = 2.0

    @property
    def hold_submitting(self) -> float:
        """Until this long after an intent, its request may still be on the way."""
        return self.submit_guard + self.submit_deadline + self.submit_margin

    def absence(self, lag: float) -> float:
        """How long a process has to find no such attempt before its absence is proof.

        Args:
            lag: how late the service may list what it took.
        """
        return self.hold_submitting + lag

    @property
    def confirm(self) -> float:
        """How long a doubtful failure has to stay the answer before it is believed."""
        return self.forgotten / 5

    @property
    def videoless(self) -> float:
        """How long a service may call a job ended and name no video before that is believed."""
        return 2 * self.forgotten

    @property
    def unforeseen(self) -> float:
        """How long a backend's code may fail on all answers about a job before that ends it."""
        return 15 * self.forgotten

    @property
    def seek(self) -> float:
        """Time until an uncertain job is looked up again; it doubles up to `seek_most`."""
        return 6 * self.look_up

    @property
    def seek_most(self) -> float:
        """Longest time between lookups of an uncertain job."""
        return 360 * self.look_up

    def backoff(self, failures: int) -> float:
        """The delay after a number of troubles in a row."""
        return float(min(self.retry_most, self.retry * 2 ** min(failures - 1, 16)))
