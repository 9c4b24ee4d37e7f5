"""fal: queue.fal.run, with uploads at rest.fal.ai and the request history at api.fal.ai."""

from rushes.backends.fal.backend import FalBackend

__all__ = ["FalBackend"]
