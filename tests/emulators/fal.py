"""An emulator of fal's queue, storage, media and platform hosts on loopback.

It can be started inside a test (`with FalEmulator() as fal:`) or as a process of its own
(`python -m emulators.fal --port 8765 --settings '{"run_seconds": [1, 3]}'`), which prints its
base URLs as one line of JSON and runs until it is told to end by a signal.
"""

from __future__ import annotations

import argparse
import json
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route

from emulators import clips
from emulators.fal_media import MediaHost
from emulators.fal_platform import PlatformHost
from emulators.fal_queue import QueueHost
from emulators.fal_service import Addresses, FalService, LoggedRequest, Upload, json_response
from emulators.fal_settings import FAL_KEY, FalSettings
from emulators.faults import Call, Fault, FaultKind, Operation
from emulators.server import LoopbackServer

if TYPE_CHECKING:
    from collections import Counter

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from emulators.fal_jobs import Job

__all__ = ["FAL_KEY", "Call", "FalEmulator", "FalSettings", "Fault", "FaultKind", "Operation"]


class FalEmulator:
    """fal on loopback: its service hosts on one origin, its media on a second one.

    A third origin, `elsewhere_url`, serves the media too; only the redirect fault names it.

    Args:
        settings: What to do; may be changed at any time through `settings`.
        port: Port of the queue, REST and platform hosts; 0 lets the system choose.
        media_port: Port of the media host; 0 lets the system choose.
    """

    def __init__(
        self, settings: FalSettings | None = None, *, port: int = 0, media_port: int = 0
    ) -> None:
        self._server = LoopbackServer(self._answer, (port, media_port, 0))
        self._service = FalService(settings or FalSettings(), self._server.close_connection)
        self._app = self._routes()
        self.base_url = ""

    @property
    def settings(self) -> FalSettings:
        """Settings in force."""
        return self._service.settings

    @property
    def jobs(self) -> list[Job]:
        """Accepted jobs in order of acceptance."""
        return list(self._service.ledger.jobs.values())

    @property
    def counts(self) -> Counter[str]:
        """Requests per operation, and `too_many` for the 429 answers."""
        return self._service.ledger.counts

    @property
    def requests(self) -> list[LoggedRequest]:
        """Requests in order of arrival, at all origins."""
        return list(self._service.ledger.requests)

    @property
    def uploads(self) -> dict[str, Upload]:
        """Uploaded files by URL."""
        return dict(self._service.ledger.uploads)

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
    def media_url(self) -> str:
        """Base URL of finished media and uploaded files."""
        return self._service.addresses.media

    @property
    def cdn_url(self) -> str:
        """Base URL that stands for https://v3.fal.media."""
        return self._service.addresses.cdn

    @property
    def elsewhere_url(self) -> str:
        """Base URL to which the redirect fault sends a download."""
        return self._service.addresses.elsewhere

    def add_fault(self, fault: Fault) -> Fault:
        """Switch a fault on from the next request on, and return it."""
        self.settings.faults.append(fault)
        return fault

    def clear_faults(self) -> None:
        """Switch all faults off (a job that was struck stays so)."""
        self.settings.faults.clear()

    def advance(self, seconds: float) -> None:
        """Put the emulator's clock forward, so that jobs run and links expire without waiting."""
        self._service.clock.advance(seconds)

    def start(self) -> Self:
        """Open the ports and answer requests from a background thread."""
        self._bind()
        self._server.start()
        return self

    def stop(self) -> None:
        """Close the ports; the ledger stays readable."""
        self._server.stop()

    def run(self) -> None:
        """Open the ports, print the base URLs as a line of JSON, and serve until a signal."""
        self._bind()
        urls = {"base_url": self.base_url, **asdict(self._service.addresses)}
        print(json.dumps(urls), flush=True)  # noqa: T201
        self._server.run()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _bind(self) -> None:
        self.base_url, media, elsewhere = self._server.bind()
        self._service.addresses = Addresses(
            queue=f"{self.base_url}/queue",
            rest=f"{self.base_url}/rest",
            api=f"{self.base_url}/api/v1",
            media=media,
            cdn=media,
            elsewhere=elsewhere,
        )
        if self.settings.tiny_clips:
            clips.clip(clips.TINY)

    def _routes(self) -> Starlette:
        queue, media = QueueHost(self._service), MediaHost(self._service)
        platform = PlatformHost(self._service)
        history = "/api/v1/models/requests/by-endpoint"
        return Starlette(
            routes=[
                Route("/queue/{path:path}", queue.handle, methods=["GET", "POST", "PUT"]),
                Route("/rest/storage/upload/initiate", media.initiate, methods=["POST"]),
                Route("/rest/storage/auth/token", media.cdn_token, methods=["POST"]),
                Route("/put/uploads/{path:path}", media.put, methods=["PUT"]),
                Route("/files/upload", media.cdn_upload, methods=["POST"]),
                Route("/files/{path:path}", media.download, methods=["GET"]),
                Route("/uploads/{path:path}", media.download, methods=["GET"]),
                Route(history, platform.by_endpoint, methods=["GET"]),
                Route("/_ledger", self._dump, methods=["GET"]),
                Route("/_control", self._control, methods=["POST"]),
            ]
        )

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.settings.log_requests and not scope["path"].startswith("/_"):
            host, port = scope["server"]
            authorization = any(name == b"authorization" for name, _ in scope["headers"])
            self._service.ledger.requests.append(
                LoggedRequest(
                    f"http://{host}:{port}", scope["method"], scope["path"], authorization
                )
            )
        with suppress(ClientDisconnect):  # A client that is killed is what some tests are about.
            await self._app(scope, receive, send)

    async def _dump(self, request: Request) -> Response:
        with_requests = request.query_params.get("requests") != "0"
        return json_response(self._service.dump(with_requests=with_requests))

    async def _control(self, request: Request) -> Response:
        """Do for another process what `advance`, `add_fault` and `clear_faults` do for this."""
        body: dict[str, Any] = json.loads(await request.body())
        self.advance(body.get("advance", 0.0))
        if body.get("clear_faults"):
            self.clear_faults()
        for fault in body.get("faults", []):
            self.add_fault(Fault(**fault))
        return json_response({})


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
