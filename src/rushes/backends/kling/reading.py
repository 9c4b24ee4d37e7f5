"""Calls that only read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends.http import body_of, unreachable
from rushes.backends.kling.refusal import UNKNOWN_RESOURCE, code_of, refusal
from rushes.backends.protocol import Absent, Passing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.backends.key import KeyAuth
    from rushes.backends.kling.token import TokenAuth


@dataclass(frozen=True, slots=True)
class Told:
    """Kling's answer to a question.

    Attributes:
        data: of whatever type it was sent.
    """

    data: Any


@dataclass(frozen=True, slots=True)
class Access:
    """What every call needs.

    Attributes:
        client: makes it.
        url: base of the service.
        auth: the key; goes to that base only.
        keys: the variables that hold it.
    """

    client: httpx.AsyncClient
    url: str
    auth: KeyAuth | TokenAuth
    keys: str

    async def read(
        self, route: str, query: Mapping[str, str] | None = None
    ) -> Told | Absent | Passing:
        """Ask Kling something.

        Returns:
            ``Absent`` only where Kling itself says so: a proxy's 404 proves nothing.
        """
        try:
            response = await self.client.get(f"{self.url}/{route}", params=query, auth=self.auth)
        except httpx.HTTPError as error:
            return Passing(unreachable(error, "Kling"))
        code = code_of(response)
        if code == 0:
            return Told(body_of(response).get("data"))
        if code == UNKNOWN_RESOURCE:
            return Absent()
        return Passing(refusal(response, self.auth.redact, self.keys))
