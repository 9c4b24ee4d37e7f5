"""What stands between a client and a service, and may change what they say to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from rushes.backends.protocol import Backend


class Between(httpx.AsyncBaseTransport):
    """Stands between the two; subclasses say what they do with a request.

    Attributes:
        line: asks the service.
    """

    line: httpx.AsyncBaseTransport

    def before(self, backend: Backend) -> Any:
        """The backend, whose calls, but not its downloads, pass through this from now on."""
        connect = backend.connect

        def through(client: httpx.AsyncClient) -> None:
            # The engine closes what is below.
            self.line = client._transport
            connect(httpx.AsyncClient(transport=self, timeout=60.0))
            backend.media = client

        backend.connect = through  # type: ignore[method-assign]
        return backend
