"""How a service writes what rushes has a word for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.catalog.importing.field import Field


@dataclass(frozen=True)
class Dialect:
    """The habits of a service.

    Attributes:
        service: the backend's name.
        prompt: the field of the prompt.
        named: by field, the parameter of the contract that it is, in order of preference.
        kept_back: by field, why it is not offered.
        prompt_unit: what the limit of the prompt counts.
        spelled: parameters whose field a file always names, because the backend would otherwise
            write them in a way of its own.
    """

    service: str
    prompt: str
    named: Mapping[str, str]
    kept_back: Mapping[str, str]
    prompt_unit: str = "characters"
    spelled: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Endpoint:
    """One address of a service that takes requests.

    Attributes:
        mode: the mode that it is.
        model: the service's id, as a provider's file has it.
        fields: of its input.
    """

    mode: str
    model: str
    fields: tuple[Field, ...]
