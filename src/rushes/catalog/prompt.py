"""What a provider requires of the prompt."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from rushes.catalog.kinds import MOST_COUNT, Modes
from rushes.catalog.length import Unit, length_in


class PromptSpec(BaseModel):
    """The requirements for the prompt.

    >>> gen.catalog["kling-3.0-standard"].prompt.limit
    2500

    Attributes:
        limit: maximum length; None if the vendor states no limit.
        unit: what the limit counts.
        required: the modes that require it; None for every mode.
        unless: a parameter that replaces the prompt.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )

    limit: int | None = Field(default=None, ge=1, lt=MOST_COUNT)
    unit: Unit = "characters"
    required: Modes | None = None
    unless: str | None = None

    def is_needed(self, mode: str) -> bool:
        """Whether a mode requires a prompt, or its replacement."""
        return self.required is None or mode in self.required

    def length(self, text: str) -> int:
        """The length of a prompt, in the unit of the limit."""
        return length_in(self.unit, text)

    def refuses(self, text: str) -> bool:
        """Whether the prompt is too long."""
        return self.limit is not None and self.length(text) > self.limit
