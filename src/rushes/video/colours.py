"""How a video is displayed: one rule for its shape and colours, which browsers follow, too.

Posters, last frames, stills, exports and fitted copies all convert frames here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from av import VideoFrame
    from av.video.reformatter import VideoReformatter
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

SQUARE = Fraction(1)
"""The usual aspect ratio of a pixel."""

WIDEST_PIXEL = 8
"""Most by which a pixel may be wider than high, or higher than wide; real ones are below 2.2."""

BT709, UNSPECIFIED, BT601 = 1, 2, 6
"""FFmpeg's codes of a matrix."""

LIMITED, FULL = 1, 2
"""FFmpeg's codes of a range: black is 16 and white 235, or 0 and 255."""

HIGH = 720
"""Rows from which browsers assume BT.709 for a video without colour tags; below, BT.601."""

UNTAGGED_IS_BT601 = frozenset({"vp9", "av1"})
"""Codecs that carry their own tags: without them, browsers assume BT.601 for every size."""

NEVER_TAGGED = frozenset({"vp8"})
"""Codecs without colour tags, which FFmpeg nevertheless reports as tagged."""

PQ, HLG = 16, 18
"""FFmpeg's codes of the transfer functions of HDR."""

Chromaticities = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]

D65 = (0.3127, 0.3290)

SRGB: Chromaticities = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))

BT2020: Chromaticities = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))

PRIMARIES: dict[int, Chromaticities] = {
    5: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),  # BT.601 with 625 lines
    9: BT2020,
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # P3 of cinemas
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # Display P3
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),  # EBU 3213
}
"""Primaries that are converted, by FFmpeg's code; browsers show all others as if they were sRGB."""

WHITE_NITS = 203
"""Luminance of white paper in HDR video (ITU-R BT.2408)."""

PEAK = 1000 / WHITE_NITS
"""Brightest light that is kept apart from brighter light, as a multiple of white paper."""

PAPER, KNEE = 0.5, 5 / 3
"""White paper becomes half of the brightest light. Up to there the tone curve is straight; above,
it is a Bezier curve to the peak, whose middle point is at this multiple of white paper. Chromium's
values are the same within 1 %."""

LINEAR_SIGNAL, LINEAR_LIGHT = 0.04045, 0.0031308
"""Where the curve of sRGB becomes a line."""

DEEP_WHITE = 255 << 8
"""White in 16 bits, as FFmpeg converts it."""

BAND = 64
"""Rows that are converted at once, because floats need much memory."""


class Form(NamedTuple):
    """What frames are converted to: FFmpeg's name of the format, and its code of the range."""

    name: str
    range: int


RGB = Form("rgb24", FULL)
DEEP = Form("rgb48le", FULL)
VIDEO = Form("yuv420p", LIMITED)


@dataclass(frozen=True, slots=True)
class Display:
    """How the frames of a stream are displayed.

    Attributes:
        aspect: width of a stored pixel divided by its height; not 1 in anamorphic video.
        codec: FFmpeg's name of the codec.
    """

    aspect: Fraction = SQUARE
    codec: str = ""

    def size(self, frame: VideoFrame) -> tuple[int, int]:
        """Width and height of a frame as it is displayed, in square pixels."""
        # As in browsers, one side is stretched and none is shrunk.
        width = round(frame.width * max(self.aspect, SQUARE))
        height = round(frame.height / min(self.aspect, SQUARE))
        return (height, width) if turns_of(frame) % 2 else (width, height)

    def matrix(self, frame: VideoFrame) -> int | None:
        """FFmpeg's code of a frame's matrix; None if the frame itself has it."""
        is_tagged = frame.colorspace != UNSPECIFIED and self.codec not in NEVER_TAGGED
        if is_tagged or frame.format.is_rgb:
            return None
        is_high = frame.height / min(self.aspect, SQUARE) >= HIGH
        return BT709 if is_high and self.codec not in UNTAGGED_IS_BT601 else BT601


SRGB_DISPLAY = Display()
"""For frames without a stream."""


def display_of(stream: VideoStream) -> Display:
    """How the frames of a stream are displayed."""
    aspect = stream.sample_aspect_ratio
    is_possible = aspect and 1 / WIDEST_PIXEL <= aspect <= WIDEST_PIXEL
    codec = stream.codec_context.codec.canonical_name
    return Display(aspect if aspect and is_possible else SQUARE, codec)


def turns_of(frame: VideoFrame) -> int:
    """Quarter turns counter-clockwise that display a frame upright: 0 to 3."""
    return round(frame.rotation / 90) % 4


def converted(
    reformatter: VideoReformatter,
    frame: VideoFrame,
    display: Display,
    size: tuple[int, int],
    form: Form,
) -> tuple[int, VideoFrame]:
    """Convert a frame to another format in BT.709, whose colours are those of sRGB.

    HDR is tone-mapped, and wider gamuts are clipped.

    Args:
        reformatter: reused for all frames, because setting it up costs more than using it.
        frame: a decoded frame.
        display: of its stream.
        size: in pixels, as displayed.
        form: the format and range to convert to.

    Returns:
        The quarter turns that remain to be applied, and the frame.
    """
    turns = turns_of(frame)
    width, height = reversed(size) if turns % 2 else size
    source = display.matrix(frame)
    if is_wide(frame):
        deep = _scaled(reformatter, frame, (width, height), DEEP, source)
        frame, source = _narrowed(deep, frame.color_primaries, frame.color_trc), None
    return turns, _scaled(reformatter, frame, (width, height), form, source)


def is_wide(frame: VideoFrame) -> bool:
    """Whether a frame has a wider range or gamut than sRGB."""
    return frame.color_trc in {PQ, HLG} or frame.color_primaries in PRIMARIES


def _scaled(
    reformatter: VideoReformatter,
    frame: VideoFrame,
    size: tuple[int, int],
    form: Form,
    matrix: int | None,
) -> VideoFrame:
    from av.video.reformatter import Interpolation  # noqa: PLC0415 - only needed with a decoder

    # Without the last two, colours are up to four levels off.
    exact = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    return reformatter.reformat(
        frame,
        *size,
        form.name,
        src_colorspace=matrix,
        dst_colorspace=BT709,
        dst_color_range=form.range,
        interpolation=exact,
        threads=1,
    )


# --- HDR and wide gamuts ----------------------------------------------------------------------


def _narrowed(deep: VideoFrame, primaries: int, transfer: int) -> VideoFrame:
    """Convert a frame with 16 bits per channel to sRGB with eight."""
    import numpy as np  # noqa: PLC0415 - only needed with a decoder
    from av import VideoFrame as Frame  # noqa: PLC0415

    is_hdr = transfer in {PQ, HLG}
    default = BT2020 if is_hdr else SRGB
    matrix = _to_srgb(PRIMARIES.get(primaries, default))
    luminance = _luminance(PRIMARIES.get(primaries, default))
    light, levels = _light(transfer), _levels()
    values = deep.to_ndarray()
    done = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), BAND):
        band = light[values[top : top + BAND]]
        if transfer == HLG:
            # The system gamma of a display of 1000 nits (ITU-R BT.2100).
            band *= PEAK * np.maximum(band @ luminance, 1e-6)[..., None] ** 0.2
        if is_hdr:
            band *= _gain(band.max(axis=2))[..., None]
        band = np.clip(band @ matrix, 0, 1)
        done[top : top + BAND] = levels[(np.sqrt(band) * (len(levels) - 1) + 0.5).astype(np.uint16)]
    return Frame.from_ndarray(done, format="rgb24")


@lru_cache(maxsize=4)
def _light(transfer: int) -> NDArray[np.float32]:
    """The light of each 16-bit value, in which 1 is white paper; in HLG, the peak."""
    import numpy as np  # noqa: PLC0415 - only needed with a decoder

    signal = np.minimum(np.arange(1 << 16) / DEEP_WHITE, 1)
    if transfer == PQ:
        root = signal ** (32 / 2523)
        bright = np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)
        light = bright ** (8192 / 1305) * 10_000 / WHITE_NITS
    elif transfer == HLG:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)  # noqa: PLR2004 - BT.2100
    else:
        # Browsers show the other transfer functions as if they were that of sRGB.
        light = np.where(signal <= LINEAR_SIGNAL, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


@lru_cache(maxsize=1)
def _levels() -> NDArray[np.uint8]:
    """The 8-bit values of sRGB, by the square root of the light."""
    import numpy as np  # noqa: PLC0415 - only needed with a decoder

    light = np.linspace(0, 1, 1 << 14) ** 2
    signal: NDArray[np.float64] = np.where(
        light <= LINEAR_LIGHT, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055
    )
    return (signal * 255 + 0.5).astype(np.uint8)


def _gain(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """The factor by which the tone curve changes light, which keeps its hue."""
    import numpy as np  # noqa: PLC0415 - only needed with a decoder

    bright = np.clip(light, 1, PEAK)
    # How far along the Bezier curve from white paper to the peak: the root of its quadratic.
    bend, slope = 1 + PEAK - 2 * KNEE, 2 * (KNEE - 1)
    at = (np.sqrt(slope**2 + 4 * bend * (bright - 1)) - slope) / (2 * bend)
    level = PAPER * (1 - at) ** 2 + 2 * at * (1 - at) * PAPER * KNEE + at**2
    gain = np.where(light <= 1, PAPER, level / np.maximum(light, 1))
    narrow: NDArray[np.float32] = gain.astype(np.float32)
    return narrow


def _to_srgb(primaries: Chromaticities) -> NDArray[np.float32]:
    """The matrix that converts light of other primaries to that of sRGB, for rows of pixels."""
    import numpy as np  # noqa: PLC0415 - only needed with a decoder

    matrix: NDArray[np.float64] = np.linalg.inv(_to_xyz(SRGB)) @ _to_xyz(primaries)
    return matrix.T.astype(np.float32)


def _luminance(primaries: Chromaticities) -> NDArray[np.float32]:
    import numpy as np  # noqa: PLC0415 - only needed with a decoder

    row: NDArray[np.float64] = _to_xyz(primaries)[1]
    return row.astype(np.float32)


def _to_xyz(primaries: Chromaticities) -> NDArray[np.float64]:
    import numpy as np  # noqa: PLC0415 - only needed with a decoder

    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    x, y = D65
    white = [x / y, 1, (1 - x - y) / y]
    matrix: NDArray[np.float64] = columns * np.linalg.solve(columns, white)
    return matrix
