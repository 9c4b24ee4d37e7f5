"""Writes files for the user, under names that the user chose."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from rushes.contract.errors import InvalidParams, MediaError
from rushes.io.atomic import drafted, publish
from rushes.io.local import expanded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def target(path: str | os.PathLike[str]) -> Path:
    """The absolute path of an output file, which may exist and be replaced.

    Raises:
        InvalidParams: if it is not a path, or exists and is not a regular file.
    """
    if not isinstance(path, (str, os.PathLike)):
        msg = f"A {type(path).__name__} is not a path; give the path of the file to write."
        raise InvalidParams(msg)
    try:
        found = expanded(path).absolute()
        is_folder, is_there, is_file = found.is_dir(), found.exists(), found.is_file()
    except (OSError, ValueError) as error:
        msg = f"{os.fsdecode(path)!r} is not a valid path ({error}); give another path."
        raise InvalidParams(msg) from error
    if is_folder or not found.name:
        msg = f"{found} is a folder; give the path of a file."
        raise InvalidParams(msg)
    if is_there and not is_file:
        msg = f"{found} is a device, a pipe or a socket, not a file; give another path."
        raise InvalidParams(msg)
    return found


def is_same(path: Path, other: Path) -> bool:
    """Whether two paths are the same file, whatever links or spelling they use."""
    try:
        return path.samefile(other)
    except OSError:
        return False


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A draft next to a file, which it replaces if the body succeeds.

    Raises:
        MediaError: if it cannot be written; nothing is left behind, and an existing file is
            unchanged.
    """
    with drafting(path) as draft:
        yield draft
        with writing(path):
            publish(draft, path)


@contextmanager
def drafting(path: Path) -> Iterator[Path]:
    """A draft next to a file; it is removed unless the body publishes it.

    Raises:
        MediaError: if the folder is not writable.
    """
    with ExitStack() as stack:
        with writing(path):
            draft = stack.enter_context(drafted(path.parent))
        yield draft


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Convert system errors to an error that names the file."""
    try:
        yield
    except OSError as error:
        said = error.strerror or type(error).__name__
        msg = f"{path} cannot be written: {said}. Fix that, or give another path."
        raise MediaError(msg, detail=said) from error
