"""The places of a board: what is given for them, and what their takes are told apart by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from os import PathLike
from typing import TYPE_CHECKING, Any

from rushes.comparison.entry import KINDS
from rushes.contract.errors import InvalidParams, RushesError
from rushes.contract.params import VideoGenParams
from rushes.contract.results import VideoGenResult
from rushes.contract.spelling import to_snake
from rushes.explore.axes import MOST_CELLS, label
from rushes.job import Job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.catalog import Catalog
    from rushes.journal import JobRecord

USUAL = 16 / 9
"""The shape of a video that nobody has measured."""

UNNAMED = frozenset({"client_ref", "callback_url"})
"""Parameters that say nothing about a video."""


@dataclass
class Place:
    """A cell of a board.

    Attributes:
        number: its place among the cells of the board.
        values: what it stands for, by name.
        at: which value it has on each axis.
        ratio: width by height of its video.
        key: what the page calls its take; None as long as there is none.
        given: the take as the user gave it, or the job that was made for it.
        take: the take for the page.
        record: of its job, if it has one.
        size: bytes of JSON of `take`.
    """

    number: int
    values: dict[str, str]
    at: list[int] = field(default_factory=list)
    ratio: float = USUAL
    key: str | None = None
    given: Any = None
    take: dict[str, Any] | None = None
    record: JobRecord | None = None
    size: int = field(default=0)


def judged(take: Mapping[str, Any]) -> str:
    """How a take was judged, in a few signs and words."""
    marks = take.get("marks") or {}
    pick = marks.get("pick")
    said = "" if pick is None else "\N{CHECK MARK}" if pick else "\N{MULTIPLICATION X}"
    stars = "\N{BLACK STAR}" * (marks.get("stars") or 0)
    return " ".join(word for word in (said, stars, ", ".join(marks.get("tags") or ())) if word)


def row(place: Place) -> dict[str, Any]:
    """A place as a flat row of a table."""
    take = place.take or {}
    marks = take.get("marks") or {}
    known = {
        "state": take.get("state", "not started"),
        "provider": take.get("provider"),
        "backend": take.get("backend"),
        "prompt": take.get("prompt"),
        "seed": take.get("seed"),
        "cost": (take.get("cost") or {}).get("amount"),
        "currency": (take.get("cost") or {}).get("currency"),
        "seconds": take.get("durationSeconds"),
        "took": take.get("took"),
        "pick": marks.get("pick"),
        "stars": marks.get("stars"),
        "tags": ", ".join(marks.get("tags") or ()),
        "note": marks.get("note"),
        "path": (take.get("video") or {}).get("path"),
        "job": place.key,
    }
    return place.values | known


def several(takes: Any) -> Iterator[tuple[str | None, Any]]:
    """The takes, each with its label if it has one."""
    if isinstance(takes, Mapping):
        yield from ((str(name), given) for name, given in takes.items())
    elif isinstance(takes, str | bytes | PathLike | Job | VideoGenResult) or not isinstance(
        takes, Iterable
    ):
        msg = (
            f"Takes cannot be read from a {type(takes).__name__}; give a sweep, or a list of "
            f"{KINDS}."
        )
        raise InvalidParams(msg)
    else:
        for given in islice(takes, MOST_CELLS + 1):
            yield None, given


def unwrapped(given: Any) -> Any:
    """A take of `gen.takes` as its job, or as the result in its sidecar."""
    for name in ("job", "result"):
        if isinstance(found := getattr(given, name, None), Job | VideoGenResult):
            return found
    return given


def values_of(params: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of a request, each in a few words."""
    return {
        name: label(value)
        for name, value in ((to_snake(key), value) for key, value in params.items())
        if value is not None and name not in UNNAMED
    }


def values_of_result(result: VideoGenResult) -> dict[str, str]:
    """What is known of a result, each in a few words."""
    known = {
        "provider": result.provider,
        "backend": result.backend,
        "mode": result.mode,
        "prompt": result.prompt,
        "seed": result.seed,
    }
    return {name: label(value) for name, value in known.items() if value not in (None, "")}


def expected_ratio(params: Mapping[str, Any], catalog: Catalog) -> float:
    """The shape of a video before there is one."""
    try:
        typed = VideoGenParams.from_json(dict(params))
    except RushesError:
        return USUAL
    spec = catalog.providers.get(typed.provider)
    pixels = spec.pixels_of(typed) if spec else None
    return pixels[0] / pixels[1] if pixels else USUAL
