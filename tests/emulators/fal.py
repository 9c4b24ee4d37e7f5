"""An emulator of fal's queue, storage, media and platform hosts on loopback.

It can be started inside a test (`with FalEmulator() as fal:`) or as a process of its own
(`python -m emulators.fal --port 8765 --settings '{"run_seconds": [1, 3]}'`), which prints its
base URLs as one line of JSON and runs until it is told to end by a signal.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.routing import Route

from emulators.emulator import Emulator
from emulators.fal_platform import PlatformHost
from emulators.fal_queue import QueueHost
from emulators.fal_service import Addresses, FalService
from emulators.fal_settings import FAL_KEY, FalSettings
from emulators.fal_uploads import UploadHost
from emulators.faults import Call, Fault, FaultKind, Operation
from emulators.server import LoopbackServer

__all__ = ["FAL_KEY", "Call", "FalEmulator", "FalSettings", "Fault", "FaultKind", "Operation"]


class FalEmulator(Emulator[FalSettings]):
    """fal on loopback.

    Args:
        settings: What to do; may be changed at any time through `settings`.
        port: Port of the queue, REST and platform hosts; 0 lets the system choose.
        media_port: Port of the media host; 0 lets the system choose.
    """

    _service: FalService

    def __init__(
        self, settings: FalSettings | None = None, *, port: int = 0, media_port: int = 0
    ) -> None:
        server = LoopbackServer(self._answer, (port, media_port, 0))
        super().__init__(FalService(settings or FalSettings(), server.close_connection), server)
        self._app = self._routes()

    @property
    def queue_url(self) -> str:
        """Base URL that stands for https://queue.fal.run."""
        return self._service.addresses.queue

    @property
    def rest_url(self) -> str:
        """Base URL that stands for https://rest.fal.ai."""
        return self._service.addresses.rest

    @property
    def api_url(self) -> str:
        """Base URL that stands for https://api.fal.ai/v1."""
        return self._service.addresses.api

    @property
    def site_url(self) -> str:
        """Base URL that stands for https://fal.ai, which serves the schemas."""
        return f"{self.base_url}/site"

    @property
    def cdn_url(self) -> str:
        """Base URL that stands for https://v3.fal.media."""
        return self._service.addresses.cdn

    @property
    def urls(self) -> dict[str, str]:
        """Base URLs by name, for another process."""
        return super().urls | asdict(self._service.addresses)

    def _bind(self) -> None:
        super()._bind()
        self._service.addresses = Addresses(
            queue=f"{self.base_url}/queue",
            rest=f"{self.base_url}/rest",
            api=f"{self.base_url}/api/v1",
            media=self.media_url,
            cdn=self.media_url,
            elsewhere=self.elsewhere_url,
        )

    def _routes(self) -> Starlette:
        queue, uploads = QueueHost(self._service), UploadHost(self._service)
        platform = PlatformHost(self._service)
        history = "/api/v1/models/requests/by-endpoint"
        return Starlette(
            routes=[
                Route("/queue/{path:path}", queue.handle, methods=["GET", "POST", "PUT"]),
                Route("/rest/storage/upload/initiate", uploads.initiate, methods=["POST"]),
                Route("/rest/storage/auth/token", uploads.cdn_token, methods=["POST"]),
                Route("/put/uploads/{path:path}", uploads.put, methods=["PUT"]),
                Route("/files/upload", uploads.cdn_upload, methods=["POST"]),
                Route(history, platform.by_endpoint, methods=["GET"]),
                Route("/api/v1/account/billing", platform.billing, methods=["GET"]),
                Route("/api/v1/models/pricing", platform.pricing, methods=["GET"]),
                Route("/site/api/openapi/queue/openapi.json", platform.document, methods=["GET"]),
                Route("/site/{name}/openapi.json", platform.document, methods=["GET"]),
                *self._common_routes(),
            ]
        )


def main() -> None:
    """Serve until a signal, as told by the command line."""
    parser = argparse.ArgumentParser(description="Emulates fal's queue API on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="port of the service hosts")
    parser.add_argument("--media-port", type=int, default=0, help="port of the media host")
    parser.add_argument("--settings", default="{}", help="FalSettings as a JSON object")
    arguments = parser.parse_args()
    settings = FalSettings.from_json(json.loads(arguments.settings))
    FalEmulator(settings, port=arguments.port, media_port=arguments.media_port).run()


if __name__ == "__main__":
    main()
