"""Takes side by side, as a page to send to somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from rushes.comparison.entry import Entry

LARGEST = 100_000_000
"""Bytes of video that a page may hold: more is neither mailed nor opened gladly."""


def page(entries: Sequence[Entry], path: str | os.PathLike[str], *, limit: int = LARGEST) -> Path:
    """Write one HTML file that plays all takes together, with no network and no kernel.

    >>> from rushes.comparison import entries, page
    >>> page(entries([first, second]), "comparison.html")

    Args:
        entries: what is compared.
        path: the page; one that is there is replaced.
        limit: bytes of video that it may hold.

    Returns:
        The absolute path of the page.

    Raises:
        MediaError: when a take has no file, a file is no video, the videos are larger than the
            limit, or the page cannot be written.
    """
    raise NotImplementedError
