"""The embedded preview: renders a real video on this machine, with no key and no network.

Its name is loaded when it is first used, so that a renderer, which needs no HTTP, starts sooner.
"""

from __future__ import annotations

import sys
from typing import Any

from rushes.io.names import load


def __getattr__(name: str) -> Any:
    return load(sys.modules[__name__], name)


def __dir__() -> list[str]:
    return list(__getattr__("__all__"))
