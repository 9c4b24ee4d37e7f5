"""The takes that a folder holds, by their sidecars: moved, copied, or of another journal."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from rushes.contract.errors import MediaError
from rushes.media.library import minute, stem, tail
from rushes.media.poster import FOLDER as POSTERS, poster_beside
from rushes.media.sidecar import facts_beside, read_sidecar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from rushes.contract.params import VideoGenParams
    from rushes.contract.results import VideoGenResult
    from rushes.journal.record import JobRecord

VIDEO, SIDECAR = ".mp4", ".json"

MOST_NAMES = 200_000
"""Names of a folder that are looked at."""

MOST_FOLDERS = 200
"""Folders inside a library in which a moved file is looked for."""

LONGEST_DIGEST = 100
"""Characters of a digest."""

MOST_READ = 1_000
"""Sidecars that are read to find one file."""

_DATED = re.compile(r"\d{4}-\d\d-\d\d_\d{4}_")
"""How the names of a library begin; sorted, they are in the order of their time."""


@dataclass(frozen=True, slots=True)
class Found:
    """A take that is known by its files.

    Attributes:
        key: names it among the takes of its folder; it follows from the file's name.
        result: the video, by its sidecar.
        params: the request without its media, by its sidecar.
    """

    key: str
    result: VideoGenResult
    params: VideoGenParams | None

    @property
    def created_at(self) -> float:
        """When it was made, in Unix seconds; 0 if that is not known."""
        try:
            return self.result.created_at.timestamp() if self.result.created_at else 0.0
        except (OverflowError, ValueError, OSError):
            return 0.0


class Folder:
    """A library as it is on the disk; read once.

    What sidecars say is untrusted: see `rushes.media.sidecar.facts_beside`. Links are not followed.

    Args:
        path: the folder; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def takes(
        self, known: Collection[str] = (), *, since: float = 0.0, most: int = MOST_NAMES
    ) -> list[Found]:
        """The takes that have a sidecar and are not known otherwise, newest first.

        Args:
            known: ids of jobs whose takes are left out, without reading their sidecars.
            since: unix seconds; files whose names say that they are older are not read.
            most: how many files are read, those with the newest names first.
        """
        tails = {tail(job_id) for job_id in known}
        earliest = minute(since)
        names = (
            name
            for name in self._newest
            if name.rpartition("_")[2] not in tails
            and (_DATED.match(name) is None or name >= earliest)
        )
        found = []
        for name in islice(names, most):
            result, params = facts_beside(self.path / f"{name}{VIDEO}")
            if result is not None:
                found.append(Found(_key(name), result, params))
        found.sort(key=lambda take: (-take.created_at, take.key))
        return found

    @property
    def count(self) -> int:
        """How many videos with a sidecar it holds."""
        return len(self._newest)

    def of(self, job: JobRecord) -> Path | None:
        """The video of a job, by its name here or in a folder inside, or by its sidecar."""
        name = stem(job)
        if name in self._videos:
            return self.path / f"{name}{VIDEO}"
        for folder in self._folders:
            path = self.path / folder / f"{name}{VIDEO}"
            if path.is_file() and not path.is_symlink():
                return path
        found = self._by_job.get(job.id)
        return None if found is None else self.path / f"{found}{VIDEO}"

    @property
    def _videos(self) -> set[str]:
        return self._listing[0]

    @cached_property
    def _newest(self) -> list[str]:
        """The stems of videos with a sidecar."""
        both = self._videos & self._listing[1]
        return sorted(both, key=lambda name: (_DATED.match(name) is not None, name), reverse=True)

    @property
    def _folders(self) -> list[str]:
        return self._listing[2]

    @cached_property
    def _by_job(self) -> dict[str, str]:
        """The stems of videos by the job of their sidecar."""
        found: dict[str, str] = {}
        for name in self._newest[:MOST_READ]:
            try:
                job = read_sidecar(self.path / f"{name}{SIDECAR}").get("jobId")
            except MediaError:
                continue
            if isinstance(job, str):
                found.setdefault(job, name)
        return found

    @cached_property
    def _listing(self) -> tuple[set[str], set[str], list[str]]:
        """The stems of videos and of sidecars, and the folders."""
        videos: set[str] = set()
        sidecars: set[str] = set()
        folders: list[str] = []
        try:
            with os.scandir(self.path) as entries:
                for entry in islice(entries, MOST_NAMES):
                    name, suffix = os.path.splitext(entry.name)  # noqa: PTH122 - of many names
                    if name.startswith("."):
                        continue
                    if suffix == VIDEO and entry.is_file(follow_symlinks=False):
                        videos.add(name)
                    elif suffix == SIDECAR and entry.is_file(follow_symlinks=False):
                        sidecars.add(name)
                    elif len(folders) < MOST_FOLDERS and entry.name != POSTERS and _is_dir(entry):
                        folders.append(entry.name)
        except OSError:
            # There is none, or it may not be read: then nothing is found there.
            pass
        return videos, sidecars, sorted(folders)


def digest_beside(video: Path) -> str | None:
    """The `content_key` of a take's job, by its sidecar: what the take was asked for."""
    try:
        digest = read_sidecar(video.with_suffix(SIDECAR)).get("requestDigest")
    except MediaError:
        return None
    return digest if isinstance(digest, str) and len(digest) <= LONGEST_DIGEST else None


def relocated(result: VideoGenResult, job: JobRecord, folders: Iterable[Folder]) -> VideoGenResult:
    """A job's result with the place where its file is now, if it was moved and is found.

    Args:
        result: what the journal has.
        job: its record.
        folders: where to look, in order.
    """
    if result.path is None or result.path.exists():
        return result
    for folder in folders:
        path = folder.of(job)
        if path is not None:
            return result.model_copy(
                update={
                    "path": path,
                    "video_url": path.absolute().as_uri(),
                    "poster_path": poster_beside(path),
                }
            )
    return result


def _is_dir(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _key(name: str) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    return f"file-{digest[:16]}"
