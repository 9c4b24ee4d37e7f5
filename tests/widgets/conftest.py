"""A Studio without a page: the test is the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.pages import Page, pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rushes import VideoGen


@pytest.fixture
def show(gen: VideoGen, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Page]]:
    """Makes Studios on the emulated service, each with the test as its page."""
    with pages(gen, monkeypatch) as make:
        yield make


@pytest.fixture
def page(show: Callable[..., Page]) -> Page:
    """A Studio as it is without arguments."""
    return show()
