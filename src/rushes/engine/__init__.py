"""The thread that does all work on jobs: sending, asking, fetching, recovering."""

from rushes.engine.engine import Engine
from rushes.engine.progress import Progress
from rushes.engine.timing import Timing

__all__ = ["Engine", "Progress", "Timing"]
