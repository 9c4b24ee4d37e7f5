"""What does not fit together in a provider's file: conditions, and the tables of its backends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from rushes.catalog.condition import Condition
    from rushes.catalog.fault import Location
    from rushes.catalog.offer import Offer, Price, RenderTime, Route
    from rushes.catalog.parameter import ParameterSpec


def condition_faults(
    parameters: Mapping[str, ParameterSpec], modes: Sequence[str], when: Condition
) -> Iterator[tuple[Location, str]]:
    """What a condition names that is not in the file, with its location in the condition."""
    for name, wanted in when.items():
        parameter = parameters.get(name)
        choices = parameter.choices if parameter else modes if name == "mode" else None
        if choices is None and name != "prompt":
            known = ", ".join(("mode", *parameters))
            yield (name,), f"names {name!r}, which is not a parameter here; those are {known}"
        elif choices and not isinstance(wanted, bool):
            values: tuple[Any, ...] = wanted if isinstance(wanted, tuple) else (wanted,)
            for value in values:
                if value not in choices:
                    yield (name,), f"names {value!r}; allowed are {', '.join(choices)}"


def offer_faults(
    offer: Offer, parameters: Mapping[str, ParameterSpec], modes: Sequence[str]
) -> Iterator[tuple[Location, str]]:
    """What a backend's table names that is not in the file, with its location in the table."""
    known = ("prompt", *parameters)
    fields = [f"{name}.{key}" for name, each in parameters.items() for key in each.fields]
    lists = [name for name, each in parameters.items() if each.kind == "objects"]
    for mode in offer.models:
        if mode not in modes:
            yield ("models", mode), f"is not a mode here; those are {', '.join(modes)}"
    names: list[tuple[Location, str]] = [
        *((("refuses", name), name) for name in offer.refuses),
        *((("ignores", name), name) for name in offer.ignores),
        *(
            (("routes", n, "ignores", name), name)
            for n, row in enumerate(offer.routes)
            for name in row.ignores
        ),
        *((("omits",), name) for name in offer.omits),
        *((("urls_only",), name) for name in offer.urls_only),
        *((("exclusive",), name) for pair in offer.exclusive for name in pair),
    ]
    inner: list[tuple[Location, str]] = [
        *((("fields", name), name) for name in offer.fields),
        *((("as_text",), name) for name in offer.as_text),
        *((("as_list",), name) for name in offer.as_list),
        *((("values", name), name) for name in offer.values),
        *(
            (("routes", n, "fields", k), k)
            for n, row in enumerate(offer.routes)
            for k in row.fields
        ),
    ]
    added: list[tuple[Location, str]] = [(("adds", name), name) for name in offer.adds]
    columns: list[tuple[Location, str]] = [(("as_columns",), name) for name in offer.as_columns]
    yield from _unknown(names, known, "a parameter")
    noun = "a parameter or a field of one" if fields else "a parameter"
    yield from _unknown(inner, (*known, *fields), noun)
    yield from _unknown(added, fields, "a field")
    yield from _unknown(columns, lists, "a list of objects")
    yield from _column_faults(offer, parameters)
    tables: dict[str, tuple[Price | RenderTime | Route, ...]] = {
        "prices": offer.prices,
        "typical": offer.typical,
        "routes": offer.routes,
    }
    for table, rows in tables.items():
        for number, row in enumerate(rows):
            for key, reason in condition_faults(parameters, modes, row.when):
                yield (table, number, "when", *key), reason
    yield from _wire_faults(offer, parameters)


def _unknown(
    names: Iterable[tuple[Location, str]], allowed: Collection[str], noun: str
) -> Iterator[tuple[Location, str]]:
    """The names that are not allowed where they are."""
    for at, name in names:
        if name not in allowed:
            listed = ", ".join(allowed) or "none"
            yield at, f"names {name!r}, which is not {noun} here; those are {listed}"


def _column_faults(
    offer: Offer, parameters: Mapping[str, ParameterSpec]
) -> Iterator[tuple[Location, str]]:
    """Lists of which one would be shorter than the others."""
    for name in offer.as_columns:
        parameter = parameters.get(name)
        for field, each in parameter.fields.items() if parameter else ():
            if parameter and field not in parameter.needed and each.default is None:
                words = f"names {name!r}, whose field {field} an object can lack; list it in needed"
                yield ("as_columns",), words


def _wire_faults(
    offer: Offer, parameters: Mapping[str, ParameterSpec]
) -> Iterator[tuple[Location, str]]:
    """What cannot be written for a service."""
    for name, how in offer.values.items():
        if name in offer.as_text:
            yield ("values", name), 'is in as_text as well; "{}" writes a value as text'
        if isinstance(how, str):
            if "{}" not in how:
                yield ("values", name), f'is {how!r}, without "{{}}" in place of the value'
            continue
        head, _, field = name.partition(".")
        parameter = parameters.get(head)
        if parameter and field:
            parameter = parameter.fields.get(field)
        choices = parameter.choices if parameter else ()
        for value in how:
            if choices and value not in choices:
                yield ("values", name, value), f"is not a choice; those are {', '.join(choices)}"
