"""What is compared: two to nine takes, each with a label."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from rushes.catalog.kinds import CONTRACT_MEDIA
from rushes.comparison.naming import Known, distinct, distinguished, title_of
from rushes.contract.errors import InvalidParams, MediaError
from rushes.contract.results import VideoGenResult
from rushes.contract.wording import on_one_line
from rushes.explore import takes as explored
from rushes.io.local import BadPath, expanded, path_in, scheme_of
from rushes.job import Job
from rushes.media.output import is_same, target
from rushes.media.sidecar import facts_beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.contract.params import VideoGenParams

FEWEST, MOST = 2, 9
"""The number of takes that can be compared."""

Comparable = Job | explored.Take | VideoGenResult | str | os.PathLike[str]
"""What can be compared: a job, a take, a result, a path, or an http(s) link."""

KINDS = "a job, a take, a result, a path or an http(s) link"


@dataclass(frozen=True)
class Entry:
    """One take of a comparison.

    >>> from rushes.comparison import entries
    >>> [take.label for take in entries([job, other_job])]
    ['Seedance 2.0 fast', 'Seedance 2.0']

    Attributes:
        label: its name, unique in the comparison.
        path: the video on this machine; None for a link or an unfinished job.
        url: the URL of the video, for a link or a result without a file.
        job_id: the id of its job, if known.
        result: the finished video with its metadata, if known.
        params: the request, if known.
        media: the media parameters of the request.
    """

    label: str
    path: Path | None = None
    url: str | None = None
    job_id: str | None = None
    result: VideoGenResult | None = None
    params: VideoGenParams | None = None
    media: tuple[str, ...] = CONTRACT_MEDIA

    @property
    def provider(self) -> str | None:
        """The provider, if known."""
        known = self.result or self.params
        return known.provider if known else None


Comparables = Mapping[str, Comparable] | Iterable[Comparable | Entry]
"""Takes in order, or by label."""


def entries(takes: Comparables, *, labels: Sequence[str] | None = None) -> list[Entry]:
    """Convert takes to entries of a comparison.

    A file in a library includes the metadata of its sidecar. An unfinished job becomes an entry
    without a path; call this again when it is finished.

    >>> from rushes.comparison import entries, side_by_side
    >>> takes = entries({"kling": job, "seedance": result, "mine": "take.mp4"})
    >>> side_by_side(takes, "comparison.mp4")

    Args:
        takes: 2 to 9 jobs, results, paths or http(s) links, or a mapping from label to one.
        labels: a name for each; a repeated one gets a number. By default the provider's title,
            with the seed or service if it has several takes, otherwise the file's name.

    Raises:
        InvalidParams: if there are fewer than 2 takes or more than 9, one of them is not a take, or
            the labels do not match them.
        MediaError: if a file does not exist.
    """
    given, names = _given(takes, labels)
    if not FEWEST <= len(given) <= MOST:
        many = "1 take" if len(given) == 1 else f"{len(given)} takes"
        msg = f"{many} cannot be compared; give {FEWEST} to {MOST}."
        raise InvalidParams(msg)
    read = [_read(take) for take in given]
    if names is None:
        names = distinguished([_known(entry, service) for entry, service in read])
    return [
        replace(entry, label=name) for (entry, _), name in zip(read, distinct(names), strict=True)
    ]


def entry_of(take: Comparable) -> Entry:
    """One take, under the name that it has where nothing else is compared.

    Raises:
        InvalidParams: if it is not a take.
        MediaError: if its file does not exist.
    """
    return _read(take)[0]


def unwrapped(take: Any) -> Any:
    """The job of a `rushes.Take`, or the video of one without a job; anything else as it is."""
    return (take.job or take.result) if isinstance(take, explored.Take) else take


def resolved(takes: Comparables) -> list[Entry]:
    """Return entries unchanged, and convert anything else with `entries`."""
    if isinstance(takes, list) and takes and all(isinstance(take, Entry) for take in takes):
        return takes
    return entries(takes)


def goal_of(path: str | os.PathLike[str], entries: Sequence[Entry]) -> Path:
    """The path of an export.

    Raises:
        InvalidParams: if it is not the path of a file, or is one of the takes.
    """
    found = target(path)
    for entry in entries:
        if entry.path is not None and is_same(found, entry.path):
            msg = f"{found} is the take {entry.label}; give another path."
            raise InvalidParams(msg)
    return found


def _given(takes: Any, labels: Any) -> tuple[list[Any], list[str] | None]:
    """The takes and their labels."""
    if isinstance(takes, Mapping):
        if labels is not None:
            msg = "The keys of a mapping are the labels; omit `labels`, or give a list."
            raise InvalidParams(msg)
        given, labels = list(takes.values()), list(takes)
    elif isinstance(takes, (str, bytes, os.PathLike)) or not isinstance(takes, Iterable):
        msg = (
            f"Takes cannot be read from a {type(takes).__name__}; give a list of {FEWEST} to "
            f"{MOST}, or a mapping from label to take."
        )
        raise InvalidParams(msg)
    else:
        given = list(takes)
    if labels is None:
        return given, None
    names = [labels] if isinstance(labels, str) else list(labels)
    for name in names:
        if not isinstance(name, str) or not name.strip():
            msg = f"{name!r} is not a label; give a non-empty string."
            raise InvalidParams(msg)
    if len(names) != len(given):
        msg = f"There are {len(given)} takes and {len(names)} labels; give one for each."
        raise InvalidParams(msg)
    return given, [" ".join(name.split()) for name in names]


def _known(entry: Entry, service: str | None) -> Known:
    return entry.label, entry.result.seed if entry.result else None, service


def _read(take: Any) -> tuple[Entry, str | None]:
    """One take with its default name, and its service if known."""
    if isinstance(take, Entry):
        return take, take.result.backend if take.result else None
    take = unwrapped(take)
    if isinstance(take, Job):
        return _of_job(take), take.backend
    if isinstance(take, VideoGenResult):
        return _of_result(take), take.backend
    if isinstance(take, str) and scheme_of(take) is not None:
        return _of_address(take)
    if isinstance(take, (str, os.PathLike)):
        return _of_file(expanded(take))
    msg = f"A {type(take).__name__} cannot be compared; give {KINDS}."
    raise InvalidParams(msg)


def _of_job(job: Job) -> Entry:
    result = job.finished
    if result is None:
        return Entry(
            title_of(job.provider), job_id=job.id, params=job.params, media=job.media_names
        )
    return replace(_of_result(result), job_id=job.id, params=job.params, media=job.media_names)


def _of_result(result: VideoGenResult) -> Entry:
    if result.path is None:
        return Entry(
            title_of(result.provider), url=result.video_url, job_id=result.job_id, result=result
        )
    entry, _ = _of_file(result.path)
    return replace(entry, label=title_of(result.provider), job_id=result.job_id, result=result)


def _of_address(address: str) -> tuple[Entry, str | None]:
    parts = urlsplit(address)
    if parts.scheme == "file":
        try:
            return _of_file(path_in(address))
        except BadPath as error:
            raise InvalidParams(str(error)) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        # The rest of the URL may be long or secret.
        msg = f"A {parts.scheme or 'nameless'}: URL cannot be compared; give {KINDS}."
        raise InvalidParams(msg)
    # The query of a link may contain a signature, and is not part of the name.
    name = Path(unquote(parts.path)).stem
    return Entry(name or parts.hostname, url=address), None


def _of_file(path: Path) -> tuple[Entry, str | None]:
    path = path.absolute()
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        msg = f"{path} {what}; give the path of an existing video."
        raise MediaError(msg)
    result, params = facts_beside(path)
    if result is None:
        return Entry(on_one_line(path.stem), path=path, params=params), None
    label = title_of(result.provider)
    entry = Entry(label, path=path, job_id=result.job_id, result=result, params=params)
    return entry, result.backend
