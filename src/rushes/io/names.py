"""The public names of a package, each loaded when it is first used.

A package's ``__init__.pyi`` lists them with their homes; type checkers and editors read the same
file.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType


def load(package: ModuleType, name: str) -> Any:
    """A public name's value, or ``__all__``; the package has it as an attribute from then on.

    Raises:
        AttributeError: when the stub has no such name.
    """
    homes = _homes(package)
    if name == "__all__":
        return sorted(homes)
    if name not in homes:
        msg = f"module {package.__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    home = homes[name]
    is_module = home == package.__name__
    module = import_module(f"{home}.{name}" if is_module else home)
    value = module if is_module else getattr(module, name)
    setattr(package, name, value)
    return value


@cache
def _homes(package: ModuleType) -> dict[str, str]:
    """The module of every public name."""
    import ast  # noqa: PLC0415 - only when a name is used
    from pathlib import Path  # noqa: PLC0415

    stub = ast.parse(Path(str(package.__file__)).with_suffix(".pyi").read_text("utf-8"))
    return {
        alias.name: node.module or ""
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
