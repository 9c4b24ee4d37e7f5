"""A real HTTP server on loopback whose replies a test writes byte by byte."""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 64 * 1024


@dataclass
class Ask:
    """One request that arrived, and how many bytes of body it was answered with."""

    path: str
    headers: dict[str, str]
    socket: socket.socket
    sent: int = 0

    @property
    def start(self) -> int:
        """First byte asked for."""
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range", ""))
        return int(found[1]) if found else 0

    def reply(self, status: int, headers: dict[str, object], body: bytes = b"") -> None:
        """Send a head and a body, as they are given: nothing is corrected."""
        lines = [f"HTTP/1.1 {status} Whatever", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        self.body(body)

    def body(self, data: bytes) -> None:
        """Send bytes of the body."""
        for i in range(0, len(data), CHUNK):
            self.socket.sendall(data[i : i + CHUNK])
            self.sent += len(data[i : i + CHUNK])


@dataclass
class Video:
    """A stored file, served as object storages do: ranges, validators, `If-Range`."""

    data: bytes
    etag: str | None = '"v1"'
    modified: float | None = None
    cut_after: int | None = None  # Bytes of body after which the connection is closed, once.
    reset: bool = False  # Whether the cut is a reset.

    def __call__(self, ask: Ask) -> None:
        headers: dict[str, object] = {"Content-Type": "video/mp4", "Accept-Ranges": "bytes"}
        headers["Date"] = formatdate(usegmt=True)
        if self.etag:
            headers["ETag"] = self.etag
        if self.modified is not None:
            headers["Last-Modified"] = formatdate(self.modified, usegmt=True)
        names = (self.etag, headers.get("Last-Modified"))
        start = ask.start if ask.headers.get("if-range") in names else 0
        if start and start >= len(self.data):
            ask.reply(416, {"Content-Range": f"bytes */{len(self.data)}", "Content-Length": 0})
            return
        body = self.data[start:]
        headers["Content-Length"] = len(body)
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(self.data) - 1}/{len(self.data)}"
        if self.cut_after is not None:
            body, self.cut_after = body[: self.cut_after], None
            ask.reply(206 if start else 200, headers, body)
            if self.reset:
                linger = b"\x01\0\0\0\0\0\0\0"  # On, for no time: close() resets.
                ask.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return
        ask.reply(206 if start else 200, headers, body)


@dataclass
class Origin:
    """A server; `routes` maps paths to what answers them."""

    routes: dict[str, Callable[[Ask], None]] = field(default_factory=dict)
    asks: list[Ask] = field(default_factory=list)

    def __enter__(self) -> Self:
        origin = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                head = b""
                while b"\r\n\r\n" not in head:
                    data = self.request.recv(65536)
                    if not data:
                        return
                    head += data
                first, *lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
                pairs = (line.partition(": ") for line in lines)
                headers = {name.lower(): value for name, _, value in pairs}
                ask = Ask(first.split(" ")[1], headers, self.request)
                origin.asks.append(ask)
                try:
                    origin.routes[ask.path.partition("?")[0]](ask)
                except OSError:
                    return  # The client hung up, as it may.

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False
            allow_reuse_address = True

            def shutdown_request(self, request: socket.socket) -> None:
                request.close()  # No polite shutdown first: a reset has to stay one.

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, path: str = "/v.mp4", host: str = "127.0.0.1") -> str:
        """Where a path is served."""
        return f"http://{host}:{self._server.server_address[1]}{path}"

    @property
    def sent(self) -> list[int]:
        """Bytes of body of each reply."""
        return [ask.sent for ask in self.asks]
