"""Checks local images, videos and audio files against the limits of a provider.

This happens before anything is sent: a service would report it after the job is paid, or after
minutes in its queue. Only the service can check the content behind a URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.catalog.parameter import REFERENCE_KINDS
from rushes.contract.errors import MediaError, Problem
from rushes.contract.params import is_local
from rushes.media.probe import probe
from rushes.video import pillow
from rushes.video.frames import demuxed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rushes.catalog import ProviderSpec
    from rushes.catalog.parameter import ParameterSpec
    from rushes.contract.params import VideoGenParams
    from rushes.media.probe import Clip

MEGABYTE = 1_000_000

SLACK = 0.2
"""Tolerance in seconds for the length of a clip: containers round lengths, and Seedance accepts
1.8 to 15.2 s where its documentation says 2 to 15 (error messages of July and August 2026)."""

TRIM = "rushes.media.fit(path, seconds=...) trims a clip."
SHRINK = "rushes.media.fit(path, max_megabytes=..., max_side=...) makes a smaller copy."

SMALLER = {
    "videos": "rushes.media.fit(path, max_side=..., seconds=...) makes a smaller or shorter copy.",
    "audios": "rushes.media.fit(path, seconds=...) makes a shorter copy.",
}
"""How to make a file smaller that is not an image."""


@dataclass(frozen=True)
class Inspection:
    """What was found out about a request's local files.

    Attributes:
        problems: every way in which they exceed the provider's limits.
        lengths: seconds of each readable video and audio file, by path.
    """

    problems: tuple[Problem, ...]
    lengths: Mapping[str, float]


def inspect(spec: ProviderSpec, params: VideoGenParams) -> Inspection:
    """Measure each local file of a request once, and check it against the provider's limits."""
    lengths: dict[str, float] = {}
    problems: list[Problem] = []
    for name, values in spec.media_of(params).items():
        parameter = spec.parameters[name]
        if parameter.kind in REFERENCE_KINDS:
            problems += _list(parameter, name, values, lengths)
        elif is_local(values[0]):
            problems += _image(parameter, name, Path(values[0]))
    return Inspection(tuple(problems), lengths)


def _list(
    parameter: ParameterSpec, name: str, values: tuple[str, ...], lengths: dict[str, float]
) -> Iterator[Problem]:
    total = 0.0
    for index, value in enumerate(values):
        if not is_local(value):
            continue
        where, path = f"{name}[{index}]", Path(value)
        if parameter.kind == "images":
            yield from _image(parameter, where, path)
            continue
        try:
            if parameter.kind == "videos":
                _require_playable(path)
            if value not in lengths:
                lengths[value] = length_of(path)
            seconds = lengths[value]
        except MediaError as error:
            yield Problem(where, value, error.message)
            continue
        total += seconds
        yield from _size(parameter, where, path)
        yield from _length(parameter, where, path, seconds)
    most = parameter.max_total_seconds
    if most is not None and total > most + SLACK:
        reason = f"they are {total:.1f} s long in total; the maximum is {most:g} s. {TRIM}"
        yield Problem(name, values, reason)


def _length(parameter: ParameterSpec, where: str, path: Path, seconds: float) -> Iterator[Problem]:
    least, most = parameter.min_clip_seconds, parameter.max_clip_seconds
    if least is not None and seconds < least - SLACK:
        reason = f"{_named(path)} is {seconds:.1f} s long; the minimum is {least:g} s."
        yield Problem(where, str(path), reason)
    if most is not None and seconds > most + SLACK:
        reason = f"{_named(path)} is {seconds:.1f} s long; the maximum is {most:g} s. {TRIM}"
        yield Problem(where, str(path), reason)


def _size(parameter: ParameterSpec, where: str, path: Path) -> Iterator[Problem]:
    most, size = parameter.max_megabytes, path.stat().st_size / MEGABYTE
    if most is not None and size > most:
        advice = SMALLER.get(parameter.kind, SHRINK)
        reason = f"{_named(path)} is {size:.1f} MB; the maximum is {most:g} MB. {advice}"
        yield Problem(where, str(path), reason)


def _image(parameter: ParameterSpec, where: str, path: Path) -> Iterator[Problem]:
    yield from _size(parameter, where, path)
    try:
        size = pillow.size_of(path)
    except (OSError, MediaError) as error:
        yield Problem(where, str(path), _unreadable(path, error))
        return
    if size is None:
        return
    beyond = list(_sides(parameter, where, path, size))
    yield from beyond
    if not beyond:
        try:
            pillow.is_decodable(path)
        except (OSError, MediaError) as error:
            yield Problem(where, str(path), _unreadable(path, error))


def _unreadable(path: Path, error: OSError | MediaError) -> str:
    if isinstance(error, pillow.HugePicture):
        return f"{_named(path)} {error.message}"  # `fit` has the same limit.
    if isinstance(error, MediaError):
        return f"{_named(path)} {error.message} Save it again, or give another file."
    return f"{_named(path)} cannot be read ({error.strerror}); give another file."


def _sides(
    parameter: ParameterSpec, where: str, path: Path, size: tuple[int, int]
) -> Iterator[Problem]:
    width, height = size
    shown = f"{_named(path)} is {width} x {height} pixels"
    short, long = min(size), max(size)
    if parameter.min_side is not None and short < parameter.min_side:
        reason = f"{shown}; the minimum is {parameter.min_side} per side."
        yield Problem(where, str(path), reason)
    if parameter.max_side is not None and long > parameter.max_side:
        reason = f"{shown}; the maximum is {parameter.max_side} per side. {SHRINK}"
        yield Problem(where, str(path), reason)
    if parameter.max_ratio is not None and long > short * parameter.max_ratio:
        ratio = f"1:{parameter.max_ratio:g} to {parameter.max_ratio:g}:1"
        yield Problem(where, str(path), f"{shown}; its aspect ratio must be from {ratio}.")


def length_of(path: Path) -> float:
    """Length of a video or audio file in seconds, according to its container.

    Raises:
        MediaError: if it cannot be read.
    """
    import av  # noqa: PLC0415 - heavy

    try:
        with demuxed(path) as file:
            lengths: list[Any] = [
                stream.duration * stream.time_base
                for stream in file.streams
                if stream.duration is not None and stream.time_base is not None
            ]
            if not lengths and file.duration is not None:
                lengths = [file.duration / av.time_base]
    except (av.FFmpegError, OSError, ValueError) as error:
        msg = f"{_named(path)} cannot be read ({error}); give another file."
        raise MediaError(msg) from error
    except MediaError as error:
        said = error.message.removeprefix(f"{path} ").removesuffix(".")
        msg = f"{_named(path)} cannot be read ({said}); give another file."
        raise MediaError(msg) from error
    if not lengths:
        msg = f"{_named(path)} does not declare its length; save it again with another program."
        raise MediaError(msg)
    return float(max(lengths))


def _require_playable(path: Path) -> None:
    """Check that a video is complete: a truncated one starts in the same way.

    Raises:
        MediaError: if it is truncated, broken, or has no video track.
    """
    try:
        found = path.stat()
        _probed(path, found.st_size, found.st_mtime_ns)
    except OSError as error:
        msg = f"{_named(path)} cannot be read ({error.strerror}); give another file."
        raise MediaError(msg) from error
    except MediaError as error:
        said = error.message.removeprefix(f"{path} is not a playable video: ").rstrip(".")
        msg = f"{_named(path)} cannot be read ({said}); save it again, or give another file."
        raise MediaError(msg) from error


@lru_cache(maxsize=64)
def _probed(path: Path, size: int, written_at: int) -> Clip:  # noqa: ARG001 - key of the cache
    return probe(path)


def _named(path: Path) -> str:
    """The original name of a file, from that of its copy: ``<digest>-<name>``."""
    return re.sub(r"^[0-9a-f]{1,16}-(?=.)", "", path.name)
