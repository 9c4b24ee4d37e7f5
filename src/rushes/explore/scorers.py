"""Scorers: functions of the user that score a take, run in a process of their own."""

from __future__ import annotations
import __future__

import hashlib
import inspect
import math
import sys
import textwrap
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import InvalidParams, RushesError
from rushes.contract.params import plain
from rushes.contract.wording import listed, meant, shortened, shown
from rushes.io.regular import read_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GROUP = "rushes.scorers"
"""The entry points that name scorers."""

LARGEST_SOURCE = 10_000_000
"""Bytes of a scorer's module that are read to see whether it has changed."""

MOST_SCORES = 50

LONGEST_NAME = 60

ADVICE = (
    "Give the name of an installed scorer, or a function score(path, params) -> {name: number}."
)

ELSEWHERE = (
    "A scorer runs in another process, where the names of the notebook are not defined: import "
    "what it uses inside it, or put it into a module."
)


@dataclass(frozen=True)
class Scorer:
    """A function that scores takes, in words that another process understands.

    Attributes:
        name: what its scores are listed under.
        home: where the function is: ``module:name``; None if its text is sent.
        text: its source, if it is part of a notebook.
        version: another one when its code was changed, as far as that is known.
    """

    name: str
    home: str | None
    text: str | None
    version: str

    def to_json(self) -> dict[str, Any]:
        """What the other process needs."""
        return {"name": self.name, "home": self.home, "text": self.text}


def scorers(given: Any) -> list[Scorer]:
    """The scorers that a user named.

    Args:
        given: a name, a function, or several.

    Raises:
        InvalidParams: if one of them is unknown, or cannot be run in another process.
    """
    several = list(given) if _is_several(given) else [given]
    found = [_named(one) if isinstance(one, str) else _function(one) for one in several]
    names = [scorer.name for scorer in found]
    if twice := {name for name in names if names.count(name) > 1}:
        msg = f"Several scorers are called {listed(sorted(twice))}; rename all but one."
        raise InvalidParams(msg)
    return found


def _is_several(given: Any) -> bool:
    return isinstance(given, Iterable) and not isinstance(given, str)


def _named(name: str) -> Scorer:
    known = {point.name: point for point in entry_points(group=GROUP)}
    if name not in known:
        installed = f"installed are {listed(sorted(known))}" if known else "none is installed"
        msg = f"No scorer is named {shown(name)}; {installed}.{meant(name, known)}"
        raise InvalidParams(msg)
    point = known[name]
    return Scorer(name, point.value, None, _version(point))


def _version(point: EntryPoint) -> str:
    release = point.dist.version if point.dist is not None else ""
    return f"{release} {_digest(_source_of(point.module))}"


def _source_of(module: str) -> bytes:
    """The text of a module, without loading it; empty if it is not known."""
    try:
        spec = find_spec(module)
        origin = spec.origin if spec is not None else None
        return read_regular(Path(origin), LARGEST_SOURCE) if origin else b""
    except (ImportError, OSError, ValueError, AttributeError):
        return b""


def _function(given: Any) -> Scorer:
    if not callable(given):
        msg = f"A {type(given).__name__} is not a scorer. {ADVICE}"
        raise InvalidParams(msg)
    name = getattr(given, "__name__", "")
    home, qualified = getattr(given, "__module__", None), getattr(given, "__qualname__", "")
    if home not in (None, "__main__") and _is_at(given, home, qualified):
        return Scorer(name, f"{home}:{qualified}", None, _digest(_source_of(home)))
    if not inspect.isfunction(given) or not name.isidentifier() or given.__closure__:
        msg = (
            f"{shown(given)} cannot be run in another process: it is not a function with a name of "
            f"its own. Define it with def, outside of other functions."
        )
        raise InvalidParams(msg)
    try:
        text = textwrap.dedent(inspect.getsource(given))
    except (OSError, TypeError) as error:
        msg = f"The source of the scorer {name} is not known. Put it into a module."
        raise InvalidParams(msg) from error
    return Scorer(name, None, text, _digest(text.encode()))


def _is_at(given: Any, module: str, qualified: str) -> bool:
    """Whether another process finds the same function by its module and name."""
    found: Any = sys.modules.get(module)
    for part in qualified.split("."):
        found = getattr(found, part, None)
    return found is given


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16] if data else ""


# --- in the other process -----------------------------------------------------------------------


def run(scorer: Mapping[str, Any], file: Path, params: dict[str, Any]) -> dict[str, float]:
    """Score a take.

    Raises:
        RushesError: if the scorer raises, or returns something else than scores.
    """
    name, home, text = scorer["name"], scorer["home"], scorer["text"]
    try:
        found = _loaded(name, home, text)(file, params)
    except Exception as error:
        msg = f"raised {type(error).__name__}{_place(error)}: {shortened(str(error), 300)}"
        if isinstance(error, NameError) and text is not None:
            msg = f"{msg}. {ELSEWHERE}"
        raise RushesError(msg) from error
    return _checked(found)


@lru_cache(maxsize=16)
def _loaded(name: str, home: str | None, text: str | None) -> Callable[[Path, Any], Any]:
    """The function; loaded once, because it may load a model."""
    if home is not None:
        module, _, qualified = home.partition(":")
        found: Any = import_module(module)
        for part in qualified.split("."):
            found = getattr(found, part)
    else:
        space: dict[str, Any] = {"__name__": "scorer"}
        # Annotations may name what only the notebook has imported.
        flags = __future__.annotations.compiler_flag
        exec(compile(text or "", f"<scorer {name}>", "exec", flags), space)  # noqa: S102 - the user's own function
        found = space[name]
    return found  # type: ignore[no-any-return]


def _place(error: Exception) -> str:
    """Where in the scorer an exception was raised, as it follows the name of the exception."""
    own = Path(__file__)
    frames = [one for one in traceback.extract_tb(error.__traceback__) if Path(one.filename) != own]
    return f" (line {frames[-1].lineno} of {Path(frames[-1].filename).name})" if frames else ""


def _checked(found: Any) -> dict[str, float]:
    """The scores, as plain numbers.

    Raises:
        RushesError: if they are something else.
    """
    try:
        items = list(found.items())
    except AttributeError:
        msg = f"returned {shown(found)}; it has to return a dict of names and numbers"
        raise RushesError(msg) from None
    if len(items) > MOST_SCORES:
        msg = f"returned {len(items):,} scores; the maximum is {MOST_SCORES}"
        raise RushesError(msg)
    scores: dict[str, float] = {}
    for name, value in items:
        if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
            msg = f"returned {shown(name)} as a name; a name has at most {LONGEST_NAME} characters"
            raise RushesError(msg)
        number = plain(value)
        if not isinstance(number, Real) or not math.isfinite(number):
            msg = f"returned {shown(value)} as {shown(name)}; a score is a finite number"
            raise RushesError(msg)
        scores[name] = float(number)
    return scores
