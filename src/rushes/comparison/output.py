"""Files for others to see, there as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rushes.errors import InvalidParams, MediaError
from rushes.media.atomic import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rushes.comparison.entry import Entry

LONGEST_NAME = 120
"""Characters of a file's name that its draft keeps, as systems allow no endless ones."""


def target(path: str | os.PathLike[str], entries: Sequence[Entry]) -> Path:
    """Where an export goes.

    Raises:
        InvalidParams: when it is a folder, no path at all, or one of the takes.
    """
    if not isinstance(path, (str, os.PathLike)):
        msg = f"A {type(path).__name__} is no path; say where the file goes."
        raise InvalidParams(msg)
    found = Path(os.fsdecode(path)).expanduser().absolute()
    if found.is_dir():
        msg = f"{found} is a folder; give the path of a file."
        raise InvalidParams(msg)
    for entry in entries:
        if entry.path is not None and found.exists() and found.samefile(entry.path):
            msg = f"{found} is the take {entry.label}; give another path."
            raise InvalidParams(msg)
    return found


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A draft beside a file that takes its place once the body has ended well.

    Raises:
        MediaError: when it cannot be written; nothing is left behind then.
    """
    draft = path.with_name(f".{path.name[:LONGEST_NAME]}.{secrets.token_hex(4)}")
    try:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.touch(exist_ok=False)
        yield draft
        with writing(path):
            with draft.open("rb+") as file:
                os.fsync(file.fileno())
            draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    sync_folder(path.parent)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Errors of the system as one that names the file."""
    try:
        yield
    except OSError as error:
        said = error.strerror or type(error).__name__
        msg = f"{path} cannot be written: {said}. Mend that, or give another path."
        raise MediaError(msg, detail=said) from error
