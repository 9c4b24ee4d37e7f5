"""An emulated ComfyUI, and providers for it that need no model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulators.comfyui import COMFY_TOKEN, ComfyEmulator, ComfySettings
from rushes.catalog import Catalog
from support.services import COMFY, NOWHERE

if TYPE_CHECKING:
    from collections.abc import Mapping

WORKFLOWS = Path(__file__).parent / "workflows"
"""A folder of providers, as a user's is."""

FREE = {"provider": "local-free", "mode": "text-to-video", "prompt": "A red fox"}
"""A request for a second of video."""


def free_catalog() -> Catalog:
    """The catalog with the providers of `WORKFLOWS`."""
    return Catalog.load(WORKFLOWS)


def emulated(**settings: Any) -> ComfyEmulator:
    """An emulator whose jobs take a moment."""
    return ComfyEmulator(
        ComfySettings(**{"run_seconds": (0.1, 0.1), "tiny_clips": True, **settings})
    )


def backend_of(urls: Mapping[str, str], token: str = "", **options: Any) -> Any:
    """A backend for an emulated server."""
    return COMFY.backend(urls, token, **options)


__all__ = [
    "COMFY_TOKEN",
    "FREE",
    "NOWHERE",
    "WORKFLOWS",
    "backend_of",
    "emulated",
    "free_catalog",
]
