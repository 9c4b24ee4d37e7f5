"""One field of a service's input, as its JSON schema describes it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from rushes.contract.spelling import to_snake
from rushes.contract.wording import shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.io.kind import Medium

Type = Literal["text", "integer", "number", "boolean", "list", "object", "unknown"]

Value = str | int | float | bool

TYPES: Mapping[object, Type] = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "array": "list",
    "object": "object",
}

MOST_FIELDS = 200
"""Fields of an input; a longer list is cut."""

MOST_CHOICES = 200
"""Values of a field."""

MOST_PARTS = 50
"""Fields of an object in an input."""

MOST_FORMS = 8
"""Kinds of objects that a value may be; where there are more, none is understood."""

MOST_STEPS = 16
"""References from one schema to the next."""

LONGEST_HELP = 200
LONGEST_VALUE = 200
LARGEST = 2**53

WORDS: Mapping[Medium, str] = {
    "image": r"image|img|frame|photo|picture|mask",
    "video": r"video|clip",
    "audio": r"audio|voice|sound|music|song",
}
"""Words in the name of a field with the address of a file."""

ADDRESS = re.compile(r"(?:^|_)ur[li]s?$")
PLURAL = re.compile(r"^(?:\w+_)?(?:images|videos|audios)$")
CAP = re.compile(
    r"(?:\bup to|\bat most|\bmax(?:imum)?(?: of)?:?|\bno more than|[\d]\s*[-–]) ?(\d{1,3})\b",  # noqa: RUF001 - as services write
    re.IGNORECASE,
)
"""How a description states the longest list, e.g. "Up to 4 images" or "1-3 images"."""


@dataclass(frozen=True)
class Field:
    """A field of an input.

    Attributes:
        name: as the service writes it.
        type: of its values; "unknown" if the schema does not say, or says it in an unknown way.
        required: whether the service refuses a request without it.
        choices: the only values, if the schema lists them.
        examples: values that the schema names, where it does not list all.
        default: what the service takes if it is not given; None if there is none, or it is not a
            plain value.
        least: smallest number, exclusive bounds included.
        most: largest number.
        longest: characters of a text.
        most_items: length of a list.
        help: the service's description: cleaned text on one line, shortened.
        medium: of a file that is given by its address.
        limits: of such a file, by the service's words for them.
        item: the items of a list.
        forms: the fields of an object; where it can be one of several, those of each.
        listed: the list that a value may be as well, or is.
        dropped: what the schema allows beside this, in words.
    """

    name: str
    type: Type
    required: bool = False
    choices: tuple[Value, ...] = ()
    examples: tuple[Value, ...] = ()
    default: Value | None = None
    least: float | None = None
    most: float | None = None
    longest: int | None = None
    most_items: int | None = None
    help: str = ""
    medium: Medium | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    item: Field | None = None
    forms: tuple[tuple[Field, ...], ...] = ()
    listed: Field | None = None
    dropped: str = ""

    @property
    def parts(self) -> tuple[Field, ...]:
        """The fields of an object, in its first form."""
        return self.forms[0] if self.forms else ()

    def said(self) -> str:
        """The field in a few words, by which a later schema is compared."""
        words = [f"{self.medium} address" if self.medium and self.type == "text" else self.type]
        if self.item is not None:
            words[0] = f"list of {self.item.said()}"
        if self.forms:
            forms = (
                ", ".join(f"{part.name} ({part.said()})" for part in parts) for parts in self.forms
            )
            words[0] = f"object with {' or with '.join(forms)}"
        if self.choices:
            words.append(f"one of {', '.join(map(str, self.choices))}")
        for name, value in (
            ("least", self.least),
            ("most", self.most),
            ("longest", self.longest),
            ("items", self.most_items),
        ):
            if value is not None:
                words.append(f"{name} {value:g}")
        if self.default is not None:
            words.append(f"default {self.default}")
        if self.required:
            words.append("required")
        return shortened("; ".join(words), 2_000)


def read_fields(schema: object, document: object) -> tuple[Field, ...]:
    """The fields of an input.

    Args:
        schema: of an object.
        document: what references in it point into.
    """
    whole = resolved(schema, document)
    properties = whole.get("properties")
    if not isinstance(properties, Mapping):
        return ()
    required = _names(whole.get("required"))
    order = [name for name in _names(whole.get("x-fal-order-properties")) if name in properties]
    names = list(dict.fromkeys([*order, *(name for name in properties if _is_name(name))]))
    return tuple(
        _field(name, properties[name], _Place(document), is_required=name in required)
        for name in names[:MOST_FIELDS]
    )


def cleaned(text: object, most: int = LONGEST_HELP) -> str:
    """A text of a service on one line, without what acts on a terminal or a page."""
    if not isinstance(text, str):
        return ""
    return shortened(visible(" ".join(text[: 20 * most].split())), most)


@dataclass(frozen=True)
class _Place:
    """Where in a document a field is."""

    document: object
    depth: int = 0
    is_part: bool = False

    def inside(self, *, is_part: bool = False) -> _Place:
        """One step further, perhaps to a part of an object."""
        return _Place(self.document, self.depth + 1, self.is_part or is_part)


def _field(name: str, schema: object, place: _Place, *, is_required: bool) -> Field:
    document, is_deep = place.document, place.depth >= MOST_STEPS
    outer = resolved(schema, document)
    branches, dropped = _branches(outer, document)
    if not branches:
        return Field(name, "unknown", is_required, help=cleaned(outer.get("description")))
    own = branches[0]
    seen = {**own, **{key: value for key, value in outer.items() if key not in {"anyOf", "oneOf"}}}
    kind = _type(own)
    help_text = cleaned(seen.get("description"))
    item: Field | None = None
    forms: tuple[tuple[Field, ...], ...] = ()
    if kind == "list" and not is_deep:
        item = _field(name, own.get("items"), place.inside(), is_required=False)
    objects = [branch for branch in branches if _type(branch) == "object"]
    # What is in an object of an object is not offered, and it may lead in a circle.
    if kind == "object" and not place.is_part and len(objects) <= MOST_FORMS:
        read = (tuple(_parts(branch, place)) for branch in objects)
        forms = tuple(parts for parts in read if parts)
    lists = [branch for branch in branches[1:] if _type(branch) == "list"]
    listed = None
    if lists and not is_deep:
        listed = _field(name, lists[0], place.inside(), is_required=is_required)
    found = Field(
        name,
        kind,
        is_required,
        choices=_choices(own),
        examples=_values(seen.get("examples")),
        default=_plain(seen.get("default")),
        least=_bound(own, "minimum", "exclusiveMinimum", kind, 1),
        most=_bound(own, "maximum", "exclusiveMaximum", kind, -1),
        longest=_count(own.get("maxLength")),
        most_items=_count(own.get("maxItems")) or _stated_items(kind, seen),
        help=help_text,
        medium=_medium(name, kind, own, outer),
        limits=_limits(own) or _limits(outer),
        item=item,
        forms=forms,
        listed=listed,
        dropped=dropped,
    )
    return replace(found, listed=found) if kind == "list" else found


def _parts(schema: Mapping[str, Any], place: _Place) -> Iterator[Field]:
    """The fields of an object in an input, with those that it needs and does not describe."""
    properties, listed = schema.get("properties"), schema.get("required")
    described = dict(properties) if isinstance(properties, Mapping) else {}
    kept = [name for name in described if _is_name(name)][:MOST_PARTS]
    needed = [name for name in (listed if isinstance(listed, list) else ()) if name is not None]
    for name in kept:
        inside = place.inside(is_part=True)
        yield _field(name, described[name], inside, is_required=name in needed)
    for name in needed[:MOST_PARTS]:
        if name not in kept:
            yield Field(cleaned(name) or "a nameless field", "unknown", required=True)


def resolved(schema: object, document: object) -> dict[str, Any]:
    """A schema with its references followed inside the document; others lead nowhere."""
    found: dict[str, Any] = {}
    for _ in range(MOST_STEPS):
        if not isinstance(schema, Mapping):
            return found
        found = {**schema, **found}
        there = found.pop("$ref", None)
        every = found.get("allOf")
        if there is None and isinstance(every, list) and len(every) == 1:
            del found["allOf"]
            schema = every[0]
        elif isinstance(there, str) and there.startswith("#/"):
            schema = document
            for key in there[2:].split("/"):
                name = key.replace("~1", "/").replace("~0", "~")
                schema = schema.get(name) if isinstance(schema, Mapping) else None
        else:
            return found
    return {}


def _branches(outer: Mapping[str, Any], document: object) -> tuple[list[dict[str, Any]], str]:
    """What a value may be, apart from null, the plainest first; and the others in words."""
    listed = outer.get("anyOf", outer.get("oneOf"))
    if not isinstance(listed, list):
        return [dict(outer)], ""
    all_ = [resolved(branch, document) for branch in listed[:MOST_CHOICES]]
    real = [branch for branch in all_ if branch.get("type") != "null" and branch]
    ranks = ("boolean", "integer", "number", "text", "list", "object", "unknown")
    # A plain value says most, and among values of a type a closed list.
    real.sort(key=lambda branch: (ranks.index(_type(branch)), not _choices(branch)))
    # Objects are understood together.
    is_object = bool(real) and _type(real[0]) == "object"
    others = [_type(each) for each in real[1:] if not (is_object and _type(each) == "object")]
    return real, ", ".join(others)


def _type(schema: Mapping[str, Any]) -> Type:
    kind = schema.get("type")
    if isinstance(kind, list):
        rest = [each for each in kind if each != "null"]
        kind = rest[0] if len(rest) == 1 else None
    if kind in TYPES if isinstance(kind, str) else False:
        return TYPES[kind]
    values = _choices(schema)
    if values and all(isinstance(value, str) for value in values):
        return "text"
    if values and all(isinstance(value, int) for value in values):
        return "integer"
    return "object" if isinstance(schema.get("properties"), Mapping) else "unknown"


def _choices(schema: Mapping[str, Any]) -> tuple[Value, ...]:
    if "const" in schema:
        return _values([schema["const"]])
    return _values(schema.get("enum"))


def _values(listed: object) -> tuple[Value, ...]:
    found = (_plain(each) for each in (listed[:MOST_CHOICES] if isinstance(listed, list) else ()))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _plain(value: object) -> Value | None:
    """A value that can be sent and shown as it is."""
    if isinstance(value, str):
        return (
            value
            if len(value) <= LONGEST_VALUE and cleaned(value, LONGEST_VALUE) == value
            else None
        )
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and math.isfinite(value) and abs(value) <= LARGEST:
        return int(value) if value == int(value) else value
    return None


def _bound(
    schema: Mapping[str, Any], inclusive: str, exclusive: str, kind: Type, inward: int
) -> float | None:
    """A bound of a number; of an integer with an exclusive bound the next one."""
    if (value := _plain(schema.get(inclusive))) is not None and not isinstance(value, str | bool):
        return value
    value = _plain(schema.get(exclusive))
    if isinstance(value, str | bool) or value is None:
        return None
    return value + inward if kind == "integer" and value == int(value) else value


def _count(value: object) -> int | None:
    plain = _plain(value)
    return plain if isinstance(plain, int) and not isinstance(plain, bool) and plain > 0 else None


def _stated_items(kind: Type, schema: Mapping[str, Any]) -> int | None:
    """How long a list may be as its description says."""
    text = schema.get("description")
    found = CAP.search(text[:2_000]) if kind == "list" and isinstance(text, str) else None
    return (int(found[1]) or None) if found else None


def _medium(
    name: str, kind: Type, own: Mapping[str, Any], outer: Mapping[str, Any]
) -> Medium | None:
    """The medium of the files whose addresses a field has."""
    if kind not in {"text", "list"} or _choices(own):
        return None
    items = own.get("items")
    for schema in (own, outer, items if isinstance(items, Mapping) else {}):
        ui = schema.get("ui")
        hint = schema.get("_fal_ui_field") or (ui.get("field") if isinstance(ui, Mapping) else None)
        for medium in WORDS:
            if hint == medium:
                return medium
    named = to_snake(name)
    is_address = ADDRESS.search(named) or (kind == "list" and PLURAL.search(named))
    has_hint = any("x-fal" in schema or schema.get("x-media") for schema in (own, outer))
    if not is_address and not has_hint:
        return None
    # The last word counts: "first_frame_image" and "image_of_video" are what they end with.
    ends = {
        medium: max((found.end() for found in re.finditer(words, named)), default=-1)
        for medium, words in WORDS.items()
    }
    best = max(ends, key=lambda medium: ends[medium])
    return best if ends[best] > 0 else None


def _limits(schema: Mapping[str, Any]) -> dict[str, float]:
    stated = schema.get("x-fal")
    if not isinstance(stated, Mapping):
        return {}
    plain = {name: _plain(value) for name, value in list(stated.items())[:50] if _is_name(name)}
    return {
        name: value
        for name, value in plain.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    }


def _is_name(name: object) -> bool:
    return isinstance(name, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name) is not None


def _names(listed: object) -> tuple[str, ...]:
    return tuple(_iter_names(listed))


def _iter_names(listed: object) -> Iterator[str]:
    for name in listed[:1_000] if isinstance(listed, list) else ():
        if _is_name(name):
            yield name
