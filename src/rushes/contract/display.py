"""How results and jobs show themselves in the output of a cell.

The models know nothing of pages. `rushes.widgets.display` makes the HTML; the package registers
it here, and it is loaded when the first cell shows something.
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
    """Set what turns a result or a job into its representations by MIME type."""
    global _renderer  # noqa: PLW0603 - one display a process, as IPython has it
    _renderer = renderer


def bundle(shown: Any) -> dict[str, str]:
    """The representations of a result or a job, by MIME type."""
    return _renderer(shown)
