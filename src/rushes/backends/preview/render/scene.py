"""What a take of the preview shows, and what chance decides about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping


FRAME_RATE = 24
"""Frames per second of a take, unless the scene says otherwise."""


@dataclass(frozen=True)
class Shot:
    """One scene of a multi-prompt take.

    Attributes:
        prompt: what happens in it.
        seconds: its length.
    """

    prompt: str
    seconds: int


@dataclass(frozen=True)
class Scene:
    """Everything that is needed to draw one take; the same scene gives the same frames.

    Attributes:
        provider: id of the model that the take stands in for, e.g. ``"seedance-2.0"``.
        mode: of the request, e.g. ``"text-to-video"``.
        width: of the picture, in pixels; even, as 4:2:0 video demands.
        height: of the picture, in pixels; even.
        seconds: length of the take.
        prompt: what the take shows.
        seed: fixes every random choice.
        audio: whether the file has a sound track.
        camera_fixed: whether the camera stands still; light, water and weather move all the same.
        start_image: path of the picture that the take begins with.
        end_image: path of the picture that the take ends on.
        images: paths of reference pictures.
        videos: paths of reference videos.
        audios: paths of reference sounds.
        shots: the scenes of a multi-prompt take, in order; empty otherwise.
        negative_prompt: words whose moods are not chosen; also shown in small print.
        cfg_scale: 0 to 1, pale and flat to deep and contrasty; None is the middle.
        shot_type: ``"intelligent"`` dissolves from shot to shot, anything else cuts.
        marked: whether the provider, the prompt and the time are written over the picture.
        frame_rate: frames per second; a moment looks the same at any.
    """

    provider: str
    mode: str
    width: int
    height: int
    seconds: int
    prompt: str
    seed: int
    audio: bool
    camera_fixed: bool
    start_image: str | None
    end_image: str | None
    images: tuple[str, ...]
    videos: tuple[str, ...]
    audios: tuple[str, ...]
    shots: tuple[Shot, ...]
    negative_prompt: str | None
    cfg_scale: float | None
    shot_type: str | None
    marked: bool = True
    frame_rate: int = FRAME_RATE

    @property
    def frames(self) -> int:
        """How many frames the take has."""
        return self.seconds * self.frame_rate

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The scene that `to_json` wrote."""
        lists = {name: tuple(data[name]) for name in ("images", "videos", "audios")}
        shots = tuple(Shot(**shot) for shot in data["shots"])
        return cls(**{**data, **lists, "shots": shots})

    def to_json(self) -> dict[str, Any]:
        """The scene as plain JSON values."""
        plain = asdict(self)
        for name in ("images", "videos", "audios", "shots"):
            plain[name] = list(plain[name])
        return plain


def chance(*parts: str | int) -> np.random.Generator:
    """A generator of random numbers that depends on `parts` alone.

    Python's own `hash` of a text differs from process to process, hence the digest.
    """
    text = "\x1f".join(str(part) for part in parts)
    digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
