"""Errors inside a provider's file, with their location."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Iterable

Location = tuple[str | int, ...]
"""The keys that lead to a value of the file, e.g. ``("parameters", "loop", "kind")``."""


def raise_faults(title: str, faults: Iterable[tuple[Location, str]]) -> None:
    """Raise all faults as one pydantic error, each at its place in the file.

    Raises:
        ValidationError: when there is any.
    """
    details = [
        InitErrorDetails(
            type=PydanticCustomError("catalog", "{reason}", {"reason": reason}), loc=at, input=None
        )
        for at, reason in faults
    ]
    if details:
        raise ValidationError.from_exception_data(title, details)
