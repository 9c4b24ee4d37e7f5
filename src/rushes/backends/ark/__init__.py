"""Ark, ByteDance's own service: BytePlus ModelArk abroad, Volcengine Ark in China."""

from rushes.backends.ark.backend import ArkBackend

__all__ = ["ArkBackend"]
