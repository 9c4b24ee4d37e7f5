"""Takes side by side on one clock."""

from rushes.widgets.compare.widget import Compare, compare

__all__ = ["Compare", "compare"]
