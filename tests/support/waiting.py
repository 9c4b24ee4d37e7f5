"""Waiting for something that nobody announces."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def until(condition: Callable[[], T], timeout: float = 120.0, *, pause: float = 0.02) -> T:
    """Return what `condition` gives as soon as that is true.

    Raises:
        TimeoutError: it was not true within `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while not (found := condition()):
        if time.monotonic() > deadline:
            message = f"not within {timeout:g} s: {condition}"
            raise TimeoutError(message)
        time.sleep(pause)
    return found
