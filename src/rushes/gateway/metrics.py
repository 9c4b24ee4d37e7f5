"""Numbers for Prometheus, on a port of their own, which callers cannot reach."""

from __future__ import annotations

from collections import Counter as Count
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from rushes.contract.errors import RushesError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.simple_server import WSGIServer

    from prometheus_client.metrics_core import Metric

    from rushes.gateway.runtime import Runtime

BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0)


class Metrics:
    """Counts calls, and reads the rest when Prometheus asks.

    Labels never hold the name of a person, a prompt or a token.

    Args:
        runtime: gives the gateway that is open; None before and after.
    """

    def __init__(self, runtime: Callable[[], Runtime | None]) -> None:
        self._registry = CollectorRegistry()
        self._calls = Counter(
            "rushes_calls", "HTTP calls.", ["route", "method", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "rushes_call_seconds",
            "How long HTTP calls took.",
            ["route"],
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._registry.register(_State(runtime))
        self._server: WSGIServer | None = None

    def call(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a call."""
        self._calls.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def serve(self, host: str, port: int) -> int:
        """Answer Prometheus from now on; the port.

        Raises:
            OSError: if the port cannot be used.
        """
        self._server, _ = start_http_server(port, addr=host, registry=self._registry)
        return int(self._server.server_port)

    def close(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


class _State(Collector):
    """How it stands with the jobs, read when it is asked for."""

    def __init__(self, runtime: Callable[[], Runtime | None]) -> None:
        self._runtime = runtime

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        runtime = self._runtime()
        if runtime is None:
            return
        jobs = GaugeMetricFamily(
            "rushes_jobs", "Jobs that are unfinished or uncertain.", labels=["state", "backend"]
        )
        oldest = GaugeMetricFamily(
            "rushes_oldest_queued_seconds", "Age of the oldest job that is not sent yet."
        )
        streams = GaugeMetricFamily("rushes_event_streams", "Open streams of events.")
        try:
            counts, age = runtime.census()
        except RushesError:
            return
        for (state, backend), number in Count(counts).items():
            jobs.add_metric([state, backend], number)
        oldest.add_metric([], age)
        streams.add_metric([], runtime.news.streams)
        yield from (jobs, oldest, streams)
