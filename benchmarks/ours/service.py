"""The backend that a measured run talks to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rushes.backends import ark, kling
from rushes.backends.fal import FalBackend
from rushes.backends.protocol import Limits

if TYPE_CHECKING:
    from rushes.backends.protocol import Backend

AT_FAL = "emulator-id:emulator-secret"
AT_ARK = "ark-emulator-key"
AT_KLING = "kling-emulator-key"


def backend_of(task: dict[str, Any]) -> Backend:
    """The service's backend with its own limits; without downloads where no files are wanted."""
    urls, downloads = task["urls"], Limits().downloads if task.get("files", True) else 0
    if task.get("service") == "ark":
        limits = replace(ark.backend.LIMITS, downloads=downloads)
        return ark.ArkBackend(AT_ARK, url=urls["url"], limits=limits)
    if task.get("service") == "kling":
        limits = replace(kling.backend.LIMITS, downloads=downloads)
        return kling.KlingBackend(AT_KLING, url=urls["url"], limits=limits)
    return FalBackend(
        AT_FAL,
        queue_url=urls["queue"],
        rest_url=urls["rest"],
        api_url=urls["api"],
        limits=Limits(downloads=downloads),
    )
