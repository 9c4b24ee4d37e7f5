"""The embedded preview: renders a real video on this machine, with no key and no network."""

from rushes.backends.preview.backend import PreviewBackend

__all__ = ["PreviewBackend"]
