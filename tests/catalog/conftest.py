from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rushes.catalog import Catalog
from rushes.contract.errors import InvalidParams

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rushes.contract.errors import Problem

LOOPER = """\
id = "looper-1"
title = "Looper"
modes = ["text-to-video", "image-to-video"]

[parameters.loop]
kind = "boolean"
default = true

[parameters.strength]
kind = "number"
unit = "per cent"
help = "How much."
modes = ["image-to-video"]

[parameters.start_image_url]
kind = "image"
modes = ["image-to-video"]
required = ["image-to-video"]

[parameters.duration_seconds]
kind = "integer"
min = 2
max = 10
step = 2
default = 4

[backends.elsewhere.models]
text-to-video = "looper/one"

[backends.elsewhere.refuses]
loop = "Say 'seamless loop' in the prompt."
"""


CONTRACT = ("seedance-2.0", "seedance-2.0-fast", "kling-3.0-standard")
"""The providers of the contract's table, whose messages and figures the tests spell out."""


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog(spec for spec in Catalog.load().values() if spec.id in CONTRACT)


@pytest.fixture
def user_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "providers"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def looper() -> str:
    """The file of a provider that nobody but these tests knows."""
    return LOOPER


@pytest.fixture
def with_looper(user_folder: Path, looper: str) -> Catalog:
    (user_folder / "looper.toml").write_text(looper, encoding="utf-8")
    return Catalog.load(user_folder)


@pytest.fixture
def problems(catalog: Catalog) -> Callable[..., dict[str, Problem]]:
    """The problems of a request by parameter."""

    def read(backend: str | None = None, **request: Any) -> dict[str, Problem]:
        with pytest.raises(InvalidParams) as caught:
            catalog.read(request, backend=backend)
        return {problem.parameter: problem for problem in caught.value.problems}

    return read
