"""Makes copies of images, videos and audio files that fit: smaller, shorter, re-encoded."""

from __future__ import annotations

import filecmp
import itertools
import math
import numbers
import operator
import os
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import MediaError
from rushes.io.atomic import publish, publish_new
from rushes.io.kind import HEAD_BYTES, sniff
from rushes.io.local import expanded
from rushes.io.regular import open_regular
from rushes.media.fitted_clip import has_pictures, write_clip, write_sound
from rushes.media.fitted_image import read_image, small_enough
from rushes.media.output import drafting, is_same, target as target_of, writing
from rushes.video.frames import in_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rushes.io.kind import Kind

NAMES = {
    "jpg": (".jpg", ".jpeg"),
    "png": (".png",),
    "mp4": (".mp4", ".m4v"),
    "wav": (".wav", ".wave"),
}
"""Allowed extensions of a copy, by format; the first is the default."""

LONGEST_STEM = 230
"""Bytes of a source's name that the name of its copy keeps; systems allow 255 in total."""


def fit(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str] | None = None,
    *,
    max_side: int | None = None,
    max_megabytes: float | None = None,
    start: float = 0.0,
    seconds: float | None = None,
) -> Path:
    """Make a copy of a file that fits; the original file is not changed.

    An image becomes a JPEG (a PNG if it has transparency), a video an MP4 (H.264 and AAC), an
    audio file a WAV, all in formats that video models usually accept. The copy shows what players
    show of the original: upright, in square pixels, in sRGB or BT.709 (HDR is tone-mapped), each
    frame and the audio at its time. An existing file is replaced only once the copy is complete.

    >>> clip = rushes.media.fit("clip.mp4", start=3.5, seconds=10, max_side=1280)
    >>> job = gen.submit(
    ...     provider="seedance-2.0-fast",
    ...     mode="reference-to-video",
    ...     prompt="The same street, in winter",
    ...     video_references=[clip],
    ... )

    Args:
        source: the file.
        target: the path of the copy; an existing file is replaced. By default the copy is created
            next to the source as ``<name>-fit.<extension>``, or with a number if another file has
            that name.
        max_side: maximum length of the longer side of an image or video, in pixels.
        max_megabytes: maximum size of an image, in 10^6 bytes; not for videos and audio files.
        start: where a clip starts, in seconds from its first frame.
        seconds: maximum length of a clip.

    Returns:
        The path of the copy.

    Raises:
        MediaError: if the file cannot be read or made small enough, an argument is invalid, or the
            copy cannot be written.
        InvalidParams: if the target is not the path of a file.
    """
    side = _check_arguments(max_side, max_megabytes, start, seconds)
    path, kind = _source(source)
    goal = None if target is None else _target(path, target)
    if kind.medium == "image":
        return _image(path, goal, side, max_megabytes)
    if max_megabytes is not None:
        msg = (
            f"{path} is not an image, and max_megabytes is for images. Use seconds=... to make a "
            f"clip shorter, or max_side=... to make a video smaller."
        )
        raise MediaError(msg)
    return _clip(path, goal, side, start, seconds)


def _check_arguments(max_side: Any, max_megabytes: Any, start: Any, seconds: Any) -> int | None:
    """Reject invalid arguments; return the maximum side as an int."""
    side = None
    try:
        side = None if max_side is None else operator.index(max_side)
    except TypeError:
        side = 0
    if side is not None and (side < 1 or isinstance(max_side, bool)):
        msg = f"max_side is {max_side!r}; give a whole number of pixels, 1 or more."
        raise MediaError(msg)
    if max_megabytes is not None and not (_is_finite(max_megabytes) and max_megabytes > 0):
        msg = f"max_megabytes is {max_megabytes!r}; give a number greater than 0, e.g. 9.5."
        raise MediaError(msg)
    is_length = seconds is None or (_is_finite(seconds) and seconds > 0)
    if not _is_finite(start) or start < 0 or not is_length:
        msg = f"start={start!r}, seconds={seconds!r}: give seconds, e.g. start=0, seconds=10."
        raise MediaError(msg)
    return side


def _is_finite(value: Any) -> bool:
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _source(source: str | os.PathLike[str]) -> tuple[Path, Kind]:
    """The file to copy, and its kind."""
    try:
        path = expanded(source)
        with open_regular(path) as file:
            kind = sniff(file.read(HEAD_BYTES))
    except OSError as error:
        msg = f"{os.fsdecode(source)} cannot be read ({error.strerror})."
        raise MediaError(msg) from error
    except (TypeError, ValueError) as error:
        msg = f"{source!r} is not the path of a file ({error})."
        raise MediaError(msg) from error
    if kind is None:
        msg = f"{path} is not an image, video or audio file of a supported format."
        raise MediaError(msg)
    return path, kind


# --- where the copy goes ----------------------------------------------------------------------


def _target(path: Path, target: str | os.PathLike[str]) -> Path:
    goal = target_of(target)
    if is_same(goal, path):
        msg = f"{goal} is the source itself; give the copy another name."
        raise MediaError(msg)
    return goal


def _written(
    path: Path, goal: Path | None, ending: str, write: Callable[[Path, Path], None]
) -> Path:
    """Write a copy to a draft and rename it.

    Args:
        path: the source.
        goal: the requested path, if any.
        ending: the format of the copy.
        write: writes it to a path; also takes its final path, for errors.
    """
    if goal is not None and goal.suffix.lower() not in NAMES[ending]:
        is_one = "a JPEG" if ending == "jpg" else f"a {ending.upper()}"
        if ending == "mp4":
            is_one = "an MP4"
        msg = (
            f"{goal.name}: the copy of {path.name} is {is_one}; use a name that ends in .{ending}."
        )
        raise MediaError(msg)
    shown = goal or path.with_name(_name(path, ending))
    with drafting(shown) as draft:
        write(draft, shown)
        with writing(shown):
            if goal is None:
                return _publish_beside(draft, path, ending)
            if is_same(goal, path):
                # It has become a link to the source in the meantime.
                msg = f"{goal} is the source itself; give the copy another name."
                raise MediaError(msg)
            publish(draft, goal)
    return shown


def _publish_beside(draft: Path, path: Path, ending: str) -> Path:
    """Rename a copy to the first name next to its source that is free or has the same content."""
    for number in itertools.count(1):
        copy = path.with_name(_name(path, ending, number))
        try:
            publish_new(draft, copy)
        except FileExistsError:
            # Running a cell again does not create a second copy.
            if not copy.is_file() or not filecmp.cmp(copy, draft, shallow=False):
                continue
        return copy
    raise AssertionError


def _name(path: Path, ending: str, number: int = 1) -> str:
    stem = path.stem
    while len(os.fsencode(stem)) > LONGEST_STEM:
        stem = stem[:-1]
    return f"{stem}-fit{f'-{number}' if number > 1 else ''}.{ending}"


# --- the copies -------------------------------------------------------------------------------


def _image(path: Path, goal: Path | None, max_side: int | None, megabytes: float | None) -> Path:
    image, ending = read_image(path, max_side)

    def write(draft: Path, _: Path) -> None:
        content = small_enough(path, image, ending, megabytes)
        with writing(draft):
            draft.write_bytes(content)

    return _written(path, goal, ending, write)


def _clip(
    path: Path, goal: Path | None, max_side: int | None, start: float, seconds: float | None
) -> Path:
    import av  # noqa: PLC0415 - heavy

    try:
        if has_pictures(path):

            def film(draft: Path, shown: Path) -> None:
                write_clip(
                    path, draft, shown=shown, max_side=max_side, start=start, seconds=seconds
                )

            return _written(path, goal, "mp4", film)

        # A recording may be in a video container, and a song may have a cover image.
        def sound(draft: Path, shown: Path) -> None:
            with writing(shown):
                write_sound(path, draft, start, seconds)

        return _written(path, goal, "wav", sound)
    except (av.FFmpegError, OSError, ValueError, ArithmeticError, LookupError) as error:
        said = in_words(error) if isinstance(error, av.FFmpegError) else error
        msg = f"{path} cannot be converted ({said})."
        raise MediaError(msg) from error
