"""What a Studio shows: the takes of its library, and its form as it was left."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from rushes.catalog import form
from rushes.comparison.naming import distinct, distinguished
from rushes.contract.errors import NoBackend
from rushes.contract.wording import visible
from rushes.io.atomic import write_atomically
from rushes.io.folders import notebook_path
from rushes.io.regular import read_regular
from rushes.journal import UNFINISHED, JobState
from rushes.media.found import Folder
from rushes.widgets.take import found_take, in_parts, moving, take_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rushes.client import VideoGen
    from rushes.contract.marks import Marks
    from rushes.contract.results import VideoGenResult
    from rushes.engine import Progress
    from rushes.journal import JobRecord
    from rushes.media.found import Found
    from rushes.widgets import messages

MOST_TAKES = 200

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
    """A take of the list: a job's, or one that is known by its files."""

    record: JobRecord | None
    take: dict[str, Any]
    found: Found | None = None

    @property
    def place(self) -> tuple[float, str]:
        """Where it stands in the list."""
        return (-self.take["createdAt"], self.take["job"])

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
        self._folder = Folder(gen.library)
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
        return in_parts((shown.take, shown.size) for shown in self._shown.values())

    @property
    def records(self) -> list[JobRecord]:
        """The records of those that the journal has, in the same order."""
        return [shown.record for shown in self._shown.values() if shown.record is not None]

    def found(self, key: str) -> Found | None:
        """The take of that key, if it is known by its files alone."""
        shown = self._shown.get(key)
        return None if shown is None else shown.found

    def key_of(self, path: Path) -> str | None:
        """The key of a take that is known by its file."""
        return next(
            (
                key
                for key, each in self._shown.items()
                if each.found and each.found.result.path == path
            ),
            None,
        )

    def remark(self, key: str, marks: Marks) -> dict[str, Any] | None:
        """Take over the marks of a take that is known by its files; the take as it is now."""
        shown = self._shown.get(key)
        if shown is None or shown.found is None:
            return None
        result = shown.found.result.model_copy(update={"marks": marks})
        found = replace(shown.found, result=result)
        take = found_take(found, self._gen.catalog)
        self._shown[key] = _Shown(None, take, found)
        return take

    def results(self, most: int) -> list[VideoGenResult]:
        """The newest takes that are known by their files."""
        found = (shown.found.result for shown in self._shown.values() if shown.found is not None)
        return list(islice(found, max(0, most)))

    def read(self) -> None:
        """Read the list: the journal's jobs of this library, and what else lies in the folder."""
        self._notice = None
        self._folder = Folder(self._gen.library)
        records = self._gen.latest(limit=MOST_TAKES)
        shown = [
            _Shown(record, self._take(record, self._gen.progress_of(record))) for record in records
        ]
        since = records[-1].created_at if len(records) == MOST_TAKES else 0.0
        beside = self._gen.beside(self._folder, since=since, most=MOST_TAKES)
        shown += [_Shown(None, found_take(take, self._gen.catalog), take) for take in beside]
        shown.sort(key=lambda each: each.place)
        self._shown = {each.take["job"]: each for each in shown[:MOST_TAKES]}

    @property
    def library(self) -> messages.studio.Library:
        """Which folder is shown, and where else takes are when there are none."""
        own = self._gen.library
        elsewhere = None
        if not self._shown and (latest := self._gen.jobs(limit=1)):
            folder = self._gen.record(latest[0].id).folder
            elsewhere = folder if folder != str(own) else None
        return {"path": notebook_path(own) or visible(str(own)), "elsewhere": elsewhere}

    def names(self, jobs: Iterable[str]) -> dict[str, str]:
        """What takes are called where they are compared, by their job."""
        shown = [self._shown[job] for job in jobs if job in self._shown]
        found = [
            (each.take["providerTitle"], each.take.get("seed"), each.take.get("backend"))
            for each in shown
        ]
        labels = distinct(distinguished(found))
        return {each.take["job"]: label for each, label in zip(shown, labels, strict=True)}

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
        if record.is_ended and self._gen.is_hidden(record.id):
            return None if known is None else Change(is_turn=True, is_gone=True)
        if known is None:
            return self._add(record, progress)
        if known.record is None:
            return None
        is_moving = record.state in UNFINISHED
        if is_moving and known.record == record:
            moved = moving(record, progress)
            known.take |= moved
            return Change(moved={"job": record.id, **moved})
        take = self._take(record, progress)
        self._shown[record.id] = _Shown(record, take)
        if differing := _differing(known.take, take):
            has_ended = record.is_ended and differing != {"marks"}
            is_turn = not is_moving and ("state" in differing or has_ended)
            return Change(take=take, is_turn=is_turn)
        return None

    def _add(self, record: JobRecord, progress: Progress) -> Change | None:
        take = self._take(record, progress)
        new = _Shown(record, take)
        shown = sorted([*self._shown.values(), new], key=lambda item: item.place)
        if len(shown) > MOST_TAKES and shown[-1] is new:
            return None
        self._shown = {item.take["job"]: item for item in shown[:MOST_TAKES]}
        return Change(take=take, is_turn=True)

    def _take(self, record: JobRecord, progress: Progress) -> dict[str, Any]:
        return take_of(record, progress, self._gen.catalog, self._folder)

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


def _differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    """In what two takes differ, besides how far they are."""
    names = (one.keys() | other.keys()) - {"elapsed", "progress"}
    return {name for name in names if one.get(name) != other.get(name)}


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
