"""Prompt video models in Jupyter, watch the takes, compare providers; lose no job, pay once.

>>> import rushes
>>> gen = rushes.VideoGen(backend="preview")
>>> result = await gen.generate(
...     provider="kling-3.0-standard", mode="text-to-video", prompt="A red fox in the snow"
... )

Names are loaded when they are first used, so that importing the package costs little.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rushes.contract import display, marker
from rushes.io.names import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes.contract.display import Renderer
    from rushes.contract.marker import Marker


def _renderer() -> Renderer:
    from rushes.widgets import display  # noqa: PLC0415 - when something is shown

    return display


def _marker() -> Marker:
    from rushes import marking  # noqa: PLC0415 - when a result is judged

    return marking


def _view(kind: str) -> Callable[..., Any]:
    if kind == "board":
        from rushes.widgets.board import Board  # noqa: PLC0415 - when takes are shown as one

        return Board
    if kind == "vote":
        from rushes.widgets.voting import Voting  # noqa: PLC0415 - when it is opened

        return Voting
    if kind == "booth":
        from rushes.comparison.booth import page  # noqa: PLC0415 - when it is written

        return page
    from rushes.comparison.verdict import report  # noqa: PLC0415 - when it is written

    return report


display.register(_renderer)
display.register_views(_view)
marker.register(_marker)


def __getattr__(name: str) -> Any:
    value = load(sys.modules[__name__], name)
    if name in {"Shot", "VideoGenParams"}:
        value.model_rebuild()  # Users write these; until they are built they show no parameters.
    return value


def __dir__() -> list[str]:
    return list(__getattr__("__all__"))
