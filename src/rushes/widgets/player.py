"""The player that compares takes, for the widgets that load it when takes are first compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rushes.contract.errors import RushesError

if TYPE_CHECKING:
    from rushes.widgets import messages

STATIC = Path(__file__).parent / "static"

LARGEST_PART = 1 << 20
"""Bytes of a part of the page; a tenth of what closes a Jupyter connection."""


def player() -> messages.compare.Player:
    """Its module and its style sheet.

    Raises:
        RushesError: if the package does not have it.
    """
    return {"script": _part("compare.js"), "style": _part("player.css")}


def _part(name: str) -> str:
    try:
        data = (STATIC / name).read_bytes()
    except OSError as error:
        msg = f"{STATIC / name} cannot be read: {error.strerror}. Install rushes again."
        raise RushesError(msg) from error
    if len(data) > LARGEST_PART:
        msg = f"{STATIC / name} has more than {LARGEST_PART} bytes. Install rushes again."
        raise RushesError(msg)
    return data.decode()
