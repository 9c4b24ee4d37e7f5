"""Files: inputs that are uploaded, and videos."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette.concurrency import run_in_threadpool

from rushes.contract.errors import JobNotFound
from rushes.gateway import wire
from rushes.gateway.callers import Caller
from rushes.gateway.faults import Refused
from rushes.gateway.guard import CHALLENGE
from rushes.gateway.inputs import SCHEME, TooLarge
from rushes.gateway.routes.parts import (
    ERRORS,
    GUARDED,
    Open,
    Reading,
    Submitting,
    reply,
)

router = APIRouter(tags=["files"], responses=ERRORS, dependencies=GUARDED)

Digest = Annotated[str, Path(pattern=wire.SHA256, description="The SHA-256 of the content.")]


@router.get(
    "/v1/inputs/{app}/{sha256}",
    response_model=wire.Uploaded,
    summary="Whether a file was uploaded, so that it need not be again.",
    description="The code INPUT_NOT_FOUND says that it was not; then it can be uploaded.",
)
def uploaded(sha256: Digest, caller: Reading, runtime: Open) -> JSONResponse:
    """Whether a caller has a file here; it is kept for another while."""
    if not runtime.operations.inputs.has(caller, sha256):
        words = "You have not uploaded such a file, or too long ago."
        raise Refused(404, "INPUT_NOT_FOUND", words)
    return reply(wire.Uploaded(input=f"{SCHEME}:{sha256}"))


@router.put(
    "/v1/inputs/{app}/{sha256}",
    status_code=201,
    response_model=wire.Uploaded,
    summary="Upload an image, a video or a sound, once.",
    description=(
        "Requests of the same person name it as rushes-input:<sha256>, for a week after it was "
        "uploaded or asked for last."
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string"}}},
        }
    },
)
async def upload(
    sha256: Digest, caller: Submitting, runtime: Open, request: Request
) -> JSONResponse:
    """Keep a file under the digest of its content."""
    try:
        is_kept = await runtime.operations.inputs.keep(caller, sha256, request.stream())
    except TooLarge:
        words = f"The file is larger than {runtime.settings.largest_upload:,} bytes."
        raise Refused(413, "PAYLOAD_TOO_LARGE", words) from None
    except OSError as error:
        words = f"The file cannot be kept ({error.strerror}); tell the gateway's operator."
        raise Refused(507, "MEDIA_ERROR", words) from error
    if not is_kept:
        words = "The content has another SHA-256 than the address; nothing was kept."
        raise Refused(400, "MEDIA_ERROR", words)
    return reply(wire.Uploaded(input=f"{SCHEME}:{sha256}"), 201)


@router.head("/v1/media/{key}/{name}", include_in_schema=False)
@router.get(
    "/v1/media/{key}/{name}",
    summary="A video or its poster; links to it are in results.",
    description="With exp and sig of the link, or with the owner's token. Range is supported.",
    response_class=FileResponse,
    responses={
        200: {
            "content": {
                media: {"schema": {"type": "string"}} for media in ("video/mp4", "image/jpeg")
            }
        },
        206: {"description": "A part of it."},
        416: {"description": "There is no such part."},
    },
)
async def media(
    key: Annotated[str, Path(pattern="^[0-9a-f]{32}$")],
    name: Annotated[str, Path(pattern=r"^(video\.mp4|poster\.jpg)$")],
    runtime: Open,
    request: Request,
    exp: Annotated[str | None, Query(pattern="^[0-9]{1,12}$", description="Unix seconds.")] = None,
    sig: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """A file of a completed job."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if exp is not None and sig is not None:
        if not runtime.links.allows(key, name, int(exp), sig):
            words = "This link has expired or is not valid; ask for the job again for a fresh one."
            raise Refused(403, "AUTHENTICATION", words)
        caller = None  # The link is enough.
    elif caller is None:
        words = "A signed link or a token is needed."
        raise Refused(401, "AUTHENTICATION", words, headers=CHALLENGE)
    job, path = await run_in_threadpool(runtime.operations.video, key, name)
    if caller is not None and not runtime.operations.owns(caller, job):
        msg = "There is no such file."
        raise JobNotFound(msg)
    kind = "video/mp4" if name == "video.mp4" else "image/jpeg"
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=kind, headers=headers)
