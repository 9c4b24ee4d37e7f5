"""Where the commands print: any terminal, a pipe or a file, in any encoding."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from rushes.contract.errors import JobNotFound, RushesError
from rushes.contract.wording import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

UNLIMITED = 10_000
"""Columns of a pipe or a file."""


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


def print_json(what: object) -> None:
    """Print JSON, the same in a terminal and in a pipe."""
    print(json.dumps(what, indent=2, default=str))  # noqa: T201 - the output of a command


def width() -> int | None:
    """Columns of the terminal; None for a pipe or a file, which has no limit."""
    console = Console()
    return console.width if console.is_terminal else None


@contextmanager
def complaining() -> Iterator[None]:
    """Print an error's message and exit with code 1.

    Its advice is for Python; where a command does the same, that is named.
    """
    try:
        yield
    except RushesError as error:
        is_unknown = isinstance(error, JobNotFound) and error.advice
        words = f"{error.message} `rushes jobs` lists the jobs." if is_unknown else error.message
        show(words, is_error=True)
        raise typer.Exit(1) from error
