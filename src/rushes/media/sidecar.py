"""The JSON file next to each video: how it was made, without secrets."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeGuard

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rushes.catalog.kinds import CONTRACT_MEDIA
from rushes.contract.errors import MediaError, RushesError
from rushes.contract.marks import Judged
from rushes.contract.media_errors import unwritable
from rushes.contract.params import VideoGenParams
from rushes.contract.results import VideoGenResult
from rushes.contract.spelling import to_camel, to_snake
from rushes.io.atomic import write_atomically
from rushes.io.dates import settled
from rushes.io.regular import read_regular
from rushes.media.poster import poster_beside

_URL = re.compile(
    r"\b([a-z][a-z0-9+.-]{0,20}://)(?:[^\s/?#\"'<>@]*@)?([^\s?#\"'<>]*)[?#]?[^\s\"'<>]*",
    re.IGNORECASE,
)
"""Scheme, user (dropped), host and path, query and fragment (dropped)."""

_SECRET = re.compile(
    r"authorization|cookie|credential|passw|secret|signature|(api|access|private)[-_ ]?key"
    r"|^(key|(access|auth|bearer|refresh|session)?[-_ ]?token)$",
    re.IGNORECASE,
)
"""Names of entries that may be secret."""

LARGEST = 1 << 20
"""Maximum size of a sidecar in bytes."""

LONGEST = 20_000
"""Maximum length of a text in characters."""

MOST_REWRITES = 8
"""Prompts that one sidecar says its own was rewritten from."""

LONGEST_KEY = 200
"""Characters of what stands for a prompt, or names a rewriter."""

MOST_KNOWN = 20_000
"""Sidecars whose times of judging are kept in memory."""

_READ = ConfigDict(
    alias_generator=to_camel, populate_by_name=True, allow_inf_nan=False, defer_build=True
)

Name = Annotated[str, Field(max_length=500)]
Text = Annotated[str, Field(max_length=LONGEST)]
Side = Annotated[int, Field(ge=1, le=65_536)]
Seconds = Annotated[float, Field(ge=0, le=1e9)]


def write_sidecar(path: Path, data: Mapping[str, Any]) -> None:
    """Write the sidecar of a video atomically.

    Queries and user names of links are left out, and so are entries whose names mark them as
    secret, because libraries are copied, shared and committed.

    Args:
        path: from `rushes.media.library.sidecar_path`.
        data: plain JSON: params, which of them hold media, seed, cost, backend, provider, mode,
            job id, measurements, timings.

    Raises:
        LibraryUnwritable: if the folder is not writable.
    """
    text = json.dumps(without_secrets(data), ensure_ascii=False, indent=2) + "\n"
    try:
        # UTF-8 cannot encode an unpaired surrogate in a prompt; its escape is valid JSON.
        write_atomically(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise unwritable(path.parent, error) from error


def read_sidecar(path: Path) -> dict[str, Any]:
    """Read a sidecar that `write_sidecar` wrote.

    Raises:
        MediaError: if the file does not exist, is too large, or is damaged.
    """
    try:
        data = json.loads(
            read_regular(path, LARGEST), parse_constant=_no_number, parse_float=_finite
        )
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or type(error).__name__}."
        raise MediaError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"{path} is not valid JSON. The video is not affected; delete the file."
        raise MediaError(msg) from error
    if not isinstance(data, dict):
        msg = f"{path} is not a sidecar of a video; delete the file."
        raise MediaError(msg)
    return data


def facts_beside(video: Path) -> tuple[VideoGenResult | None, VideoGenParams | None]:
    """The result and request in the sidecar of a video, if it has a valid one.

    A sidecar is as untrusted as its video. So file names and addresses in it are ignored: the
    poster is the one next to the video, or none, and the request has no media. Numbers have to be
    within reason, and texts short enough to be shown.
    """
    sidecar = video.with_suffix(".json")
    try:
        data = read_sidecar(sidecar)
        if data.get("file") != video.name:
            return None, None
        facts = _Facts.model_validate(data)
        params = _request(data["params"], media=_names(data.get("media")))
    except (RushesError, ValidationError, KeyError, TypeError, ValueError):
        return None, None
    judged = _judged(data)
    result = VideoGenResult(
        **facts.model_dump(),
        **({} if judged is None else {"marks": judged.marks}),
        video_url=video.absolute().as_uri(),
        path=video,
        poster_path=poster_beside(video),
    )
    return result, params


def marks_in(judged: Judged | None) -> dict[str, Any]:
    """The entries of a sidecar about how its video was judged."""
    if judged is None:
        return {}
    at = datetime.fromtimestamp(judged.at, UTC)
    return {"marks": judged.marks.to_json(), "markedAt": at.isoformat()}


@dataclass(frozen=True)
class Rewritten:
    """What a rewriter made of a prompt, by a sidecar.

    Attributes:
        original: stands for the prompt; see `text_key`.
        rewriter: names the rewriter, as the journal does.
        text: what became of it.
    """

    original: str
    rewriter: str
    text: str


def text_key(text: str) -> str:
    """Stands for a text where its own words are not wanted, or may have been changed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def rewrites_in(text: str, originals: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The entries of a sidecar about what its prompt was rewritten from.

    Args:
        text: the prompt that was sent.
        originals: the prompts of which rewriters made it, each with what names the rewriter.
    """
    found = [
        {"original": text_key(original), "rewriter": rewriter} for original, rewriter in originals
    ]
    # A sidecar has no queries of links: whether the prompt is still whole, its key says.
    return {"rewrites": found, "promptKey": text_key(text)} if found else {}


def rewrites_beside(video: Path) -> list[Rewritten]:
    """What rewriters made of prompts, by the sidecar of a video; empty if it does not say that."""
    try:
        data = read_sidecar(video.with_suffix(".json"))
        text, is_own = data["prompt"], data["file"] == video.name
        if not is_own or not 0 < len(text) <= LONGEST or data["promptKey"] != text_key(text):
            return []
        text.encode()  # Half a character is not sent.
        listed = [(each["original"], each["rewriter"]) for each in data["rewrites"][:MOST_REWRITES]]
    except (MediaError, AttributeError, KeyError, TypeError, UnicodeError):
        return []
    return [
        Rewritten(original, rewriter, text)
        for original, rewriter in listed
        if all(_is_text(each) and len(each) <= LONGEST_KEY for each in (original, rewriter))
    ]


def judged_beside(video: Path) -> Judged | None:
    """How a video was judged, by its sidecar; None if it was not, or that cannot be read."""
    try:
        data = read_sidecar(video.with_suffix(".json"))
    except MediaError:
        return None
    return _judged(data) if data.get("file") == video.name else None


def marked_beside(video: str, written: os.stat_result) -> float | None:
    """When a video was judged, by its sidecar; None if it was not, or that cannot be read.

    Lists ask this again and again of each sidecar that is newer than its job, which all are in a
    library that was copied, so the answer is kept for as long as the sidecar stays as it is.

    Args:
        video: the path of the video.
        written: the sidecar's entry in the file system, or that of the link in its place.
    """
    is_known = settled(written) is not None and stat.S_ISREG(written.st_mode)
    read = _marked_at if is_known else _marked_at.__wrapped__
    return read(video, written.st_mtime_ns, written.st_ctime_ns, written.st_size)


@lru_cache(maxsize=MOST_KNOWN)
def _marked_at(video: str, *_: int) -> float | None:
    try:
        data = read_sidecar(Path(video).with_suffix(".json"))
    except MediaError:
        return None
    return _moment(data) if data.get("file") == os.path.basename(video) else None  # noqa: PTH119 - a text


def write_marks(video: Path, judged: Judged) -> bool:
    """Write how a video was judged into its sidecar, unless that has later marks.

    Returns:
        Whether it was written.

    Raises:
        LibraryUnwritable: if the folder is not writable.
    """
    path = video.with_suffix(".json")
    try:
        data = read_sidecar(path)
    except MediaError:
        return False
    there = _judged(data)
    if data.get("file") != video.name or (there is not None and there.at >= judged.at):
        return False
    write_sidecar(path, {**data, **marks_in(judged)})
    return True


def _judged(data: Mapping[str, Any]) -> Judged | None:
    return Judged.read(data.get("marks"), _moment(data))


def _moment(data: Mapping[str, Any]) -> float | None:
    """When a sidecar says that its video was judged."""
    try:
        return datetime.fromisoformat(data["markedAt"]).timestamp()
    except (KeyError, OSError, OverflowError, TypeError, ValueError):
        return None


class _Cost(BaseModel):
    model_config = _READ

    amount: Annotated[float, Field(ge=0, le=1e9)]
    currency: Annotated[str, Field(max_length=12)] = "USD"
    estimated: bool = True
    date: Annotated[str, Field(max_length=40)] | None = None


class _Timings(BaseModel):
    model_config = _READ

    submitting: Seconds | None = None
    running: Seconds | None = None
    fetching: Seconds | None = None


class _Facts(BaseModel):
    """The fields of a result that are read from a sidecar."""

    model_config = _READ

    generation_id: Name
    duration_seconds: Annotated[float, Field(ge=0, le=86_400)]
    width: Side
    height: Side
    provider: Name
    mode: Name
    prompt: Text | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**64)] | None = None
    fps: Annotated[float, Field(ge=0, le=1_000)] | None = None
    has_audio: bool | None = None
    cost: _Cost | None = None
    backend: Name | None = None
    created_at: datetime | None = None
    timings: _Timings | None = None
    job_id: Name | None = None
    parent: Name | None = None


def _names(data: object) -> frozenset[str]:
    """The media parameters: those of the contract, and those that the sidecar lists."""
    listed = data if isinstance(data, list) else []
    return frozenset({*CONTRACT_MEDIA, *(to_snake(name) for name in listed if _is_text(name))})


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)


def _request(data: Any, *, media: frozenset[str]) -> VideoGenParams:
    """A request without its media, and with only short scalars of other parameters."""
    if not isinstance(data, dict):
        msg = f"a {type(data).__name__} is not a request"
        raise TypeError(msg)
    kept = {}
    for key, value in data.items():
        name = to_snake(key)
        if name in media or value is None:
            continue
        if isinstance(value, str) and len(value) > LONGEST:
            msg = f"{name} is too long"
            raise ValueError(msg)
        if name in VideoGenParams.model_fields or isinstance(value, str | int | float):
            kept[key] = value
    return VideoGenParams.from_json(kept)


def _no_number(text: str) -> float:
    msg = f"{text} is not a number"
    raise ValueError(msg)


def _finite(text: str) -> float:
    return value if math.isfinite(value := float(text)) else _no_number(text)


def is_secret(name: str) -> bool:
    """Whether an entry may be secret by its name."""
    return _SECRET.search(name) is not None


def without_secrets(value: Any) -> Any:
    """JSON without entries that may be secret, and without queries and user names of links."""
    if isinstance(value, str):
        return _URL.sub(r"\1\2", value)
    if isinstance(value, Mapping):
        return {
            key: without_secrets(item) for key, item in value.items() if not is_secret(str(key))
        }
    if isinstance(value, (list, tuple)):
        return [without_secrets(item) for item in value]
    return value
