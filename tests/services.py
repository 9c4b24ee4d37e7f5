"""The emulated services by name, so that one test can say what holds for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulators.ark import ARK_KEY, ArkEmulator, ArkSettings
from emulators.fal import FAL_KEY, FalEmulator, FalSettings
from rushes.backends.ark import ArkBackend
from rushes.backends.fal import FalBackend
from rushes.backends.protocol import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.emulator import Emulator
    from rushes.backends.protocol import Backend

SWIFT = Limits(poll_floor=0.05, first_poll=0.05)
"""For jobs that take a tenth of a second."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service, and how a test talks to it.

    Attributes:
        name: as users write it.
        emulator: makes the emulated one, from fields of its settings.
        backend: makes a client's side of it, with the options of its backend.
        request: what it can make a video of.
        lag: fields of the settings that keep an accepted job out of sight for so many seconds.
        finds: whether a job whose reply was lost can be found.
        moderation: what the refusal of a finished video is called there.
    """

    name: str
    emulator: Callable[..., Emulator[Any]]
    backend: Callable[..., Backend]
    request: dict[str, Any]
    lag: str | None
    finds: bool = True
    wrong_keys: dict[str, Any] = field(default_factory=lambda: {"keys": frozenset({"other:key"})})

    def __str__(self) -> str:
        return self.name


def _fal(emulator: FalEmulator, **options: Any) -> FalBackend:
    return FalBackend(
        FAL_KEY,
        queue_url=emulator.queue_url,
        rest_url=emulator.rest_url,
        api_url=emulator.api_url,
        **{"limits": SWIFT, **options},
    )


def _ark(emulator: ArkEmulator, **options: Any) -> ArkBackend:
    return ArkBackend(ARK_KEY, url=emulator.url, **{"limits": SWIFT, "list_pause": 0.01, **options})


FOX = {"provider": "seedance-2.0", "mode": "text-to-video", "prompt": "A red fox"}

SERVICES = [
    Service(
        name="fal",
        emulator=lambda **values: FalEmulator(FalSettings(**values)),
        backend=_fal,
        request=FOX,
        lag="history_lag",
    ),
    Service(
        name="ark",
        emulator=lambda **values: ArkEmulator(ArkSettings(**values)),
        backend=_ark,
        request=FOX,
        lag="list_lag",
    ),
]
