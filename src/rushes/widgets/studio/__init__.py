"""The Studio: a form for prompting, and every take of a library."""

from rushes.widgets.studio.widget import STATIC, Studio

__all__ = ["STATIC", "Studio"]
