"""Provider forms as a page reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def forms_of(sent: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The forms in a Studio's `_providers`; js/src/kernel/pool.ts does the same."""
    made: list[Any] = []

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(each) for each in value]
        if not isinstance(value, dict):
            return value
        own = {key: filled(each) for key, each in value.items() if key != "$"}
        if "$" not in value:
            return own
        part = made[value["$"]]
        if not own:
            return part
        return {key: each for key, each in (part | own).items() if each is not None}

    for part in sent["parts"]:
        made.append(filled(part))  # noqa: PERF401 - a part refers to those before it.
    return filled(sent["forms"])
