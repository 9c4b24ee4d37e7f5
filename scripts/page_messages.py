"""Write js/src/kernel/messages.ts from the Python side of the protocol.

    python scripts/page_messages.py

A test fails when that file is not what this writes.
"""

from __future__ import annotations

import ast
import inspect
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

TARGET = Path(__file__).parents[1] / "js" / "src" / "kernel" / "messages.ts"

ALIASES = (
    "Values",
    "TakeState",
    "FieldKind",
    "MediaPart",
    "Decision",
    "CompareView",
    "Question",
    "Choice",
    "ExportKind",
)
"""Types of the module that the page calls by their names, too."""

HEAD = """\
// Written by scripts/page_messages.py from src/rushes/widgets/messages.py; change that one.

/** What page and kernel say to each other; docs/reference/widget-protocol.md describes it. */
"""

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


def typescript() -> str:
    """The whole module."""
    tree = ast.parse(inspect.getsource(messages))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    parts = [HEAD]
    parts += [
        f"export type {name} = {written(getattr(messages, name), named=False)};\n"
        for name in ALIASES
    ]
    parts += [interface(node) for node in classes if node.name != "Message"]
    parts.append("/** Each request with its body and the value of its reply. */")
    parts.append("export interface Requests {")
    parts += [
        f"  {kind}: {{ body: {model.__name__}; value: {value.__name__} }};"
        for kind, (model, value) in messages.REQUESTS.items()
    ]
    parts.append("}\n\nexport type RequestKind = keyof Requests;\n")
    parts.append("export const unfinished: ReadonlySet<TakeState> = new Set<TakeState>([")
    states = {state.value for state in UNFINISHED}
    parts += [f'  "{state}",' for state in get_args(messages.TakeState) if state in states]
    parts.append("]);")
    return "\n".join(parts) + "\n"


def interface(node: ast.ClassDef) -> str:
    """A class as an interface, with its comments."""
    cls = getattr(messages, node.name)
    notes = comments(node)
    lines = [f"/** {ast.get_docstring(node)} */", f"export interface {node.name} {{"]
    for name, key, kind in fields(cls):
        if name in notes:
            lines.append(f"  /** {notes[name]} */")
        lines.append(f"  {key}: {kind};")
    return "\n".join([*lines, "}\n"])


def fields(cls: type) -> Iterator[tuple[str, str, str]]:
    """The name, the key with its question mark, and the type of each field."""
    hints = get_type_hints(cls, vars(messages), include_extras=True)
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
        if hint == getattr(messages, name):
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
    TARGET.write_text(typescript(), "utf-8")
