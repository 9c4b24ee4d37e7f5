"""Comparing takes: exports to share, and votes with their summary.

>>> from rushes.comparison import contact_sheet, entries, page, side_by_side, summary, votes
>>> takes = entries({"kling": job, "seedance": other_job})
>>> side_by_side(takes, "comparison.mp4")
>>> summary(votes(gen))

Names are loaded on first use, because most need a decoder.
"""

from __future__ import annotations

import sys
from typing import Any

from rushes.io.names import load


def __getattr__(name: str) -> Any:
    return load(sys.modules[__name__], name)


def __dir__() -> list[str]:
    return list(__getattr__("__all__"))
