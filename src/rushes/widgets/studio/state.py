"""What a Studio shows: the takes of its library, and its form as it was left."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from rushes.catalog import form
from rushes.comparison.naming import distinct, distinguished
from rushes.contract.errors import NoBackend
from rushes.io.atomic import write_atomically
from rushes.io.regular import read_regular
from rushes.journal import UNFINISHED, JobState
from rushes.widgets.take import moving, take_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rushes.client import VideoGen
    from rushes.engine import Progress
    from rushes.journal import JobRecord

MOST_TAKES = 200

FIRST_BYTES = 100_000
"""JSON of the takes that a page gets to begin with; older ones follow when it has greeted."""

BATCH_BYTES = 500_000
"""JSON of older takes in one message; a twentieth of what closes a Jupyter connection."""

LARGEST_DRAFT = 4_000_000
"""Bytes of a draft; a page writes two traits of at most a megabyte of characters each."""

ANNOUNCEMENT = 2.0
"""Seconds that the first forms wait for a gateway to announce its providers."""

JUST_STARTED = 15.0
"""A job that was found done within so many seconds after the start was done before."""


@dataclass(frozen=True)
class Change:
    """What has happened to the list of takes.

    Attributes:
        take: the take that is new or another one now; None when only its progress changed.
        moved: how far a take is, for the page; None when there is more to it.
        is_turn: whether the take is new, has ended, or waits for the user's decision.
        is_gone: whether the list has to be read again, because a take was taken off it elsewhere.
    """

    take: dict[str, Any] | None = None
    moved: dict[str, Any] | None = None
    is_turn: bool = False
    is_gone: bool = False


@dataclass
class _Shown:
    record: JobRecord
    take: dict[str, Any]

    @cached_property
    def size(self) -> int:
        """Bytes of JSON."""
        return len(json.dumps(self.take))


class Snapshot:
    """The takes of a client's library, as JSON for the page.

    The list is read once and kept up with what is announced, so that a job costs the same however
    many there are.

    Args:
        gen: the client.
    """

    def __init__(self, gen: VideoGen) -> None:
        self._gen = gen
        self._shown: dict[str, _Shown] = {}
        self._notice: str | None = None

    @property
    def jobs(self) -> list[str]:
        """The ids of the latest takes, newest first."""
        return list(self._shown)

    @property
    def first(self) -> list[dict[str, Any]]:
        """As many of the latest takes, newest first, as a page gets to begin with."""
        return next(self._parts(), [])

    def rest(self) -> Iterator[list[dict[str, Any]]]:
        """The older takes, newest first, as much at a time as fits a message."""
        return islice(self._parts(), 1, None)

    def _parts(self) -> Iterator[list[dict[str, Any]]]:
        part: list[dict[str, Any]] = []
        size, most = 0, FIRST_BYTES
        for shown in self._shown.values():
            if part and size + shown.size > most:
                yield part
                part, size, most = [], 0, BATCH_BYTES
            part.append(shown.take)
            size += shown.size
        if part:
            yield part

    @property
    def records(self) -> list[JobRecord]:
        """Their records, in the same order."""
        return [shown.record for shown in self._shown.values()]

    def read(self) -> None:
        """Read the list from the journal."""
        self._notice = None
        self._shown = {
            record.id: _Shown(record, self._take(record, self._gen.progress_of(record)))
            for record in self._gen.takes(limit=MOST_TAKES)
        }

    def names(self, jobs: Iterable[str]) -> dict[str, str]:
        """What takes are called where they are compared, by their job."""
        shown = [self._shown[job] for job in jobs if job in self._shown]
        found = [
            (each.record.provider, each.take.get("seed"), each.record.backend) for each in shown
        ]
        labels = distinct(distinguished(found))
        return {each.record.id: label for each, label in zip(shown, labels, strict=True)}

    def change(self, record: JobRecord, progress: Progress) -> Change | None:
        """Take over what was announced of a job.

        Returns:
            What a page has to know of it; None when that is nothing.
        """
        if record.folder != str(self._gen.library):
            return None
        if record.created_at < self._gen.started_at:
            self._notice = None
        known = self._shown.get(record.id)
        if known is None:
            return self._add(record, progress)
        is_moving = record.state in UNFINISHED
        if is_moving and known.record == record:
            moved = moving(record, progress)
            known.take |= moved
            return Change(moved={"job": record.id, **moved})
        take = self._take(record, progress)
        self._shown[record.id] = _Shown(record, take)
        if not _is_alike(known.take, take):
            is_turn = not is_moving and (known.record.state is not record.state or record.is_ended)
            return Change(take=take, is_turn=is_turn)
        if record.is_ended and self._gen.is_hidden(record.id):
            return Change(is_turn=True, is_gone=True)
        return None

    def _add(self, record: JobRecord, progress: Progress) -> Change | None:
        if record.is_ended and self._gen.is_hidden(record.id):
            return None
        take = self._take(record, progress)
        place = _place(record)
        shown = [*self._shown.values(), _Shown(record, take)]
        shown.sort(key=lambda item: _place(item.record))
        if len(shown) > MOST_TAKES and _place(shown[-1].record) == place:
            return None
        self._shown = {item.record.id: item for item in shown[:MOST_TAKES]}
        return Change(take=take, is_turn=True)

    def _take(self, record: JobRecord, progress: Progress) -> dict[str, Any]:
        return take_of(record, progress, self._gen.catalog)

    def forms(self) -> list[dict[str, Any]]:
        """The form of every provider, with which of its services is set up."""
        self._gen.await_announcements(ANNOUNCEMENT)
        return [self._form(name) for name in self._gen.catalog.providers]

    def _form(self, provider: str) -> dict[str, Any]:
        spec = self._gen.catalog.providers[provider]
        try:
            chosen = self._gen.choose(spec)
        except NoBackend:
            chosen = None
        backends = {
            name: {"configured": reason is None, "chosen": name == chosen, "reason": reason}
            for name, reason in self._gen.missing(spec).items()
        }
        return form(spec, backends)

    @property
    def notice(self) -> str:
        """What happened while no kernel ran, in one sentence."""
        # Only the jobs of before change it, and it counts them all.
        if self._notice is None:
            self._notice = self._count_earlier()
        return self._notice

    def _count_earlier(self) -> str:
        started = self._gen.started_at
        earlier = [record for record in self.records if record.created_at < started]
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


def _place(record: JobRecord) -> tuple[float, str]:
    """Where a take stands in the list."""
    return (-record.created_at, record.id)


def _is_alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two takes differ in nothing but how far they are."""
    moving = {"elapsed", "progress"}
    return one.keys() == other.keys() and all(
        one[name] == other[name] for name in one.keys() - moving
    )


def _takes_words(count: int) -> str:
    return "1 take" if count == 1 else f"{count} takes"


class Form(BaseModel):
    """What the page's form holds; the fields are those of the ``_settings`` trait."""

    model_config = ConfigDict(strict=True, extra="allow")

    providers: list[str]
    mode: str
    prompt: str
    values: dict[str, Any]


class Draft(BaseModel):
    """A form, and what Generate would send.

    Attributes:
        settings: the ``_settings`` trait.
        requests: the ``_requests`` trait.
    """

    model_config = ConfigDict(strict=True)

    settings: Form
    requests: list[dict[str, Any]]

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """The draft in a file; None if it does not exist or cannot be read."""
        try:
            return cls.model_validate_json(read_regular(path, LARGEST_DRAFT))
        except (OSError, ValidationError):
            return None


def keep(path: Path, settings: dict[str, Any], requests: list[dict[str, Any]]) -> None:
    """Write a draft. A disk that takes nothing more costs the draft, and nothing else."""
    with contextlib.suppress(OSError, ValidationError):
        draft = Draft.model_validate({"settings": settings, "requests": requests})
        write_atomically(path, draft.model_dump_json().encode(), private=True)


def draft_path(home: Path, library: Path) -> Path:
    """Where the draft of a library's Studios is kept."""
    name = hashlib.sha256(str(library).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return home / "drafts" / f"{name}.json"
