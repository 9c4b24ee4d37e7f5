"""The JSON file beside each video: how it was made, without anything secret."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rushes.errors import MediaError
from rushes.media.atomic import write_atomically
from rushes.media.trouble import unwritable

if TYPE_CHECKING:
    from pathlib import Path

_URL = re.compile(
    r"\b([a-z][a-z0-9+.-]{0,20}://)(?:[^\s/?#\"'<>@]*@)?([^\s?#\"'<>]*)[?#]?[^\s\"'<>]*",
    re.IGNORECASE,
)
"""Scheme, user (dropped), address and path, query and fragment (dropped)."""

_SECRET = re.compile(
    r"authorization|cookie|credential|passw|secret|signature|(api|access|private)[-_ ]?key"
    r"|^(key|(access|auth|bearer|refresh|session)?[-_ ]?token)$",
    re.IGNORECASE,
)
"""Names under which something secret may be found."""


def write_sidecar(path: Path, data: Mapping[str, Any]) -> None:
    """Write the facts of a video beside it, as a whole or not at all.

    Queries and user names of links are left out, and entries whose name says that they are
    secret: a library is copied, shared and committed.

    Args:
        path: from `rushes.media.library.sidecar_path`.
        data: plain JSON: params, seed, cost, backend, provider, mode, job id, measures, timings.

    Raises:
        LibraryUnwritable: when the folder cannot be written.
    """
    text = json.dumps(_clean(data), ensure_ascii=False, indent=2) + "\n"
    try:
        # Half a surrogate pair can stand in a prompt, but not in UTF-8; its escape is valid JSON.
        write_atomically(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise unwritable(path.parent, error) from error


def read_sidecar(path: Path) -> dict[str, Any]:
    """The facts that `write_sidecar` wrote.

    Raises:
        MediaError: when there is no such file, or it was damaged.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or type(error).__name__}."
        raise MediaError(msg) from error
    except ValueError as error:
        msg = f"{path} is no JSON any more. The video is not touched by that; delete the file."
        raise MediaError(msg) from error
    if not isinstance(data, dict):
        msg = f"{path} holds no facts of a video. Delete it."
        raise MediaError(msg)
    return data


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _URL.sub(r"\1\2", value)
    if isinstance(value, Mapping):
        return {key: _clean(item) for key, item in value.items() if not _SECRET.search(str(key))}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value
