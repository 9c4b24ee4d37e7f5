"""The Python of a page of the documentation, run as a notebook runs it.

``python cells.py README.md`` runs the blocks of a page; it needs nothing but rushes.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import io
import linecache
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from rushes import VideoGen

CELL = re.compile(
    r"(?:<!-- (?P<mark>not run|run): (?P<words>.*?) -->\s*)?"
    r"^```(?P<language>[^\n]*)\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
"""A fenced block, with the comment above it: why it is not run, or what is run before it."""


def cells(page: Path) -> list[re.Match[str]]:
    """The blocks of Python of a page."""
    return [cell for cell in CELL.finditer(page.read_text("utf-8")) if cell["language"] == "python"]


class Session:
    """A kernel, as far as examples are concerned.

    Args:
        names: what is known from the start.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self._runner = asyncio.Runner()
        self._clients: dict[int, VideoGen] = {}

    def run(self, source: str, mode: str = "exec") -> str:
        """Run a cell, and give what it prints."""
        name = f"<example {hash(source)}>"
        # Its text can be looked up, as that of a notebook's cell.
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        code = compile(source, name, mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        printed = io.StringIO()
        with redirect_stdout(printed):
            # `eval` hands back a coroutine where the cell awaits something.
            waiting = eval(code, self.names)
            if inspect.iscoroutine(waiting):
                self._runner.run(_whole(waiting))
        made = [value for value in self.names.values() if isinstance(value, VideoGen)]
        self._clients |= {id(client): client for client in made}
        return printed.getvalue()

    def run_page(self, page: Path) -> None:
        """Run the blocks of a page, one after the other."""
        for cell in cells(page):
            if cell["mark"] == "not run":
                assert cell["words"].strip(), "say why a block is not run"
                continue
            if cell["mark"] == "run":
                self.run(cell["words"])
            line = page.read_text("utf-8")[: cell.start("code")].count("\n") + 1
            try:
                self.run(cell["code"])
            except Exception as error:
                error.add_note(f"in the block at {page.name}:{line}")
                raise

    def close(self) -> None:
        """Close the clients and the loop."""
        for client in self._clients.values():
            client.close()
        self._runner.close()


async def _whole(waiting: Any) -> Any:
    return await waiting


if __name__ == "__main__":
    session = Session({})
    try:
        session.run_page(Path(sys.argv[1]))
    finally:
        session.close()
