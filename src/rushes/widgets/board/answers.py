"""What the kernel answers to the page of a board; see docs/reference/widget-protocol.md."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rushes.comparison.wall import wall_page, wall_picture
from rushes.contract.errors import InvalidParams, RushesError
from rushes.contract.results import VideoGenResult
from rushes.job import Job
from rushes.jobs import Jobs
from rushes.media.poster import is_still
from rushes.widgets.board.sheet import write_csv
from rushes.widgets.clip import clip_facts
from rushes.widgets.compare.answers import (
    CompareAnswers,
    export_path,
    local,
    loudness,
    measured,
    unmarked_part,
)
from rushes.widgets.compare.state import Compared
from rushes.widgets.decided import decided
from rushes.widgets.inputs import look
from rushes.widgets.judging import Judging
from rushes.widgets.player import player
from rushes.widgets.take import media

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from rushes.contract.marks import Marks
    from rushes.journal import JobRecord
    from rushes.widgets import messages
    from rushes.widgets.board.state import Boarded
    from rushes.widgets.channel import Send


FOLDER = "boards"

SHEETS = {
    "picture": ("png", "image/png"),
    "page": ("html", "text/html"),
    "csv": ("csv", "text/csv"),
}
"""What can be exported: its suffix and its type."""


def _first_frame(path: Path | None, offset: int) -> tuple[dict[str, Any], bytes]:
    """A still of a file that has no poster.

    Raises:
        RushesError: if there is nothing to see in it.
    """
    still = look(str(path))[1] if path is not None else None
    if still is None:
        msg = "This take has no picture."
        raise RushesError(msg)
    return {"offset": offset, "total": len(still), "type": "image/jpeg"}, still[offset:]


class BoardAnswers(Judging):
    """Answers the page of one board.

    Args:
        boarded: the takes.
        epoch: names this life of the kernel.
        send: how answers get to the page.
        folder: where exports go; None makes one beside the notebook.
        greeted: called with the revision of the list that a page has.
        marked: called with the key and the marks of a take that was judged.
        steered: called when the sweep was started or stopped.
    """

    # One after the other: each uses all the processors it can get.
    _exporting: ClassVar = threading.Lock()

    def __init__(
        self,
        boarded: Boarded,
        epoch: str,
        send: Send,
        *,
        folder: str | os.PathLike[str] | None = None,
        greeted: Callable[[object], None],
        marked: Callable[[str, Marks], None],
        steered: Callable[[], None],
    ) -> None:
        super().__init__(send)
        self._boarded = boarded
        self._epoch = epoch
        self._folder = folder
        self._greeted = greeted
        self._marked = marked
        self._steered = steered

    def _on_hello(self, message: messages.envelope.Hello) -> None:
        self._greeted(message.revision)
        self._reply(message, {"epoch": self._epoch})

    def _on_media(self, message: messages.take.Media) -> None:
        entry = self._boarded.entry(message.job)
        if message.part == "unmarked":
            self._in_thread(message, partial(unmarked_part, entry, message.offset))
        elif message.part == "poster":
            still = entry.result.poster_path if entry.result else None
            if still and is_still(still):
                self._piece(message, still, message.offset, "image/jpeg")
            else:
                self._in_thread(message, partial(_first_frame, entry.path, message.offset))
        else:
            self._piece(message, entry.path, message.offset, "video/mp4")

    def _on_player(self, message: messages.compare.AskPlayer) -> None:
        self._reply(message, player())

    def _on_clip(self, message: messages.compare.AskClip) -> None:
        path = self._file(message.job)
        self._in_thread(message, lambda: (clip_facts(path), None))

    def _on_peaks(self, message: messages.take.Peaks) -> None:
        self._in_thread(message, partial(loudness, self._file(message.job)))

    def _on_measure(self, message: messages.take.AskMeasures) -> None:
        self._in_thread(message, partial(measured, self._file(message.job)))

    def _file(self, key: str) -> Path:
        return local(self._boarded.entry(key).path)

    def _on_vote(
        self, message: messages.voting.Vote | messages.voting.AskStandings | messages.compare.Export
    ) -> None:
        """What a comparison asks, of the takes that the page compares."""
        self._compared(message.jobs or []).answer(message)

    _on_standings = _on_export = _on_vote

    def _on_decide(self, message: messages.take.Decide) -> None:
        """Settle an uncertain job, and answer when the engine has."""
        job = self._job(message.job)
        future = Jobs.of(job).deciding(job.id, message.action, remote_id=message.remote_id or "")

        def done(future: Future[JobRecord]) -> None:
            if error := future.exception():
                self._failed(message.id, error)
            else:
                self._reply(message, {"message": decided(message.action, future.result())})

        future.add_done_callback(done)

    def _mark(self, job: str, changes: Mapping[str, Any]) -> Marks:
        given = self._boarded.given(job)
        if not isinstance(given, Job | VideoGenResult):
            msg = "This take is not in a library, so its marks cannot be kept."
            raise RushesError(msg)
        marks = given.mark(**changes)
        self._marked(job, marks)
        return marks

    def _on_steer(self, message: messages.sweep.Steer) -> None:
        """Start or stop the sweep; beside the kernel, as services may be asked."""
        sweep = self._boarded.sweep
        if sweep is None:
            msg = "This board does not show a sweep."
            raise InvalidParams(msg)

        def steer() -> tuple[dict[str, Any], bytes | None]:
            getattr(sweep, message.action)()
            self._steered()
            return {}, None

        self._in_thread(message, steer)

    def _on_sheet(self, message: messages.board.Sheet) -> None:
        """Make a file of all cells that the page shows."""
        wall = self._boarded.wall(message.rows, message.columns, message.cells)

        def make() -> tuple[dict[str, Any], bytes | None]:
            with self._exporting:
                suffix, kind = SHEETS[message.what]
                path = export_path(self._folder, "board", suffix, folder=FOLDER)
                if message.what == "picture":
                    wall_picture(wall, path)
                elif message.what == "page":
                    wall_page(wall, path)
                else:
                    numbers = [number for line in message.cells for number in line if number >= 0]
                    write_csv(self._boarded.rows_of(numbers), path)
            return {"path": str(path), "file": media(path, None, kind)}, None

        self._in_thread(message, make)

    def _job(self, key: str) -> Job:
        given = self._boarded.given(key)
        if not isinstance(given, Job):
            msg = "This take has no job."
            raise InvalidParams(msg)
        return given

    def _compared(self, keys: list[str]) -> CompareAnswers:
        takes = [self._boarded.given(key) for key in keys]
        compared = Compared(takes, keys=keys, home=next(iter(self._boarded.clients), None))
        return CompareAnswers(compared, self._epoch, self._send, folder=self._folder)
