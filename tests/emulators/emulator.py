"""An emulated service as a whole: ports, ledger and remote control; subclasses add the routes."""

from __future__ import annotations

import argparse
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route

from emulators import clips
from emulators.downloads import Downloads
from emulators.faults import Fault
from emulators.service import LoggedRequest, Service, Upload, json_response
from emulators.settings import Settings

if TYPE_CHECKING:
    from collections import Counter

    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from emulators.jobs import Job
    from emulators.server import LoopbackServer

S = TypeVar("S", bound=Settings)


class Emulator(Generic[S]):
    """A service on loopback: its own hosts on one origin, its media on a second one.

    A third origin, `elsewhere_url`, serves the media too; only the redirect fault names it.

    Args:
        service: What it does.
        server: Its ports.
    """

    _app: Starlette

    def __init__(self, service: Service, server: LoopbackServer) -> None:
        self._service = service
        self._server = server
        self.base_url = ""

    @property
    def settings(self) -> S:
        """Settings in force."""
        return self._service.settings  # type: ignore[return-value]

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
    def media_url(self) -> str:
        """Base URL of finished media and uploaded files."""
        return self._service.media_url

    @property
    def elsewhere_url(self) -> str:
        """Base URL to which the redirect fault sends a download."""
        return self._service.elsewhere_url

    @property
    def urls(self) -> dict[str, str]:
        """Base URLs by name, for another process."""
        return {"base_url": self.base_url}

    def add_fault(self, fault: Fault) -> Fault:
        """Switch a fault on from the next request on, and return it."""
        self.settings.faults.append(fault)
        return fault

    def clear_faults(self) -> None:
        """Switch all faults off (a job that was struck stays so)."""
        self.settings.faults.clear()

    def advance(self, seconds: float) -> None:
        """Put the emulator's clock forward: jobs end, links expire and replies leave at once."""
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
        print(json.dumps(self.urls), flush=True)  # noqa: T201
        self._server.run()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _bind(self) -> None:
        self.base_url, self._service.media_url, self._service.elsewhere_url = self._server.bind()
        if self.settings.tiny_clips:
            clips.clip(clips.TINY)

    def _common_routes(self) -> list[Route]:
        downloads = Downloads(self._service)
        return [
            Route("/files/{path:path}", downloads.download, methods=["GET"]),
            Route("/uploads/{path:path}", downloads.download, methods=["GET"]),
            Route("/_ledger", self._dump, methods=["GET"]),
            Route("/_control", self._control, methods=["POST"]),
        ]

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


def settings_from_arguments(kind: type[S]) -> S:
    """What the command line says: ``--settings`` with a JSON object."""
    parser = argparse.ArgumentParser(description="Emulates a service on 127.0.0.1.")
    parser.add_argument("--settings", default="{}", help="its settings as a JSON object")
    settings: S = kind.from_json(json.loads(parser.parse_args().settings))
    return settings
