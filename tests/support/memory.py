"""How much memory this process has taken."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak() -> int:
    """The most bytes of this process that were in memory at once.

    Linux counts a parent's into what `getrusage` says of its children.
    """
    if STATUS.exists():
        return int(STATUS.read_text("ascii").partition("VmHWM:")[2].split()[0]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
