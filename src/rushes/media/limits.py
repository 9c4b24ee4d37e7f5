"""Checks local images, videos and audio files against the limits of a provider.

This happens before anything is sent: a service would report it after the job is paid, or after
minutes in its queue. Only the service can check the content behind a URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rushes.catalog.media import places_in
from rushes.contract.errors import MediaError, Problem
from rushes.contract.media_errors import TooLarge
from rushes.contract.params import is_local
from rushes.io.kind import listed
from rushes.io.regular import open_regular
from rushes.media.kind import kind_of
from rushes.media.playing import played
from rushes.video import pillow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rushes.catalog import ProviderSpec
    from rushes.catalog.parameter import ParameterSpec
    from rushes.contract.params import VideoGenParams
    from rushes.io.kind import Medium

MEGABYTE = 1_000_000

SLACK = 0.2
"""Tolerance in seconds for the length of a clip: containers round lengths, and Seedance accepts
1.8 to 15.2 s where its documentation says 2 to 15 (error messages of July and August 2026)."""

CONVERT = {
    "image": "rushes.media.fit(path) makes a JPEG of it, or a PNG if it has transparency.",
    "video": "rushes.media.fit(path) makes an MP4 of it.",
    "audio": "rushes.media.fit(path) makes a WAV of it.",
}
"""How to change the format of a file, by its medium."""

TRIM = "rushes.media.fit(path, seconds=...) trims a clip."
SHRINK = "rushes.media.fit(path, max_megabytes=..., max_side=...) makes a smaller copy."

SMALLER: Mapping[Medium | None, str] = {
    "image": SHRINK,
    "video": "rushes.media.fit(path, max_side=..., seconds=...) makes a smaller or shorter copy.",
    "audio": "rushes.media.fit(path, seconds=...) makes a shorter copy.",
}
"""How to make a file smaller, by its medium."""


_NOT_PLAYABLE = re.compile(r"^is not a playable (video|audio file): ")


@dataclass(frozen=True)
class Inspection:
    """What was found out about a request's local files.

    Attributes:
        problems: every way in which they exceed the provider's limits.
        lengths: seconds of each readable video and audio file, by path.
    """

    problems: tuple[Problem, ...]
    lengths: Mapping[str, float]


def inspect(
    spec: ProviderSpec, params: VideoGenParams | Mapping[str, Any], media: Iterable[str]
) -> Inspection:
    """Measure each local file of a request once, and check it against the provider's limits.

    Args:
        spec: the provider.
        params: the request, in either spelling.
        media: the names of its media that are measured; see `ProviderSpec.media`.
    """
    lengths: dict[str, float] = {}
    problems: list[Problem] = []
    for name in media:
        items = [item for item in places_in(params, name) if isinstance(item[1], str)]
        problems += _files(spec.media[name], name, items, lengths)
    return Inspection(tuple(problems), lengths)


def _files(
    parameter: ParameterSpec, name: str, items: list[tuple[str, str]], lengths: dict[str, float]
) -> Iterator[Problem]:
    total = 0.0
    for where, value in items:
        if not is_local(value):
            continue
        path = Path(value)
        if parameter.medium == "image":
            yield from _image(parameter, where, path)
            continue
        beyond = [*_format(parameter, where, path), *_size(parameter, where, path)]
        yield from beyond
        if beyond:
            continue
        try:
            if value not in lengths:
                lengths[value] = length_of(path)
            seconds = lengths[value]
        except MediaError as error:
            yield Problem(where, value, error.message)
            continue
        total += seconds
        yield from _length(parameter, where, path, seconds)
    most = parameter.max_total_seconds
    if most is not None and total > most + SLACK:
        reason = f"they are {total:.1f} s long in total; the maximum is {most:g} s. {TRIM}"
        yield Problem(name, tuple(value for _, value in items), reason)


def _format(parameter: ParameterSpec, where: str, path: Path) -> Iterator[Problem]:
    try:
        with open_regular(path) as file:
            kind = kind_of(file)
    except (OSError, ValueError) as error:
        yield Problem(where, str(path), _unreadable(path, error))
        return
    if kind is None or kind.extension in parameter.accepted:
        return
    # `fit` cannot read HEIC.
    advice = "Save it as one of them." if kind.extension == "heic" else CONVERT[kind.medium]
    reason = (
        f"{_named(path)} is {kind.name} by its content; accepted are "
        f"{listed(parameter.accepted)}. {advice}"
    )
    yield Problem(where, str(path), reason)


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
        advice = SMALLER[parameter.medium]
        reason = f"{_named(path)} is {size:.1f} MB; the maximum is {most:g} MB. {advice}"
        yield Problem(where, str(path), reason)


def _image(parameter: ParameterSpec, where: str, path: Path) -> Iterator[Problem]:
    if unfit := list(_format(parameter, where, path)):
        yield from unfit
        return
    beyond = list(_size(parameter, where, path))
    yield from beyond
    try:
        size = pillow.size_of(path)
    except (OSError, MediaError) as error:
        yield Problem(where, str(path), _unreadable(path, error))
        return
    if size is None:
        return
    sides = list(_sides(parameter, where, path, size))
    yield from sides
    if not beyond and not sides:
        try:
            pillow.is_decodable(path)
        except (OSError, MediaError) as error:
            yield Problem(where, str(path), _unreadable(path, error))


def _unreadable(path: Path, error: OSError | ValueError | MediaError) -> str:
    if isinstance(error, pillow.HugePicture):
        return f"{_named(path)} {error.message}"  # `fit` has the same limit.
    if isinstance(error, MediaError):
        return f"{_named(path)} {error.message} Save it again, or give another file."
    said = getattr(error, "strerror", None) or str(error)
    return f"{_named(path)} cannot be read ({said}); give another file."


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


def length_of(path: Path, *, decode: bool = True) -> float:
    """Length of a video or audio file in seconds, as measured by playing it to its end.

    Args:
        path: the file.
        decode: whether all frames of a video are decoded, not only the first one.

    Raises:
        MediaError: if that is not possible; the message starts with the file's name.
    """
    try:
        with open_regular(path) as file:
            kind = kind_of(file)
        # Of an unknown format, the reader says what it is.
        medium: Literal["audio", "video"] = (
            "audio" if kind is not None and kind.medium == "audio" else "video"
        )
        return played(path, medium, decode=decode)
    except (OSError, ValueError) as error:
        raise MediaError(_unreadable(path, error)) from error
    except TooLarge as error:
        raise MediaError(error.message.replace(str(path), _named(path), 1)) from error
    except MediaError as error:
        said = _NOT_PLAYABLE.sub("", error.message.removeprefix(f"{path} ")).rstrip(".")
        if said == error.message.rstrip("."):
            raise
        msg = f"{_named(path)} cannot be read ({said}); save it again, or give another file."
        raise MediaError(msg) from error


def _named(path: Path) -> str:
    """The original name of a file, from that of its copy: ``<digest>-<name>``."""
    return re.sub(r"^[0-9a-f]{1,16}-(?=.)", "", path.name)
