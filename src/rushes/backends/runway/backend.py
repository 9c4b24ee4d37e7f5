"""Runway's tasks as a backend.

The facts come from the published client `runwayml` 5.24.0 and from Runway's documentation, as
read in November 2026; docs/reference/runway.md lists them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends import reply
from rushes.backends.address import base_of, segment
from rushes.backends.key import KeyAuth, Variables
from rushes.backends.protocol import (
    Absent,
    Accepted,
    Attempt,
    Balance,
    Cancellation,
    Failed,
    Limits,
    Passing,
    Refused,
    Status,
    Submission,
    Unknown,
)
from rushes.backends.runway import storage
from rushes.backends.runway.encoding import encode
from rushes.backends.runway.refusal import CREDIT, charged, is_passing, refusal
from rushes.backends.runway.task import status_of
from rushes.backends.wire import QUICK, Response, Wire
from rushes.contract.errors import BackendUnavailable, JobCancelled, NoBackend
from rushes.io.site import Site

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rushes.backends.key import Secret
    from rushes.catalog import ProviderSpec
    from rushes.contract.params import VideoGenParams

URL = "https://api.dev.runwayml.com"

VERSION = {"X-Runway-Version": "2024-11-06"}
"""The API version, required in every request."""

NO_KEY = "runway is not configured: set RUNWAYML_API_SECRET to a key from dev.runwayml.com."

DELETED = "deleted"
"""The name in a job's `remote` that says that Runway was asked to delete the task."""

LIMITS = Limits(poll_floor=5.0, first_poll=5.0)
"""Runway asks clients to poll a task every five seconds or less often."""


class RunwayBackend:
    """Runs jobs as Runway's tasks.

    Runway has no idempotency key, no client-defined field and no list of tasks. So a submission
    whose reply was lost cannot be looked up: the job becomes uncertain.

    Args:
        key: sent only to Runway's own host.
        url: base of the service.
        limits: how many calls the engine may make.
    """

    name = "runway"
    # Uploads are valid for 24 hours (docs.dev.runwayml.com/assets/uploads); a task may be queued.
    upload_lifetime = 20 * 3_600.0
    reconciliation = "none"
    # There is no list.
    lag = 0.0

    def __init__(self, key: str | Secret, *, url: str = URL, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self._auth = KeyAuth(key, origins=[url])
        self._url = url.rstrip("/")
        self.site = Site.of(url)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path) -> RunwayBackend:  # noqa: ARG003 - Runway stores nothing locally
        """Create a backend with the key in the environment.

        ``RUNWAYML_API_SECRET``; ``RUNWAYML_BASE_URL`` overrides the URL, as for the official
        client.

        Raises:
            NoBackend: if no key is set, or it may not be sent to the URL.
        """
        environment = Variables(environment)
        key = environment.secret("RUNWAYML_API_SECRET")
        if not key:
            raise NoBackend(NO_KEY)
        url = base_of(environment.text("RUNWAYML_BASE_URL") or URL, "RUNWAYML_BASE_URL")
        return cls(key, url=url)

    def connect(self, client: httpx.AsyncClient) -> None:
        """Set the engine's HTTP client."""
        self.media = client
        self._wire = Wire(
            client, "Runway", self._auth, self.limits.call_deadline, VERSION, site=self.site
        )

    def translate(
        self, params: VideoGenParams, spec: ProviderSpec, media: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The route and the body, with the catalog's field names.

        Raises:
            InvalidParams: if Runway does not support it; nothing was sent.
        """
        return encode(params, spec, spec.backends[self.name], media)

    async def upload(self, path: Path) -> str:
        """Upload a local file to Runway's storage for a day."""
        return await storage.upload(self._wire, self._url, self._auth.redact, path)

    async def submit(self, attempt: Attempt) -> Submission:
        """Send the attempt once; the official client retries, and may buy it twice."""
        url = f"{self._url}/v1/{attempt.request['route']}"
        match await self._wire.post_once(
            url, attempt.request["body"], within=attempt.arrives_within
        ):
            case Response(is_success=True, body=body):
                remote_id = reply.identity(body.get("id"))
                return (
                    Unknown("Runway's reply has no task id")
                    if remote_id is None
                    else Accepted(remote_id)
                )
            case Response() as response:
                refused = refusal(response, self._auth.redact)
                return Refused(refused, passing=is_passing(refused))
            case other:
                return other

    async def poll(self, remote_id: str, remote: Mapping[str, Any]) -> Status:
        """Poll the task; each reply about a finished one has a fresh link."""
        match await self._task(remote_id):
            case dict() as task:
                return status_of(task, self._auth.redact, self.site.place)
            case Absent() if remote.get(DELETED) is True:
                # Runway deletes what it cancels.
                return Failed(JobCancelled("The job was cancelled; Runway no longer has it."))
            case other:
                return other

    async def cancel(self, remote_id: str, remote: Mapping[str, Any]) -> Cancellation:  # noqa: ARG002 - the id is enough
        """Stop the task if it is queued or running.

        Its status is read first: the same call deletes the video of a task that has ended.
        """
        task = await self._task(remote_id, deadline=QUICK)
        if isinstance(task, Absent):
            words = "Runway no longer has the job, or never had it."
            return Cancellation(reached=False, may_bill=True, message=words)
        if isinstance(task, Passing):
            words = f"{task.error.message} The job continues; cancel it again."
            return Cancellation(reached=False, may_bill=True, message=words)
        match task.get("status"):
            case "PENDING" | "THROTTLED":
                return await self._delete(remote_id, WAITING)
            case "RUNNING":
                return await self._delete(remote_id, RUNNING)
            case "SUCCEEDED":
                words = "It has already finished and is billed."
                return Cancellation(reached=False, may_bill=True, message=words)
            case "FAILED" | "CANCELLED":
                cost = charged(task)
                words = f"It has already ended without a video.{cost}"
                return Cancellation(reached=False, may_bill=bool(cost), message=words)
        error = reply.not_understood("Runway", task.get("status")).error
        words = f"{error.message} The job continues; cancel it again."
        return Cancellation(reached=False, may_bill=True, message=words)

    async def balance(self) -> Balance:
        """The credits of the organization that the key belongs to."""
        response = await self._wire.ask("GET", f"{self._url}/v1/organization")
        if not response.is_success:
            raise refusal(response, self._auth.redact)
        left = reply.balance("Runway", self.name, response.body.get("creditBalance"))
        source = f"{left.amount:,g} credits, ${CREDIT} each"
        return replace(left, amount=round(left.amount * CREDIT, 6), source=source)

    async def _task(
        self, remote_id: str, *, deadline: float | None = None
    ) -> dict[str, Any] | Absent | Passing:
        """Runway's answer about a task.

        Args:
            remote_id: its id.
            deadline: longest time in seconds, if not the usual one.
        """
        try:
            response = await self._wire.ask("GET", self._address(remote_id), deadline=deadline)
        except BackendUnavailable as error:
            return Passing(error)
        if response.is_success:
            return response.body
        if response.status == httpx.codes.NOT_FOUND:
            return Absent()
        return Passing(refusal(response, self._auth.redact))

    async def _delete(self, remote_id: str, outcome: Cancellation) -> Cancellation:
        # Runway had the task a moment ago. If it is gone after this call, this call deleted it,
        # even if the reply is lost.
        remote = {DELETED: True}
        try:
            response = await self._wire.ask("DELETE", self._address(remote_id), deadline=QUICK)
        except BackendUnavailable as error:
            words = f"{error.message} The job may continue; cancel it again."
            return Cancellation(reached=False, may_bill=True, message=words, remote=remote)
        if response.is_success or response.status == httpx.codes.NOT_FOUND:
            return replace(outcome, remote=remote)
        refused = refusal(response, self._auth.redact)
        words = f"{refused.message} The job may continue and be billed."
        return Cancellation(reached=False, may_bill=True, message=words, remote=remote)

    async def find(self, attempt: Attempt) -> Accepted | Absent | Passing | Unknown:  # noqa: ARG002 - there is no look-up
        """Runway offers no look-up."""
        return Unknown("Runway has no list of tasks")

    def locate(self, remote_id: str, attempt_request: Mapping[str, Any]) -> Accepted:  # noqa: ARG002 - the id is enough
        """A task that the user found."""
        return Accepted(remote_id)

    def _address(self, remote_id: str) -> str:
        return f"{self._url}/v1/tasks/{segment(remote_id)}"


RUNNING = Cancellation(
    reached=True,
    may_bill=True,
    message="Runway cancelled it while it was running; that is not refunded and leaves no video.",
)

WAITING = Cancellation(
    reached=True,
    may_bill=True,
    message=(
        "Runway cancelled it while it was queued; its credits come back unless it had just started."
    ),
)
