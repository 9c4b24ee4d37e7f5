"""HTTP connections for hundreds of calls a second."""

from __future__ import annotations

import httpx

POOLS = 16
"""A call goes to the first of the pools that have the fewest calls under way."""

LIMITS = httpx.Limits(max_connections=128, max_keepalive_connections=8, keepalive_expiry=60.0)
"""Of each pool. Jobs are looked at every few seconds; a new connection costs more than a call."""


class Connections(httpx.AsyncBaseTransport):
    """Many small pools of connections instead of a large one.

    For each call httpcore goes through all connections of its pool, several times and with a
    system call for each idle one: of 32 calls at once, each costs four times the processor time
    that it costs in pools of two. Measured in `benchmarks`.
    """

    def __init__(self) -> None:
        trust = httpx.create_ssl_context()
        self._pools = [httpx.AsyncHTTPTransport(verify=trust, limits=LIMITS) for _ in range(POOLS)]
        self._busy = [0] * POOLS

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; returns when the head of the reply is there."""
        number = self._busy.index(min(self._busy))
        self._busy[number] += 1
        try:
            return await self._pools[number].handle_async_request(request)
        finally:
            self._busy[number] -= 1

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in self._pools:
            await pool.aclose()
