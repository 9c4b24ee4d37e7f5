"""Runs an ASGI application on loopback, in a thread or in the foreground, on several origins."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any, Literal

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Sequence

HOST = "127.0.0.1"
BACKLOG = 2048  # Connections the kernel keeps waiting when many clients arrive at once.
TICK_SECONDS = 0.02


class _ReadyServer(uvicorn.Server):
    """A server that tells its starter when it answers (or failed to)."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then release whoever waits on `ready`."""
        try:
            await super().startup(sockets)
        finally:
            self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, also with the connections that a busy machine did not close in time."""
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        # What is aborted is closed in the next turn of the loop.
        await asyncio.sleep(0)

    async def main_loop(self) -> None:
        """Look more often than uvicorn does whether to end: many tests start a server each."""
        tick = 0
        while not await self.on_tick(tick):
            tick += 1
            await asyncio.sleep(TICK_SECONDS)


class LoopbackServer:
    """One ASGI application behind one or more ports of 127.0.0.1.

    Several ports make several web origins, which is what a test needs to see whether a client
    sends its credentials to the wrong one.

    Args:
        app: The ASGI application.
        ports: One port per origin; 0 lets the system choose.
        web_sockets: Whether it takes WebSockets, too.
    """

    def __init__(self, app: Any, ports: Sequence[int] = (0,), *, web_sockets: bool = False) -> None:
        self._app = app
        self._ports = tuple(ports)
        self._web_sockets: Literal["none", "websockets-sansio"] = (
            "websockets-sansio" if web_sockets else "none"
        )
        self._sockets: list[socket.socket] = []
        self._server: _ReadyServer | None = None
        self._thread: threading.Thread | None = None

    def bind(self) -> list[str]:
        """Open the ports and return their origins; connections queue up from this moment."""
        for port in self._ports:
            # Named as TCP, or asyncio would leave Nagle's delay (some 40 ms a reply) switched on.
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, port))
            listener.listen(BACKLOG)
            self._sockets.append(listener)
        self._server = _ReadyServer(
            uvicorn.Config(
                self._app,
                log_config=None,  # Errors go where the test run's other log lines go.
                log_level="error",
                access_log=False,
                lifespan="off",
                ws=self._web_sockets,
                interface="asgi3",
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=1,
                backlog=BACKLOG,
            )
        )
        return [f"http://{HOST}:{listener.getsockname()[1]}" for listener in self._sockets]

    def start(self) -> None:
        """Answer requests from a background thread; returns once the server is up."""
        server = self._bound_server()
        self._thread = threading.Thread(target=self.run, name="loopback-server", daemon=True)
        self._thread.start()
        server.ready.wait()

    def run(self) -> None:
        """Answer requests in this thread until told to stop (by `stop` or by a signal)."""
        server = self._bound_server()
        try:
            with asyncio.Runner() as runner:
                runner.run(server.serve(sockets=self._sockets))
        finally:
            server.ready.set()
            for listener in self._sockets:
                listener.close()

    def stop(self) -> None:
        """Close all connections and ports, and end the background thread."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        self._thread = self._server = None
        self._sockets = []

    def close_connection(self, client: tuple[str, int]) -> None:
        """Close the connection of the peer at `client`, after what was written to it is sent."""
        for connection in list(self._bound_server().server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None and transport.get_extra_info("peername") == client:
                transport.close()

    def _bound_server(self) -> _ReadyServer:
        if self._server is None:
            message = "the server has no open ports: call bind() first"
            raise RuntimeError(message)
        return self._server
