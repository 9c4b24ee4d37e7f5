"""Write js/src/kernel/messages/ from the Python side of the protocol, a file from each file.

    python scripts/page_messages.py

A test fails when one of those files is not what this writes.
"""

from __future__ import annotations

import ast
import inspect
import re
import types
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from rushes.journal import UNFINISHED
from rushes.widgets import messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

TARGET = Path(__file__).parents[1] / "js" / "src" / "kernel" / "messages"

PARTS = (
    messages.envelope,
    messages.take,
    messages.sweep,
    messages.studio,
    messages.compare,
    messages.voting,
    messages.board,
)

ALIASES = (
    "Values",
    "TakeState",
    "FieldKind",
    "Density",
    "MediaPart",
    "Decision",
    "CompareView",
    "Question",
    "Choice",
    "SheetKind",
    "ExportKind",
    "Axes",
    "Steering",
)
"""Types of these modules that the page calls by their names, too."""

KNOWN = {name: value for part in PARTS for name, value in vars(part).items()}
"""What the modules define, also those names that a module has for a type checker only."""

HEAD = "// Written by scripts/page_messages.py from src/rushes/widgets/messages/; change that."

PLAIN: dict[Any, str] = {
    Any: "unknown",
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
}

HIDDEN = {"id"}
"""What every message has and the channel adds."""


def typescript() -> dict[str, str]:
    """The text of each file, by its name."""
    return {"index.ts": index(), **{f"{name_of(part)}.ts": module(part) for part in PARTS}}


def index() -> str:
    """The module that pages import: what each side sends, and all that the others define."""
    requests = ["/** Each request with its body and the value of its reply. */"]
    requests.append("export interface Requests {")
    requests += [
        f"  {kind}: {{ body: {model.__name__}; value: {value.__name__} }};"
        for kind, (model, value) in messages.REQUESTS.items()
    ]
    requests.append("}\n\nexport type RequestKind = keyof Requests;\n")
    requests.append("export const unfinished: ReadonlySet<TakeState> = new Set<TakeState>([")
    states = {state.value for state in UNFINISHED}
    requests += [f'  "{state}",' for state in get_args(messages.take.TakeState) if state in states]
    requests.append("]);\n")
    parts = [*definitions(messages), "\n".join(requests)]
    exports = [f'export type * from "./{name_of(part)}";' for part in sorted(PARTS, key=name_of)]
    return text_of(messages, [*imports(parts, messages), *exports], parts)


def module(part: types.ModuleType) -> str:
    """What one of the modules defines."""
    parts = definitions(part)
    return text_of(part, imports(parts, part), parts)


def text_of(part: types.ModuleType, lines: list[str], parts: list[str]) -> str:
    """A file from its lines of imports and what follows them."""
    summary = str(part.__doc__).partition("\n")[0]
    above = "".join(f"{line}\n" for line in lines)
    return "\n".join([HEAD, "", f"/** {summary} */", "", *([above] if above else []), *parts])


def definitions(part: types.ModuleType) -> list[str]:
    """The types that a module defines, in its order."""
    found = []
    for node in ast.parse(inspect.getsource(part)).body:
        if isinstance(node, ast.ClassDef) and node.name != "Message":
            found.append(interface(part, node))
        elif isinstance(node, ast.Assign):
            name = ast.unparse(node.targets[0])
            if name in ALIASES:
                found.append(f"export type {name} = {written(KNOWN[name], named=False)};\n")
    return found


def imports(parts: list[str], importer: types.ModuleType) -> list[str]:
    """The imports of what is named in a file and defined in another one."""
    code = re.sub(r"/\*\*.*?\*/|\"[^\"]*\"", "", "\n".join(parts))
    words = set(re.findall(r"\b[A-Z]\w+", code))
    lines = []
    for part in sorted(PARTS, key=name_of):
        names = sorted(words & defined(part))
        if names and part is not importer:
            lines.append(f'import type {{ {", ".join(names)} }} from "./{name_of(part)}";')
    return lines


def defined(part: types.ModuleType) -> set[str]:
    """The names that a module defines."""
    body = ast.parse(inspect.getsource(part)).body
    classes = {node.name for node in body if isinstance(node, ast.ClassDef)}
    return classes | {ast.unparse(node.targets[0]) for node in body if isinstance(node, ast.Assign)}


def name_of(part: types.ModuleType) -> str:
    """The last part of a module's name."""
    return part.__name__.rpartition(".")[2]


def interface(part: types.ModuleType, node: ast.ClassDef) -> str:
    """A class as an interface, with its comments."""
    cls = getattr(part, node.name)
    notes = comments(node)
    lines = [f"/** {ast.get_docstring(node)} */", f"export interface {node.name} {{"]
    for name, key, kind in fields(cls):
        if name in notes:
            lines.append(f"  /** {notes[name]} */")
        lines.append(f"  {key}: {kind};")
    return "\n".join([*lines, "}\n"])


def fields(cls: type) -> Iterator[tuple[str, str, str]]:
    """The name, the key with its question mark, and the type of each field."""
    hints = get_type_hints(cls, localns=KNOWN | vars(messages), include_extras=True)
    if is_typeddict(cls):
        for name, hint in hints.items():
            is_open = get_origin(hint) is NotRequired
            inner = get_args(hint)[0] if is_open else hint
            yield name, f"{name}?" if is_open else name, written(inner)
        return
    models: dict[str, FieldInfo] = cls.model_fields  # type: ignore[attr-defined]
    for name, info in models.items():
        if name not in HIDDEN:
            key = info.alias or name
            yield name, key if info.is_required() else f"{key}?", written(hints[name])


def written(hint: Any, *, named: bool = True) -> str:
    """A type as TypeScript writes it."""
    for name in ALIASES if named else ():
        if hint == KNOWN[name]:
            return name
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if origin is Annotated:
        return written(arguments[0])
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in arguments)
    if origin in (Union, types.UnionType):
        return " | ".join(written(argument) for argument in arguments)
    if origin is list:
        item = written(arguments[0])
        return f"({item})[]" if "|" in item else f"{item}[]"
    if origin is dict:
        return f"Record<{written(arguments[0])}, {written(arguments[1])}>"
    return str(hint.__name__)


def comments(node: ast.ClassDef) -> dict[str, str]:
    """What is said below a field."""
    found = {}
    for field, after in zip(node.body, node.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            found[field.target.id] = inspect.cleandoc(str(after.value.value))
    return found


if __name__ == "__main__":
    TARGET.mkdir(exist_ok=True)
    for name, text in typescript().items():
        (TARGET / name).write_text(text, "utf-8")
