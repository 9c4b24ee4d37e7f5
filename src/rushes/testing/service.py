"""What the conformance tests need of an emulated service."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from rushes.backends.protocol import Backend
    from rushes.catalog import ProviderSpec
    from rushes.contract.params import VideoGenParams


class Trouble(StrEnum):
    """What may go wrong with one request.

    >>> from rushes.testing import Trouble
    >>> Trouble("too many")
    <Trouble.TOO_MANY: 'too many'>

    Attributes:
        REPLY_LOST: the work is done, and the connection ends without a reply.
        ERROR_AFTER: the work is done, and the reply is a 500.
        ERROR_BEFORE: nothing is done, and the reply is a 500.
        WEB_PAGE: nothing is done; a proxy answers 502 with a page of HTML.
        HALF_REPLY: the work is done; the reply breaks off, its JSON with it.
        TOO_MANY: nothing is done; 429.
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
    ...         return []  # The other methods likewise.

    Attributes:
        key: the secret that lets `backend()` in.
        params: a request that it can make a video of, valid by the catalog.
        spec: the catalog's entry of its provider.
    """

    key: str
    params: VideoGenParams
    spec: ProviderSpec

    def backend(self, *, key: str | None = None, unreachable: bool = False) -> Backend:
        """A backend that talks to it.

        Args:
            key: another key than the right one.
            unreachable: let it talk to a port where nobody listens.
        """

    def trouble(self, kind: Trouble, on: Request) -> None:
        """Let the next request of that kind go wrong; skip the test where that cannot be."""

    def accepted(self) -> list[str]:
        """Ids of the jobs that it took, in order."""

    def finish(self) -> None:
        """Let every job end with its video."""
