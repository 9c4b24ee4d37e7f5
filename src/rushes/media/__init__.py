"""Files: bringing videos into the library, measuring them, and keeping inputs safe.

>>> image = rushes.media.fit("portrait.png", max_side=1024)
>>> image.name
'portrait-fit.jpg'
"""

from __future__ import annotations

from typing import Any

__all__ = ["fit"]


def __getattr__(name: str) -> Any:
    # The function hides the module of its name, and is loaded when it is used.
    if name == "fit":
        from rushes.media.fitting import fit  # noqa: PLC0415 - as the comment says

        return fit
    msg = f"module 'rushes.media' has no attribute {name!r}"
    raise AttributeError(msg)
