"""What the conformance tests require of an emulated service."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from rushes.backends.protocol import Backend
    from rushes.catalog import ProviderSpec
    from rushes.contract.params import VideoGenParams


class Trouble(StrEnum):
    """A failure of one request.

    >>> from rushes.testing import Trouble
    >>> Trouble("too many")
    <Trouble.TOO_MANY: 'too many'>

    Attributes:
        REPLY_LOST: the request is processed, and the connection closes without a reply.
        ERROR_AFTER: the request is processed, and the reply is a 500.
        ERROR_BEFORE: the request is not processed, and the reply is a 500.
        WEB_PAGE: the request is not processed; a proxy returns a 502 with an HTML page.
        HALF_REPLY: the request is processed, and the reply is truncated JSON.
        TOO_MANY: the request is not processed, and the reply is a 429.
    """

    REPLY_LOST = "reply lost"
    ERROR_AFTER = "error after"
    ERROR_BEFORE = "error before"
    WEB_PAGE = "web page"
    HALF_REPLY = "half a reply"
    TOO_MANY = "too many"


Request = Literal["submit", "poll", "find"]


class Service(Protocol):
    """An emulated service, as the tests use it.

    >>> from rushes.testing import Service
    >>> class AcmeService:
    ...     key = "an-acme-key"
    ...
    ...     def accepted(self) -> list[str]:
    ...         return []  # And the other methods.

    Attributes:
        key: the key that the service accepts.
        params: a valid request for one of its providers.
        spec: the catalog's entry for that provider.
    """

    key: str
    params: VideoGenParams
    spec: ProviderSpec

    def backend(self, *, key: str | None = None, unreachable: bool = False) -> Backend:
        """Create a backend for the service.

        Args:
            key: a key to use instead of the valid one.
            unreachable: whether to use a port on which nothing listens.
        """

    def trouble(self, kind: Trouble, on: Request) -> None:
        """Make the next request of a kind fail; skip the test if that is not possible."""

    def accepted(self) -> list[str]:
        """Ids of the accepted jobs, in order."""

    def finish(self) -> None:
        """Complete every job with its video."""
