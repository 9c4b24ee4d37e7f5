"""The forms of all providers as JSON in which what they have in common is sent once."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.widgets.messages.studio import Providers

PART = "$"
"""The key of an object that stands for a part; no object of a form has it."""

LEAST = 12
"""Characters of JSON of the smallest part that is worth a reference."""


def pooled(forms: list[dict[str, Any]]) -> Providers:
    """Forms with references in place of what occurs several times, and those parts.

    Objects, lists and texts can be parts; a part may refer to those before it. An object with a
    name, such as a field, is written as its difference from an earlier one of that name; a key
    with None is one that it lacks.

    >>> pooled([{"help": "What the video shows."}, {"help": "What the video shows."}])
    {'forms': [{'$': 1}, {'$': 1}], 'parts': ['What the video shows.', {'help': {'$': 0}}]}

    Args:
        forms: JSON without None.
    """
    pool = _Pool(forms)
    return {"forms": [pool.without(form) for form in forms], "parts": pool.parts}


class _Pool:
    """What some forms have several times, in the order in which it was found."""

    def __init__(self, forms: list[dict[str, Any]]) -> None:
        self.parts: list[Any] = []
        self._counts = Counter(_candidates(forms, set()))
        self._places: dict[str, int] = {}
        self._named: dict[str, dict[int, dict[str, Any]]] = {}

    def without(self, value: Any) -> Any:
        """A value with references in place of its parts, which are added if they are new."""
        if not isinstance(value, dict | list | str):
            return value
        text = json.dumps(value)
        if text in self._places:
            return {PART: self._places[text]}
        made: Any = value
        if isinstance(value, dict):
            made = {key: self.without(each) for key, each in value.items()}
        elif isinstance(value, list):
            made = [self.without(each) for each in value]
        name = value.get("name") if isinstance(value, dict) else None
        if name is None and (self._counts[text] == 1 or len(text) < LEAST):
            return made
        self._places[text] = len(self.parts)
        self.parts.append(made if name is None else self._shortest(name, made))
        return {PART: self._places[text]}

    def _shortest(self, name: str, made: dict[str, Any]) -> dict[str, Any]:
        """An object, or its difference from an earlier one of its name where that is shorter."""
        earlier = self._named.setdefault(name, {})
        ways = [made]
        for place, other in earlier.items():
            own = {key: each for key, each in made.items() if not _is_same(other.get(key), each)}
            ways.append({PART: place, **own, **dict.fromkeys(other.keys() - made.keys())})
        earlier[len(self.parts)] = made
        return min(ways, key=lambda way: len(json.dumps(way)))


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same in JSON, where true is not 1."""
    return json.dumps(one) == json.dumps(other)


def _candidates(value: Any, seen: set[str]) -> Iterator[str]:
    """The JSON of all that may be a part; what is inside such a part counts once."""
    if not isinstance(value, dict | list | str):
        return
    text = json.dumps(value)
    yield text
    if text in seen or isinstance(value, str):
        return
    seen.add(text)
    for each in value.values() if isinstance(value, dict) else value:
        yield from _candidates(each, seen)
