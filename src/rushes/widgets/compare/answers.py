"""What the kernel answers to the page of a comparison; see docs/reference/widget-protocol.md."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rushes.comparison import (
    Vote,
    add_vote,
    contact_sheet,
    frames,
    page,
    side_by_side,
    summary,
    votes,
)
from rushes.comparison.ballot import put
from rushes.comparison.naming import title_of
from rushes.comparison.pairing import objection
from rushes.comparison.unmarked import unmarked
from rushes.contract.errors import InvalidParams, RushesError
from rushes.io.folders import notebook_folder
from rushes.io.regular import open_regular
from rushes.media.poster import is_still
from rushes.widgets.clip import clip_facts
from rushes.widgets.judging import Judging
from rushes.widgets.messages.envelope import PIECE
from rushes.widgets.take import PUSH_EVERY, media

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rushes.comparison.entry import Entry
    from rushes.contract.marks import Marks
    from rushes.jobs import Jobs
    from rushes.widgets import messages
    from rushes.widgets.channel import Send
    from rushes.widgets.compare.state import Compared

FOLDER = "comparisons"

MOST_EXPORTS = 4
"""Exports of all pages of this process that are under way or wait."""

KINDS = {
    "side-by-side": ("mp4", "video/mp4"),
    "contact-sheet": ("png", "image/png"),
    "frames": ("png", "image/png"),
    "page": ("html", "text/html"),
}
"""What can be exported: its suffix and its type."""


class CompareAnswers(Judging):
    """Answers the page of one comparison.

    Args:
        compared: the takes.
        epoch: names this life of the kernel.
        send: how answers get to the page.
        folder: where exports go; None makes one beside the notebook.
        greeted: called with the revision of the list that a page has.
        remarked: called when a take without a job was judged, which nobody else announces.
    """

    # One after the other: each uses all the processors it can get.
    _exporting: ClassVar = threading.Lock()
    _waiting: ClassVar = threading.BoundedSemaphore(MOST_EXPORTS)

    def __init__(
        self,
        compared: Compared,
        epoch: str,
        send: Send,
        *,
        folder: str | os.PathLike[str] | None = None,
        greeted: Callable[[object], None] | None = None,
        remarked: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(send)
        self._compared = compared
        self._ballots = BallotBox(compared)
        self._epoch = epoch
        self._folder = folder
        self._greeted = greeted
        self._remarked = remarked

    def _on_hello(self, message: messages.envelope.Hello) -> None:
        if self._greeted is not None:
            self._greeted(message.revision)
        self._reply(message, {"epoch": self._epoch})

    def _on_media(self, message: messages.take.Media) -> None:
        entry = self._compared.entry(message.job)
        if message.part == "unmarked":
            self._in_thread(message, partial(unmarked_part, entry, message.offset))
        elif message.part == "poster":
            still = entry.result.poster_path if entry and entry.result else None
            path = still if still and is_still(still) else None
            self._piece(message, path, message.offset, "image/jpeg")
        else:
            self._piece(message, entry.path if entry else None, message.offset, "video/mp4")

    def _on_peaks(self, message: messages.take.Peaks) -> None:
        entry = self._compared.entry(message.job)
        self._in_thread(message, partial(loudness, entry.path if entry else None))

    def _mark(self, job: str, changes: Mapping[str, Any]) -> Marks:
        marks = self._compared.mark(job, changes)
        if self._remarked is not None:
            self._remarked(job)
        return marks

    def _on_measure(self, message: messages.take.AskMeasures) -> None:
        entry = self._compared.entry(message.job)
        self._in_thread(message, partial(measured, entry.path if entry else None))

    def _on_vote(self, message: messages.voting.Vote) -> None:
        self._ballots.cast(message)
        self._reply(message, self._ballots.standings())

    def _on_standings(self, message: messages.voting.AskStandings) -> None:
        self._reply(message, self._ballots.standings())

    def _on_clip(self, message: messages.compare.AskClip) -> None:
        """Measure a file, in a thread of its own: all of it is read."""
        entry = self._compared.entry(message.job)
        args = (message, local(entry.path if entry else None))
        threading.Thread(target=self._measure, args=args, name="rushes-clip").start()

    def _measure(self, message: messages.compare.AskClip, path: Path) -> None:
        try:
            self._reply(message, clip_facts(path))
        except Exception as error:  # noqa: BLE001 - whatever it was, the page waits for an answer
            self._failed(message.id, error)

    def _on_export(self, message: messages.compare.Export) -> None:
        """Make a file, in a thread of its own: a film takes a while, and the kernel is needed."""
        if not self._waiting.acquire(blocking=False):
            msg = f"{MOST_EXPORTS} exports are not finished yet; wait for one of them."
            raise RushesError(msg)
        threading.Thread(target=self._make, args=(message,), name="rushes-export").start()

    def _make(self, message: messages.compare.Export) -> None:
        try:
            with self._exporting:
                path = self._write(message)
            kind = KINDS[message.what][1]
            self._reply(message, {"path": str(path), "file": media(path, None, kind)})
        except Exception as error:  # noqa: BLE001 - whatever it was, the page waits for an answer
            self._failed(message.id, error)
        finally:
            self._waiting.release()

    def _write(self, message: messages.compare.Export) -> Path:
        entries: list[Entry] = self._compared.entries(message.jobs)
        path = export_path(self._folder, message.what, KINDS[message.what][0])
        span: dict[str, Any] = {
            "start": message.start,
            "end": message.end or None,
            "offsets": message.offsets,
        }
        match message.what:
            case "page":
                return page(entries, path)
            case "contact-sheet":
                return contact_sheet(entries, path, **span)
            case "frames":
                return frames(entries, path, at=message.at, offsets=message.offsets)
        heard = self._compared.entry(message.audible) if message.audible else None
        return side_by_side(
            entries,
            path,
            columns=message.columns or None,
            audible=heard.label if heard else None,
            on_progress=self._progress(message.id),
            **span,
        )

    def _progress(self, message_id: str) -> Callable[[float], None]:
        """What notifies the page how much of its film is done, a few times a second."""
        sent_at = -PUSH_EVERY

        def notify(fraction: float) -> None:
            nonlocal sent_at
            now = time.monotonic()
            if now - sent_at >= PUSH_EVERY:
                sent_at = now
                self._send({"kind": "progress", "id": message_id, "fraction": fraction})

        return notify


def export_path(
    chosen: str | os.PathLike[str] | None, stem: str, suffix: str, *, folder: str = FOLDER
) -> Path:
    """A name for an export that is not taken, and that sorts by time.

    Args:
        chosen: the folder that the user gave; None for one beside the notebook.
        stem: what it is.
        suffix: of the file.
        folder: the name of the one beside the notebook.
    """
    where = Path(chosen).expanduser() if chosen else notebook_folder() / folder
    name = f"{time.strftime('%Y-%m-%d %H.%M.%S')} {stem}"
    path = where / f"{name}.{suffix}"
    number = 2
    while path.exists():
        path = where / f"{name} {number}.{suffix}"
        number += 1
    return path.absolute()


class BallotBox:
    """Keeps votes in the journal of the jobs compared, or else in the user's.

    Args:
        compared: what is voted on.
    """

    def __init__(self, compared: Compared) -> None:
        self._compared = compared

    def cast(self, message: messages.voting.Vote) -> None:
        """Keep a vote; the same `key` twice is one vote.

        Raises:
            InvalidParams: when it is not about two of the takes that may be voted on.
            JournalError: when the journal cannot be written.
        """
        left, right = (self._compared.entry(job) for job in (message.left, message.right))
        if left is None or right is None:
            msg = "A vote is about two of the takes that are compared."
            raise InvalidParams(msg)
        if reason := objection(left, right, self._compared.entries()):
            raise InvalidParams(reason)
        vote = Vote(
            message.question,
            *_names(left, right),
            message.choice,
            left_job=left.job_id,
            right_job=right.job_id,
            id=message.key,
        )
        if client := self._client:
            put(client.ledger, vote, client.catalog)
        else:
            add_vote(vote)

    def standings(self) -> messages.voting.Standings:
        """How the votes in the journal stand, those of the names compared here.

        Beside them the number of votes on these names that are not counted.
        """
        names = {
            name
            for entry in self._compared.entries()
            for name in (entry.label, entry.provider)
            if name
        }
        client = self._client
        given = client.ledger.votes(client.catalog.media_names) if client else votes()
        counted = summary(given)
        left_out = sum(1 for vote in given if vote.unlike and {vote.left, vote.right} & names)
        return {
            "standings": [
                cast("messages.voting.Standing", asdict(row) | {"title": title_of(row.name)})
                for row in counted
                if row.name in names
            ],
            "leftOut": left_out,
        }

    @property
    def _client(self) -> Jobs | None:
        return next(iter(self._compared.clients), None)


def local(path: Path | None) -> Path:
    """The file of a take, which must be on this machine.

    Raises:
        RushesError: if it is not.
    """
    if path is None:
        msg = "This take has no file on this machine."
        raise RushesError(msg)
    return path


def loudness(path: Path | None) -> tuple[dict[str, Any], bytes]:
    """How loud a take is.

    Raises:
        RushesError: when there is no file, or no sound in it.
    """
    from rushes.comparison.waveform import waveform  # noqa: PLC0415 - loads a decoder

    found = waveform(local(path))
    return {"rate": found.rate, "start": found.start}, found.peaks


def measured(path: Path | None) -> tuple[dict[str, Any], None]:
    """What was measured of a take along its length, as a reply.

    Raises:
        RushesError: when there is no file, or it cannot be measured.
    """
    from rushes.comparison.chart import chart  # noqa: PLC0415 - when something is measured
    from rushes.explore.measuring import measure  # noqa: PLC0415 - as above

    return asdict(chart(measure(local(path)))), None


def unmarked_part(entry: Entry | None, offset: int) -> tuple[dict[str, Any], bytes]:
    """A part of a take without marks, as a reply and its bytes; it is rendered at first.

    Raises:
        RushesError: when it cannot be rendered.
    """
    if entry is None:
        msg = "There is no such take here."
        raise RushesError(msg)
    with open_regular(unmarked(entry)) as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(offset)
        return {"offset": offset, "total": size, "type": "video/mp4"}, file.read(PIECE)


def _names(left: Entry, right: Entry) -> tuple[str, str]:
    """Votes are for providers, so that they add up over takes; of one provider for labels."""
    if left.provider and right.provider and left.provider != right.provider:
        return left.provider, right.provider
    return left.label, right.label
