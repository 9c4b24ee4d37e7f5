"""Media files: downloading and measuring videos, the library, and local inputs.

>>> image = rushes.media.fit("portrait.png", max_side=1024)
>>> image.name
'portrait-fit.jpg'
"""

from __future__ import annotations

from typing import Any

__all__ = ["fit"]


def __getattr__(name: str) -> Any:
    # Loaded on first use, because it needs heavy dependencies.
    if name == "fit":
        from rushes.media.fitting import fit  # noqa: PLC0415 - see above

        return fit
    msg = f"module 'rushes.media' has no attribute {name!r}"
    raise AttributeError(msg)
