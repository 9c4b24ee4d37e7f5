"""The tables of an offer that say how a parameter is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def wire_of(
    name: str,
    fields: Mapping[str, str],
    values: Mapping[str, Any],
    as_text: Iterable[str],
    adds: Mapping[str, Any],
) -> dict[str, dict[str, Any]]:
    """What the tables of an offer say about a parameter and the fields in it, by table.

    >>> wire_of("seed", {"seed": "rng", "keys.image": "uri"}, {}, ["seed"], {})
    {'fields': {'seed': 'rng'}, 'as_text': {'seed': True}}
    """
    tables = {
        "fields": fields,
        "values": values,
        "as_text": dict.fromkeys(as_text, True),
        "adds": adds,
    }
    found = {
        table: {key: row for key, row in rows.items() if key.partition(".")[0] == name}
        for table, rows in tables.items()
    }
    return {table: rows for table, rows in found.items() if rows}
