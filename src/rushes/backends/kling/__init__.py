"""Kling, Kuaishou's own service: its new routes, and the older ones beside them.

An account has access to both. The new routes accept only an API key; the older ones also accept an
access key with its secret, and have fields that the new ones lack.
"""

from rushes.backends.kling.backend import KlingBackend
from rushes.backends.kling.legacy import KlingLegacyBackend

__all__ = ["KlingBackend", "KlingLegacyBackend"]
