"""The format of a provider's file, and the schema that it was made of."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.catalog.fault import Location

FORMAT = 1
"""The version of the format that is read and written here."""


class Origin(BaseModel):
    """The schema of a service that a provider's file was made of.

    >>> from rushes.catalog import Origin
    >>> Origin(service="fal", model="acme/dream", read="2026-11-28").model
    'acme/dream'

    Attributes:
        service: the backend's name.
        model: the service's id that was asked for.
        read: the day on which the schema was read.
        fields: by the id of an endpoint and by field, what it was then, in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    service: str = Field(min_length=1)
    model: str = Field(min_length=1)
    read: dt.date = Field(strict=False)
    fields: dict[str, dict[str, str]] = Field(default_factory=dict)


def readable(data: Any) -> Iterator[tuple[Location, str]]:
    """Why a file cannot be read at all, because of its format."""
    version = data.get("format", FORMAT) if isinstance(data, dict) else FORMAT
    if isinstance(version, int) and not isinstance(version, bool) and version > FORMAT:
        reason = (
            f"is {version}, and this version of rushes reads format {FORMAT}; update rushes, or "
            f"write the file in format {FORMAT}"
        )
        yield ("format",), reason
