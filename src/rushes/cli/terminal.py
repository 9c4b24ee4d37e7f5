"""Where the commands print: any terminal, a pipe or a file, in any encoding."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console

from rushes.contract.wording import visible

if TYPE_CHECKING:
    from rich.console import RenderableType


def open_terminal() -> None:
    """Have characters that the output cannot encode replaced; a pipe on Windows has few."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def show(what: RenderableType, *, is_error: bool = False) -> None:
    """Print a text, or what was made of texts that are `visible`.

    Lines that are too long are wrapped by the terminal, so that an id in one can be copied.
    """
    console = Console(stderr=is_error, highlight=False)
    content = visible(what) if isinstance(what, str) else what
    console.print(content, markup=False, soft_wrap=isinstance(what, str))


def width() -> int | None:
    """Columns of the terminal; None for a pipe or a file, which has no limit."""
    console = Console()
    return console.width if console.is_terminal else None
