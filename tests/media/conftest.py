from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulators.clips import ClipSpec, clip, stamp
from media.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = ClipSpec(width=64, height=36, seconds=1)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as running:
        yield running


@pytest.fixture(scope="session")
def mp4() -> bytes:
    """A clip of one second, with sound."""
    return clip(SMALL)


@pytest.fixture(scope="session")
def big(mp4: bytes) -> bytes:
    """The same clip with three megabytes in a box that players skip."""
    return stamp(mp4, "x" * 3_000_000)
