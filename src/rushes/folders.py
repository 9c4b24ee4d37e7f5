"""Where things are kept: the home with the journal, the user's provider files, the library.

The home holds prompts, links with signatures and copies of pictures, and the journal in it decides
what is paid with the user's key. So it is closed to others, as ssh has it with its own. Windows
gives a user's profile to the user alone; nothing is done there.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, cast

from rushes.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Mapping

LIBRARY_NAME = "rushes-media"
"""Name of the default library. It is not hidden: Jupyter serves nothing out of a dot-folder."""

FOLDER, FILE = 0o700, 0o600

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH

HAS_OWNERS = hasattr(os, "geteuid")


@dataclass(frozen=True)
class Folders:
    """The folders of one user on this machine.

    Attributes:
        home: holds the journal, frozen inputs and the preview's work. ``RUSHES_HOME`` overrides.
        config: ``providers/*.toml`` of the user. ``RUSHES_CONFIG`` overrides.
    """

    home: Path
    config: Path

    @property
    def providers(self) -> Path:
        """The user's own provider files."""
        return self.config / "providers"

    @property
    def inputs(self) -> Path:
        """Copies of local images, videos and sounds, named by their content."""
        return self.home / "inputs"

    @classmethod
    def find(cls, home: str | os.PathLike[str] | None = None) -> Folders:
        """The folders by argument, environment or the platform's convention, in that order."""
        import platformdirs  # noqa: PLC0415 - 30 ms that `import rushes` need not pay

        chosen = home or os.environ.get("RUSHES_HOME") or platformdirs.user_data_dir("rushes")
        config = os.environ.get("RUSHES_CONFIG") or (
            chosen
            if home or os.environ.get("RUSHES_HOME")
            else platformdirs.user_config_dir("rushes")
        )
        return cls(Path(chosen).expanduser().absolute(), Path(config).expanduser().absolute())


def notebook_folder(environment: Mapping[str, str] | None = None) -> Path:
    """The folder of the running notebook, or the working folder outside of one.

    Jupyter tells a kernel its notebook's path in ``JPY_SESSION_NAME``, relative to the server's
    root; a kernel starts in the notebook's folder, so an absolute path is used as it is and a
    relative one only confirms the working folder.
    """
    session = (environment or os.environ).get("JPY_SESSION_NAME", "")
    path = Path(session)
    if session.endswith(".ipynb") and path.is_absolute() and path.parent.is_dir():
        return path.parent
    return Path.cwd()


def library_folder(chosen: str | os.PathLike[str] | None = None) -> Path:
    """The library by argument, ``RUSHES_LIBRARY``, or beside the notebook."""
    named = chosen or os.environ.get("RUSHES_LIBRARY")
    return Path(named).expanduser().absolute() if named else notebook_folder() / LIBRARY_NAME


def notebook_path(path: Path) -> str | None:
    """A file's path relative to the notebook, with forward slashes; None when it is elsewhere.

    Jupyter serves files below its root only, and none out of a folder whose name begins with a
    dot. A kernel does not know that root, so a path may lead up and out of it; the widgets then
    fetch the bytes from the kernel.
    """
    try:
        relative = os.path.relpath(path, notebook_folder())
    except ValueError:  # Another drive.
        return None
    parts = Path(relative).parts
    if any(part.startswith(".") and part != ".." for part in parts):
        return None
    return "/".join(parts)


# --- for the user alone ------------------------------------------------------------------


def private_folder(path: Path) -> None:
    """Make a folder, and those above it, that only the user may enter.

    Raises:
        OSError: when it cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=FOLDER, exist_ok=True)


def open_private(path: Path, mode: Literal["xb", "wb", "ab"]) -> BinaryIO:
    """Open a file for writing that only the user may read; ``"xb"``, ``"wb"`` or ``"ab"``.

    Raises:
        OSError: when it cannot be opened.
    """
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
    flags |= {"xb": os.O_EXCL, "wb": os.O_TRUNC, "ab": os.O_APPEND}[mode]
    return cast("BinaryIO", os.fdopen(os.open(path, flags, FILE), mode.replace("x", "w")))


def open_home(home: Path) -> None:
    """Make the home folder, close it to others, and make sure that it is the user's.

    What an earlier release made for all to read is closed, with all that is in it.

    Raises:
        JournalError: when it belongs to somebody else, or others may write to it.
        OSError: when it cannot be made.
    """
    private_folder(home)
    if not HAS_OWNERS:
        return
    # A link is judged by where it leads to.
    folder = home.resolve()
    found = folder.stat()
    _require_own(home, found)
    if found.st_mode & _OTHERS_WRITE:
        msg = (
            f"The home folder {home} cannot be used: others may write to it (mode "
            f"{stat.S_IMODE(found.st_mode):o}), and whoever can, can plant jobs that are paid with "
            f"your key. If all that is in it is yours, close it with: chmod go-rwx '{folder}'. "
            f"{_elsewhere()}"
        )
        raise JournalError(msg)
    if found.st_mode & _OTHERS:
        _close(folder)


def require_own(path: Path) -> None:
    """Make sure that a file of the home folder, if it is there, is the user's; close it to others.

    Raises:
        JournalError: when it belongs to somebody else.
    """
    if not HAS_OWNERS:
        return
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    _require_own(path, found)
    _tighten(path, found)


def _require_own(path: Path, found: os.stat_result) -> None:
    if found.st_uid == os.geteuid():
        return
    msg = (
        f"{path} cannot be used: it belongs to {_name(found.st_uid)}, not to "
        f"{_name(os.geteuid())}, and whoever owns it can plant jobs that are paid with your key. "
        f"{_elsewhere()}"
    )
    raise JournalError(msg)


def _elsewhere() -> str:
    return (
        "Or set RUSHES_HOME to a folder of your own that nobody else may open, made with: "
        "mkdir -m 700 FOLDER."
    )


def _name(user: int) -> str:
    """A user by name and number."""
    import pwd  # noqa: PLC0415 - not on Windows

    try:
        return f"{pwd.getpwuid(user).pw_name} (uid {user})"
    except KeyError:
        return f"uid {user}"


def _close(folder: Path) -> None:
    """Close a folder, and all below it that is the user's, to others; links are not followed."""
    _tighten(folder, folder.stat())
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = folder.joinpath(place, name)
            with contextlib.suppress(FileNotFoundError):
                found = path.lstat()
                if not stat.S_ISLNK(found.st_mode) and found.st_uid == os.geteuid():
                    _tighten(path, found)


def _tighten(path: Path, found: os.stat_result) -> None:
    mode = stat.S_IMODE(found.st_mode)
    if mode & _OTHERS:
        # A read-only disk, or one that knows no permissions: reading is not prevented there.
        with contextlib.suppress(OSError):
            path.chmod(mode & ~_OTHERS)
