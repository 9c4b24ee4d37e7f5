"""What a board shows, as JSON for the page: places, and the takes that stand in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from rushes.comparison.entry import KINDS, entry_of
from rushes.comparison.wall import Tile, Wall
from rushes.contract.errors import InvalidParams, RushesError
from rushes.contract.wording import visible
from rushes.explore.following import notes
from rushes.explore.sweep import Sweep
from rushes.job import Job
from rushes.jobs import Jobs
from rushes.journal import UNFINISHED
from rushes.media.found import Folder
from rushes.widgets.board.axes import NONE, TAKE, arranged, axes_of, numbered
from rushes.widgets.board.place import (
    Place,
    expected_ratio,
    judged,
    row,
    several,
    unwrapped,
    values_of,
    values_of_result,
)
from rushes.widgets.board.steering import standing
from rushes.widgets.compare.state import file_take
from rushes.widgets.take import in_parts, marks_of, measured, media, moving, take_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rushes.comparison.entry import Entry
    from rushes.contract.marks import Marks
    from rushes.engine import Progress
    from rushes.journal import JobRecord
    from rushes.widgets import messages

WALL = 6
"""Cells in a row where nothing says which row they belong to."""

DOT = " \N{MIDDLE DOT} "


@dataclass(frozen=True)
class Change:
    """What has happened to a take.

    Attributes:
        take: the take, if it is new or another one now.
        moved: how far it is, if that is all.
    """

    take: dict[str, Any] | None = None
    moved: dict[str, Any] | None = None


class Boarded:
    """The cells of one board, and the takes in them.

    Args:
        takes: a sweep; or jobs, results, paths or links, in a list or by a label for each.
        rows: names that make the rows; None chooses.
        columns: names that make the columns; None chooses.

    Raises:
        InvalidParams: if there is nothing to show, one of them is not a take, or there are no such
            rows or columns.
        MediaError: if a file does not exist or is not a video.
    """

    def __init__(
        self, takes: Any, rows: Sequence[str] | None = None, columns: Sequence[str] | None = None
    ) -> None:
        self.sweep = takes if isinstance(takes, Sweep) else None
        self._folders: dict[str, Folder] = {}
        self._clients: dict[str, Jobs] = {}
        self._by_id: dict[str, int] = {}
        self._by_content: dict[str, int] = {}
        self.notes = notes()
        self._has_measures = bool(self.notes)
        self._files: dict[str, Path] = {}
        order: Sequence[str] = ()
        wanted = [*(rows or ()), *(columns or ())]
        if isinstance(takes, Sweep):
            self.places = self._of_sweep(takes, wanted)
            order = takes.axes
        else:
            self.places = self._of_takes(takes)
            if isinstance(takes, Mapping):
                # The user has said what tells them apart.
                order = [TAKE]
        given = numbered([place.values for place in self.places], wanted, order)
        self._axes = axes_of(given, wanted, order)
        for place, values in zip(self.places, given, strict=True):
            place.at = [axis.values.index(values.get(axis.name, NONE)) for axis in self._axes]
        self.rows, self.columns = arranged(self._axes, len(self.places), rows, columns)

    # --- reading what is given -------------------------------------------------------------------

    def _of_sweep(self, sweep: Sweep, wanted: Sequence[str]) -> list[Place]:
        client = self._client(sweep.client)
        records = sweep.records
        places = []
        for number, cell in enumerate(sweep.cells):
            # All that a sweep varies has a name there; what else differs follows from it.
            values = {**values_of(cell.params), "backend": cell.backend}
            values = {name: value for name, value in values.items() if name in wanted}
            place = Place(
                number,
                values | dict(cell.values),
                ratio=expected_ratio(cell.params, client.catalog),
            )
            self._by_content[cell.key] = number
            places.append(place)
            if (record := records.get(cell.key)) is not None:
                self._put(place, record, client)
        return places

    def _of_takes(self, takes: Any) -> list[Place]:
        places: list[Place] = []
        for name, given in several(takes):
            shown = unwrapped(given)
            place = Place(len(places), {}, given=shown)
            if isinstance(shown, Job):
                if shown.id in self._by_id:
                    continue
                client = self._client(Jobs.of(shown))
                record = client.record(shown.id)
                place.values = values_of(record.params) | {"backend": record.backend}
                self._put(place, record, client)
            else:
                self._stand(place, shown)
            if varied := getattr(given, "values", None):
                # The prompt follows from what was varied.
                place.values.pop("prompt", None)
                place.values |= varied
            if name is not None:
                place.values[TAKE] = visible(name)
            places.append(place)
        if not places:
            msg = f"There is nothing to show; give a sweep, or takes: {KINDS}."
            raise InvalidParams(msg)
        return places

    def _stand(self, place: Place, shown: Any) -> None:
        """Put a take without a job into a place: a result, a file or a link."""
        entry = entry_of(shown)
        plain = entry.params.to_json() if entry.params else {}
        place.values = values_of(plain)
        if entry.result is not None:
            place.values |= values_of_result(entry.result)
        elif not plain:
            place.values[TAKE] = entry.label
        take = file_take(entry)
        if entry.path is not None and not (take.get("poster") or {}).get("path"):
            # The kernel makes one of its first frame when it is asked for.
            take["poster"] = media(None, None, "image/jpeg")
        if self._has_measures:
            take |= measured(entry.path)
        self._fill(place, f"take-{place.number + 1}", take)

    def _client(self, found: Jobs) -> Jobs:
        return self._clients.setdefault(f"{found.epoch} {found.library}", found)

    def _put(self, place: Place, record: JobRecord, client: Jobs) -> None:
        """Put the take of a job into a place."""
        folder = self._folders.setdefault(record.folder, Folder(client.library))
        progress = client.progress_of(record)
        take = take_of(record, progress, client.catalog, folder, has_measures=self._has_measures)
        if place.record is not None:
            self._by_id.pop(place.record.id, None)
        place.record = record
        if not isinstance(place.given, Job) or place.given.id != record.id:
            place.given = client.job_of(record)
        self._by_id[record.id] = place.number
        self._fill(place, record.id, take)

    def _fill(self, place: Place, key: str, take: dict[str, Any]) -> None:
        place.key = key
        place.take = take | {"job": key, "cell": place.number}
        place.size = len(json.dumps(place.take))
        if take.get("width") and take.get("height"):
            place.ratio = take["width"] / take["height"]

    # --- what the page gets ----------------------------------------------------------------------

    @property
    def clients(self) -> list[Jobs]:
        """The clients of the jobs, one for each journal."""
        return list({client.epoch: client for client in self._clients.values()}.values())

    def layout(self) -> messages.board.BoardLayout:
        """The places."""
        return {
            "title": visible(self.sweep.name) if self.sweep else "",
            "axes": [axis.plain() for axis in self._axes],
            "cells": [{"at": place.at, "ratio": round(place.ratio, 4)} for place in self.places],
        }

    def title_of(self, place: Place, names: Sequence[str] | None = None) -> str:
        """The values that distinguish a place.

        Args:
            place: one of the board.
            names: of the axes that are named; all by default.
        """
        words = {
            axis.name: axis.title(axis.values[here])
            for axis, here in zip(self._axes, place.at, strict=True)
            if names is None or axis.name in names
        }
        return DOT.join(words[name] for name in (names or words) if name in words)

    @property
    def first(self) -> list[dict[str, Any]]:
        """As many takes as a page gets to begin with."""
        return next(self._parts(), [])

    def rest(self) -> Iterator[list[dict[str, Any]]]:
        """The others, as much at a time as fits a message."""
        return islice(self._parts(), 1, None)

    def _parts(self) -> Iterator[list[dict[str, Any]]]:
        return in_parts((place.take, place.size) for place in self.places if place.take)

    @property
    def jobs(self) -> list[str]:
        """What the page calls the takes, in the order of their cells."""
        return [place.key for place in self.places if place.key is not None]

    def standing(self) -> messages.sweep.SweepStanding | None:
        """Money and time of the sweep, and what can be done with it."""
        if self.sweep is None:
            return None
        return standing(self.sweep, [place.record for place in self.places])

    # --- news ------------------------------------------------------------------------------------

    def change(self, record: JobRecord, progress: Progress) -> Change | None:
        """Take over what was announced of a job; None if it is not one of these."""
        number = self._by_id.get(record.id)
        if number is None:
            number = self._awaited(record)
            if number is None:
                return None
        place = self.places[number]
        is_moving = record.state in UNFINISHED
        if is_moving and place.record == record and place.take is not None:
            moved = moving(record, progress)
            place.take |= moved
            return Change(moved={"job": record.id, **moved})
        client = self._client_of(record)
        before = place.take
        self._put(place, record, client)
        return Change(take=place.take) if place.take != before else None

    def _awaited(self, record: JobRecord) -> int | None:
        """The cell that a new job was made for."""
        key = record.content_key
        if self.sweep is None or key is None or record.folder != str(self.sweep.client.library):
            return None
        number = self._by_content.get(f"{key}/{record.backend}", self._by_content.get(key))
        if number is None:
            return None
        known = self.places[number].record
        # A finished take stays; one that failed may be made again.
        is_free = known is None or (known.is_ended and known.created_at < record.created_at)
        return number if is_free else None

    def _client_of(self, record: JobRecord) -> Jobs:
        return next(
            client for client in self._clients.values() if str(client.library) == record.folder
        )

    def judged(self, key: str, marks: Marks) -> dict[str, Any] | None:
        """Take over how a take was judged; the take, if that is new."""
        place = next(place for place in self.places if place.key == key)
        if place.take is None:
            return None
        before, now = place.take, place.take | {"marks": marks_of(marks)}
        if now["marks"] is None:
            del now["marks"]
        self._fill(place, key, now)
        if place.record is not None:
            place.record = replace(place.record, marks=marks)
        return place.take if place.take != before else None

    def measured(self, names: frozenset[str]) -> list[dict[str, Any]]:
        """Take over what was measured; the takes that it changes.

        Args:
            names: of the notes that are new, as `rushes.explore.following` gives them.
        """
        from rushes.explore.measuring import columns_names  # noqa: PLC0415 - when there is news

        self._has_measures = True
        found = []
        films = [(place, path) for place in self.places if (path := self._file(place)) is not None]
        for (place, path), name in zip(
            films, columns_names(path for _, path in films), strict=True
        ):
            if name not in names:
                continue
            before = place.take or {}
            self._fill(place, str(place.key), before | measured(path))
            if place.take is not None and place.take != before:
                found.append(place.take)
        return found

    def _file(self, place: Place) -> Path | None:
        """The video of a place, if it has one; found once, as that may take a moment."""
        if place.key is None or place.take is None or place.take["state"] != "completed":
            return None
        if place.key not in self._files:
            with suppress(OSError, RushesError):
                if (path := entry_of(place.given).path) is not None:
                    self._files[place.key] = path
        return self._files.get(place.key)

    def renew(self) -> list[dict[str, Any]]:
        """Takes of a sweep that were given to it without news: those that existed already."""
        if self.sweep is None:
            return []
        client, found = self._client(self.sweep.client), []
        records = self.sweep.records
        for number, cell in enumerate(self.sweep.cells):
            record, place = records.get(cell.key), self.places[number]
            if record is None or (place.record is not None and place.record.id == record.id):
                continue
            self._put(place, record, client)
            if place.take is not None:
                found.append(place.take)
        return found

    # --- takes -----------------------------------------------------------------------------------

    def given(self, key: str) -> Any:
        """A take as `compare` takes it.

        Raises:
            InvalidParams: if the board has no such take.
        """
        found = next((place.given for place in self.places if place.key == key), None)
        if found is None:
            msg = "There is no such take on this board. Reload the page."
            raise InvalidParams(msg)
        return found

    def wall(
        self, rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[int]]
    ) -> Wall:
        """Cells as an export shows them.

        Args:
            rows: a head for each row.
            columns: a head for each column.
            cells: the number of a cell by row and column; -1 where nothing stands.

        Raises:
            InvalidParams: if there are no such cells.
        """
        most = len(self.places)
        if len(rows) != len(cells) or any(number >= most for line in cells for number in line):
            msg = "These are not the cells of this board. Reload the page."
            raise InvalidParams(msg)
        lines = [
            [None if number < 0 else self._tile(self.places[number]) for number in line]
            for line in cells
        ]
        return Wall(self.layout()["title"], rows, columns, lines)

    def all_cells(self, rows: Sequence[str], columns: Sequence[str]) -> Wall:
        """Every cell in rows and columns; axes that are neither are columns, too."""
        if not rows and not columns:
            across = min(len(self.places), WALL)
            numbers = list(range(len(self.places)))
            lines = [numbers[at : at + across] for at in range(0, len(numbers), across)]
            return self.wall([""] * len(lines), [""] * across, lines)
        others = [axis.name for axis in self._axes if axis.name not in {*rows, *columns}]
        order = [axis.name for axis in self._axes]

        def heads(names: Sequence[str]) -> dict[tuple[int, ...], str]:
            at = [order.index(name) for name in names]
            found = {
                tuple(place.at[axis] for axis in at): self.title_of(place, names)
                for place in self.places
            }
            return dict(sorted(found.items()))

        across_names = [*columns, *others]
        down, aside = heads(rows), heads(across_names)
        cells = {
            (
                tuple(place.at[order.index(name)] for name in rows),
                tuple(place.at[order.index(name)] for name in across_names),
            ): place.number
            for place in self.places
        }
        lines = [[cells.get((row, column), -1) for column in aside] for row in down]
        return self.wall([*down.values()], [*aside.values()], lines)

    def _tile(self, place: Place) -> Tile:
        name = self.title_of(place)
        if place.take is None or place.key is None:
            return Tile(name, words="not started")
        if place.take["state"] != "completed":
            return Tile(name, words=place.take["state"])
        try:
            entry = self.entry(place.key)
        except RushesError as error:
            return Tile(name, words=error.message)
        return Tile(name, entry, judged(place.take))

    def rows_of(self, cells: Sequence[int] | None = None) -> list[dict[str, Any]]:
        """A flat row for each cell, for a table.

        Args:
            cells: their numbers; all by default.
        """
        chosen = self.places if cells is None else [self.places[number] for number in cells]
        return [row(place) for place in chosen]

    def entry(self, key: str) -> Entry:
        """A take with its file.

        Raises:
            InvalidParams: if the board has no such take.
            MediaError: if its file is gone.
        """
        return entry_of(self.given(key))
