"""Ports of loopback for what must know its port before it listens."""

from __future__ import annotations

import secrets
import socket

FIRST, END = 20_000, 32_768
"""Below what Linux gives to connections and to whoever asks for any port.

Between the choice of a port and the start of who listens there, other tests make hundreds of
connections, and each has a port of the system's choice.
"""


def free_port() -> int:
    """A port at which nobody listens, and that the system gives to nobody."""
    while True:
        port = FIRST + secrets.randbelow(END - FIRST)
        with socket.socket() as found:
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
