"""fal's queue as a backend.

The facts come from fal's queue, request-history and storage documentation, from its official
Python client 1.0.3, and from its published model types, as read in November 2026.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends import reply
from rushes.backends.address import NoAddress, base_of, parsed_or_none, segment
from rushes.backends.body import ReplyUnusable
from rushes.backends.fal import storage
from rushes.backends.fal.encoding import encode
from rushes.backends.fal.history import MOST_ATTEMPTS, History
from rushes.backends.fal.refusal import refusal
from rushes.backends.fal.stream import COMPLETE, follow, working_in
from rushes.backends.key import KeyAuth, Secret, Variables
from rushes.backends.protocol import (
    Absent,
    Accepted,
    Attempt,
    Balance,
    Cancellation,
    Ended,
    Failed,
    Limits,
    Passing,
    Refused,
    Status,
    Submission,
    Unknown,
    Working,
)
from rushes.backends.wire import (
    QUICK,
    Response,
    Wire,
)
from rushes.contract.errors import BackendUnavailable, NoBackend
from rushes.io.site import Site

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

    from rushes.catalog import ProviderSpec
    from rushes.contract.params import VideoGenParams

QUEUE_URL = "https://queue.fal.run"
REST_URL = "https://rest.fal.ai"
API_URL = "https://api.fal.ai/v1"

NO_KEY = (
    "fal is not configured: set FAL_KEY to a key from fal.ai/dashboard/keys "
    "(or FAL_KEY_ID and FAL_KEY_SECRET)."
)

LOGS = "?logs=1"
"""As text: with parameters, httpx takes three times as long to build a request."""

NAMESPACES = ("workflows", "comfy")
"""Namespaces before the owner in a model's name, as in fal's own client."""

NOT_FOUND = 404


class FalBackend:
    """Runs jobs through fal's queue.

    fal has no idempotency key, and its request history lags by minutes and does not list queued
    jobs. So a job whose reply was lost is adopted when the history lists it, but its absence
    proves nothing: it then becomes uncertain.

    Args:
        key: ``"<id>:<secret>"``; sent only to fal's own hosts.
        queue_url: for submissions and status calls.
        rest_url: for uploads.
        api_url: for the request history and the balance.
    """

    name = "fal"
    # The account's settings decide how long fal keeps uploads, which cannot be read.
    upload_lifetime = 6 * 3_600.0
    reconciliation = "none"
    # The history lags by minutes (fal's documentation has no figure).
    lag = 225.0
    most_found = MOST_ATTEMPTS

    def __init__(
        self,
        key: str | Secret,
        *,
        queue_url: str = QUEUE_URL,
        rest_url: str = REST_URL,
        api_url: str = API_URL,
        limits: Limits | None = None,
        lag: float | None = None,
    ) -> None:
        self.limits = limits or Limits()
        if lag is not None:
            self.lag = lag
        self._auth = KeyAuth(key, scheme="Key", origins=[queue_url, rest_url, api_url])
        self.site = Site.of(queue_url)
        self._queue_url = queue_url.rstrip("/")
        self._rest_url = rest_url.rstrip("/")
        self._api_url = api_url.rstrip("/")
        self._history = History(api_url.rstrip("/"), self._auth.redact)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path) -> FalBackend:  # noqa: ARG003 - fal stores nothing locally
        """Create a backend with the key and hosts in the environment.

        ``FAL_KEY``, or ``FAL_KEY_ID`` and ``FAL_KEY_SECRET``. ``RUSHES_FAL_QUEUE_URL``,
        ``RUSHES_FAL_REST_URL`` and ``RUSHES_FAL_API_URL`` override the URLs.

        Raises:
            NoBackend: if no key is set, or it may not be sent to one of the URLs.
        """
        environment = Variables(environment)
        key = environment.secret("FAL_KEY")
        halves = environment.secret("FAL_KEY_ID"), environment.secret("FAL_KEY_SECRET")
        if not key and all(halves):
            key = Secret(":".join(half.reveal() for half in halves))
        if not key:
            raise NoBackend(NO_KEY)
        usual = {
            "RUSHES_FAL_QUEUE_URL": QUEUE_URL,
            "RUSHES_FAL_REST_URL": REST_URL,
            "RUSHES_FAL_API_URL": API_URL,
        }
        urls = [base_of(environment.text(name) or url, name) for name, url in usual.items()]
        return cls(key, queue_url=urls[0], rest_url=urls[1], api_url=urls[2])

    def connect(self, client: httpx.AsyncClient) -> None:
        """Set the engine's HTTP client."""
        self.media = client
        self._wire = Wire(client, "fal", self._auth, self.limits.call_deadline, site=self.site)
        self._history.connect(self._wire)

    def translate(
        self, params: VideoGenParams, spec: ProviderSpec, media: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The endpoint and its input, with the catalog's field names."""
        offer = spec.backends[self.name]
        return {
            "endpoint": spec.model_of(params, offer),
            "input": encode(params, spec, offer, media),
            # What renders a draft in full takes nothing but the draft.
            "marker": None if offer.final(params) else offer.marker,
            **({"draft": offer.drafts.result} if offer.drafts else {}),
        }

    async def upload(self, path: Path) -> str:
        """Upload a local file to fal's storage."""
        return await storage.upload(self._wire, self._rest_url, self._auth.redact, path)

    async def submit(self, attempt: Attempt) -> Submission:
        """Send the attempt once. It is never retried: fal would make a second video."""
        endpoint = attempt.request["endpoint"]
        match await self._wire.post_once(
            f"{self._queue_url}/{endpoint}", marked(attempt), within=attempt.arrives_within
        ):
            case Response(is_success=True) as response:
                named = response.body.get("request_id") or response.headers.get("x-fal-request-id")
                remote_id = reply.identity(named)
                if remote_id is None:
                    return Unknown("fal's reply has no request id")
                return self.locate(remote_id, attempt.request)
            case Response() as response:
                return Refused.by(refusal(response, self._auth.redact))
            case other:
                return other

    async def poll(self, remote_id: str, remote: Mapping[str, Any]) -> Status:
        """Poll the status; when it is complete, the result shows whether there is a video."""
        url = self._address(remote_id, remote)
        try:
            if remote.get(COMPLETE) is True:
                return await self._result(url, remote)
            response = await self._wire.ask("GET", f"{url}/status{LOGS}")
            if not response.is_success:
                return self._no_answer(response)
            body = response.body
            if body.get("status") == "COMPLETED" and not body.get("error"):
                return await self._result(url, remote)
        except BackendUnavailable as error:
            return Passing(error)
        if body.get("status") == "COMPLETED":
            return Failed(refusal(response, self._auth.redact))
        if (working := working_in(body, self._auth.redact)) is not None:
            return working
        return reply.not_understood("fal", body.get("status"))

    async def stream(
        self, remote_id: str, remote: Mapping[str, Any]
    ) -> AsyncGenerator[Working | Ended, None]:
        """Listen to fal's status events until the job is complete."""
        url = f"{self._address(remote_id, remote)}/status/stream{LOGS}"
        async with aclosing(follow(self._wire, url, self._auth.redact)) as said:
            async for working in said:
                yield working

    async def _result(self, address: str, remote: Mapping[str, Any]) -> Status:
        """COMPLETED does not mean success: a rejected job is only visible in its result.

        An error there may also be a stray reply of a proxy about a video that exists and is paid,
        so an error that appears nowhere else is doubtful.
        """
        try:
            response = await self._wire.ask("GET", address)
        except ReplyUnusable as error:
            return Passing(error, ended=True)
        body = response.body
        if response.is_success:
            link = reply.part(body.get("video")).get("url")
            seed = reply.seed(body.get("seed"))
            draft = reply.identity(body.get(str(remote.get("draft"))))
            return reply.done("fal", body, link, self.site.place, seed=seed, draft=draft)
        if "still in progress" in str(body.get("detail", "")).lower():
            return Working()
        refused = refusal(response, self._auth.redact)
        detail = refused.error_detail
        # A server error without fal's type may come from a proxy, and may be temporary.
        if response.is_server_error and not (detail and detail.type):
            return self._no_answer(response)
        if "detail" in body and response.status not in (401, 403, 404, 408, 429):
            return Failed(refused, doubtful=True)
        return self._no_answer(response)

    async def cancel(self, remote_id: str, remote: Mapping[str, Any]) -> Cancellation:
        """Ask fal to stop; a queued job is removed, a running one if its model allows it."""
        url = f"{self._address(remote_id, remote)}/cancel"
        try:
            response = await self._wire.ask("PUT", url, deadline=QUICK)
        except BackendUnavailable as error:
            words = f"{error.message} The job may continue; cancel it again."
            return Cancellation(reached=False, may_bill=True, message=words)
        status = response.body.get("status")
        if response.status == httpx.codes.OK and status == "OK":
            words = "fal removed it from its queue before it started; it is not billed."
            return Cancellation(reached=True, may_bill=False, message=words)
        if response.is_success:
            words = (
                "fal was asked to stop it. A job that has started stops only if its model allows "
                "that, and may be billed."
            )
            return Cancellation(reached=True, may_bill=True, message=words)
        if status == "ALREADY_COMPLETED":
            words = "It has already finished and is billed."
            return Cancellation(reached=False, may_bill=True, message=words)
        words = (
            f"{refusal(response, self._auth.redact).message} The job may continue and be billed."
        )
        return Cancellation(reached=False, may_bill=True, message=words)

    async def find(self, attempt: Attempt) -> Accepted | Absent | Passing | Unknown:
        """Look up the attempt in the account's request history, together with others."""
        found = await self._history.find(attempt)
        if isinstance(found, str):
            return self.locate(found, attempt.request)
        return found

    async def balance(self) -> Balance:
        """The credits of the account; fal requires a key with the scope *Admin* for that."""
        response = await self._wire.ask("GET", f"{self._api_url}/account/billing?expand=credits")
        if not response.is_success:
            raise refusal(response, self._auth.redact)
        said = reply.part(response.body.get("credits"))
        currency = said.get("currency", "USD")
        return reply.balance("fal", self.name, said.get("current_balance"), currency)

    async def price(self, model: str) -> tuple[float, str, str] | None:
        """The base price of a model for this account, without what size and sound add.

        Returns:
            Amount, unit and currency; None if fal's list has no price of the model.

        Raises:
            RushesError: what fal answered.
        """
        response = await self._wire.ask(
            "GET", f"{self._api_url}/models/pricing", params={"endpoint_id": model}
        )
        if not response.is_success:
            raise refusal(response, self._auth.redact)
        rows = reply.items(response.body.get("prices"))
        row = next((row for row in rows if row.get("endpoint_id") == model), {})
        amount, unit = reply.money(row.get("unit_price")), reply.text(row.get("unit"), most=40)
        currency = reply.currency(row.get("currency", "USD"))
        return (
            None if amount is None or unit is None or currency is None else (amount, unit, currency)
        )

    def locate(self, remote_id: str, attempt_request: Mapping[str, Any]) -> Accepted:
        """A request, which is polled at the model that it was sent to."""
        names = ("endpoint", "draft")
        remote = {name: attempt_request.get(name) for name in names}
        return Accepted(remote_id, {name: value for name, value in remote.items() if value})

    def _address(self, remote_id: str, remote: Mapping[str, Any]) -> str:
        """The URL of a job, made of id and model like in fal's own client.

        fal's replies contain URLs as well. They are not used, because the key is sent there.

        Raises:
            NoAddress: when the id cannot be one, or no model is on record.
        """
        endpoint = remote.get("endpoint")
        # Earlier releases journaled fal's URLs; only the model in them is used.
        model = _model_of(endpoint if isinstance(endpoint, str) else _endpoint_in(remote))
        return f"{self._queue_url}/{model}/requests/{segment(remote_id)}"

    def _no_answer(self, response: Response) -> Passing | Absent:
        """A reply that carries no information about the job."""
        if response.status == NOT_FOUND:
            return Absent()
        return Passing(refusal(response, self._auth.redact))


def _model_of(endpoint: str) -> str:
    """Owner and name: status, result and cancel drop the rest of an endpoint."""
    parts = endpoint.split("/")
    return "/".join(map(segment, parts[: 3 if parts[0] in NAMESPACES else 2]))


def _endpoint_in(remote: Mapping[str, Any]) -> str:
    """The model in an address like ``https://queue.fal.run/owner/name/requests/id/status``."""
    for url in map(parsed_or_none, remote.values()):
        before, found, _ = url.path.partition("/requests/") if url else ("", "", "")
        if found:
            parts = before.split("/")
            return "/".join(parts[-3:] if parts[-3:][0] in NAMESPACES else parts[-2:])
    msg = "The journal does not record which of fal's models the job was sent to."
    raise NoAddress(msg)


def marked(attempt: Attempt) -> dict[str, Any]:
    """The input with the attempt's token, if the model has a free field."""
    body: dict[str, Any] = dict(attempt.request["input"])
    if attempt.request.get("marker"):
        body[attempt.request["marker"]] = attempt.token
    return body
