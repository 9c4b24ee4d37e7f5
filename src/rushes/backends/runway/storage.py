"""Local files onto Runway's storage: one call for an address, one form to it."""

from __future__ import annotations

import asyncio
import mimetypes
from typing import TYPE_CHECKING

import httpx

from rushes.backends.embedding import read_input
from rushes.backends.http import body_of, unreachable
from rushes.backends.runway.refusal import refusal
from rushes.errors import BackendUnavailable, MediaError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rushes.backends.key import KeyAuth

SMALLEST = 512
LARGEST = 200_000_000
"""Bytes of a file (docs.dev.runwayml.com/assets/uploads: 512 bytes to 200 MB)."""

NO_ADDRESS = "Runway did not say where to upload to; the job is tried again by itself."


async def upload(
    client: httpx.AsyncClient, url: str, auth: KeyAuth, headers: Mapping[str, str], path: Path
) -> str:
    """Upload a file and return its ``runway://`` address, which holds for 24 hours.

    The form goes to a signed address of another host and carries no key.

    Args:
        client: makes the requests.
        url: base of the service.
        auth: the key, for the first request.
        headers: what every request to the service carries.
        path: the file.

    Raises:
        MediaError: when the file cannot be read, or Runway's storage cannot take it.
        RushesError: what Runway said, or that it cannot be reached.
    """
    content = await _read(path)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    try:
        response = await client.post(
            f"{url}/v1/uploads",
            json={"filename": path.name, "type": "ephemeral"},
            auth=auth,
            headers=dict(headers),
        )
        if not response.is_success:
            raise refusal(response, auth.redact)
        placeholder = body_of(response)
        target, address = placeholder.get("uploadUrl"), placeholder.get("runwayUri")
        fields = placeholder.get("fields")
        if not isinstance(target, str) or not isinstance(address, str):
            raise BackendUnavailable(NO_ADDRESS)
        stored = await client.post(
            target,
            data=fields if isinstance(fields, dict) else {},
            files={"file": (path.name, content, kind)},
        )
    except httpx.HTTPError as error:
        raise unreachable(error, "Runway") from error
    if stored.is_success:
        return address
    if stored.is_client_error:
        msg = f"Runway's storage did not take {path} ({stored.status_code}); no job was sent."
        raise MediaError(msg, status=stored.status_code)
    msg = f"Runway's storage failed ({stored.status_code}); the job is tried again by itself."
    raise BackendUnavailable(msg, status=stored.status_code)


async def _read(path: Path) -> bytes:
    """A file's content, if its size is one that Runway takes."""
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
