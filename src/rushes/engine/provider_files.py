"""Provider files that are made here: their names, and writing them into the user's folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rushes.catalog import BrokenFile
from rushes.catalog.importing import Unusable
from rushes.catalog.importing.imported import Imported
from rushes.catalog.source import read_file
from rushes.contract.errors import JournalError, Problem
from rushes.contract.wording import shown
from rushes.io.atomic import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.catalog import Catalog
    from rushes.catalog.importing import Draft

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
LONGEST = 80


def chosen_id(name: str | None, service: str, model: str, catalog: Catalog) -> str:
    """The id of a provider; one that the package has gets the service's name before it."""
    if name is not None:
        if len(name) > LONGEST or ID.fullmatch(name) is None:
            msg = (
                f"{shown(name)} cannot be the id of a provider; allowed are at most {LONGEST} "
                f"letters, digits, '.', '-' and '_', beginning with a letter or a digit."
            )
            raise Unusable(msg)
        return name
    plain = model.removeprefix(f"{service}-ai/").replace("/", "-")[-LONGEST:].lstrip("._-")
    spec = catalog.get(plain)
    if spec is not None and spec.origin is None:
        return f"{service}-{plain}"[:LONGEST]
    return plain


def require_free(name: str, path: Path, catalog: Catalog) -> None:
    """Make sure that nothing is replaced.

    Raises:
        InvalidParams: when there is such a provider, or such a file.
    """
    if name not in catalog and not path.exists():
        return
    what = f"{path} exists" if path.exists() else f"{name} is a provider already"
    msg = (
        f"{what}. Give another id (--as on the command line, name= in Python), or say that it is "
        f"to be replaced (--replace, replace=True)."
    )
    error = Unusable(msg)
    error.problems = (Problem("replace", None, what),)
    raise error


def write(path: Path, content: bytes) -> None:
    """Write a file into the user's folder.

    Raises:
        JournalError: when that is not possible.
    """
    try:
        write_atomically(path, content)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}. Nothing was added."
        raise JournalError(msg) from error


def imported(path: Path, draft: Draft) -> Imported:
    """What was made of a draft, read back from its file.

    Raises:
        InvalidParams: when the file cannot be used after all.
    """
    found = read_file(path)
    if isinstance(found, BrokenFile):
        raise Unusable(str(found))
    return Imported(path, found, draft.understood, draft.left_out, tuple(draft.check))
