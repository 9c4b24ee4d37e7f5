"""Calls that only read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rushes.backends.kling.refusal import UNKNOWN_RESOURCE, code_of, refusal
from rushes.backends.protocol import Absent, Passing
from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.backends.reply import Redact
    from rushes.backends.wire import Wire


@dataclass(frozen=True, slots=True)
class Data:
    """Kling's answer to a call that only reads.

    Attributes:
        data: of whatever type it was sent.
    """

    data: Any


@dataclass(frozen=True, slots=True)
class Access:
    """What every call needs.

    Attributes:
        wire: makes it.
        url: base of the service.
        redact: removes the key from a text.
        keys: the variables that hold it.
    """

    wire: Wire
    url: str
    redact: Redact
    keys: str

    async def read(
        self, route: str, query: Mapping[str, str] | None = None
    ) -> Data | Absent | Passing:
        """Make a call that only reads.

        Returns:
            ``Absent`` only where Kling itself says so: a proxy's 404 proves nothing.
        """
        try:
            response = await self.wire.ask("GET", f"{self.url}/{route}", params=query)
        except BackendUnavailable as error:
            return Passing(error)
        code = code_of(response)
        if code == 0:
            return Data(response.body.get("data"))
        if code == UNKNOWN_RESOURCE:
            return Absent()
        return Passing(refusal(response, self.redact, self.keys))
