"""The record of a prompt that has a name."""

from __future__ import annotations

from dataclasses import dataclass

MOST_ORIGINALS = 8
"""Prompts that became one text, of those that a journal gives."""


@dataclass(frozen=True, kw_only=True)
class PromptRecord:
    """One wording of a prompt.

    Attributes:
        folder: the library; a name is unique in it.
        name: of the prompt.
        number: of the version, from 1.
        text: the wording.
        created_at: unix seconds.
    """

    folder: str
    name: str
    number: int
    text: str
    created_at: float
