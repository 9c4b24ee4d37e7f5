"""Local files inside a request's body, for services that take images without an upload.

The journal holds the request with the file's address in this machine's file system, and the bytes
are put in its place when the request is sent: a journal with pictures in its rows would be slow,
and the copies in the home folder last as long as their jobs.
"""

from __future__ import annotations

import asyncio
import base64
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from rushes.errors import MediaError

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEME = "file://"

_NAMES = {"jpg": "jpeg"}
"""Formats whose media type is not called like their files."""


def address(path: Path) -> str:
    """What stands for a local file in a request that is journaled."""
    return path.absolute().as_uri()


def data_uri(path: Path) -> str:
    """A file as ``data:<type>;base64,...``; the type follows from the file's ending.

    Copies of inputs are named by their content, so the ending tells the truth.
    """
    medium = (mimetypes.guess_type(path.name)[0] or "application/octet-stream").partition("/")[0]
    ending = path.suffix.lower().removeprefix(".") or "octet-stream"
    content = base64.b64encode(path.read_bytes()).decode()
    return f"data:{medium}/{_NAMES.get(ending, ending)};base64,{content}"


def bare_base64(path: Path) -> str:
    """A file as base64 alone."""
    return base64.b64encode(path.read_bytes()).decode()


async def embed(body: Any, write: Callable[[Path], str] = data_uri) -> Any:
    """A body with every local file's address replaced by what `write` makes of the file.

    Raises:
        MediaError: when a file cannot be read; nothing was sent.
    """
    if isinstance(body, dict):
        return {name: await embed(value, write) for name, value in body.items()}
    if isinstance(body, list):
        return [await embed(value, write) for value in body]
    if not isinstance(body, str) or not body.startswith(SCHEME):
        return body
    path = Path(unquote(urlsplit(body).path))
    try:
        return await asyncio.to_thread(write, path)
    except OSError as error:
        msg = f"The input {path} cannot be read ({error.strerror}); nothing was sent."
        raise MediaError(msg) from error
