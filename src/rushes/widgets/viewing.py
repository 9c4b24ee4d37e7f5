"""What the kernel answers to the page of a comparison; see docs/reference/widget-protocol.md."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rushes.comparison import contact_sheet, frames, page, side_by_side
from rushes.contract.errors import InvalidParams
from rushes.io.folders import notebook_folder
from rushes.media.poster import is_still
from rushes.widgets.replies import Replies
from rushes.widgets.snapshot import PUSH_EVERY
from rushes.widgets.take import media

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from rushes.comparison.entry import Entry
    from rushes.widgets.ballot_box import BallotBox
    from rushes.widgets.compared import Compared
    from rushes.widgets.replies import Send

FOLDER = "comparisons"

KINDS = {
    "side-by-side": ("mp4", "video/mp4"),
    "contact-sheet": ("png", "image/png"),
    "frames": ("png", "image/png"),
    "page": ("html", "text/html"),
}
"""What can be exported: its suffix and its type."""


class Viewing(Replies):
    """Answers the page of one comparison.

    Args:
        compared: the takes.
        ballots: where votes go.
        epoch: names this life of the kernel.
        send: how answers get to the page.
        folder: where exports go; None makes one beside the notebook.
        greeted: called with the revision of the list that a page has.
    """

    # One after the other: each uses all the processors it can get.
    _exporting: ClassVar = threading.Lock()

    def __init__(
        self,
        compared: Compared,
        ballots: BallotBox,
        epoch: str,
        send: Send,
        folder: str | os.PathLike[str] | None,
        *,
        greeted: Callable[[object], None] | None = None,
    ) -> None:
        super().__init__(send)
        self._compared = compared
        self._ballots = ballots
        self._epoch = epoch
        self._folder = folder
        self._greeted = greeted

    def answers(
        self,
        buffers: Sequence[bytes | memoryview],  # noqa: ARG002 - its messages have none
    ) -> dict[str, Callable[[Mapping[str, Any]], None]]:
        """What answers a message, by its kind."""
        return {
            "hello": self._hello,
            "media": self._media,
            "vote": self._vote,
            "standings": self._standings,
            "export": self._export,
        }

    def _hello(self, content: Mapping[str, Any]) -> None:
        if self._greeted is not None:
            self._greeted(content.get("revision"))
        self._reply(content, {"epoch": self._epoch})

    def _media(self, content: Mapping[str, Any]) -> None:
        entry = self._compared.entry(str(content.get("job")))
        if content.get("part") == "poster":
            still = entry.result.poster_path if entry and entry.result else None
            self._piece(content, still if still and is_still(still) else None, "image/jpeg")
        else:
            self._piece(content, entry.path if entry else None, "video/mp4")

    def _vote(self, content: Mapping[str, Any]) -> None:
        self._ballots.cast(content)
        self._standings(content)

    def _standings(self, content: Mapping[str, Any]) -> None:
        self._reply(content, self._ballots.standings())

    def _export(self, content: Mapping[str, Any]) -> None:
        """Make a file, in a thread of its own: a film takes a while, and the kernel is needed."""
        what = content.get("what")
        if what not in KINDS:
            msg = f"{what!r} cannot be exported; ask for one of {', '.join(KINDS)}."
            raise InvalidParams(msg)
        threading.Thread(target=self._make, args=(content,), name="rushes-export").start()

    def _make(self, content: Mapping[str, Any]) -> None:
        try:
            with self._exporting:
                path = self._write(content)
            kind = KINDS[content["what"]][1]
            self._reply(content, {"path": str(path), "file": media(path, None, kind)})
        except Exception as error:  # noqa: BLE001 - whatever it was, the page waits for an answer
            self._failed(content, error)

    def _write(self, content: Mapping[str, Any]) -> Path:
        what = content["what"]
        entries: list[Entry] = self._compared.entries(content.get("jobs"))
        path = self._path(what)
        offsets = [float(offset) for offset in content.get("offsets", ())]
        span: dict[str, Any] = {
            "start": float(content.get("start") or 0.0),
            "end": float(content["end"]) if content.get("end") else None,
            "offsets": offsets,
        }
        if what == "page":
            return page(entries, path)
        if what == "contact-sheet":
            return contact_sheet(entries, path, **span)
        if what == "frames":
            return frames(entries, path, at=float(content.get("at") or 0.0), offsets=offsets)
        heard = self._compared.entry(str(content.get("audible")))
        columns = int(content.get("columns") or 0) or None
        return side_by_side(
            entries,
            path,
            columns=columns,
            audible=heard.label if heard else None,
            on_progress=self._progress(content),
            **span,
        )

    def _progress(self, content: Mapping[str, Any]) -> Callable[[float], None]:
        """What tells the page how far its film is, a few times a second."""
        told_at = -PUSH_EVERY

        def tell(fraction: float) -> None:
            nonlocal told_at
            now = time.monotonic()
            if now - told_at >= PUSH_EVERY:
                told_at = now
                self._send({"kind": "progress", "id": content["id"], "fraction": fraction})

        return tell

    def _path(self, what: str) -> Path:
        """A name that is not taken, and that sorts by time."""
        folder = Path(self._folder).expanduser() if self._folder else notebook_folder() / FOLDER
        stem = f"{time.strftime('%Y-%m-%d %H.%M.%S')} {what}"
        suffix = KINDS[what][0]
        path = folder / f"{stem}.{suffix}"
        number = 2
        while path.exists():
            path = folder / f"{stem} {number}.{suffix}"
            number += 1
        return path.absolute()
