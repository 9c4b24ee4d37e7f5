"""The services that run jobs, one module each, all with the same few methods.

``rushes.backends()`` lists them.

>>> ready = [info.name for info in rushes.backends() if info.configured]
>>> "preview" in ready
True
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rushes.backends.listing import BackendList


class _Backends(ModuleType):
    """This package, which can be called: its name is both a place and a question."""

    def __call__(self) -> BackendList:
        """Every installed service: whether it is set up, why not, and what it cannot do."""
        from rushes.backends.listing import backends  # noqa: PLC0415 - only when it is asked

        return backends()


sys.modules[__name__].__class__ = _Backends
