"""Lets calls in: a token, the application it is for, and what it allows.

The token is checked before anything of the body is read, so that strangers cannot send much.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from rushes.contract.errors import RushesError
from rushes.gateway.callers import PREFIX
from rushes.gateway.faults import Refused, body_of, headers_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope as Call, Send

    from rushes.gateway.callers import Caller, Scope
    from rushes.gateway.hub import Hub
    from rushes.gateway.register import Register

GUARDED = "/v1/"
"""Where a token is needed."""

SIGNED = "/v1/media/"
"""Where a signed link does as well; the route checks it."""

REMEMBERED = 5.0
"""Seconds for which a token that was looked up is accepted; so long a revoked one still works."""

MOST_REMEMBERED = 10_000

CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Guard:
    """Finds out who calls.

    Args:
        register: has the tokens.
        hub: knows further people, if there is one.
    """

    def __init__(self, register: Register, hub: Hub | None = None) -> None:
        self._register = register
        self._hub = hub
        self._known: dict[str, tuple[float, Caller]] = {}

    def caller(self, authorization: str | None) -> Caller:
        """Who a header says is calling.

        Raises:
            Refused: when it has no token, or one that is not accepted, or whose hub is away.
        """
        scheme, _, token = (authorization or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            words = "A token is needed: Authorization: Bearer <token>. Ask the gateway's operator."
            raise Refused(401, "AUTHENTICATION", words, headers=CHALLENGE)
        if not token.startswith(PREFIX) and self._hub is not None:
            found = self._hub.caller(token)
        else:
            is_own = token.startswith(PREFIX) and token.isascii()
            found = self._look_up(token) if is_own else None
        if found is None:
            words = (
                "The token is not valid: it is unknown, expired or revoked. Check "
                "RUSHES_GATEWAY_TOKEN, or ask the gateway's operator for another one."
            )
            raise Refused(401, "AUTHENTICATION", words, headers=CHALLENGE)
        return found

    def admit(self, caller: Caller, app: str, scope: Scope) -> Caller:
        """Check that a caller may do something in an application.

        Raises:
            Refused: when the token is for another application, or does not allow it.
        """
        if caller.app != app:
            words = (
                f"Your token is for the application {caller.app}, not for {app}. Set "
                f"RUSHES_GATEWAY_APP={caller.app}, or ask the operator for another token."
            )
            raise Refused(404, "AI_POLICY_DENIED", words)
        if scope not in caller.scopes:
            words = f"Your token does not allow that; it needs the scope {scope!r}."
            raise Refused(403, "AI_POLICY_DENIED", words)
        return caller

    def _look_up(self, token: str) -> Caller | None:
        now = time.monotonic()
        until, caller = self._known.get(token, (0.0, None))
        if caller is not None and now < until and not _has_expired(caller):
            return caller
        found = self._register.caller(token)
        self._known.pop(token, None)
        if found is not None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[token] = (now + REMEMBERED, found)
        return found


def _has_expired(caller: Caller) -> bool:
    return caller.expires_at is not None and caller.expires_at <= time.time()


def path_of(call: Call) -> str:
    """The path of a call without the prefix that a proxy has for the gateway."""
    path: str = call["path"]
    return path.removeprefix(call.get("root_path", ""))


class Prefix:
    """Accepts paths with the prefix that a JupyterHub's proxy has for the gateway, too.

    Args:
        app: the application.
        prefix: gives it, without a slash at its end; empty for none.
    """

    def __init__(self, app: ASGIApp, prefix: Callable[[], str]) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Call, receive: Receive, send: Send) -> None:
        """Pass a call on; what it is routed by has no prefix, and links that are made have."""
        prefix = self._prefix() if scope["type"] == "http" else ""
        if prefix and scope["path"].startswith(f"{prefix}/"):
            scope = {**scope, "root_path": prefix}
        await self._app(scope, receive, send)


class AuthenticationMiddleware:
    """Refuses calls without a valid token, and notes who makes the others.

    Args:
        app: the application.
        guard: gives the guard of the gateway that is open.
    """

    def __init__(self, app: ASGIApp, guard: Callable[[], Guard]) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Call, receive: Receive, send: Send) -> None:
        """Pass a call on with its caller in the state."""
        path = "" if scope["type"] != "http" else path_of(scope)
        if path.startswith(GUARDED):
            header = dict(scope["headers"]).get(b"authorization")
            if header is not None or not path.startswith(SIGNED):
                said = None if header is None else header.decode("latin-1")
                try:
                    found = await asyncio.to_thread(self._guard().caller, said)
                except RushesError as error:
                    refusal = JSONResponse(body_of(error), status_of(error), headers_of(error))
                    await refusal(scope, receive, send)
                    return
                scope.setdefault("state", {})["caller"] = found
        await self._app(scope, receive, send)
