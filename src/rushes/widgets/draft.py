"""The form of a Studio as it was left, for the next kernel."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path  # noqa: TC003 - pydantic reads the annotations
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from rushes.io.atomic import write_atomically


class Form(BaseModel):
    """What the page's form holds; the fields are those of the ``_settings`` trait."""

    model_config = ConfigDict(strict=True, extra="allow")

    providers: list[str]
    mode: str
    prompt: str
    values: dict[str, Any]


class Draft(BaseModel):
    """A form, and what Generate would send.

    Attributes:
        settings: the ``_settings`` trait.
        requests: the ``_requests`` trait.
    """

    model_config = ConfigDict(strict=True)

    settings: Form
    requests: list[dict[str, Any]]

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """The draft in a file; None where there is none, or none that can be read."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None


def keep(path: Path, settings: dict[str, Any], requests: list[dict[str, Any]]) -> None:
    """Write a draft. A disk that takes nothing more costs the draft, and nothing else."""
    with contextlib.suppress(OSError, ValidationError):
        draft = Draft.model_validate({"settings": settings, "requests": requests})
        write_atomically(path, draft.model_dump_json().encode(), private=True)


def draft_path(home: Path, library: Path) -> Path:
    """Where the draft of a library's Studios is kept."""
    name = hashlib.sha256(str(library).encode()).hexdigest()[:16]
    return home / "drafts" / f"{name}.json"
