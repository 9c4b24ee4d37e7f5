"""What is written over a take, judged by the pixels that each text changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from rushes.backends.preview.render import Scene, Shot, captions
from rushes.backends.preview.render.film import Film

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np

WIDTH, HEIGHT = 864, 496
BRIGHT = 100
"""Shades by which lettering stands out of a dark picture."""


@pytest.fixture
def scene(tmp_path: Path) -> Callable[..., Scene]:
    """Makes scenes of two seconds that are black but for what is written."""
    black = tmp_path / "black.png"
    Image.new("RGB", (WIDTH, HEIGHT)).save(black)

    def make(**changes: Any) -> Scene:
        plain = {
            "provider": "seedance-2.0",
            "mode": "image-to-video",
            "width": WIDTH,
            "height": HEIGHT,
            "seconds": 2,
            "prompt": "a quiet night",
            "seed": 7,
            "audio": False,
            "camera_fixed": True,
            "start_image": str(black),
            "end_image": str(black),
            "images": (),
            "videos": (),
            "audios": (),
            "shots": (),
            "negative_prompt": None,
            "cfg_scale": None,
            "shot_type": None,
        }
        return Scene(**plain | changes)

    return make


@pytest.fixture
def lettering(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Scene, int], np.ndarray]:
    """Where a text makes a frame brighter; shape (height, width)."""
    write = captions._write

    def luma(subject: Scene, number: int) -> np.ndarray:
        with Film(subject) as film:
            return film.frame(number).to_ndarray(format="gray").astype(int)

    def found(text: str, subject: Scene, number: int) -> np.ndarray:
        def leave_out(image: Image.Image, place: Any, written: str, *rest: Any) -> None:
            if written != text:
                write(image, place, written, *rest)

        whole = luma(subject, number)
        monkeypatch.setattr(captions, "_write", leave_out)
        without = luma(subject, number)
        monkeypatch.setattr(captions, "_write", write)
        return whole - without > BRIGHT

    return found


@pytest.mark.parametrize("provider", ["seedance-2.0", "kling-3.0-standard"])
def test_a_take_is_marked_as_a_preview_of_its_provider(scene, lettering, provider):
    """Nobody takes it for the model's own work: the mark stands in the upper left corner."""
    mark = lettering(f"PREVIEW · {provider}", scene(provider=provider), 24)

    assert mark.sum() > 200
    assert not mark[HEIGHT // 8 :].any()
    assert not mark[:, WIDTH // 2 :].any()


@pytest.mark.parametrize(
    ("text", "shown", "hidden"),
    [("Shot 1 · a snowy forest", 18, 30), ("Shot 2 · a fire", 30, 18)],
)
def test_the_caption_of_a_shot_is_seen_during_the_shot(scene, lettering, text, shown, hidden):
    """With its number, in the lower half, and not during the others."""
    subject = scene(shots=(Shot("a snowy forest", 1), Shot("a fire", 1)))

    caption = lettering(text, subject, shown)

    assert caption.sum() > 200
    assert not caption[: HEIGHT // 2].any()
    assert not lettering(text, subject, hidden).any()
