"""Announces endings at the webhooks of people, as Standard Webhooks describe."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
from httpx_secure import SSRFProtectionError, httpx_ssrf_protection

from rushes.contract.errors import RushesError
from rushes.gateway.callers import Caller
from rushes.journal import JobState

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from rushes.gateway.hooks import Hook, Hooks
    from rushes.gateway.operations import Operations
    from rushes.journal import JobRecord

log = logging.getLogger("rushes")

PAUSE = 2.0
"""Seconds between two rounds."""

PATIENCE = 15.0
"""Seconds within which an address has to answer."""

AT_ONCE = 16
"""Addresses that are called at the same time."""

SECRET = "whsec_"  # noqa: S105 - how every secret begins
"""How the secret of a webhook begins."""

METADATA = frozenset({"fd00:ec2::254", "100.100.100.200", "192.0.0.192"})
"""Where clouds keep secrets that is not link-local."""


class Announcer:
    """Announces endings until it is cancelled.

    Args:
        hooks: where, and how far.
        operations: has the jobs.
        private: whether addresses in private networks are called, too.
    """

    def __init__(self, hooks: Hooks, operations: Operations, *, private: bool = False) -> None:
        self._hooks = hooks
        self._operations = operations
        self._private = private

    async def run(self) -> None:
        """Announce what is due, again and again."""
        # Redirects are not followed, and a proxy would resolve names where nobody checks them.
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            if self._private:
                httpx_ssrf_protection(
                    client, custom_validator=_is_allowed, check_globally_reachable=False
                )
            else:
                httpx_ssrf_protection(client)
            while True:
                try:
                    due = await asyncio.to_thread(self._hooks.due, time.time())
                    busy = len(due) > AT_ONCE
                    await asyncio.gather(*(self._announce(client, each) for each in due[:AT_ONCE]))
                except RushesError as error:
                    log.warning("%s", error.message)
                    busy = False
                except Exception:
                    log.exception("webhooks cannot be called now, and will be again")
                    busy = False
                await asyncio.sleep(0 if busy else PAUSE)

    async def _announce(self, client: httpx.AsyncClient, hook: Hook) -> None:
        """Announce one ending at one address, and note what became of it."""
        now = time.time()
        if await asyncio.to_thread(self._hooks.take, hook, now) is None:
            return
        app, person = hook.owner
        found = await asyncio.to_thread(
            self._operations.jobs, Caller(person=person, app=app), [hook.job_id or ""]
        )
        if not found or not found[0].is_ended:
            # It was continued since; its next end has a number of its own.
            await asyncio.to_thread(self._hooks.announced, hook)
            return
        body = payload(found[0], app)
        status = 0
        try:
            async with asyncio.timeout(PATIENCE):
                headers = signed(hook, body, now)
                async with client.stream("POST", hook.url, content=body, headers=headers) as reply:
                    status = reply.status_code
            reason = f"It answered {status}."
        except SSRFProtectionError:
            reason = "The address is not public, so it is not called."
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError, ValueError) as error:
            reason = f"It cannot be reached ({type(error).__name__})."
        if httpx.codes.is_success(status):
            await asyncio.to_thread(self._hooks.announced, hook)
        elif status == httpx.codes.GONE:
            await asyncio.to_thread(self._hooks.disable, hook, "It answered 410: gone.", now)
        else:
            log.info("webhook %s: %s", hook.id, reason)
            with contextlib.suppress(RushesError):
                await asyncio.to_thread(self._hooks.failed, hook, reason, time.time())


def payload(job: JobRecord, app: str) -> bytes:
    """What is announced of a job: enough to ask for it, and nothing that is secret."""
    what = "completed" if job.state is JobState.COMPLETED else "failed"
    data = {"jobId": job.once_key or job.id, "app": app, "status": what}
    if (reference := job.params.get("clientRef")) is not None:
        data["clientRef"] = reference
    if job.error is not None:
        data["code"] = job.error.code
    at = datetime.fromtimestamp(job.ended_at or 0.0, UTC).isoformat()
    said = {"type": f"job.{what}", "timestamp": at, "data": data}
    return json.dumps(said, separators=(",", ":")).encode()


def signed(hook: Hook, body: bytes, now: float) -> dict[str, str]:
    """The headers of an announcement; its id is the same at every try."""
    number, at = f"{hook.id}.{hook.number}", str(int(now))
    text = f"{number}.{at}.".encode() + body
    digest = base64.b64encode(hmac.digest(hook.secret, text, hashlib.sha256)).decode()
    return {
        "Content-Type": "application/json",
        "User-Agent": "rushes-gateway",
        "webhook-id": number,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{digest}",
    }


def shown_secret(hook: Hook) -> str:
    """The secret as its owner gets it, once."""
    return SECRET + base64.b64encode(hook.secret).decode()


def _is_allowed(_: str, address: IPv4Address | IPv6Address, __: int) -> bool:
    """Whether an address may be called that need not be public."""
    plain = getattr(address, "ipv4_mapped", None) or address
    return not (plain.is_link_local or plain.is_multicast or str(plain) in METADATA)
