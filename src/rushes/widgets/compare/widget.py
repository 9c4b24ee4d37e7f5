"""Takes side by side on one clock.

The page plays them; the kernel gives it the bytes, keeps its votes in the journal and makes the
files that it exports. docs/reference/widget-protocol.md has the messages.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from rushes.widgets.widget import TakesWidget

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from rushes.comparison.entry import Comparable
    from rushes.engine import Progress
    from rushes.journal import JobRecord

STATIC = Path(__file__).parents[1] / "static"

VIEWS = ("grid", "wipe", "difference", "single")


class Compare(TakesWidget):
    """Watch 2 to 9 takes side by side, frame by frame.

    A job that still runs is shown as waiting and appears when it is finished.

    >>> from rushes import Compare
    >>> Compare(job, other_job)
    >>> Compare({"kling": job, "seedance": other_job}, view="wipe")

    Args:
        takes: 2 to 9 jobs, results, paths or http(s) links; or one list of them; or one mapping
            from label to take.
        labels: a name for each take; by default what tells them apart.
        columns: how many stand side by side, 0 to 9; 0 chooses.
        view: ``"grid"``; ``"wipe"``, ``"difference"`` or ``"single"``, which show two takes.
        blind: whether names are hidden until a vote.
        folder: where exports go; None makes ``comparisons`` beside the notebook.

    Attributes:
        markers: moments that were marked in the player, in seconds.

    Raises:
        InvalidParams: if there are fewer than 2 takes or more than 9, or one is not a take.
        MediaError: if a file does not exist or is not a video.
        traitlets.TraitError: when `columns` or `view` is out of range.
    """

    _esm = STATIC / "compare.js"
    _css = STATIC / "compare.css"

    columns = traitlets.Int(0, min=0, max=9).tag(sync=True)
    view = traitlets.Enum(VIEWS, default_value="grid").tag(sync=True)
    blind = traitlets.Bool(default_value=False).tag(sync=True)
    markers: traitlets.List[float] = traitlets.List(traitlets.Float(min=0.0), maxlen=100).tag(
        sync=True
    )

    def __init__(
        self,
        *takes: Comparable | Sequence[Comparable] | Mapping[str, Comparable],
        labels: Sequence[str] | None = None,
        columns: int = 0,
        view: str = "grid",
        blind: bool = False,
        folder: str | os.PathLike[str] | None = None,
        **traits: Any,
    ) -> None:
        # Loaded here, so that the widget's import costs no more than the widget libraries'.
        from rushes.widgets.compare.answers import CompareAnswers  # noqa: PLC0415 - as the comment says
        from rushes.widgets.compare.state import Compared  # noqa: PLC0415
        from rushes.widgets.take import PUSH_EVERY  # noqa: PLC0415

        self._compared = Compared(_several(takes), labels=labels)
        super().__init__(columns=columns, view=view, blind=blind, **traits)
        self._epoch = secrets.token_hex(8)
        self._answers = CompareAnswers(
            self._compared,
            self._epoch,
            self.send,
            folder=folder,
            greeted=self._greeted,
            remarked=self._remarked,
        )
        self.on_msg(self._receive)
        with self._lock:
            # Before the takes are read, so that nothing happens unnoticed in between.
            self._stops = [
                client.listen(self._changed, PUSH_EVERY) for client in self._compared.clients
            ]
            self._send_list(self._compared.takes())

    def close(self) -> None:
        """Release the page. Jobs continue."""
        for stop in getattr(self, "_stops", []):
            stop()
        super().close()

    def _changed(self, news: list[tuple[JobRecord, Progress]]) -> None:
        """Take over news of jobs, and send the page only their takes."""
        with self._lock:
            found = self._taken_over(news, self._compared.change)
            if changed := {take["job"]: take for take in found}:
                takes = [changed.get(take["job"], take) for take in self._takes]
                self._send_changed(takes, list(changed.values()))

    def _remarked(self, key: str) -> None:
        """Notify the page of the marks of a take that is not a job: no other news has them."""
        with self._lock:
            takes = self._compared.takes()
            changed = [
                take
                for take, before in zip(takes, self._takes, strict=True)
                if take["job"] == key and take.get("marks") != before.get("marks")
            ]
            if changed:
                self._send_changed(takes, changed)

    def _saved(self) -> dict[str, str]:
        """The finished takes as plain HTML."""
        return {"text/html": self._compared.html()}


def compare(
    *takes: Comparable | Sequence[Comparable] | Mapping[str, Comparable],
    labels: Sequence[str] | None = None,
    columns: int = 0,
    view: str = "grid",
    blind: bool = False,
    folder: str | os.PathLike[str] | None = None,
) -> Compare:
    """Show takes side by side.

    >>> from rushes import compare
    >>> compare({"kling": job, "seedance": other_job}, columns=2)

    Args:
        takes: as for `Compare`.
        labels: as for `Compare`.
        columns: as for `Compare`.
        view: as for `Compare`.
        blind: as for `Compare`.
        folder: as for `Compare`.

    Raises:
        InvalidParams: when the takes cannot be compared.
        MediaError: if a file does not exist or is not a video.
    """
    return Compare(*takes, labels=labels, columns=columns, view=view, blind=blind, folder=folder)


def _several(takes: tuple[Any, ...]) -> Any:
    """The takes as `entries` takes them: one mapping or list may stand for all."""
    from collections.abc import Iterable, Mapping  # noqa: PLC0415 - beside the types above
    from os import PathLike  # noqa: PLC0415

    from rushes.contract.results import VideoGenResult  # noqa: PLC0415
    from rushes.job import Job  # noqa: PLC0415 - as the client, when it is used

    if len(takes) != 1:
        return takes
    (only,) = takes
    if isinstance(only, (str, bytes, PathLike, Job, VideoGenResult)):
        return takes
    return only if isinstance(only, (Mapping, Iterable)) else takes
