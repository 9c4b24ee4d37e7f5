"""A kernel that the tests of a module share, because starting one takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.kernels import Kernel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[Kernel]:
    with Kernel(tmp_path_factory.mktemp("notebook"), home) as running:
        yield running
