"""Conditions of rows in a provider's file, and limits that depend on another value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterator

Several = Annotated[tuple[str | int, ...], Field(strict=False, min_length=1)]

Condition = dict[str, str | bool | int | Several]
"""Parameters and the values that they must have, or a list of such values. ``true`` and ``false``
for a parameter that is not a boolean check whether it is given. ``mode`` counts as a parameter."""

LARGEST = 2**53
"""Largest absolute value of a number, e.g. a seed; JavaScript has no larger exact integers."""


_KEYS = ("min", "max", "step", "choices")


class Limit(BaseModel):
    """A narrower range of a parameter, which applies where its condition holds.

    >>> from rushes.catalog import Limit
    >>> print(Limit(when={"mode": "reference-to-video"}, min=8, max=8))
    8 with mode reference-to-video

    Attributes:
        when: the condition.
        min: smallest number, inclusive.
        max: largest number, inclusive.
        step: distance between the numbers that are left, counted from `min`.
        choices: the choices that are left.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )

    when: Condition = Field(min_length=1)
    min: int | float | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    max: int | float | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    step: int | float | None = Field(default=None, gt=0, le=LARGEST)
    choices: Annotated[tuple[str, ...], Field(strict=False)] = ()

    def __str__(self) -> str:
        return f"{self.allowed} with {said(self.when)}"

    @property
    def allowed(self) -> str:
        """The allowed values, as text that follows "allowed are"."""
        if self.choices:
            return ", ".join(self.choices)
        if self.min is None or self.max is None:
            return f"at most {self.max:g}" if self.min is None else f"at least {self.min:g}"
        steps = "" if self.step is None else f" in steps of {self.step:g}"
        return f"{self.min:g}" if self.min == self.max else f"{self.min:g} to {self.max:g}{steps}"

    @property
    def narrower(self) -> dict[str, Any]:
        """What it leaves of the values, by key."""
        found = {key: getattr(self, key) for key in _KEYS}
        return {key: value for key, value in found.items() if value not in (None, ())}

    def takes(self, value: Any) -> bool:
        """Whether a value, which the parameter allows elsewhere, is within the limit."""
        if self.choices:
            return value in self.choices
        low = -LARGEST if self.min is None else self.min
        is_on_step = self.step is None or (value - (self.min or 0)) % self.step == 0
        return bool(low <= value <= (LARGEST if self.max is None else self.max)) and is_on_step

    def faults(self, kind: str) -> Iterator[tuple[tuple[str], str]]:
        """What does not fit a parameter of a kind."""
        numbers = ("min", "max")
        own = {"choice": ("choices",), "integer": (*numbers, "step"), "number": numbers}
        allowed = own.get(kind, ())
        given = self.narrower
        for key in given:
            if key not in allowed:
                yield (key,), f"does not belong to a limit of a parameter of kind {kind!r}"
        if not given:
            words = " or ".join(allowed) or "none for this kind"
            yield ("when",), f"sets no limit; add one of these: {words}"


def said(when: Condition) -> str:
    """A condition in words, e.g. ``"resolution 1080p or 4k and no end_image_url"``."""
    parts = []
    for name, wanted in when.items():
        if isinstance(wanted, bool):
            parts.append(name if wanted else f"no {name}")
        elif isinstance(wanted, tuple):
            parts.append(f"{name} {' or '.join(map(str, wanted))}")
        else:
            parts.append(f"{name} {wanted}")
    return " and ".join(parts)
