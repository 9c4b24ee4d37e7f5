"""What was measured of takes, as the user holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, overload

from rushes.contract.sheet import Printed, Sheet
from rushes.contract.wording import listed, on_one_line
from rushes.video.measures import BY_NAME, MEASURES, NOT_QUALITY, SERIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from rushes.video.measures import Measured


MOST_SHOWN = 50
"""Takes that are shown of a list; all of them can be used."""

MOST_CUTS = 8
"""Moments that are shown of a take."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """A number along a take.

    >>> motion = rushes.measure(result).series["motion"]
    >>> motion.unit, len(motion.times) == len(motion.values)
    ('levels', True)

    Attributes:
        times: in seconds from the first frame.
        values: the number at each of the times; None where there is none.
        unit: of the number.
    """

    times: tuple[float, ...]
    values: tuple[float | None, ...]
    unit: str


@dataclass(frozen=True, kw_only=True)
class Measures(Printed):
    """What was measured of one take. None of it is quality.

    >>> measures = rushes.measure(result)
    >>> measures.values["cuts"]
    0.0
    >>> measures.units["loudness"]
    'LUFS'

    Attributes:
        path: the video.
        seconds: its length.
        values: by name, a number for the whole take; those that do not apply are absent, e.g.
            loudness without sound.
        cuts: the moments of its cuts, in seconds.
        spans: ``frozen``, ``black`` and ``silent``: the start and end of each part, in seconds.
        scores: by scorer and name, what own scorers said.
        problems: what could not be measured or scored, in sentences.
        series: by name, the numbers of each frame, and the loudness of each tenth of a second.
    """

    path: Path
    seconds: float = 0.0
    values: Mapping[str, float] = field(default_factory=dict)
    cuts: tuple[float, ...] = ()
    spans: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    series: Mapping[str, Series] = field(default_factory=dict, repr=False)

    @property
    def units(self) -> dict[str, str]:
        """The unit of each value; empty for a count."""
        return {name: measure.unit for name, measure in BY_NAME.items() if name in self.values}

    def columns(self) -> dict[str, float | None]:
        """Every value and score in one flat row, e.g. for pandas; None for what does not apply.

        >>> list(rushes.measure(result).columns())[:3]
        ['motion', 'detail', 'blur']
        """
        row: dict[str, float | None] = {one.name: self.values.get(one.name) for one in MEASURES}
        for scorer, scores in self.scores.items():
            row |= {f"{scorer}.{name}": value for name, value in scores.items()}
        return row

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON, with the numbers of each frame.

        >>> sorted(rushes.measure(result).to_dict())[:3]
        ['cuts', 'path', 'problems']
        """
        return {
            "path": str(self.path),
            "seconds": self.seconds,
            "values": dict(self.values),
            "units": self.units,
            "cuts": list(self.cuts),
            "spans": {name: [list(span) for span in spans] for name, spans in self.spans.items()},
            "scores": {scorer: dict(scores) for scorer, scores in self.scores.items()},
            "series": {
                name: {
                    "times": list(one.times),
                    "values": list(one.values),
                    "unit": one.unit,
                }
                for name, one in self.series.items()
            },
            "problems": list(self.problems),
        }

    def sheet(self) -> Sheet:
        """The table that is shown: each number with what it means."""
        rows = [
            (one.title, one.text(self.values[one.name]), one.meaning)
            for one in MEASURES
            if one.name in self.values
        ]
        rows += [
            (f"{scorer}: {name}", f"{value:g}", "your scorer")
            for scorer, scores in self.scores.items()
            for name, value in scores.items()
        ]
        return Sheet(
            title=f"{_called(self)} · {self.seconds:.2f} s",
            heads=("measure", "value", "what it says"),
            rows=rows,
            notes=(*_moments(self), *self.problems, *([NOT_QUALITY] if self.values else [])),
            right=(1,),
            whole=True,
        )

    def __repr__(self) -> str:
        return Printed.__repr__(self)


def measures_of(path: Path, found: Measured) -> Measures:
    """What the filters found in a file."""
    return Measures(
        path=path,
        seconds=found.seconds,
        values=found.values,
        cuts=found.cuts,
        spans=found.spans,
        series={
            name: Series(times=track.times, values=numbers, unit=SERIES.get(name, ""))
            for track in (found.pictures, found.sound)
            for name, numbers in track.series.items()
        },
    )


class MeasuresList(Printed, Sequence[Measures]):
    """What was measured of several takes, in their order. It prints as a table.

    >>> found = rushes.measure([job, other_job])
    >>> [len(each.columns()) for each in found]
    [13, 13]

    Args:
        measures: of each take.
    """

    def __init__(self, measures: Iterable[Measures]) -> None:
        self._measures = tuple(measures)

    def __len__(self) -> int:
        return len(self._measures)

    @overload
    def __getitem__(self, place: int) -> Measures: ...

    @overload
    def __getitem__(self, place: slice) -> MeasuresList: ...

    def __getitem__(self, place: int | slice) -> Measures | MeasuresList:
        if isinstance(place, slice):
            return MeasuresList(self._measures[place])
        return self._measures[place]

    def sheet(self) -> Sheet:
        """The table that is shown: a row for each take, and a column for what there is to see."""
        rows = [one.columns() for one in self._measures[:MOST_SHOWN]]
        names = [name for name in dict.fromkeys(chain(*rows)) if any(row.get(name) for row in rows)]
        more = len(self) - len(rows)
        problems = [f"{_called(one)}: {each}" for one in self for each in one.problems]
        return Sheet(
            heads=(*(_head(name) for name in names), "take"),
            rows=[
                (*(_cell(name, row.get(name)) for name in names), _called(one))
                for one, row in zip(self, rows, strict=False)
            ],
            notes=(
                *([f"and {more:,} more"] if more else []),
                *_units(names),
                *problems[:MOST_SHOWN],
                *([NOT_QUALITY] if names else []),
            ),
            right=tuple(range(len(names))),
            empty="No takes.",
        )


def _called(measures: Measures) -> str:
    return on_one_line(measures.path.name)


def _head(name: str) -> str:
    return BY_NAME[name].title.lower() if name in BY_NAME else on_one_line(name)


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.{BY_NAME[name].digits}f}" if name in BY_NAME else f"{value:g}"


def _units(names: Iterable[str]) -> list[str]:
    """A sentence with the unit of each column, if one has any."""
    by_unit: dict[str, list[str]] = {}
    for name in names:
        if name in BY_NAME and BY_NAME[name].unit:
            by_unit.setdefault(BY_NAME[name].unit, []).append(_head(name))
    said = "; ".join(f"{listed(heads)} in {unit}" for unit, heads in by_unit.items())
    return [f"{said[0].upper()}{said[1:]}."] if said else []


def _moments(measures: Measures) -> list[str]:
    """Sentences that say when something happens."""
    said = []
    if measures.cuts:
        said.append(f"Cuts at {_several([f'{at:.2f}' for at in measures.cuts])} s.")
    for name, spans in measures.spans.items():
        if spans:
            parts = _several([f"{start:.2f} to {end:.2f}" for start, end in spans])
            said.append(f"{BY_NAME[name].title} from {parts} s.")
    return said


def _several(words: list[str]) -> str:
    more = len(words) - MOST_CUTS
    return ", ".join([*words[:MOST_CUTS], *([f"and {more} more"] if more > 0 else [])])
