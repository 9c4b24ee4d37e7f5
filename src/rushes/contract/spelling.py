"""The two spellings of a parameter's name: snake_case in Python, camelCase in JSON."""

from __future__ import annotations

from functools import lru_cache

from pydantic import alias_generators

LONGEST = 80
"""Characters of a name that is remembered. Callers of a gateway choose what they send."""

_snake = lru_cache(maxsize=1024)(alias_generators.to_snake)
_camel = lru_cache(maxsize=1024)(alias_generators.to_camel)


def to_snake(name: str) -> str:
    """A name as Python spells it; the few that there are come again and again.

    >>> to_snake("durationSeconds")
    'duration_seconds'
    """
    return _snake(name) if len(name) <= LONGEST else alias_generators.to_snake(name)


def to_camel(name: str) -> str:
    """A name as JSON spells it.

    >>> to_camel("duration_seconds")
    'durationSeconds'
    """
    return _camel(name) if len(name) <= LONGEST else alias_generators.to_camel(name)
