"""Prompt video models in Jupyter, watch the takes, compare providers; lose no job, pay once.

>>> import rushes
>>> gen = rushes.VideoGen(backend="preview")
>>> result = await gen.generate(
...     provider="kling-3.0-standard", mode="text-to-video", prompt="A red fox in the snow"
... )

Names are loaded when they are first used, so that importing the package costs little.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rushes.contract import display

if TYPE_CHECKING:
    from rushes.contract.results import VideoGenResult
    from rushes.job import Job


@cache
def _homes() -> dict[str, str]:
    """The module of every public name, as ``__init__.pyi`` has them."""
    import ast  # noqa: PLC0415 - only when a name is used
    from pathlib import Path  # noqa: PLC0415

    stub = ast.parse(Path(__file__).with_suffix(".pyi").read_text("utf-8"))
    return {
        alias.name: node.module or ""
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _bundle(shown: VideoGenResult | Job) -> dict[str, str]:
    from rushes.widgets.display import bundle  # noqa: PLC0415 - when a cell shows something

    return bundle(shown)


display.register(_bundle)


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return sorted(_homes())
    if name not in _homes():
        msg = f"module 'rushes' has no attribute {name!r}"
        raise AttributeError(msg)
    home = _homes()[name]
    is_module = home == "rushes"
    module = import_module(f"{home}.{name}" if is_module else home)
    globals()[name] = value = module if is_module else getattr(module, name)
    if name in {"Shot", "VideoGenParams"}:
        value.model_rebuild()  # Users write these; until they are built they show no parameters.
    return value


def __dir__() -> list[str]:
    return sorted(_homes())
