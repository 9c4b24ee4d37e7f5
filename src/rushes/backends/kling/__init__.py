"""Kling, Kuaishou's own service: its new routes, and the older ones beside them.

One account has both. The new routes take an API key only; the older ones take an access key with
its secret as well, and know fields that the new ones have lost.
"""

from rushes.backends.kling.backend import KlingBackend
from rushes.backends.kling.legacy import KlingLegacyBackend

__all__ = ["KlingBackend", "KlingLegacyBackend"]
