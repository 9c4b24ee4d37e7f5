"""Text and shades that are drawn over finished frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

    from rushes.video.sheets import Sheet, Sheets


Ink = NDArray[np.uint16]
"""Luma or chroma in a wider type than a frame's; shape (height, width)."""

Inks = tuple[Ink, Ink, Ink]
"""Luma and both chroma planes of an image in progress."""


class Overlay:
    """An image with transparency, converted once to the planes of a 4:2:0 frame.

    Only the rectangle that it covers is changed, which makes captions cheap.

    Attributes:
        width: in pixels.
        height: in pixels.
        parts: ink and cover of luma and of both chroma planes, in fixed point with 8 fractional
            bits; the ink, 0 to 255, is already multiplied by the cover, 0 to 1.
    """

    def __init__(self, image: Image.Image) -> None:
        """Convert an RGBA image of even width and height."""
        rgba = np.asarray(image, dtype=np.float32)
        alpha = rgba[:, :, 3] / np.float32(255)
        red, green, blue = (rgba[:, :, channel] / np.float32(255) for channel in range(3))
        # BT.709 in the limited range of video: black is 16, white 235, no colour 128.
        luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        planes = (
            16 + 219 * luma,
            128 + 224 * (blue - luma) / 1.8556,
            128 + 224 * (red - luma) / 1.5748,
        )
        self.parts: list[tuple[NDArray[np.uint16], NDArray[np.uint16]]] = []
        for number, plane in enumerate(planes):
            ink, cover = plane * alpha, alpha
            if number:
                ink, cover = _halved(ink), _halved(cover)
            self.parts.append(
                (np.round(ink * 256).astype(np.uint16), np.round(cover * 256).astype(np.uint16))
            )
        self.width, self.height = image.size

    def lay(self, planes: Sheets | Inks, x: int, y: int, opacity: float = 1.0) -> None:
        """Blend over a frame.

        Args:
            planes: of the frame.
            x: the column of the left edge; even.
            y: the row of the upper edge; even.
            opacity: 0 to 1.
        """
        under: tuple[Sheet | Ink, ...] = planes
        for number, (plane, (ink, cover)) in enumerate(zip(under, self.parts, strict=True)):
            step = 2 if number else 1
            left, top = max(0, x // step), max(0, y // step)
            area = plane[top : top + cover.shape[0], left : left + cover.shape[1]]
            # What is beyond the edge of a small frame is cut off.
            rows, columns = area.shape
            ink, cover = ink[:rows, :columns], cover[:rows, :columns]  # noqa: PLW2901 - the part
            if opacity < 1:
                part = round(opacity * 256)
                thin_ink = ((ink.astype(np.uint32) * part) >> 8).astype(np.uint16)
                thin_cover = ((cover.astype(np.uint32) * part) >> 8).astype(np.uint16)
            else:
                thin_ink, thin_cover = ink, cover
            area[:] = (area * (256 - thin_cover) + thin_ink) >> 8


def _halved(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of each two by two pixels, as chroma is stored."""
    rows, columns = plane.shape
    half: NDArray[np.float32] = plane.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))
    return half
