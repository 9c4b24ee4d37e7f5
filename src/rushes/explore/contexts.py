"""What the journal and the folder know of several jobs besides their records."""

from __future__ import annotations

import os
import stat
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rushes.journal.context import Context

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rushes.explore.measuring import Columns
    from rushes.journal import JobRecord
    from rushes.journal.context import Place
    from rushes.journal.protocol import Journal
    from rushes.media.found import Folder


NOTHING = Context()


class File(NamedTuple):
    """The video of a take on the disk.

    Attributes:
        path: where it is, or should be; None if there is none.
        size: its bytes; None if it does not exist.
        entry: its entry in the file system, unless it is a link.
    """

    path: str | None = None
    size: int | None = None
    entry: os.stat_result | None = None

    @classmethod
    def at(cls, path: str) -> File:
        """The file of a path."""
        try:
            # Not by a `Path`, whose parts would take longer than the question.
            found = os.lstat(path)
            if stat.S_ISLNK(found.st_mode):
                return cls(path, os.stat(path).st_size)  # noqa: PTH116 - faster
        except (OSError, ValueError):
            return cls(path)
        return cls(path, found.st_size, found)


class Contexts:
    """What is known of the jobs of a list besides their records; read when it is first needed.

    Args:
        journal: knows it.
        job_ids: the jobs.
        folder: the library in which they are looked for; a video that was moved may be there.
        sweep: folder and name of the sweep that is asked about, if one is.
    """

    def __init__(
        self,
        journal: Journal,
        job_ids: Sequence[str],
        folder: Folder,
        sweep: tuple[str, str] | None = None,
    ) -> None:
        self._journal = journal
        self._job_ids = job_ids
        self._sweep = sweep
        self._found: dict[str, Context] | None = None
        self.folder = folder
        self._folders = {str(folder.path): folder}

    def read(self) -> dict[str, Context]:
        """All of it as it is now, by the id of the job."""
        self._found = self._journal.contexts(self._job_ids)
        return self._found

    def place_of(self, job_id: str) -> Place | None:
        """Where a job stands in the sweep that is asked about, or else in the newest one."""
        found = self.read() if self._found is None else self._found
        return self.chosen(found.get(job_id))

    def file_of(self, record: JobRecord) -> File:
        """Where the video of a job is; where it was put if it is found nowhere."""
        said = (record.result or {}).get("path")
        if not isinstance(said, str):
            return File()
        file = File.at(said)
        if file.size is None and (found := self._found_again(record)) is not None:
            return File.at(str(found))
        return file

    def _found_again(self, record: JobRecord) -> Path | None:
        """Where a video is that was moved."""
        if record.folder not in self._folders:
            self._folders[record.folder] = type(self.folder)(Path(record.folder))
        return self.folder.of(record) or self._folders[record.folder].of(record)

    def chosen(self, context: Context | None) -> Place | None:
        """The place that counts."""
        places = () if context is None else context.places
        asked = [place for place in places if (place.folder, place.sweep) == self._sweep]
        return next(reversed(asked or places), None)


class Reading:
    """What is read once for all rows of a table."""

    def __init__(self) -> None:
        self._found: dict[Contexts, Mapping[str, Context]] = {}

    def of(self, contexts: Contexts, job_id: str) -> Context:
        """What the journal knows of a job besides its record, as it is now."""
        if contexts not in self._found:
            self._found[contexts] = contexts.read()
        return self._found[contexts].get(job_id, NOTHING)

    @cached_property
    def columns(self) -> Columns:
        """What was measured before."""
        # Loaded here, because few need it.
        from rushes.explore.measuring import Columns  # noqa: PLC0415 - as the comment says

        return Columns()
