"""Decodes untrusted images within limits.

Pillow's readers raise all kinds of exceptions for a broken file (SyntaxError, ValueError,
struct.error and more), print warnings for a large one, and guess the reader from the file. All
images from a user, a page or a service are opened here.
"""

from __future__ import annotations

import contextlib
import io
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO

from rushes.contract.errors import MediaError
from rushes.io.kind import HEAD_BYTES, sniff
from rushes.io.regular import open_regular
from rushes.video import container

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL.Image import Image

    from rushes.io.kind import Kind

MOST_PIXELS = 50_000_000
"""Most pixels of an image that is decoded: 200 MB as RGBA. Phones produce up to 48.8 million."""

READERS = {
    "png": "PNG",
    "jpg": "JPEG",
    "gif": "GIF",
    "tiff": "TIFF",
    "webp": "WEBP",
    "bmp": "BMP",
    "avif": "AVIF",
}
"""Pillow's reader for each kind of image. There is none for HEIC."""

UNCERTAIN = {"avif", "heic"}
"""Kinds that a build of Pillow may not support: a service may accept what fails here."""

_one_at_a_time = threading.Lock()
"""Held while a picture is decoded: each may take 800 MB."""

EXIF_ORIENTATION = 0x0112
TIFF_WIDTH = 256
TURNED = {2, 3, 4, 5, 6, 7, 8}
"""Orientations in which an image is displayed rotated or mirrored."""

SIDEWAYS = {5, 6, 7, 8}
"""Orientations in which an image is displayed rotated by 90 or 270 degrees."""

EIGHT_BIT_MODES = {"1", "L", "LA", "P", "RGB", "RGBA"}
"""Pillow's modes with at most eight bits per channel that PNG supports."""

PROFILED_MODES = {"CMYK"}
"""Modes with eight bits per channel that only an ICC profile describes exactly."""

EIGHT_BITS, SIXTEEN_BITS = 255, 65_535


class BrokenPicture(MediaError):
    """An image that cannot be decoded. The message continues a sentence after the file's name."""


class HugePicture(BrokenPicture):
    """An image with too many pixels to decode."""


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Convert any exception of Pillow to a `BrokenPicture`.

    Raises:
        BrokenPicture: with the reason.
    """
    try:
        yield
    except (MediaError, MemoryError):
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        msg = f"is broken or truncated: it cannot be decoded ({said})."
        raise BrokenPicture(msg) from error


def size_of(path: Path) -> tuple[int, int] | None:
    """Displayed width and height of an image, from its header alone.

    Returns:
        None for a format that only the service can read.

    Raises:
        BrokenPicture: if it cannot be read.
        OSError: if the system denies reading the file.
    """
    with _opened(path) as image:
        return None if image is None else _shown_size(image)


def is_decodable(path: Path) -> bool:
    """Whether an image can be decoded completely; False for an unsupported format.

    Raises:
        HugePicture: if it has more than `MOST_PIXELS`.
        BrokenPicture: if it cannot be decoded.
        OSError: if the system denies reading the file.
    """
    found = path.stat()
    # A form checks the same image with every keystroke in the prompt.
    return _decodes(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=256)
def _decodes(path: Path, size: int, written_at: int) -> bool:  # noqa: ARG001 - key of the cache
    image = upright(path)
    if image is not None and _is_deep(image):
        plain(image)
    return image is not None


def upright(path: Path) -> Image | None:
    """Decode an image as it is displayed; None for an unsupported format.

    Raises:
        HugePicture: if it has more than `MOST_PIXELS`.
        BrokenPicture: if it cannot be decoded.
        OSError: if the system denies reading the file.
    """
    from PIL import ImageOps  # noqa: PLC0415 - heavy

    with _opened(path) as image, _one_at_a_time:
        if image is None:
            return None
        within(image)
        image.load()
        return ImageOps.exif_transpose(image)


def as_displayed(file: BinaryIO, kind: Kind) -> bytes | None:
    """A copy of an image that a service may not see as it is displayed.

    It is stored turned, with a note, or has grey of more than eight bits, which many readers clip.

    Args:
        file: open for reading; its position is lost.
        kind: its kind.

    Returns:
        The copy: a JPEG of a JPEG, otherwise a PNG; None if none is needed, or the image is in an
        unsupported format.

    Raises:
        HugePicture: if it has more than `MOST_PIXELS`.
        BrokenPicture: if it cannot be decoded, or the white level of its values is unknown.
    """
    import PIL.Image  # noqa: PLC0415 - heavy
    from PIL import ImageOps  # noqa: PLC0415

    PIL.Image.init()
    reader: Any = PIL.Image.OPEN.get(READERS.get(kind.extension, ""), (None,))[0]
    # Without a reader, or by the reader itself, nothing can be turned here.
    if reader is None or kind.extension in UNCERTAIN:
        return None
    file.seek(0)
    with reading(), _header(reader, file, "") as image, _one_at_a_time:
        is_turned = PIL.Image.Image.getexif(image).get(EXIF_ORIENTATION, 1) in TURNED
        # Pillow turns TIFF itself.
        if not _is_deep(image) and not (is_turned and kind.extension != "tiff"):
            return None
        within(image)
        profile = image.info.get("icc_profile")
        upright = ImageOps.exif_transpose(image)
        if _is_deep(image):
            upright, profile = plain(upright), None
        data = io.BytesIO()
        if kind.extension == "jpg":
            upright.save(data, "JPEG", quality=95, subsampling=0, icc_profile=profile, exif=b"")
        else:
            upright.save(data, "PNG", icc_profile=profile, exif=b"")
        return data.getvalue()


def thumbnail(path: Path, side: int) -> tuple[Image, tuple[int, int]] | None:
    """A small copy of an image as it is displayed, and the image's own size.

    Args:
        path: the image.
        side: the most pixels of the copy's width and height.

    Returns:
        None for an unsupported format.

    Raises:
        HugePicture: if it has more than `MOST_PIXELS`.
        BrokenPicture: if it cannot be decoded.
        OSError: if the system denies reading the file.
    """
    from PIL import ImageOps  # noqa: PLC0415 - heavy

    with _opened(path) as image, _one_at_a_time:
        if image is None:
            return None
        within(image)
        size = _shown_size(image)
        if image.mode in EIGHT_BIT_MODES:
            # Before anything else: a JPEG is then decoded at a fraction of its size.
            image.thumbnail((side, side))
        small = plain(ImageOps.exif_transpose(image))
        small.thumbnail((side, side))
        return small, size


def _is_deep(image: Image) -> bool:
    """Whether an image is grey with more than eight bits."""
    return image.mode.startswith("I;16") or image.mode in {"I", "F"}


def within(image: Image) -> None:
    """Reject an image with too many pixels.

    Raises:
        HugePicture: with its size and the limit.
    """
    width, height = image.size
    if width * height > MOST_PIXELS:
        msg = (
            f"is too large: it has {width} x {height} pixels; the maximum is "
            f"{MOST_PIXELS // 1_000_000} million. Make a smaller copy."
        )
        raise HugePicture(msg)


def srgb(image: Image) -> Image:
    """Convert an image to sRGB, with eight bits per channel: RGB, or RGBA if it has transparency.

    Raises:
        BrokenPicture: if it has values whose white level is unknown.
    """
    profile: bytes = image.info.get("icc_profile") or b""
    if image.mode in PROFILED_MODES and profile:
        image = _converted(image, profile, "RGB") or image
    image = plain(image)
    is_clear = image.mode in {"RGBA", "LA"} or "transparency" in image.info
    mode = "RGBA" if is_clear else "RGB"
    if image.mode in {"P", "1"} or "transparency" in image.info:
        image = image.convert(mode)
    if image.info.get("icc_profile"):
        image = _converted(image, profile, mode) or image
    image = image if image.mode == mode else image.convert(mode)
    image.info.pop("icc_profile", None)
    return image


def _converted(image: Image, profile: bytes, mode: str) -> Image | None:
    """Convert the colours of an image from its ICC profile to sRGB; None if that is impossible."""
    from PIL import ImageCms  # noqa: PLC0415 - heavy

    if image.mode == "LA":  # Not supported by the colour management.
        grey, alpha = image.split()
        done = _converted(grey, profile, "RGB")
        if done is not None:
            done.putalpha(alpha)
        return done
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        done = ImageCms.profileToProfile(image, source, target, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # A profile of another kind of image, or a broken one, is ignored.
    if done is not None:
        done.info.pop("icc_profile", None)
    return done


def plain(image: Image) -> Image:
    """Convert an image to eight bits per channel, in a mode that PNG supports.

    Pillow itself clips values above 255, so a 16-bit image would become white.

    Raises:
        BrokenPicture: if it has values whose white level is unknown.
    """
    if image.mode in EIGHT_BIT_MODES:
        return image
    if image.mode.startswith("I;16"):
        image = _scaled(image.convert("I"), EIGHT_BITS / SIXTEEN_BITS)
    elif image.mode in {"I", "F"}:
        image = _levelled(image)
    converted = image.convert("RGBA" if image.mode in {"La", "RGBa", "PA"} else "RGB")
    # The ICC profile does not match the converted colours.
    converted.info.pop("icc_profile", None)
    return converted


def _levelled(image: Image) -> Image:
    """Scale an image of integers or floats by a white level derived from its largest value."""
    low, high = _extremes(image)
    if 0 <= low <= high <= EIGHT_BITS:
        is_fraction = image.mode == "F" and high <= 1
        return _scaled(image, EIGHT_BITS if is_fraction else 1)
    if image.mode == "I" and 0 <= low <= high <= SIXTEEN_BITS:
        return _scaled(image, EIGHT_BITS / SIXTEEN_BITS)
    scales = "0 to 1, or 0 to 255" if image.mode == "F" else "0 to 255, or 0 to 65535"
    msg = (
        f"has values from {low:g} to {high:g} (mode {image.mode}), and their white level is "
        f'unknown. Scale them to {scales}, or give image.convert("RGB") if that looks right.'
    )
    raise BrokenPicture(msg)


def _extremes(image: Image) -> tuple[float, float]:
    import numpy as np  # noqa: PLC0415 - heavy, and rarely needed

    values = np.asarray(image)
    # With a NaN both are NaN, which fails every comparison.
    return float(values.min()), float(values.max())


def _scaled(image: Image, factor: float) -> Image:
    return image.convert("F").point(lambda value: value * factor + 0.5).convert("L")


def _shown_size(image: Image) -> tuple[int, int]:
    import PIL.Image  # noqa: PLC0415 - heavy

    width, height = image.size
    if width != getattr(image, "tag_v2", {}).get(TIFF_WIDTH, width):
        return width, height  # Pillow turns TIFF itself.
    # Not image.getexif(), which decodes a PNG completely.
    turned = PIL.Image.Image.getexif(image).get(EXIF_ORIENTATION, 1) in SIDEWAYS
    return (height, width) if turned else (width, height)


def _header(reader: Any, file: BinaryIO, path: Path | str) -> Image:
    with reading():
        # Not Image.open(), which prints a warning for a large image.
        image: Image = reader(file, str(path))
    if not all(image.size):
        msg = "is broken: it has no pixels."
        raise BrokenPicture(msg)
    return image


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Image | None]:
    """Open an image and read its header; None for a format that Pillow does not support."""
    import PIL.Image  # noqa: PLC0415 - heavy

    with open_regular(path) as file:
        kind = sniff(file.read(HEAD_BYTES))
        file.seek(0)
        if kind is None or kind.medium != "image":
            msg = "is not an image by its content."
            raise BrokenPicture(msg)
        if kind.extension in UNCERTAIN and container.is_cut(file):
            msg = "is broken or truncated: it ends too early."
            raise BrokenPicture(msg)
        file.seek(0)
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
