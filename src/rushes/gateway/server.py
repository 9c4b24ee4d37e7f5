"""Runs a gateway in this process until it is told to end."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import uvicorn

from rushes.contract.errors import RushesError
from rushes.gateway.app import create_app
from rushes.gateway.limits import Crowd
from rushes.gateway.metrics import Metrics
from rushes.gateway.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from fastapi import FastAPI

    from rushes.engine import Timing
    from rushes.gateway.settings import Settings

GRACE = 10
"""Seconds that calls may take to end when the gateway ends."""

MOST_CALLS = 1_000
"""Calls, and connections, at once; further ones get 503."""


def serve(
    settings: Settings,
    started: Callable[[Runtime, str], None],
    *,
    timing: Timing | None = None,
) -> None:
    """Run a gateway.

    Args:
        settings: those of the gateway.
        started: called with it and its address before the first call is answered.
        timing: the engine's intervals.

    Raises:
        RushesError: why it cannot start: the address is in use, or what `Runtime` raises.
    """
    listener = listen(settings)
    runtime = Runtime(settings, timing=timing)
    try:
        metrics = Metrics(lambda: runtime)
        app = create_app(settings, open_runtime=lambda _: runtime, meter=metrics)
        if settings.metrics_port is not None:
            _offer(metrics, settings)
        try:
            started(runtime, address_of(settings, listener))
            Server(settings, runtime, app).run(sockets=[listener])
        finally:
            metrics.close()
    finally:
        runtime.close()
        listener.close()


class Server(uvicorn.Server):
    """Answers calls; at its end it closes the streams first, which would otherwise be waited for.

    Args:
        settings: those of the gateway.
        runtime: the gateway.
        app: its application.
    """

    def __init__(self, settings: Settings, runtime: Runtime, app: FastAPI) -> None:
        config = uvicorn.Config(
            Crowd(app, self._is_full),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=settings.trusts_proxy,
            forwarded_allow_ips="*" if settings.trusts_proxy else None,
            timeout_graceful_shutdown=GRACE,
            lifespan="on",
        )
        super().__init__(config)
        self._runtime = runtime

    def _is_full(self) -> bool:
        """Whether there is more than is allowed, the call that asks included."""
        state = self.server_state
        return max(len(state.connections), len(state.tasks)) > MOST_CALLS

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then everything else."""
        self._runtime.news.close()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End soon, and as if nothing was wrong: Ctrl-C is how a gateway is ended."""
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


def listen(settings: Settings) -> socket.socket:
    """Open the gateway's port.

    Raises:
        RushesError: when it cannot be used.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server(
            (settings.host, settings.port), family=family, backlog=2048, reuse_port=False
        )
    except OSError as error:
        reason = error.strerror or str(error)
        msg = (
            f"The gateway cannot listen at {settings.host}:{settings.port} ({reason}). Give "
            f"another --port, or --host."
        )
        raise RushesError(msg) from error


def address_of(settings: Settings, listener: socket.socket) -> str:
    """The address that callers use."""
    if settings.url:
        return settings.url.rstrip("/")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"


def _offer(metrics: Metrics, settings: Settings) -> None:
    try:
        metrics.serve("127.0.0.1", settings.metrics_port or 0)
    except OSError as error:
        reason = error.strerror or str(error)
        msg = f"Metrics cannot be served at port {settings.metrics_port} ({reason})."
        raise RushesError(msg) from error
