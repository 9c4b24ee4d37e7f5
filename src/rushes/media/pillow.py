"""Pictures of others, decoded within limits.

Pillow's readers raise what they like for a broken file (SyntaxError, ValueError, struct.error and
more), print warnings for a large one, and choose a reader by what the file claims to be. Here is
the one place that opens a picture which a user, a page or a service gave.
"""

from __future__ import annotations

import contextlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO

from rushes.contract.errors import MediaError
from rushes.io.kind import HEAD_BYTES, sniff
from rushes.io.regular import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL.Image import Image

MOST_PIXELS = 50_000_000
"""Pixels of a picture that is decoded here: 200 MB as RGBA. Phones make up to 48.8 million."""

READERS = {
    "png": "PNG",
    "jpg": "JPEG",
    "gif": "GIF",
    "tiff": "TIFF",
    "webp": "WEBP",
    "bmp": "BMP",
    "avif": "AVIF",
}
"""Pillow's reader of each kind of picture. HEIC has none."""

UNCERTAIN = {"avif", "heic"}
"""Kinds that Pillow, as it was built, may not read: what fails here a service may still take."""

EXIF_ORIENTATION = 0x0112
SIDEWAYS = {5, 6, 7, 8}
"""Orientations by which a picture is shown turned by a quarter."""

EIGHT_BITS, SIXTEEN_BITS = 255, 65_535


class BrokenPicture(MediaError):
    """A picture that cannot be decoded. The message goes on after the file's name."""


class HugePicture(BrokenPicture):
    """A picture of more pixels than are decoded."""


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Whatever Pillow raises in the body, as a `BrokenPicture`.

    Raises:
        BrokenPicture: saying why.
    """
    try:
        yield
    except (MediaError, MemoryError):
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        msg = f"is broken or cut off: it cannot be decoded ({said})."
        raise BrokenPicture(msg) from error


def size_of(path: Path) -> tuple[int, int] | None:
    """Width and height of a picture as shown, by its header alone.

    Returns:
        None for a format that only the service can read.

    Raises:
        BrokenPicture: when it cannot be read.
        OSError: when the system does not let the file be read.
    """
    with _opened(path) as image:
        return None if image is None else _shown_size(image)


def is_decodable(path: Path) -> bool:
    """Whether a picture can be decoded to its end; False for a format that is not read here.

    Raises:
        HugePicture: when it has more than `MOST_PIXELS`.
        BrokenPicture: when it cannot be decoded.
        OSError: when the system does not let the file be read.
    """
    found = path.stat()
    # A form asks for the same picture with every letter of a prompt.
    return _decodes(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=256)
def _decodes(path: Path, size: int, written_at: int) -> bool:  # noqa: ARG001 - key of the cache
    return upright(path) is not None


def upright(path: Path) -> Image | None:
    """A picture as it is displayed, decoded; None for a format that cannot be read here.

    Raises:
        HugePicture: when it has more than `MOST_PIXELS`.
        BrokenPicture: when it cannot be decoded.
        OSError: when the system does not let the file be read.
    """
    from PIL import ImageOps  # noqa: PLC0415 - heavy

    with _opened(path) as image:
        if image is None:
            return None
        within(image)
        image.load()
        return ImageOps.exif_transpose(image)


def within(image: Image) -> None:
    """Refuse a picture of too many pixels.

    Raises:
        HugePicture: saying how many it has, and how many it may have.
    """
    width, height = image.size
    if width * height > MOST_PIXELS:
        msg = (
            f"is too large: it has {width} x {height} pixels; at most "
            f"{MOST_PIXELS // 1_000_000} million are taken. Make a smaller copy."
        )
        raise HugePicture(msg)


def plain(image: Image) -> Image:
    """A picture with eight bits a channel, in a mode that PNG has.

    Pillow itself cuts off what is beyond 255, so that a picture of 16 bits would be all white.

    Raises:
        BrokenPicture: when it holds numbers of which nobody says what is white.
    """
    if image.mode in {"1", "L", "LA", "P", "RGB", "RGBA"}:
        return image
    if image.mode.startswith("I;16"):
        image = _scaled(image.convert("I"), EIGHT_BITS / SIXTEEN_BITS)
    elif image.mode in {"I", "F"}:
        image = _levelled(image)
    converted = image.convert("RGBA" if image.mode in {"La", "RGBa", "PA"} else "RGB")
    # The profile of a press does not belong to what the colours are now.
    converted.info.pop("icc_profile", None)
    return converted


def _levelled(image: Image) -> Image:
    """A picture of whole numbers or fractions, whose white follows from its largest number."""
    low, high = _extremes(image)
    if 0 <= low <= high <= EIGHT_BITS:
        is_fraction = image.mode == "F" and high <= 1
        return _scaled(image, EIGHT_BITS if is_fraction else 1)
    if image.mode == "I" and 0 <= low <= high <= SIXTEEN_BITS:
        return _scaled(image, EIGHT_BITS / SIXTEEN_BITS)
    scales = "0 to 1, or 0 to 255" if image.mode == "F" else "0 to 255, or 0 to 65535"
    msg = (
        f"holds numbers from {low:g} to {high:g} (mode {image.mode}), and nothing says which is "
        f'white. Scale them to {scales}, or give image.convert("RGB") if it looks right.'
    )
    raise BrokenPicture(msg)


def _extremes(image: Image) -> tuple[float, float]:
    import numpy as np  # noqa: PLC0415 - heavy, and rarely needed

    values = np.asarray(image)
    # A NaN makes both NaN, which are within no limits.
    return float(values.min()), float(values.max())


def _scaled(image: Image, factor: float) -> Image:
    return image.convert("F").point(lambda value: value * factor + 0.5).convert("L")


def _shown_size(image: Image) -> tuple[int, int]:
    import PIL.Image  # noqa: PLC0415 - heavy

    width, height = image.size
    # Not image.getexif(): that of a PNG decodes all of it.
    turned = PIL.Image.Image.getexif(image).get(EXIF_ORIENTATION, 1) in SIDEWAYS
    return (height, width) if turned else (width, height)


def _header(reader: Any, file: BinaryIO, path: Path) -> Image:
    with reading():
        # Not Image.open(): it would print a warning of a large one to the user.
        image: Image = reader(file, str(path))
    if not all(image.size):
        msg = "is broken: it has no pixels."
        raise BrokenPicture(msg)
    return image


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Image | None]:
    """A picture whose header was read; None for a format that Pillow does not read here."""
    import PIL.Image  # noqa: PLC0415 - heavy

    with open_regular(path) as file:
        kind = sniff(file.read(HEAD_BYTES))
        file.seek(0)
        if kind is None or kind.medium != "image":
            msg = "is not an image by its content."
            raise BrokenPicture(msg)
        PIL.Image.init()
        reader: Any = PIL.Image.OPEN.get(READERS.get(kind.extension, ""), (None,))[0]
        if reader is None:
            yield None
            return
        image: Image | None = None
        try:
            image = _header(reader, file, path)
        except BrokenPicture:
            if kind.extension not in UNCERTAIN:
                raise
        try:
            with reading():
                yield image
        finally:
            if image is not None:
                image.close()
