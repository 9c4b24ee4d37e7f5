"""Distinguishes paths of this machine from URLs, in the texts that a user or a page gives.

A file may be named like something else: ``take2:fox.mp4``, ``~x.mp4``, ``https:x.mp4``. All code
that takes a path or a URL asks here, so that a name means the same everywhere: the file, if there
is one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

SERVICE_SCHEMES = frozenset({"asset", "runway"})
"""Schemes of files stored at a service; only the service knows their content."""

_KNOWN = frozenset({"http", "https", "file", "data"}) | SERVICE_SCHEMES

# A single letter before the colon is a Windows drive.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")


class BadPath(ValueError):
    """A text is not the path of a file on this machine; the message says why."""


def scheme_of(text: str) -> str | None:
    """The scheme of a URL in lower case; None for a path.

    A text that is the name of an existing file is a path, except with ``//`` after the colon.
    """
    found = _SCHEME.match(text)
    if found is None:
        return None
    if not text.startswith("//", found.end()) and _is_file(text):
        return None
    return found[1].lower()


def path_in(text: str) -> Path:
    """The absolute path that a path or a ``file:`` URL means.

    Raises:
        BadPath: if it is empty, on another machine, or another URL.
    """
    scheme = scheme_of(text)
    if scheme == "file":
        parts = urlsplit(text)
        if parts.netloc not in ("", "localhost"):
            msg = f"{text!r} is a file on another machine ({parts.netloc}); give a local path."
            raise BadPath(msg)
        from urllib.request import url2pathname  # noqa: PLC0415 - it loads http and email

        text = url2pathname(parts.path)
    elif scheme in _KNOWN or text.startswith("//", len(scheme or "") + 1):
        msg = f"a {scheme}: link is not a path; give the path of a file."
        raise BadPath(msg)
    if not text.strip():
        msg = "is empty; give a path."
        raise BadPath(msg)
    # Not resolve(): the name that the user gave is kept.
    return Path(os.path.abspath(expanded(text)))  # noqa: PTH100 - it drops ".."


def expanded(path: str | os.PathLike[str]) -> Path:
    """Expand `~`, unless that is the name of an existing file or the user is unknown."""
    given = Path(os.fsdecode(path))
    if _is_file(given):
        return given
    try:
        return given.expanduser()
    except RuntimeError:
        return given


def _is_file(path: str | Path) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False
