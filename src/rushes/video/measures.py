"""What can be measured of a take: names, units, and what each number means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

VERSION = 3
"""Of the measures: what another version measured is measured again."""

NOT_QUALITY = (
    "None of these numbers measures quality: a shaky, noisy take scores high on motion and detail, "
    "a fine close-up low. They show how takes differ; which one is better is for you to judge."
)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One number that is measured of a take.

    Attributes:
        name: of the number, as in columns.
        title: as people read it.
        unit: of the number; empty for a count.
        meaning: what it says, in half a sentence.
        digits: shown behind the point.
    """

    name: str
    title: str
    unit: str
    meaning: str
    digits: int = 1

    def text(self, value: float) -> str:
        """A value as it is shown, with its unit."""
        return f"{value:.{self.digits}f} {self.unit}".rstrip()


MEASURES = (
    Measure(
        name="motion",
        title="Motion",
        unit="levels",
        meaning="change from frame to frame, of 255; a moving camera counts, too",
    ),
    Measure(
        name="detail",
        title="Detail",
        unit="levels",
        meaning="strength of edges, of 255; noise counts, too",
    ),
    Measure(
        name="blur",
        title="Blur",
        unit="px",
        meaning="width of edges, at least 6; higher is softer; a soft background counts, too",
        digits=2,
    ),
    Measure(
        name="flicker",
        title="Flicker",
        unit="levels",
        meaning="how far the brightness jumps back and forth between frames, of 255",
        digits=2,
    ),
    Measure(
        name="cuts",
        title="Cuts",
        unit="",
        meaning="moments when the picture changes abruptly; a flash counts as two",
        digits=0,
    ),
    Measure(
        name="frozen",
        title="Frozen",
        unit="s",
        meaning="time during which the picture stands still, for 0.25 s or longer",
        digits=2,
    ),
    Measure(
        name="black",
        title="Black",
        unit="s",
        meaning="time during which nearly all of the picture is black",
        digits=2,
    ),
    Measure(
        name="loudness",
        title="Loudness",
        unit="LUFS",
        meaning="of the whole sound (EBU R 128); streaming aims at -14, television at -23",
    ),
    Measure(
        name="peak",
        title="Peak",
        unit="dBTP",
        meaning="the highest true peak of the sound; above 0 it distorts when played",
    ),
    Measure(
        name="silent",
        title="Silent",
        unit="s",
        meaning="time during which the sound is below -50 dB, for 0.25 s or longer",
        digits=2,
    ),
    Measure(
        name="clipped",
        title="Clipped",
        unit="%",
        meaning="samples of the sound at full scale",
        digits=2,
    ),
    Measure(
        name="start",
        title="Start image",
        unit="SSIM",
        meaning="likeness of the first frame to the start image; 1 is the same",
        digits=3,
    ),
    Measure(
        name="xpsnr",
        title="Other take",
        unit="dB",
        meaning="likeness to the other take (XPSNR); above 40 a difference is hard to see",
    ),
)
"""Every measure, in the order in which they are shown."""

BY_NAME = {measure.name: measure for measure in MEASURES}

SERIES = {
    "motion": "levels",
    "detail": "levels",
    "blur": "px",
    "flicker": "levels",
    "brightness": "levels",
    "change": "%",
    "loudness": "LUFS",
    "xpsnr": "dB",
}
"""What is measured at each moment, with its unit: of each frame, loudness every 0.1 s."""

SPANS = ("frozen", "black", "silent")
"""What lasts: its value is the sum of its parts, which are listed as well."""

MOST_MOMENTS = 54_000
"""Frames of a take that are measured: half an hour at 30 frames per second."""

_Number = Annotated[float, Field(allow_inf_nan=False)]
_Numbers = Annotated[tuple[_Number | None, ...], Field(max_length=MOST_MOMENTS)]
_Moments = Annotated[tuple[_Number, ...], Field(max_length=MOST_MOMENTS)]
_Spans = Annotated[tuple[tuple[_Number, _Number], ...], Field(max_length=MOST_MOMENTS)]


class Track(BaseModel):
    """Numbers along a take.

    Attributes:
        times: in seconds from the first frame, ascending.
        series: by name, a number for each of the times; None where there is none.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    times: _Moments = ()
    series: Annotated[dict[str, _Numbers], Field(max_length=20)] = {}


class Measured(BaseModel):
    """What was measured of a file.

    Attributes:
        seconds: its length.
        values: by the name of the measure; those that do not apply are absent.
        pictures: a number for each frame.
        sound: a number for each tenth of a second.
        cuts: the moments of its cuts, in seconds: the time of the first frame after each.
        spans: by name, the start and end of each part, in seconds.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    values: Annotated[dict[str, _Number], Field(max_length=50)]
    pictures: Track
    sound: Track = Track()
    cuts: _Moments = ()
    spans: Annotated[dict[str, _Spans], Field(max_length=20)] = {}
