"""An emulator of Kling's video tasks on loopback: both families over one store of tasks.

It can be started inside a test (`with KlingEmulator() as kling:`) or as a process of its own
(`python -m emulators.kling --settings '{"run_seconds": [1, 3]}'`).
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from emulators.emulator import Emulator, settings_from_arguments
from emulators.faults import Fault, FaultKind, Operation
from emulators.kling_legacy import LegacyHost
from emulators.kling_new import NewHost
from emulators.kling_service import KLING_KEY, KLING_PAIR, KlingService, KlingSettings
from emulators.server import LoopbackServer

__all__ = [
    "KLING_KEY",
    "KLING_PAIR",
    "Fault",
    "FaultKind",
    "KlingEmulator",
    "KlingSettings",
    "Operation",
]


class KlingEmulator(Emulator[KlingSettings]):
    """Kling on loopback.

    Args:
        settings: What to do; may be changed at any time through `settings`.
    """

    _service: KlingService

    def __init__(self, settings: KlingSettings | None = None) -> None:
        server = LoopbackServer(self._answer, (0, 0, 0))
        super().__init__(KlingService(settings or KlingSettings(), server.close_connection), server)
        new, legacy = NewHost(self._service), LegacyHost(self._service)
        self._app = Starlette(
            routes=[
                Route("/text-to-video/{model}", new.create, methods=["POST"]),
                Route("/image-to-video/{model}", new.create, methods=["POST"]),
                Route("/tasks", new.get, methods=["GET"]),
                Route("/v1/videos/{kind}", legacy.create, methods=["POST"]),
                Route("/v1/videos/{kind}/{id}", legacy.get, methods=["GET"]),
                *self._common_routes(),
            ]
        )

    @property
    def url(self) -> str:
        """Base URL that stands for https://api-singapore.klingai.com."""
        return self.base_url

    @property
    def urls(self) -> dict[str, str]:
        """Base URLs by name, for another process."""
        return super().urls | {"url": self.url}


if __name__ == "__main__":
    KlingEmulator(settings_from_arguments(KlingSettings)).run()
