"""What became of a service's schema, for the person who asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rushes.contract.sheet import Printed, Sheet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rushes.catalog.importing.difference import Change
    from rushes.catalog.provider import ProviderSpec


@dataclass(frozen=True, repr=False)
class Imported(Printed):
    """A provider that was made of a service's schema. It prints as a table.

    Attributes:
        path: its file, which you may edit.
        provider: what the file describes; it can be used at once.
        understood: by field of the service, the parameter and its values in words.
        left_out: by field of the service, why the provider does not offer it.
        check: sentences about what was assumed, and what you should check.
    """

    path: Path
    provider: ProviderSpec
    understood: Mapping[str, str]
    left_out: Mapping[str, str]
    check: tuple[str, ...]

    def sheet(self) -> Sheet:
        """The table that is shown."""
        rows = [(name, words) for name, words in self.understood.items()]
        rows += [(name, f"left out: {reason}") for name, reason in self.left_out.items()]
        mode = self.provider.modes[0]
        return Sheet(
            title=f"{self.provider.id} ({', '.join(self.provider.modes)}) is in {self.path}",
            heads=("field", "became"),
            rows=rows,
            notes=(
                *(f"Check: {sentence}" for sentence in self.check),
                f'Use it with provider="{self.provider.id}", mode="{mode}".',
            ),
            first=1,
            whole=True,
        )


@dataclass(frozen=True, repr=False)
class Checked(Printed):
    """What a service has changed since a provider's file was made. It prints as a table.

    Attributes:
        provider: its id.
        changes: by the service's id of a model, the fields that are not as they were.
        problem: why the service could not be asked; None if it was.
    """

    provider: str
    changes: Mapping[str, tuple[Change, ...]]
    problem: str | None = None

    @property
    def is_current(self) -> bool:
        """Whether the service was asked, and nothing has changed."""
        return self.problem is None and not any(self.changes.values())

    def sheet(self) -> Sheet:
        """The table that is shown."""
        if self.problem is not None:
            return Sheet(title=f"{self.provider}: not checked. {self.problem}")
        count = sum(map(len, self.changes.values()))
        many = "1 field has" if count == 1 else f"{count} fields have"
        title = f"{self.provider}: {f'{many} changed' if count else 'nothing has changed'}"
        rows = [(model, str(change)) for model, found in self.changes.items() for change in found]
        return Sheet(title=title, rows=rows, first=1, whole=True)
