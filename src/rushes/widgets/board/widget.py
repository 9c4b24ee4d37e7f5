"""A set of takes as a grid: what differs makes its rows and columns.

The page holds no job. What it shows comes from the journal, as a snapshot in traits and as
messages about single takes; docs/reference/widget-protocol.md has both.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from rushes.widgets.widget import TakesWidget

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from rushes.comparison.entry import Comparable
    from rushes.contract.marks import Marks
    from rushes.engine import Progress
    from rushes.explore.sweep import Sweep
    from rushes.journal import JobRecord

STATIC = Path(__file__).parents[1] / "static"


class Board(TakesWidget):
    """Look at many takes at once, play them together and judge them by keys.

    Each place of the grid keeps its shape whether its take exists, is under way, failed or was not
    started yet; a take appears when it is finished.

    >>> from rushes import Board
    >>> sweep = gen.sweep(
    ...     "A {animal} in the snow",
    ...     animal=["fox", "heron"],
    ...     provider=["seedance-2.0", "kling-3.0-standard"],
    ... )
    >>> Board(sweep, rows="animal", columns="provider").rows
    ('animal',)

    Args:
        takes: a sweep, run or not; or jobs, results, paths and http(s) links, in a list or as a
            mapping from label to take.
        rows: what the rows are, by its name: a parameter, or a variable of the prompt; several make
            a row of each combination, and none of them one row. None chooses.
        columns: the same for the columns.
        folder: where exports go; None makes ``boards`` beside the notebook.

    Raises:
        InvalidParams: if there is nothing to show, one of them is not a take, or there is no
            such row or column.
        MediaError: if a file does not exist or is not a video.
    """

    _esm = STATIC / "board.js"
    _css = STATIC / "board.css"

    _board = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _arrangement = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _sweep = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)

    def __init__(
        self,
        takes: Sweep | Iterable[Comparable] | Mapping[str, Comparable],
        *,
        rows: str | Iterable[str] | None = None,
        columns: str | Iterable[str] | None = None,
        folder: str | os.PathLike[str] | None = None,
        **traits: Any,
    ) -> None:
        # Loaded here, so that the widget's import costs no more than the widget libraries'.
        from rushes.explore.following import listen  # noqa: PLC0415 - as the comment says
        from rushes.widgets.board.answers import BoardAnswers  # noqa: PLC0415
        from rushes.widgets.board.axes import names_of  # noqa: PLC0415
        from rushes.widgets.board.state import Boarded  # noqa: PLC0415
        from rushes.widgets.take import PUSH_EVERY  # noqa: PLC0415

        self._boarded = Boarded(takes, names_of("rows", rows), names_of("columns", columns))
        # It asks for no room of its own, so that a row of widgets would leave it none.
        super().__init__(**{"layout": {"width": "100%"}, **traits})
        self._epoch = secrets.token_hex(8)
        self._board = dict(self._boarded.layout())
        self._arrangement = {"rows": self._boarded.rows, "columns": self._boarded.columns}
        self._answers = BoardAnswers(
            self._boarded,
            self._epoch,
            self.send,
            folder=folder,
            greeted=self._greeted,
            marked=self._marked,
            steered=self._steered,
        )
        self.on_msg(self._receive)
        # Before the takes are read again, so that nothing happens unnoticed in between.
        self._stops = [client.listen(self._changed, PUSH_EVERY) for client in self._boarded.clients]
        self._stops.append(listen(self._measured, self._boarded.notes))
        with self._lock:
            self._boarded.renew()
            self._send_list(self._boarded.first)
            self._stand()

    def _stand(self) -> None:
        """Show how far the sweep is."""
        standing = self._boarded.standing()
        self.set_trait("_sweep", None if standing is None else dict(standing))

    @property
    def rows(self) -> tuple[str, ...]:
        """What the rows are now; the page may have changed it."""
        return tuple(self._arrangement["rows"])

    @property
    def columns(self) -> tuple[str, ...]:
        """What the columns are now."""
        return tuple(self._arrangement["columns"])

    def picture(self, path: str | os.PathLike[str]) -> Path:
        """Write a PNG with a still of every take, in the rows and columns of the board.

        >>> board = rushes.board([job, other_job], columns="provider")
        >>> board.picture("board.png").name
        'board.png'

        Args:
            path: the image; an existing file is replaced.

        Returns:
            The absolute path of the image.

        Raises:
            InvalidParams: if the path is not that of a file, or there are too many rows for an
                image.
            MediaError: if the image cannot be written.
        """
        from rushes.comparison.wall import wall_picture  # noqa: PLC0415 - loads a decoder

        return wall_picture(self._boarded.all_cells(self.rows, self.columns), path)

    def page(self, path: str | os.PathLike[str], *, films: int = 50_000_000) -> Path:
        """Write one HTML file with a still of every take, and the films as far as they fit.

        >>> board = rushes.board([job, other_job], columns="provider")
        >>> board.page("board.html", films=0).name
        'board.html'

        Args:
            path: the page; an existing file is replaced.
            films: maximum bytes of video in the page, which says how many it holds; 0 for none.

        Returns:
            The absolute path of the page.

        Raises:
            InvalidParams: if the path is not that of a file.
            MediaError: if the page cannot be written.
        """
        from rushes.comparison.wall import wall_page  # noqa: PLC0415 - loads a decoder

        return wall_page(self._boarded.all_cells(self.rows, self.columns), path, films=films)

    def records(self) -> list[dict[str, Any]]:
        """A flat row for each cell, in their order: what differs, the take, its marks.

        >>> board = rushes.board([job, other_job])
        >>> [row["state"] for row in board.records()]
        ['completed', 'completed']
        """
        with self._lock:
            return self._boarded.rows_of()

    def close(self) -> None:
        """Release the page. Jobs continue."""
        for stop in getattr(self, "_stops", []):
            stop()
        super().close()

    def _greeted(self, revision: object) -> None:
        """Send a page what it lacks: the list, if it has another one, and the other takes."""
        with self._lock:
            super()._greeted(revision)
            for takes in self._boarded.rest():
                self.send({"kind": "rest", "takes": takes, "jobs": self._boarded.jobs})

    def _changed(self, news: list[tuple[JobRecord, Progress]]) -> None:
        """Take over news of jobs, and send the page only their takes."""
        with self._lock:
            changes = self._taken_over(news, self._boarded.change)
            changed = [change.take for change in changes if change.take is not None]
            if changed:
                changed += self._boarded.renew()
                self._send_changed(self._boarded.first, changed)
                self._stand()
            if moved := [change.moved for change in changes if change.moved is not None]:
                self.send({"kind": "moved", "takes": moved})

    def _marked(self, key: str, marks: Marks) -> None:
        """Notify every page of this board of how a take was judged."""
        with self._lock:
            if (take := self._boarded.judged(key, marks)) is not None:
                self._send_changed(self._boarded.first, [take])

    def _measured(self, names: frozenset[str]) -> None:
        """Show what was measured of the videos of this board, here or in another process."""
        with self._lock:
            if changed := self._boarded.measured(names):
                self._send_changed(self._boarded.first, changed)

    def _steered(self) -> None:
        """Show what has become of the sweep."""
        with self._lock:
            if changed := self._boarded.renew():
                self._send_changed(self._boarded.first, changed)
            self._stand()

    def _saved(self) -> dict[str, str]:
        """A table of its takes with their stills."""
        from rushes.widgets.board.saved import html  # noqa: PLC0415 - when it is shown

        return {"text/html": html(self._boarded.all_cells(self.rows, self.columns))}


def board(
    takes: Sweep | Iterable[Comparable] | Mapping[str, Comparable],
    *,
    rows: str | Iterable[str] | None = None,
    columns: str | Iterable[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> Board:
    """Show a set of takes as a grid.

    >>> import rushes
    >>> rushes.board([job, other_job], columns="provider").columns
    ('provider',)

    Args:
        takes: as for `Board`.
        rows: as for `Board`.
        columns: as for `Board`.
        folder: as for `Board`.

    Raises:
        InvalidParams: when the takes cannot be shown so.
        MediaError: if a file does not exist or is not a video.
    """
    return Board(takes, rows=rows, columns=columns, folder=folder)
