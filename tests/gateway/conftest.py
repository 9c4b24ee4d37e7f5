"""Gateways of the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi")

from gateway.serving import Served
from rushes.gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path / "gateway",
        config=tmp_path / "config",
        media=tmp_path / "media",
        port=0,
        backend="preview",
        heartbeat=0.1,
    )


@pytest.fixture
def gateway(settings: Settings) -> Iterator[Served]:
    """A gateway that makes previews."""
    with Served(settings) as served:
        yield served
