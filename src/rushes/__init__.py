"""Prompt video models in Jupyter, watch the takes, compare providers; lose no job, pay once.

>>> import rushes
>>> gen = rushes.VideoGen(backend="preview")
>>> result = await gen.generate(
...     provider="kling-3.0-standard", mode="text-to-video", prompt="A red fox in the snow"
... )

Names are loaded when they are first used, so that importing the package costs little.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rushes._version import __version__
from rushes.contract import display

if TYPE_CHECKING:
    from rushes import backends, media
    from rushes.catalog import ProviderSpec
    from rushes.client import VideoGen
    from rushes.contract.errors import (
        AuthenticationFailed,
        BackendUnavailable,
        CreditsExhausted,
        DeadlineExceeded,
        InvalidParams,
        JobCancelled,
        JobNotFound,
        JobUncertain,
        JournalError,
        MediaError,
        NoBackend,
        PolicyDenied,
        Problem,
        ProviderErrorDetail,
        RateLimited,
        RushesError,
        SafetyFilter,
    )
    from rushes.contract.params import Shot, VideoGenParams
    from rushes.contract.results import Cost, Timings, VideoGenJobEvent, VideoGenResult
    from rushes.job import Job
    from rushes.journal import JobState
    from rushes.widgets.compare import Compare, compare
    from rushes.widgets.studio import Studio

__all__ = [
    "AuthenticationFailed",
    "BackendUnavailable",
    "Compare",
    "Cost",
    "CreditsExhausted",
    "DeadlineExceeded",
    "InvalidParams",
    "Job",
    "JobCancelled",
    "JobNotFound",
    "JobState",
    "JobUncertain",
    "JournalError",
    "MediaError",
    "NoBackend",
    "PolicyDenied",
    "Problem",
    "ProviderErrorDetail",
    "RateLimited",
    "RushesError",
    "SafetyFilter",
    "Shot",
    "Studio",
    "Timings",
    "VideoGen",
    "VideoGenJobEvent",
    "VideoGenParams",
    "VideoGenResult",
    "__version__",
    "backends",
    "compare",
    "media",
    "providers",
]

_HOMES = {
    "AuthenticationFailed": "rushes.contract.errors",
    "BackendUnavailable": "rushes.contract.errors",
    "Compare": "rushes.widgets.compare",
    "Cost": "rushes.contract.results",
    "CreditsExhausted": "rushes.contract.errors",
    "DeadlineExceeded": "rushes.contract.errors",
    "InvalidParams": "rushes.contract.errors",
    "Job": "rushes.job",
    "JobCancelled": "rushes.contract.errors",
    "JobNotFound": "rushes.contract.errors",
    "JobState": "rushes.journal",
    "JobUncertain": "rushes.contract.errors",
    "JournalError": "rushes.contract.errors",
    "MediaError": "rushes.contract.errors",
    "NoBackend": "rushes.contract.errors",
    "PolicyDenied": "rushes.contract.errors",
    "Problem": "rushes.contract.errors",
    "ProviderErrorDetail": "rushes.contract.errors",
    "RateLimited": "rushes.contract.errors",
    "RushesError": "rushes.contract.errors",
    "SafetyFilter": "rushes.contract.errors",
    "Shot": "rushes.contract.params",
    "Studio": "rushes.widgets.studio",
    "Timings": "rushes.contract.results",
    "VideoGen": "rushes.client",
    "VideoGenJobEvent": "rushes.contract.results",
    "VideoGenParams": "rushes.contract.params",
    "VideoGenResult": "rushes.contract.results",
    "compare": "rushes.widgets.compare",
}


def providers() -> list[ProviderSpec]:
    """Every provider of the catalog, the user's own among them.

    A file of the user that cannot be read is named in a warning; the rest loads all the same.

    >>> [spec.id for spec in rushes.providers()]
    ['seedance-2.0', 'seedance-2.0-fast', 'kling-3.0-standard']
    """
    import warnings  # noqa: PLC0415 - only when something is wrong

    from rushes.catalog import Catalog  # noqa: PLC0415 - as all of the package, when it is used
    from rushes.io.folders import Folders  # noqa: PLC0415

    catalog = Catalog.load(Folders.find().providers)
    for broken in catalog.broken:
        warnings.warn(str(broken), stacklevel=2)
    return list(catalog.providers.values())


def _bundle(shown: VideoGenResult | Job) -> dict[str, str]:
    from rushes.widgets.display import bundle  # noqa: PLC0415 - when a cell shows something

    return bundle(shown)


display.register(_bundle)


def __getattr__(name: str) -> Any:
    if name in {"backends", "media"}:
        return import_module(f"rushes.{name}")  # The first can be called, the second holds `fit`.
    if name not in _HOMES:
        msg = f"module 'rushes' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
