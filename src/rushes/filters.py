"""The filters of a list, as users write them."""

from __future__ import annotations

import datetime as dt
import os
import re
import time
from typing import TYPE_CHECKING

from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.wording import meant
from rushes.io.folders import library_folder
from rushes.journal import JobState

if TYPE_CHECKING:
    from rushes.catalog import Catalog
    from rushes.journal.protocol import Journal

SAID = {"done": JobState.COMPLETED, "canceled": JobState.CANCELLED}
"""Other words for states; the first is the one that progress shows."""


def states_of(given: object) -> list[JobState] | None:
    """The states that a filter names; one alone, or several.

    Raises:
        InvalidParams: when one is not a state.
    """
    if given is None:
        return None
    several = [given] if isinstance(given, str) else given
    try:
        return [SAID.get(item) or JobState(item) for item in several]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        known = [*JobState, "done"]
        reason = f"{given!r} is not a state or a list of states; states are {', '.join(known)}."
        raise wrong(Problem("state", given, reason + meant(given, known))) from None


def known_provider(given: object, catalog: Catalog, journal: Journal) -> str | None:
    """A provider of the catalog, or one that the journal has jobs of.

    Raises:
        InvalidParams: when it is neither.
    """
    provider = text_of("provider", given)
    known = catalog.providers
    if provider is None or provider in known or journal.select(provider=provider, limit=1):
        return provider
    reason = f"{provider!r} is not a provider; there are {', '.join(known)}."
    raise wrong(Problem("provider", provider, reason + meant(provider, known)))


def wrong(problem: Problem) -> InvalidParams:
    """The error of a list; nothing would have been sent."""
    error = InvalidParams(f"{problem.parameter}: {problem.message}")
    error.problems = (problem,)
    return error


def folder_of(given: object) -> str | None:
    """A library that a user names, as the journal has it.

    Raises:
        InvalidParams: when it is not a path.
    """
    if given is None:
        return None
    if isinstance(given, str | os.PathLike) and (path := os.fspath(given)):
        return str(library_folder(path))
    reason = f"{given!r} is not a folder; give a path."
    raise wrong(Problem("library", given, reason))


def moment(name: str, given: object) -> float | None:
    """A time that a user names, in unix seconds.

    Raises:
        InvalidParams: when it is not one.
    """
    if given is None:
        return None
    try:
        if isinstance(given, str):
            today = dt.datetime.now().astimezone().date()
            given = said(given, today) or dt.datetime.fromisoformat(given)
        if isinstance(given, dt.timedelta):
            return time.time() - abs(given.total_seconds())
        if isinstance(given, dt.date) and not isinstance(given, dt.datetime):
            given = dt.datetime(given.year, given.month, given.day)  # noqa: DTZ001 - local time
        return given.timestamp()  # type: ignore[attr-defined,no-any-return]
    except (AttributeError, OverflowError, OSError, TypeError, ValueError):
        reason = (
            f"{given!r} is not a time; give a day or a time like '2026-11-27' or "
            f"'2026-11-27 14:30', words like 'yesterday', 'last week' or '3 days', a date, a "
            f"datetime, or a timedelta."
        )
        raise wrong(Problem(name, given, reason)) from None


_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}

_AGO = re.compile(rf"(?:last |past )?(?:(\d{{1,4}}) )?({'|'.join(_DAYS)})s?(?: ago)?")


def said(words: str, today: dt.date) -> dt.date | dt.timedelta | None:
    """A time in words: a day, or so long before now; None if it is neither.

    Args:
        words: e.g. ``"yesterday"`` or ``"last week"``.
        today: the present day, where days are meant that begin there.
    """
    words = " ".join(words.casefold().split())
    if words in ("today", "yesterday"):
        return today - dt.timedelta(days=words == "yesterday")
    found = _AGO.fullmatch(words)
    return dt.timedelta(days=int(found[1] or 1) * _DAYS[found[2]]) if found else None


def text_of(name: str, given: object) -> str | None:
    """A text or None, as it was given.

    Raises:
        InvalidParams: when it is something else, or holds half a character.
    """
    if given is None or (isinstance(given, str) and _is_unicode(given)):
        return given
    raise InvalidParams.of([Problem(name, given, f"{given!r} is not a string.")])


def job_of(name: str, given: object) -> str | None:
    """The id of a job that is given as such, or by the job, its take or its result.

    Raises:
        InvalidParams: when it is something else.
    """
    if isinstance(given, str):
        return text_of(name, given)
    found = getattr(given, "job_id", None) or getattr(given, "id", None)
    if given is None or isinstance(found, str):
        return found
    reason = f"{given!r} is not a job; give a job, a take, a result or a job's id."
    raise wrong(Problem(name, given, reason))


def _is_unicode(text: str) -> bool:
    """Whether a text is without halves of characters, which nothing can write down."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def count(name: str, given: object) -> int | None:
    """A number of things, or None.

    Raises:
        InvalidParams: when it is something else.
    """
    if given is None or (isinstance(given, int) and not isinstance(given, bool) and given >= 0):
        return given
    raise InvalidParams.of([Problem(name, given, f"{given!r} is not a whole number, 0 or more.")])


def truth(name: str, given: object) -> bool | None:
    """True, False or None.

    Raises:
        InvalidParams: when it is something else.
    """
    if given is None or isinstance(given, bool):
        return given
    raise InvalidParams.of([Problem(name, given, f"{given!r} is not True, False or None.")])
