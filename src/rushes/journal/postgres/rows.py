"""What a job's row has in PostgreSQL besides the columns of its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.journal.rows import COLUMNS, to_column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rushes.journal.record import JobRecord, JobState

NUL = "\x00"
"""The one character that PostgreSQL stores nowhere."""

FOUND_BY = ("client_ref", "prompt", "words")
"""Columns by which jobs are searched for; they never change."""

ADDED = ", ".join((*COLUMNS, *FOUND_BY))
"""The columns of a new row."""

PLACEHOLDERS = ", ".join("%s" for _ in (*COLUMNS, *FOUND_BY))


def column(name: str, value: Any) -> Any:
    """A field of a job as PostgreSQL stores it."""
    stored = to_column(name, value)
    # A folder whose name cannot be stored must not become another folder, so it raises.
    if isinstance(stored, str) and NUL in stored and name != "folder":
        return stored.replace(NUL, "\ufffd")
    return stored


def text(value: str) -> str:
    """A text that is stored as it is, or as near to it as possible."""
    stored: str = column("text", value)
    return stored


def stored(value: Any) -> Any:
    """A value as PostgreSQL stores it."""
    return text(value) if isinstance(value, str) else value


def new_row(job: JobRecord) -> list[Any]:
    """A job in the order of `ADDED`."""
    values = [column(name, getattr(job, name)) for name in COLUMNS]
    said = _said(job)
    reference, prompt = job.params.get("clientRef"), job.params.get("prompt")
    found_by = (reference, prompt, "\n".join(said).casefold())
    return values + [text(each) if isinstance(each, str) else None for each in found_by]


def names(states: Iterable[JobState]) -> list[str]:
    """States as values of a statement."""
    return [state.value for state in states]


def _said(job: JobRecord) -> list[str]:
    """The prompt of a request and those of its shots."""
    shots = job.params.get("multiPrompt")
    prompts = [job.params.get("prompt")]
    if isinstance(shots, list | tuple):
        prompts += [shot.get("prompt") for shot in shots if isinstance(shot, dict)]
    return [prompt for prompt in prompts if isinstance(prompt, str)]
