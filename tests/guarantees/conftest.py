"""What tests of several guarantees share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rushes import VideoGen
from support.timings import QUICK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[Any], VideoGen]]:
    """Makes clients of services, by their backends, on one home."""
    made: list[VideoGen] = []

    def client(backend: Any) -> VideoGen:
        folders: dict[str, Any] = {"home": tmp_path / "home", "library": tmp_path / "media"}
        made.append(VideoGen(backend, **folders, timing=QUICK, timeout=60))
        return made[-1]

    yield client
    for gen in made:
        gen.close()
