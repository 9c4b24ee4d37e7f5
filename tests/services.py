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
        key: the secret that it lets in.
        emulator: makes the emulated one, from fields of its settings.
        backend: makes a client's side of it, with the options of its backend; ``key`` is
            another key, ``url`` another address.
        request: what it can make a video of.
        lag: fields of the settings that keep an accepted job out of sight for so many seconds.
        finds: whether a job whose reply was lost can be found.
        wrong_keys: settings with which the emulated one does not let the client in.
    """

    name: str
    key: str
    emulator: Callable[..., Emulator[Any]]
    backend: Callable[..., Backend]
    request: dict[str, Any]
    lag: str | None
    finds: bool = True
    wrong_keys: dict[str, Any] = field(default_factory=lambda: {"keys": frozenset({"other:key"})})

    def __str__(self) -> str:
        return self.name


def _fal(
    emulator: FalEmulator, key: str = FAL_KEY, url: str | None = None, **options: Any
) -> FalBackend:
    return FalBackend(
        key,
        queue_url=url or emulator.queue_url,
        rest_url=emulator.rest_url,
        api_url=emulator.api_url,
        **{"limits": SWIFT, **options},
    )


def _ark(
    emulator: ArkEmulator, key: str = ARK_KEY, url: str | None = None, **options: Any
) -> ArkBackend:
    settings = {"limits": SWIFT, "list_pause": 0.01, **options}
    return ArkBackend(key, url=url or emulator.url, **settings)


FOX = {"provider": "seedance-2.0", "mode": "text-to-video", "prompt": "A red fox"}

SERVICES = [
    Service(
        name="fal",
        key=FAL_KEY,
        emulator=lambda **values: FalEmulator(FalSettings(**values)),
        backend=_fal,
        request=FOX,
        lag="history_lag",
    ),
    Service(
        name="ark",
        key=ARK_KEY,
        emulator=lambda **values: ArkEmulator(ArkSettings(**values)),
        backend=_ark,
        request=FOX,
        lag="list_lag",
    ),
]
