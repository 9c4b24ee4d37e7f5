"""Uploads local files to fal's storage: one call for a URL, one upload to it."""

from __future__ import annotations

import asyncio
import mimetypes
from typing import TYPE_CHECKING

from rushes.backends import reply
from rushes.backends.embedding import read_input
from rushes.backends.fal.refusal import refusal
from rushes.backends.wire import NO_KEY, Response, seconds_for
from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.backends.reply import Redact
    from rushes.backends.wire import Wire

NO_ADDRESS = "fal's storage did not say where to upload to; the upload is retried automatically."


async def upload(wire: Wire, rest_url: str, redact: Redact, path: Path) -> str:
    """Upload a file and return its URL at fal.

    The second request goes to a signed URL of another host and has no key (fal's own
    Python client sends it along; this one does not).

    Raises:
        MediaError: when the file cannot be read.
        RushesError: what fal said, or that it cannot be reached.
    """
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    content = await asyncio.to_thread(read_input, path)
    response = await wire.ask(
        "POST",
        f"{rest_url}/storage/upload/initiate",
        params={"storage_type": "fal-cdn-v3"},
        json={"file_name": path.name, "content_type": kind},
    )
    if not response.is_success:
        raise refusal(response, redact)
    addresses, place = response.body, wire.site.place
    target = reply.upload_address(addresses.get("upload_url"), place)
    address = reply.address(addresses.get("file_url"), place)
    if target is None or address is None:
        raise BackendUnavailable(NO_ADDRESS)
    stored = await wire.ask(
        "PUT",
        target,
        auth=NO_KEY,
        deadline=seconds_for(content),
        content=content,
        headers={"Content-Type": kind},
    )
    if not stored.is_success:
        # Text of another host is not repeated: it may contain anything.
        raise refusal(Response(stored.status), redact)
    return address
