"""The emulated services by name, so that one test can say what holds for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulators.ark import ARK_KEY, ArkEmulator, ArkSettings
from emulators.comfyui import COMFY_TOKEN, ComfyEmulator, ComfySettings
from emulators.fal import FAL_KEY, FalEmulator, FalSettings
from emulators.gateway import GATEWAY_TOKEN, GatewayEmulator, GatewaySettings
from emulators.kling import KLING_KEY, KLING_PAIR, KlingEmulator, KlingSettings
from emulators.runway import RUNWAY_KEY, RunwayEmulator, RunwaySettings
from rushes.backends.ark import ArkBackend
from rushes.backends.comfyui import ComfyBackend
from rushes.backends.fal import FalBackend
from rushes.backends.gateway import GatewayBackend
from rushes.backends.kling import KlingBackend, KlingLegacyBackend
from rushes.backends.protocol import Limits
from rushes.backends.runway import RunwayBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulators.emulator import Emulator
    from rushes.backends.protocol import Backend

SWIFT = Limits(poll_floor=0.05, first_poll=0.05, polls=512)
"""For jobs that take a tenth of a second."""

NOWHERE = "http://127.0.0.1:9"
"""An address where nobody listens."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service, and how a test talks to it.

    Attributes:
        name: as users write it.
        key: the secret that it lets in.
        emulator: makes the emulated one, from fields of its settings.
        module: runs the emulated one as a process.
        backend: makes a client's side of it, from the emulator's `urls` and the options of the
            backend; ``key`` is another key.
        provider: a video model that it serves.
        lag: the setting that keeps an accepted job out of sight for so many seconds; None where
            jobs cannot be looked for.
        blind: settings with which jobs cannot be looked for.
        wrong_keys: settings with which the emulated one does not let the client in.
    """

    name: str
    key: str
    emulator: Callable[..., Emulator[Any]]
    module: str
    backend: Callable[..., Backend]
    provider: str = "seedance-2.0"
    lag: str | None
    blind: Mapping[str, Any] = field(default_factory=dict)
    wrong_keys: Mapping[str, Any] = field(default_factory=lambda: {"keys": frozenset({"o:k"})})

    @property
    def request(self) -> dict[str, Any]:
        """What it can make a video of."""
        return {"provider": self.provider, "mode": "text-to-video", "prompt": "A red fox"}

    def __str__(self) -> str:
        return self.name


def _fal(urls: Mapping[str, str], key: str = FAL_KEY, **options: Any) -> FalBackend:
    return FalBackend(
        key,
        queue_url=urls["queue"],
        rest_url=urls["rest"],
        api_url=urls["api"],
        **{"limits": SWIFT, **options},
    )


def _ark(urls: Mapping[str, str], key: str = ARK_KEY, **options: Any) -> ArkBackend:
    return ArkBackend(key, url=urls["url"], **{"limits": SWIFT, "list_pause": 0.01, **options})


def _gateway(urls: Mapping[str, str], key: str = GATEWAY_TOKEN, **options: Any) -> GatewayBackend:
    return GatewayBackend(key, url=urls["base_url"], **{"limits": SWIFT, **options})


def _kling(urls: Mapping[str, str], key: str = KLING_KEY, **options: Any) -> KlingBackend:
    return KlingBackend(key, url=urls["url"], **{"limits": SWIFT, "pause": 0.01, **options})


def _kling_legacy(
    urls: Mapping[str, str], key: str = KLING_PAIR, **options: Any
) -> KlingLegacyBackend:
    return KlingLegacyBackend(*key.split(":"), url=urls["url"], **{"limits": SWIFT, **options})


def _runway(urls: Mapping[str, str], key: str = RUNWAY_KEY, **options: Any) -> RunwayBackend:
    return RunwayBackend(key, url=urls["base_url"], **{"limits": SWIFT, **options})


def _comfy(urls: Mapping[str, str], key: str = "", **options: Any) -> ComfyBackend:
    return ComfyBackend(urls["base_url"], key, **{"limits": SWIFT, "lag": 0.3, **options})


SERVICES = [
    Service(
        name="fal",
        key=FAL_KEY,
        emulator=lambda **values: FalEmulator(FalSettings(**values)),
        module="emulators.fal",
        backend=_fal,
        lag="history_lag",
        blind={"history_usable": False},
    ),
    Service(
        name="ark",
        key=ARK_KEY,
        emulator=lambda **values: ArkEmulator(ArkSettings(**values)),
        module="emulators.ark",
        backend=_ark,
        lag="list_lag",
        blind={"may_list": False},
    ),
    Service(
        name="kling",
        key=KLING_KEY,
        emulator=lambda **values: KlingEmulator(KlingSettings(**values)),
        module="emulators.kling",
        backend=_kling,
        provider="kling-3.0-standard",
        lag="lookup_lag",
    ),
    Service(
        name="kling-legacy",
        key=KLING_PAIR,
        emulator=lambda **values: KlingEmulator(KlingSettings(**values)),
        module="emulators.kling",
        backend=_kling_legacy,
        provider="kling-3.0-standard",
        lag="lookup_lag",
        wrong_keys={"pairs": frozenset({"o:k"})},
    ),
    Service(
        name="runway",
        key=RUNWAY_KEY,
        emulator=lambda **values: RunwayEmulator(RunwaySettings(**values)),
        module="emulators.runway",
        backend=_runway,
        lag=None,
    ),
    Service(
        name="gateway",
        key=GATEWAY_TOKEN,
        emulator=lambda **values: GatewayEmulator(GatewaySettings(**values)),
        module="emulators.gateway",
        backend=_gateway,
        lag=None,
    ),
]

COMFY = Service(
    name="comfyui",
    key=COMFY_TOKEN,
    emulator=lambda **values: ComfyEmulator(ComfySettings(**values)),
    module="emulators.comfyui",
    backend=_comfy,
    provider="local-free",
    # It lists a job at once; None would say that there is no list.
    lag="",
)
"""Not among the others: it has no key, and its provider is in `support.comfy.WORKFLOWS`."""

BY_NAME = {service.name: service for service in (*SERVICES, COMFY)}
