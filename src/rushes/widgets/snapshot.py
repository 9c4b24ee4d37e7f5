"""What a Studio shows: the takes of its library, and what happened while no kernel ran."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rushes.catalog import form
from rushes.errors import NoBackend
from rushes.journal import JobState
from rushes.widgets.take import take_of

if TYPE_CHECKING:
    from rushes.client import VideoGen
    from rushes.engine import Progress
    from rushes.journal import JobRecord

MOST_TAKES = 200

ANNOUNCEMENT = 2.0
"""Seconds that the first forms wait for a gateway to announce its providers."""

PUSH_EVERY = 0.25
"""Seconds between two messages about the progress of one take."""

JUST_STARTED = 15.0
"""A job that was found done within so many seconds after the start was done before."""


class Snapshot:
    """The state of a client's library, as JSON for the page.

    Args:
        gen: the client.
    """

    def __init__(self, gen: VideoGen) -> None:
        self._gen = gen
        self._engine = gen.engine
        self._pushed: dict[str, tuple[float, JobState]] = {}

    def takes(self) -> tuple[list[dict[str, Any]], str]:
        """The latest takes, newest first, and what happened while no kernel ran."""
        folder = str(self._gen.library)
        hidden = self._engine.journal.hidden()
        found = self._engine.journal.select(folder=folder)
        records = [record for record in found if record.id not in hidden][:MOST_TAKES]
        takes = [
            take_of(record, self._engine.progress_of(record), self._gen.catalog)
            for record in records
        ]
        return takes, self._news(records)

    def change(self, record: JobRecord, progress: Progress) -> tuple[dict[str, Any] | None, bool]:
        """A take that has changed, at most a few times a second, and whether to look at all again.

        None when it is not this library's, or was told a moment ago.
        """
        if record.folder != str(self._gen.library):
            return None, False
        if record.is_ended and record.id in self._engine.journal.hidden():
            return None, False
        now = time.monotonic()
        pushed_at, state = self._pushed.get(record.id, (0.0, None))
        if state is record.state and now - pushed_at < PUSH_EVERY:
            return None, False
        self._pushed[record.id] = (now, record.state)
        is_turn = state is None or record.is_ended or record.state is JobState.UNCERTAIN
        return take_of(record, progress, self._gen.catalog), is_turn

    def forms(self) -> list[dict[str, Any]]:
        """The form of every provider, with which of its services is set up."""
        self._engine.announced.wait(ANNOUNCEMENT)
        return [self._form(name) for name in self._gen.catalog.providers]

    def _form(self, provider: str) -> dict[str, Any]:
        spec = self._gen.catalog.providers[provider]
        try:
            chosen = self._gen.choose(spec)
        except NoBackend:
            chosen = None
        backends = {}
        for name in spec.backends:
            reason = self._engine.backends.why_not(name)
            backends[name] = {
                "configured": reason is None,
                "chosen": name == chosen,
                "reason": reason,
            }
        return form(spec, backends)

    def _news(self, records: list[JobRecord]) -> str:
        """What happened while no kernel ran, in one sentence."""
        started = self._engine.started_at
        earlier = [record for record in records if record.created_at < started]
        done = sum(
            record.state is JobState.COMPLETED
            and started <= (record.ended_at or 0.0)
            and (record.done_at or 0.0) < started + JUST_STARTED
            for record in earlier
        )
        running = sum(
            not record.is_ended and record.state is not JobState.UNCERTAIN for record in earlier
        )
        parts = []
        if done:
            parts.append(f"{_takes_words(done)} finished while the kernel was away")
        if running:
            parts.append(
                f"{_takes_words(running)} from before {'is' if running == 1 else 'are'} "
                f"still being made"
            )
        return f"{'; '.join(parts)}." if parts else ""


def _takes_words(count: int) -> str:
    return "1 take" if count == 1 else f"{count} takes"
