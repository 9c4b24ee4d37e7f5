"""Copies of images: smaller in pixels or bytes, in formats that every service takes."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

from rushes.contract.errors import MediaError
from rushes.video import pillow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL.Image import Image

MEGABYTE = 1_000_000

QUALITIES = (90, 80, 70, 55, 40)
"""JPEG qualities to try until an image is small enough."""

SHRINK = 0.8
"""Scale factor if a lower quality is not enough."""


def read_image(path: Path, max_side: int | None) -> tuple[Image, str]:
    """An image as it is displayed, in sRGB, and the extension of its copy.

    Raises:
        MediaError: if it cannot be read.
    """
    try:
        image = pillow.upright(path)
        with pillow.reading():
            image = None if image is None else pillow.srgb(image)
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror})."
        raise MediaError(msg) from error
    except pillow.BrokenPicture as error:
        msg = f"{path} {error.message}"
        raise MediaError(msg) from error
    if image is None:
        msg = f"{path} is an image in a format that cannot be read here; save it as PNG or JPEG."
        raise MediaError(msg)
    if max_side is not None:
        image.thumbnail((max_side, max_side))
    return image, "png" if image.mode == "RGBA" else "jpg"


def small_enough(path: Path, image: Image, ending: str, megabytes: float | None) -> bytes:
    """Encode an image within a limit of 10^6 bytes.

    Raises:
        MediaError: if it is too large even as a single pixel.
    """
    most = math.inf if megabytes is None else megabytes * MEGABYTE
    while True:
        for content in _encodings(image, ending):
            if len(content) <= most:
                return content
        if max(image.size) <= 1:
            msg = f"{path} cannot be made smaller than {megabytes:g} MB; raise max_megabytes."
            raise MediaError(msg)
        # Rounded down, so that the loop ends.
        width, height = (max(1, int(side * SHRINK)) for side in image.size)
        image = image.resize((width, height))


def _encodings(image: Image, ending: str) -> Iterator[bytes]:
    """Encodings of the image, best first."""
    if ending == "png":
        yield _saved(image, "PNG")
        return
    for quality in QUALITIES:
        yield _saved(image, "JPEG", quality=quality)


def _saved(image: Image, kind: str, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, optimize=True, **options)
    return file.getvalue()
