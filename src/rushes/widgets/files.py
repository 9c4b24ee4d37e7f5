"""Which files of the kernel's machine a page may name by their path."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

from rushes.catalog.media import places_in
from rushes.contract.errors import InvalidParams, MediaError, Problem
from rushes.media.inputs import path_of

if TYPE_CHECKING:
    from rushes.catalog import Catalog

Given = bool | str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None
"""What a user may give: all files, none, those of a folder, or of several."""


class Files:
    """The files that a page may name.

    Files that the page itself sent are always among them: their names cannot be guessed.

    Args:
        given: True for all files, False for none, or folders. None decides by who sees the page:
            all files in a notebook, whose user runs the kernel, and none where visitors of an app
            see it.
        inputs: the folder of files that pages send.

    Raises:
        InvalidParams: if a folder does not exist, or is something else.
    """

    def __init__(self, given: Given, inputs: Path) -> None:
        if given is None:
            given = not has_visitors()
        self._all = given is True
        self._folders = [inputs]
        if isinstance(given, bool):
            return
        several = [given] if isinstance(given, str | os.PathLike) else given
        if not isinstance(several, Iterable):
            _refuse(given, "give True, False, a folder or a list of folders.")
        for folder in several:
            if not isinstance(folder, str | os.PathLike):
                _refuse(given, f"a {type(folder).__name__} is not a folder.")
            found = Path(os.fsdecode(folder)).expanduser()
            if not found.is_dir():
                _refuse(given, f"{found} is not a folder.")
            self._folders.append(found)

    def require(self, path: str) -> None:
        """Make sure that the page may name a path.

        Raises:
            MediaError: if it may not; it does not say whether the file exists.
        """
        if not self._may_name(path):
            raise MediaError(_REFUSAL)

    def require_all(self, params: Mapping[str, Any], catalog: Catalog) -> None:
        """Make sure that the page may name every file of a request.

        Raises:
            InvalidParams: naming each parameter with a file that it may not.
        """
        provider = params.get("provider")
        names = catalog.media_names(provider) if isinstance(provider, str) else ()
        problems = [
            Problem(where, item, _REFUSAL)
            for name in names
            for where, item in places_in(params, name)
            if isinstance(item, str) and not self._may_name(item)
        ]
        if problems:
            raise InvalidParams.of(problems)

    def _may_name(self, text: str) -> bool:
        if self._all:
            return True
        try:
            path = path_of(text)
            if path is None:
                return True
            # A link counts as what it leads to.
            real = path.resolve()
            return any(folder.resolve() in real.parents for folder in self._folders)
        except (MediaError, OSError, ValueError, RuntimeError):
            return False


_REFUSAL = "This page may not use files of the kernel's machine by their path; send the file."


def has_visitors() -> bool:
    """Whether the pages of this process are seen by others than its user, as far as is known."""
    if os.environ.get("SERVER_SOFTWARE", "").startswith("voila/"):
        return True
    marimo = sys.modules.get("marimo")
    return marimo is not None and marimo.app_meta().mode == "run"


def _refuse(given: object, reason: str) -> Never:
    raise InvalidParams.of([Problem("files", given, reason)])
