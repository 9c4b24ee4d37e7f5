"""People of a JupyterHub, who need no token of the gateway: the hub says who they are."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

import httpx

from rushes.backends.reply import object_of
from rushes.contract.errors import InvalidParams
from rushes.gateway.callers import PEOPLE, SCOPES, USUAL, Caller
from rushes.gateway.faults import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

REMEMBERED = 60.0
"""Seconds for which an answer of the hub is used; so long a token that was revoked still works."""

UNKNOWN = 5.0
"""Seconds for which a token that the hub does not know is not asked about again."""

MOST_REMEMBERED = 10_000

PATIENCE = 5.0
"""Seconds within which the hub has to answer."""

LONGEST = 1_000
"""Characters of a token; the hub's have 32."""

LARGEST = 1 << 20
"""Bytes of an answer."""

AWAY = "The JupyterHub cannot be asked who you are; try again soon. Jobs on record continue."


class Hub:
    """A JupyterHub whose managed service the gateway is.

    Args:
        api: the address of its API.
        scopes: one of these has to be allowed by a token.
        app: the application that its people's jobs are billed to.
        prefix: of the gateway's paths at the hub's proxy.
    """

    def __init__(self, api: str, *, scopes: frozenset[str], app: str, prefix: str) -> None:
        self.app = app
        self.prefix = prefix.rstrip("/")
        self._scopes = scopes
        self._api = api.rstrip("/")
        self._client = httpx.Client(timeout=PATIENCE, trust_env=False)
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Caller | None]] = {}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], app: str) -> Self:
        """The hub that started this process as one of its services.

        Args:
            environment: the variables that the hub sets.
            app: the application that its people's jobs are billed to.

        Raises:
            InvalidParams: when no hub started it.
        """
        api, name, prefix = (
            environment.get(f"JUPYTERHUB_{part}")
            for part in ("API_URL", "SERVICE_NAME", "SERVICE_PREFIX")
        )
        if not api or not name or not prefix:
            msg = (
                "--hub is for a gateway that a JupyterHub starts as one of its services, which "
                "sets JUPYTERHUB_API_URL, JUPYTERHUB_SERVICE_NAME and JUPYTERHUB_SERVICE_PREFIX. "
                "Put it into c.JupyterHub.services."
            )
            raise InvalidParams(msg)
        scopes = frozenset({f"access:services!service={name}", "access:services"})
        return cls(api, scopes=scopes, app=app, prefix=prefix)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def caller(self, token: str) -> Caller | None:
        """Who uses a token of the hub; None if the hub does not know it.

        Raises:
            Refused: when the token may not be used here, or the hub cannot be asked.
        """
        if len(token) > LONGEST or not token.isascii() or not token.isprintable():
            return None
        now = time.monotonic()
        with self._lock:
            until, caller = self._known.get(token, (0.0, None))
        if now < until:
            return caller
        found = self._ask(token)
        with self._lock:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[token] = (now + (UNKNOWN if found is None else REMEMBERED), found)
        return found

    def _ask(self, token: str) -> Caller | None:
        headers = {"Authorization": f"token {token}"}
        try:
            reply = self._client.get(f"{self._api}/user", headers=headers)
        except httpx.HTTPError as error:
            raise Refused(503, "BACKEND_UNAVAILABLE", AWAY, retry_after=5.0) from error
        if reply.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return None
        if not reply.is_success or len(reply.content) > LARGEST:
            raise Refused(503, "BACKEND_UNAVAILABLE", AWAY, retry_after=5.0)
        said = object_of(reply.content)
        scopes = said.get("scopes")
        if not isinstance(scopes, list) or self._scopes.isdisjoint(map(str, scopes)):
            words = (
                "Your token of the JupyterHub does not allow this service. Its administrator can "
                'give the roles "user" and "server" the scope access:services!service=NAME, with '
                "the name of this service; then start your server again."
            )
            raise Refused(403, "AI_POLICY_DENIED", words)
        name = said.get("name")
        if said.get("kind") != "user" or not isinstance(name, str) or not PEOPLE.fullmatch(name):
            words = (
                "Only people of the JupyterHub can use this gateway, with a name of 1 to 64 "
                "letters, digits and . _ @ + -."
            )
            raise Refused(403, "AI_POLICY_DENIED", words)
        allowed = SCOPES if said.get("admin") is True else USUAL
        return Caller(person=name, app=self.app, scopes=frozenset(allowed), token_id="hub")  # noqa: S106 - no token
