"""A Studio without a page: the test is the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.pages import Page


@pytest.fixture
def page(show: Callable[..., Page]) -> Page:
    """A Studio as it is without arguments."""
    return show()
