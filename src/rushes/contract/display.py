"""How results and jobs are displayed in the output of a cell.

The models do not depend on HTML. `rushes.widgets.display` renders it; the package registers it
here, and it is loaded when the first cell displays something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Renderer = Callable[[Any], dict[str, str]]


def _plain(shown: Any) -> dict[str, str]:
    return {"text/plain": repr(shown)}


_renderer: Renderer = _plain


def register(renderer: Renderer) -> None:
    """Set the function that renders a result or a job, by MIME type."""
    global _renderer  # noqa: PLW0603 - one display per process, as in IPython
    _renderer = renderer


def bundle(shown: Any) -> dict[str, str]:
    """The representations of a result or a job, by MIME type."""
    return _renderer(shown)
