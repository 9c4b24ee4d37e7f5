"""Judgements of a take: whether it is picked, its stars, its tags and a note."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Self

from pydantic import ConfigDict, model_validator

from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.params import Model, plain, whole
from rushes.contract.wording import BIDI, meant, named, shortened, shown

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_STARS = 5

MOST_TAGS = 50

LONGEST_TAG = 60
"""Characters."""

LONGEST_NOTE = 4_000
"""Characters."""

DISAGREEMENT = 86_400.0
"""Seconds by which the clocks of two machines may differ."""

Pick = bool | None | EllipsisType
Stars = int | None | EllipsisType
Tags = Collection[str] | None | EllipsisType
Note = str | None | EllipsisType
"""What `mark` takes of each; ``...`` leaves it as it is."""

_UNFIT = re.compile(f"[\x00-\x1f\x7f-\x9f{BIDI}\u2028\u2029\ud800-\udfff]")
"""What no tag has: characters that cannot be seen, or turn the text after them around."""

_UNFIT_IN_NOTE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{BIDI}\u2028\u2029\ud800-\udfff]")
"""The same, except for line ends and tabs."""


class Marks(Model):
    """What someone thinks of a take.

    >>> marks = rushes.Marks(pick=True, stars=4, tags={"hero", "night"})
    >>> print(marks)
    picked, 4 stars, hero, night
    >>> bool(rushes.Marks())
    False

    Attributes:
        pick: True if it is picked, False if it is rejected, None if it is neither.
        stars: 1 to 5; None if it has none.
        tags: in order, at most 50 of at most 60 characters each, without commas.
        note: a text of at most 4,000 characters; None if there is none.

    Raises:
        InvalidParams: names each that is not one of these.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    pick: bool | None = None
    stars: int | None = None
    tags: tuple[str, ...] = ()
    note: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _check(cls, data: Any) -> Any:
        return _checked(data) if isinstance(data, Mapping) else data

    @classmethod
    def from_json(cls, data: object) -> Marks:
        """What `to_json` wrote; what is not as it should be counts as absent."""
        if not isinstance(data, Mapping):
            return cls()
        sound: dict[str, Any] = {}
        for name in cls.model_fields:
            try:
                sound |= _checked({name: data.get(name)})
            except InvalidParams:
                continue
        return cls.model_construct(**sound)

    def to_json(self) -> dict[str, Any]:
        """Those that there are, as JSON.

        >>> rushes.Marks(stars=4).to_json()
        {'stars': 4}
        """
        return {
            name: list(value) if name == "tags" else value
            for name, value in self
            if value is not None and value != ()
        }

    def to_dict(self) -> dict[str, Any]:
        """All of them as a flat row for a table; tags are one text.

        >>> rushes.Marks(pick=True, tags=["night", "hero"]).to_dict()
        {'pick': True, 'stars': None, 'tags': 'hero, night', 'note': None}
        """
        return {**dict(self), "tags": ", ".join(self.tags)}

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """The same with other values of some, by their names; ``...`` leaves one as it is.

        >>> print(rushes.Marks(stars=4).changed({"pick": False}))
        rejected, 4 stars

        Raises:
            InvalidParams: names each that is wrong.
        """
        given = {name: value for name, value in changes.items() if value is not ...}
        return self.model_copy(update=_checked(given)) if given else self

    def __bool__(self) -> bool:
        return any(value is not None and value != () for _, value in self)

    def __str__(self) -> str:
        said = [] if self.pick is None else ["picked" if self.pick else "rejected"]
        if self.stars is not None:
            said.append("1 star" if self.stars == 1 else f"{self.stars} stars")
        said += self.tags
        words = ", ".join(said)
        if self.note is None:
            return words or "not judged"
        note = shortened(" ".join(self.note.split()))
        return f"{words}: {note}" if words else note

    def __repr__(self) -> str:
        return f"<Marks {self}>"


@dataclass(frozen=True, slots=True)
class Judged:
    """Marks of a take and when they were made, so that of two places the later one counts.

    Attributes:
        marks: the marks.
        at: in unix seconds, to the microsecond.
    """

    marks: Marks
    at: float

    @classmethod
    def read(cls, marks: object, at: object) -> Self | None:
        """Marks out of a file; None if it has no time that can be believed."""
        if not isinstance(at, int | float) or not 0 < at < time.time() + DISAGREEMENT:
            return None
        return cls(Marks.from_json(marks), moment(float(at)))


def moment(seconds: float) -> float:
    """A time to the microsecond, as files keep it, too."""
    return round(seconds, 6)


def _checked(given: Mapping[Any, Any]) -> dict[str, Any]:
    """Marks as they are kept.

    Raises:
        InvalidParams: names each that is wrong.
    """
    values, problems = {}, []
    for name, value in given.items():
        check = _CHECKS.get(name)
        try:
            if check is None:
                known = ", ".join(_CHECKS)
                msg = f"is not a mark; there are {known}.{meant(name, _CHECKS)}"
                raise ValueError(msg)  # noqa: TRY301 - reported as the others are
            values[name] = check(value)
        except ValueError as error:
            problems.append(Problem(named(str(name)), value, str(error)))
    if problems:
        wrong = InvalidParams(f"{'; '.join(map(str, problems))} No mark was changed.")
        wrong.problems = tuple(problems)
        raise wrong
    return values


def _pick(value: object) -> bool | None:
    value = plain(value)
    if value is None or isinstance(value, bool):
        return value
    msg = f"{shown(value)} is not a judgement; give True (picked), False (rejected) or None."
    raise ValueError(msg)


def _stars(value: object) -> int | None:
    number = whole(plain(value))
    if number is None:
        return None
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= MOST_STARS:
        return number
    msg = f"{shown(value)} is not a number of stars; give 1 to {MOST_STARS}, or None."
    raise ValueError(msg)


def _tags(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str | Mapping) or not isinstance(value, Collection):
        msg = f'{shown(value)} is not a collection of tags; give some like {{"hero", "night"}}.'
        raise ValueError(msg)  # noqa: TRY004 - as for all that is wrong with marks
    if len(value) > 10 * MOST_TAGS:  # Before all of them are read.
        msg = f"{len(value):,} are too many tags; give {MOST_TAGS} at most."
        raise ValueError(msg)
    found = sorted({_tag(plain(each)) for each in value}, key=lambda tag: (tag.casefold(), tag))
    if len(found) > MOST_TAGS:
        msg = f"{len(found):,} are too many tags; give {MOST_TAGS} at most."
        raise ValueError(msg)
    return tuple(found)


def _tag(value: object) -> str:
    tag = " ".join(value.split()) if isinstance(value, str) else ""
    if not isinstance(value, str) or not tag or "," in tag or _UNFIT.search(tag):
        msg = (
            f"{shown(value)} is not a tag; give a text of one line without commas and control "
            f"characters."
        )
        raise ValueError(msg)
    if len(tag) > LONGEST_TAG:
        msg = f"{shown(tag)} has {len(tag):,} characters; give a tag of {LONGEST_TAG} at most."
        raise ValueError(msg)
    return tag


def _note(value: object) -> str | None:
    value = plain(value)
    if value is None:
        return None
    if not isinstance(value, str):
        msg = f"{shown(value)} is not a note; give a text, or None."
        raise ValueError(msg)  # noqa: TRY004 - as above
    note = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _UNFIT_IN_NOTE.search(note):
        msg = "a note has no control characters but line ends and tabs; leave them out."
        raise ValueError(msg)
    if len(note) > LONGEST_NOTE:
        msg = f"a note of {len(note):,} characters is too long; give {LONGEST_NOTE:,} at most."
        raise ValueError(msg)
    return note or None


_CHECKS: dict[str, Callable[[object], Any]] = {
    "pick": _pick,
    "stars": _stars,
    "tags": _tags,
    "note": _note,
}
