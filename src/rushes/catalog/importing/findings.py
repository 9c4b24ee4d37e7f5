"""What was read of a schema, what was not, and what a person has to check."""

from __future__ import annotations

from dataclasses import dataclass, field

from rushes.contract.errors import InvalidParams


class Unusable(InvalidParams):
    """A schema from which no provider can be made; nothing was written."""


@dataclass
class Findings:
    """What became of the fields of a schema.

    Attributes:
        understood: by field of the service, the parameter and its values in words.
        left_out: by field of the service, why it is not offered.
        check: sentences about what a person has to check.
        assumed: those of them that concern every request, which has them as notes.
    """

    understood: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    check: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)

    def assume(self, sentence: str) -> None:
        """Add what a person has to check, and what every request has as a note until then."""
        self.check.append(sentence)
        self.assumed.append(sentence)
