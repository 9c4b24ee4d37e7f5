"""Where data is stored: the home with the journal, the user's provider files, the library."""

from __future__ import annotations

import errno
import math
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rushes.contract.errors import JournalError
from rushes.contract.media_errors import LibraryUnwritable, unwritable

if TYPE_CHECKING:
    from collections.abc import Mapping

LIBRARY_NAME = "rushes-media"
"""Name of the default library. It is not hidden, because Jupyter does not serve dot-folders."""


@dataclass(frozen=True)
class Folders:
    """The folders of one user on this machine.

    Attributes:
        home: contains the journal, copied inputs and the preview's files; ``RUSHES_HOME``
            overrides it.
        config: contains the user's ``providers/*.toml``; ``RUSHES_CONFIG`` overrides it.
    """

    home: Path
    config: Path

    @property
    def providers(self) -> Path:
        """The user's own provider files."""
        return self.config / "providers"

    @property
    def words(self) -> Path:
        """The user's word lists for prompts."""
        return self.config / "words"

    @property
    def inputs(self) -> Path:
        """Copies of local images, videos and audio files, named by content."""
        return self.home / "inputs"

    @property
    def drafts(self) -> Path:
        """The forms of Studios, as they were left."""
        return self.home / "drafts"

    @property
    def measures(self) -> Path:
        """What was measured of takes; it may be deleted at any time."""
        return self.home / "measures"

    @classmethod
    def find(cls, home: str | os.PathLike[str] | None = None) -> Folders:
        """The folders by argument, environment or the platform's convention, in that order.

        Raises:
            JournalError: if they are relative to a home or working folder that does not exist.
        """
        import platformdirs  # noqa: PLC0415 - 30 ms that `import rushes` does not need

        named = home or os.environ.get("RUSHES_HOME")
        try:
            chosen = named or platformdirs.user_data_dir("rushes")
            config = os.environ.get("RUSHES_CONFIG") or (
                chosen if named else platformdirs.user_config_dir("rushes")
            )
            return cls(_absolute(chosen), _absolute(config))
        except (RuntimeError, OSError) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            msg = (
                f"The home folder of rushes cannot be determined ({said}). Set RUSHES_HOME to the "
                f"absolute path of a private folder."
            )
            raise JournalError(msg) from error


def notebook_folder(environment: Mapping[str, str] | None = None) -> Path:
    """The folder of the running notebook, or the working folder outside of one.

    Jupyter passes the notebook's path to the kernel in ``JPY_SESSION_NAME``, relative to the
    server's root. A kernel starts in the notebook's folder, so only an absolute path is used.

    Raises:
        LibraryUnwritable: if the working folder was deleted.
    """
    session = (environment or os.environ).get("JPY_SESSION_NAME", "")
    path = Path(session)
    if session.endswith(".ipynb") and path.is_absolute() and path.parent.is_dir():
        return path.parent
    try:
        return Path.cwd()
    except OSError as error:
        raise unwritable(Path(), error, advice=DELETED) from error


def library_folder(chosen: str | os.PathLike[str] | None = None) -> Path:
    """The library: the argument, ``RUSHES_LIBRARY``, or a folder next to the notebook.

    Raises:
        LibraryUnwritable: if that is relative to a home or working folder that does not exist.
    """
    named = chosen or os.environ.get("RUSHES_LIBRARY")
    try:
        return _absolute(named or notebook_folder() / LIBRARY_NAME)
    except (RuntimeError, OSError) as error:
        cause = error if isinstance(error, OSError) else OSError(errno.ENOENT, str(error))
        raise unwritable(Path(os.fsdecode(named or LIBRARY_NAME)), cause, advice=DELETED) from error


def notebook_path(path: Path) -> str | None:
    """A file's path relative to the notebook, with forward slashes; None if there is none.

    Jupyter serves only files below its root, and none from a folder whose name starts with a dot.
    A kernel does not know that root, so the path may lead outside of it; the widgets then fetch
    the bytes from the kernel. They also do for a name that is not valid Unicode, which no page can
    ask for.
    """
    try:
        relative = os.path.relpath(path, notebook_folder())
        relative.encode()
    # Another drive, no folder any more, or not valid Unicode.
    except (ValueError, OSError, LibraryUnwritable):
        return None
    parts = Path(relative).parts
    if any(part.startswith(".") and part != ".." for part in parts):
        return None
    return "/".join(parts)


DELETED = "Give the library as an absolute path: VideoGen(library=...). Nothing was sent."
"""Advice where a relative path leads nowhere."""


def _absolute(path: str | os.PathLike[str]) -> Path:
    found = Path(os.fsdecode(path)).expanduser().absolute()
    try:
        str(found).encode()
    except UnicodeEncodeError as error:
        # The journal records paths as text.
        said = "its name is not valid Unicode; rename it, or give another folder"
        raise OSError(errno.EILSEQ, said) from error
    return found


ELSEWHERE = "Or choose another library: VideoGen(library=...). Nothing was sent."
"""Advice for a request whose video could not be kept."""

JUST = 1.0
"""Seconds for which a library that was seen to be writable counts as such."""

_TRIAL = bytes(65_536)
"""What is written as a trial: an empty file fits on a full disk."""


def require_writable(folder: Path, *, advice: str = ELSEWHERE) -> None:
    """Make sure that videos can be kept in a library, before one is paid for.

    Args:
        folder: the library; it is created.
        advice: what the user can do besides removing the cause, in full sentences.

    Raises:
        LibraryUnwritable: naming the folder, and what to do.
    """
    trial = folder / f".{secrets.token_hex(8)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            trial.write_bytes(_TRIAL)
        finally:
            trial.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(folder, error, advice=advice) from error


class Places:
    """Libraries that were just seen to be writable.

    Jobs are often made together, and each is sent right after it was made.
    """

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}

    def require(self, folder: Path, *, advice: str = ELSEWHERE) -> None:
        """As `require_writable`, unless that is known."""
        if not self.is_known(folder):
            require_writable(folder, advice=advice)
            self._seen[str(folder)] = time.monotonic()

    def is_known(self, folder: Path) -> bool:
        """Whether a library was seen to be writable within the last second."""
        return time.monotonic() - self._seen.get(str(folder), -math.inf) < JUST
