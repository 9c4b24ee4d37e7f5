"""The thread that does all work on jobs: sending, asking, fetching, recovering."""

from rushes.engine.engine import Engine
from rushes.engine.leases import Share
from rushes.engine.timing import Timing
from rushes.engine.tracking import Progress

__all__ = ["Engine", "Progress", "Share", "Timing"]
