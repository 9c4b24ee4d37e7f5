"""Files that are made for somebody, under the names that they chose."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rushes.contract.errors import InvalidParams, MediaError
from rushes.io.atomic import drafted, publish

if TYPE_CHECKING:
    from collections.abc import Iterator


def target(path: str | os.PathLike[str]) -> Path:
    """Where a file goes, as an absolute path. What is there may be replaced.

    Raises:
        InvalidParams: when it is no path, or leads to something that is not an ordinary file.
    """
    if not isinstance(path, (str, os.PathLike)):
        msg = f"A {type(path).__name__} is no path; say where the file goes."
        raise InvalidParams(msg)
    try:
        found = expanded(path).absolute()
        is_folder, is_there, is_file = found.is_dir(), found.exists(), found.is_file()
    except (OSError, ValueError) as error:
        msg = f"{os.fsdecode(path)!r} cannot be the path of a file ({error}); give another path."
        raise InvalidParams(msg) from error
    if is_folder or not found.name:
        msg = f"{found} is a folder; give the path of a file."
        raise InvalidParams(msg)
    if is_there and not is_file:
        msg = f"{found} is a device, a pipe or a socket, not a file; give another path."
        raise InvalidParams(msg)
    return found


def expanded(path: str | os.PathLike[str]) -> Path:
    """A path with `~` as the folder of a user; of a user that there is not, `~` is a letter."""
    given = Path(os.fsdecode(path))
    try:
        return given.expanduser()
    except RuntimeError:
        return given


def is_same(path: Path, other: Path) -> bool:
    """Whether two paths lead to one file: links, `..` and other spellings count as the same."""
    try:
        return path.samefile(other)
    except OSError:
        return False


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A draft beside a file that takes its place once the body has ended well.

    Raises:
        MediaError: when it cannot be written; nothing is left behind then, and what was there
            stays.
    """
    with drafting(path) as draft:
        yield draft
        with writing(path):
            publish(draft, path)


@contextmanager
def drafting(path: Path) -> Iterator[Path]:
    """A draft beside a file; unless the body publishes it, it is removed.

    Raises:
        MediaError: when the folder cannot be written.
    """
    with ExitStack() as stack:
        with writing(path):
            draft = stack.enter_context(drafted(path.parent))
        yield draft


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Errors of the system as one that names the file."""
    try:
        yield
    except OSError as error:
        said = error.strerror or type(error).__name__
        msg = f"{path} cannot be written: {said}. Fix that, or give another path."
        raise MediaError(msg, detail=said) from error
