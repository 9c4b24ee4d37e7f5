"""Uploads local files to Runway's storage: one call for a URL, one form to it."""

from __future__ import annotations

import asyncio
import mimetypes
from typing import TYPE_CHECKING

from rushes.backends import reply
from rushes.backends.embedding import read_input
from rushes.backends.runway.refusal import refusal
from rushes.backends.wire import NO_KEY, seconds_for
from rushes.contract.errors import BackendUnavailable, MediaError

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.backends.reply import Redact
    from rushes.backends.wire import Wire

SCHEME = "runway://"
"""The scheme of the address of an uploaded file."""

SMALLEST = 512
LARGEST = 200_000_000
"""Bytes of a file (docs.dev.runwayml.com/assets/uploads: 512 bytes to 200 MB)."""

NO_ADDRESS = "Runway did not say where to upload to; the upload is retried automatically."


async def upload(wire: Wire, url: str, redact: Redact, path: Path) -> str:
    """Upload a file and return its ``runway://`` URI, which is valid for 24 hours.

    The form goes to a signed URL of another host and has no key.

    Args:
        wire: makes the requests.
        url: base of the service.
        redact: removes the key from a text, in case Runway repeats it.
        path: the file.

    Raises:
        MediaError: when the file cannot be read, or Runway's storage cannot take it.
        RushesError: what Runway said, or that it cannot be reached.
    """
    content = await _read(path)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    question = {"filename": path.name, "type": "ephemeral"}
    response = await wire.ask("POST", f"{url}/v1/uploads", json=question)
    if not response.is_success:
        raise refusal(response, redact)
    placeholder = response.body
    target = reply.upload_address(placeholder.get("uploadUrl"), wire.site.place)
    address = reply.opaque(placeholder.get("runwayUri"), SCHEME)
    fields = reply.part(placeholder.get("fields"))
    if target is None or address is None:
        raise BackendUnavailable(NO_ADDRESS)
    stored = await wire.ask(
        "POST",
        target,
        auth=NO_KEY,
        deadline=seconds_for(content),
        data={name: value for name, value in fields.items() if isinstance(value, str)},
        files={"file": (path.name, content, kind)},
    )
    if stored.is_success:
        return address
    if stored.is_client_error:
        msg = f"Runway's storage did not take {path} ({stored.status}); no job was sent."
        raise MediaError(msg, status=stored.status)
    msg = f"Runway's storage failed ({stored.status}); the upload is retried automatically."
    raise BackendUnavailable(msg, status=stored.status)


async def _read(path: Path) -> bytes:
    """A file's content, if its size is within Runway's limits."""
    try:
        size = (await asyncio.to_thread(path.stat)).st_size
        if SMALLEST <= size <= LARGEST:
            return await asyncio.to_thread(read_input, path)
    except OSError as error:
        msg = f"The input {path} cannot be read ({error.strerror}); nothing was sent."
        raise MediaError(msg) from error
    msg = (
        f"The input {path} has {size:,} bytes; Runway takes files of {SMALLEST:,} to "
        f"{LARGEST:,} bytes. Nothing was sent."
    )
    raise MediaError(msg)
