"""Runway: tasks at api.dev.runwayml.com, with uploads that are valid for a day."""

from rushes.backends.runway.backend import RunwayBackend

__all__ = ["RunwayBackend"]
