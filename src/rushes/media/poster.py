"""Poster images of videos."""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING

from rushes.contract.media_errors import unwritable
from rushes.io.atomic import write_atomically
from rushes.io.kind import HEAD_BYTES, sniff
from rushes.io.regular import open_regular
from rushes.video.colours import display_of
from rushes.video.frames import decoded, opened, picture, unplayable

if TYPE_CHECKING:
    from pathlib import Path

    from av import VideoFrame

_CANDIDATES = 48
"""Frames that are searched for one that is not black: the first two seconds."""

_DARK = 24.0
"""Mean brightness, of 255, up to which a frame counts as black."""

FOLDER = "posters"
"""Name of the folder of posters in a library."""


def poster_beside(video: Path) -> Path | None:
    """The poster of a video, by its name; None if there is none."""
    places = (video.parent / FOLDER, video.parent)
    return next((path for place in places if is_still(path := place / f"{video.stem}.jpg")), None)


def is_still(path: Path) -> bool:
    """Whether a file is an image, and not a link."""
    if path.is_symlink() or (path.parent.name == FOLDER and path.parent.is_symlink()):
        return False
    try:
        with open_regular(path) as file:
            kind = sniff(file.read(HEAD_BYTES))
    except (OSError, ValueError):
        return False
    return kind is not None and kind.medium == "image"


def make_poster(video: Path, target: Path, width: int = 640) -> None:
    """Save the first frame of a video that is not black, or the brightest early one.

    Args:
        video: the video file.
        target: the poster file; its suffix selects WebP or JPEG.
        width: of the poster in pixels; a smaller video is not enlarged.

    Raises:
        MediaError: if the video cannot be played or the poster cannot be written.
    """
    with opened(video) as (film, stream):
        best: VideoFrame | None = None
        light = -1.0
        for frame in islice(decoded(video, film, stream), _CANDIDATES):
            if (here := _brightness(frame)) > light:
                best, light = frame, here
            if light > _DARK:
                break
        if best is None:
            raise unplayable(video, "none of its frames can be decoded")
        image = picture(best, display_of(stream), width)
    data = io.BytesIO()
    kind = "WEBP" if target.suffix.lower() == ".webp" else "JPEG"
    image.save(data, kind, quality=82)
    try:
        write_atomically(target, data.getvalue())
    except OSError as error:
        raise unwritable(target.parent, error) from error


def _brightness(frame: VideoFrame) -> float:
    """Mean brightness of a frame, 0 to 255."""
    return float(frame.reformat(width=64, height=36, format="gray").to_ndarray().mean())
