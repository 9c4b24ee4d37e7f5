"""Local files inside a request's body, for services that take images without an upload.

The journal has the request with an object in place of each file, ``{"$input": "<name>"}``, and the
bytes are inserted when the request is sent: a journal with pictures in its rows would be slow, and
the copies in the home folder last as long as their jobs.

Only such an object, which only this package makes, represents a file. A text is always a text,
however it begins.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import mimetypes
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import MediaError
from rushes.io.regular import read_regular

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path, PurePath

MARK = "$input"

LARGEST = 200 * 2**20
"""Bytes of one file; more than any service accepts inside a request."""

_NAMES = {"jpg": "jpeg"}
"""File endings whose media type has another name."""

_NOTHING: Mapping[str, Path] = MappingProxyType({})


def address(path: PurePath) -> dict[str, str]:
    """What represents a local file in a request that is journaled: an object with its name."""
    return {MARK: path.name}


def data_uri(path: Path) -> str:
    """A file as ``data:<type>;base64,...``; the type follows from the file's ending.

    Copies of inputs are named by their content, so their endings are right.
    """
    medium = (mimetypes.guess_type(path.name)[0] or "application/octet-stream").partition("/")[0]
    ending = path.suffix.lower().removeprefix(".") or "octet-stream"
    return f"data:{medium}/{_NAMES.get(ending, ending)};base64,{bare_base64(path)}"


def bare_base64(path: Path) -> str:
    """The content of a file in base64."""
    return base64.b64encode(read_input(path)).decode()


def read_input(path: Path, *, largest: int = LARGEST) -> bytes:
    """The content of a job's input.

    Args:
        path: a regular file; not a link, pipe or device.
        largest: bytes that it may have.

    Raises:
        MediaError: when it is anything else, or cannot be read.
    """
    try:
        return read_regular(path, largest, follow_links=False)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no file can have this name"
        msg = f"The input {path} cannot be read ({why}); nothing was sent."
        raise MediaError(msg) from error


async def embed(
    body: Any,
    write: Callable[[Path], str | Awaitable[str]] = data_uri,
    *,
    inputs: Mapping[str, Path] = _NOTHING,
) -> Any:
    """A body in which every object of `address` is replaced by the result of `write`.

    Args:
        body: of the request, as it was journaled.
        write: encodes a file as text, in a thread; or a coroutine function, e.g. that uploads it.
        inputs: the job's own files by name (`Attempt.inputs`); no other file is read.

    Raises:
        MediaError: when a file does not belong to the job, or cannot be read; nothing was sent.
    """
    if isinstance(body, list):
        return [await embed(value, write, inputs=inputs) for value in body]
    if not isinstance(body, dict):
        return body
    if body.keys() != {MARK}:
        return {name: await embed(value, write, inputs=inputs) for name, value in body.items()}
    name = body[MARK]
    path = inputs.get(name) if isinstance(name, str) else None
    if path is None:
        msg = (
            f"The request names the input {str(name)[:80]!r}, which is not one of the job's files; "
            f"nothing was sent."
        )
        raise MediaError(msg)
    if inspect.iscoroutinefunction(write):
        return await write(path)
    return await asyncio.to_thread(write, path)
