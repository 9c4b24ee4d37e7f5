"""Media files: downloading and measuring videos, the library, and local inputs.

>>> image = rushes.media.fit("portrait.png", max_side=1024)
>>> image.name
'portrait-fit.jpg'
"""

from __future__ import annotations

import sys
from typing import Any

from rushes.io.names import load


def __getattr__(name: str) -> Any:
    return load(sys.modules[__name__], name)


def __dir__() -> list[str]:
    return list(__getattr__("__all__"))
