"""How much memory this process takes."""

from __future__ import annotations

import sys
from pathlib import Path

STATM = Path("/proc/self/statm")
"""Linux: sizes in pages, the second of which is what is in memory."""


def in_use() -> int:
    """Bytes of this process in memory; on macOS the most there ever were, 0 where unknown."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return 0
    try:
        return int(STATM.read_text("ascii").split()[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
