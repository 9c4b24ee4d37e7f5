"""Local files onto fal's storage: one call for an address, one upload to it."""

from __future__ import annotations

import asyncio
import mimetypes
from typing import TYPE_CHECKING

import httpx

from rushes.backends.embedding import read_input
from rushes.backends.fal.refusal import refusal
from rushes.backends.http import body_of, unreachable
from rushes.errors import BackendUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.backends.key import KeyAuth

NO_ADDRESS = "fal's storage did not say where to upload to; the job is tried again by itself."


async def upload(client: httpx.AsyncClient, rest_url: str, auth: KeyAuth, path: Path) -> str:
    """Upload a file and return its address at fal.

    The second request goes to a signed address of another host and carries no key (fal's own
    Python client sends it along; this one does not).

    Raises:
        MediaError: when the file cannot be read.
        RushesError: what fal said, or that it cannot be reached.
    """
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    content = await asyncio.to_thread(read_input, path)
    try:
        response = await client.post(
            f"{rest_url}/storage/upload/initiate",
            params={"storage_type": "fal-cdn-v3"},
            json={"file_name": path.name, "content_type": kind},
            auth=auth,
        )
        if response.is_error:
            raise refusal(response, auth.redact)
        addresses = body_of(response)
        target, address = addresses.get("upload_url"), addresses.get("file_url")
        if not isinstance(target, str) or not isinstance(address, str):
            raise BackendUnavailable(NO_ADDRESS)
        stored = await client.put(target, content=content, headers={"Content-Type": kind})
        if stored.is_error:
            raise refusal(stored, auth.redact)
    except httpx.HTTPError as error:
        raise unreachable(error, "fal") from error
    return address
