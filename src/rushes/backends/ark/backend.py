"""Ark's video tasks as a backend.

The facts come from the published client `volcengine-ark-runtime` 5.0.54 and from the BytePlus
ModelArk and Volcengine Ark documentation, as read in October and November 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends import reply
from rushes.backends.address import regional_base_of
from rushes.backends.ark.encoding import encode
from rushes.backends.ark.refusal import failure, refusal
from rushes.backends.ark.tasks import LIST_PAUSE, MOST_ATTEMPTS, Tasks
from rushes.backends.embedding import address, embed
from rushes.backends.key import KeyAuth, Variables
from rushes.backends.protocol import (
    Absent,
    Accepted,
    Attempt,
    Cancellation,
    Failed,
    Limits,
    Passing,
    Refused,
    Status,
    Submission,
    Unknown,
    Working,
    is_of_another,
)
from rushes.backends.wire import QUICK, Response, Wire
from rushes.contract.errors import (
    BackendUnavailable,
    JobCancelled,
    NoBackend,
)
from rushes.contract.results import Cost
from rushes.io.site import Site

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rushes.backends.key import Secret
    from rushes.catalog import ProviderSpec
    from rushes.contract.params import VideoGenParams

REGIONS = {
    "ap-southeast-1": "https://ark.ap-southeast.bytepluses.com/api/v3",
    "eu-west-1": "https://ark.eu-west.bytepluses.com/api/v3",
    "cn-beijing": "https://ark.cn-beijing.volces.com/api/v3",
}
"""BytePlus Asia-Pacific and Europe, and Volcengine in China. A key is valid for one of them."""

CHINA = "volces.com"
"""Part of the URLs where models have Chinese names and other prices."""

NO_KEY = (
    "ark is not configured: set ARK_API_KEY to a key from the BytePlus or Volcengine Ark console."
)

MOST_TOKENS = 10**9
"""Maximum tokens of one video; the largest of Ark has some millions."""

LIMITS = Limits(polls=512, polls_per_second=2_000.0, poll_floor=1.0)
"""Status calls are combined, so that many cost one."""


class ArkBackend:
    """Runs jobs as Ark's video generation tasks.

    Ark has no idempotency key, but returns `safety_identifier` in its list: each attempt puts its
    token there. The field is meant for hashed user names, which look like a random token.

    Args:
        key: sent only to Ark's own host.
        url: base of the service.
        limits: how many calls the engine may make.
        lag: seconds by which the service may list a task late.
        list_pause: seconds between two list calls.
    """

    name = "ark"
    upload_lifetime = None
    reconciliation = "lookup"
    # The delay of the list is not documented.
    lag = 120.0
    most_found = MOST_ATTEMPTS

    def __init__(
        self,
        key: str | Secret,
        *,
        url: str = REGIONS["ap-southeast-1"],
        limits: Limits = LIMITS,
        lag: float | None = None,
        list_pause: float = LIST_PAUSE,
    ) -> None:
        self.limits = limits
        if lag is not None:
            self.lag = lag
        self._auth = KeyAuth(key, origins=[url])
        self._url = f"{url.rstrip('/')}/contents/generations/tasks"
        self._is_chinese = CHINA in url
        self.site = Site.of(url)
        self._tasks = Tasks(self._url, self._auth.redact, list_pause=list_pause)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path) -> ArkBackend:  # noqa: ARG003 - Ark stores nothing locally
        """Create a backend with the key and region in the environment.

        ``ARK_API_KEY``; ``ARK_REGION`` is one of `REGIONS`, ``ARK_BASE_URL`` is a URL instead.

        Raises:
            NoBackend: if no key is set, the region does not exist, or the key may not be sent to
                the URL.
        """
        environment = Variables(environment)
        key = environment.secret("ARK_API_KEY")
        if not key:
            raise NoBackend(NO_KEY)
        return cls(key, url=regional_base_of(environment, "ARK", REGIONS))

    def connect(self, client: httpx.AsyncClient) -> None:
        """Set the engine's HTTP client."""
        self.media = client
        self._wire = Wire(client, "Ark", self._auth, self.limits.call_deadline)
        self._tasks.connect(self._wire)

    def translate(
        self, params: VideoGenParams, spec: ProviderSpec, media: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The task's body, and the price of its tokens."""
        body = encode(params, spec, spec.backends[self.name], media)
        price = spec.price_of(params, self.name)
        if self._is_chinese:
            # Volcengine has other names for the same models, and bills in its own currency.
            body["model"] = body["model"].replace("dreamina-", "doubao-", 1)
            price = None
        rate = price and {"per_1k_tokens": price.per_1k_tokens, "currency": price.currency}
        return {"body": body, "price": rate}

    async def upload(self, path: Path) -> dict[str, str]:
        """What represents a local image or sound until the task is sent with it inside."""
        return address(path)

    async def submit(self, attempt: Attempt) -> Submission:
        """Send the attempt once; the official client retries, and may buy it twice."""
        match await self._wire.post_once(
            self._url, self._body(attempt), within=attempt.arrives_within
        ):
            case Response(is_success=True, body=body):
                remote_id = reply.identity(body.get("id"))
                if remote_id is None:
                    return Unknown("Ark's reply has no task id")
                return self.locate(remote_id, attempt.request).known_by(attempt)
            case Response() as response:
                return Refused.by(refusal(response, self._auth.redact))
            case other:
                return other

    async def _body(self, attempt: Attempt) -> dict[str, Any]:
        """The body with the attempt's token and local files."""
        body: dict[str, Any] = await embed(attempt.request["body"], inputs=attempt.inputs)
        return body | {"safety_identifier": attempt.token}

    async def poll(self, remote_id: str, remote: Mapping[str, Any]) -> Status:
        """Poll the task, in one call with others that are polled at the same time."""
        match await self._tasks.task(remote_id):
            case dict() as task if _is_of_another(task, remote):
                return Absent()
            case dict() as task:
                return self._status(task, remote.get("price"))
            case other:
                return other

    def _status(self, task: Mapping[str, Any], price: Mapping[str, Any] | None) -> Status:
        match task.get("status"):
            case "queued":
                return Working(message="queued at Ark")
            case "running":
                return Working()
            case "succeeded":
                link = reply.part(task.get("content")).get("video_url")
                seed, cost = reply.seed(task.get("seed")), _billed(task, price)
                return reply.done("Ark", task, link, self.site.place, seed=seed, cost=cost)
            case "cancelled":
                return Failed(JobCancelled("The job was cancelled at Ark; it is not billed."))
            case "expired":
                words = "Ark stopped the job: it took too long. It is not billed; submit it again."
                return Failed(BackendUnavailable(words))
            case "failed":
                return Failed(failure(task.get("error"), self._auth.redact))
        return reply.not_understood("Ark", task.get("status"))

    async def cancel(self, remote_id: str, remote: Mapping[str, Any]) -> Cancellation:
        """Stop the task if it is still queued; Ark does not stop a running one.

        Its status is read first: deleting a task that has ended would delete its video's address.
        """
        match await self._tasks.get(remote_id, deadline=QUICK):
            case dict() as task if _is_of_another(task, remote):
                pass
            case {"status": "queued"}:
                return await self._delete(remote_id)
            case {"status": "running"}:
                return RUNNING
            case {"status": "cancelled"}:
                return CANCELLED
            case {"status": "succeeded"}:
                words = "It has already finished and is billed."
                return Cancellation(reached=False, may_bill=True, message=words)
            case {"status": "failed" | "expired"}:
                words = "It has already ended without a video; it is not billed."
                return Cancellation(reached=False, may_bill=False, message=words)
            case dict() as task:
                error = reply.not_understood("Ark", task.get("status")).error
                words = f"{error.message} The job may continue and be billed; cancel it again."
                return Cancellation(reached=False, may_bill=True, message=words)
            case Passing(error=error):
                words = f"{error.message} The job continues; cancel it again."
                return Cancellation(reached=False, may_bill=True, message=words)
        words = "Ark does not know the job, or no longer knows it."
        return Cancellation(reached=False, may_bill=True, message=words)

    async def _delete(self, remote_id: str) -> Cancellation:
        url = self._tasks.address(remote_id)
        try:
            response = await self._wire.ask("DELETE", url, deadline=QUICK)
        except BackendUnavailable as error:
            words = f"{error.message} The job may continue; cancel it again."
            return Cancellation(reached=False, may_bill=True, message=words)
        if response.is_success:
            return CANCELLED
        if response.status == httpx.codes.CONFLICT:
            return RUNNING
        words = (
            f"{refusal(response, self._auth.redact).message} The job may continue and be billed."
        )
        return Cancellation(reached=False, may_bill=True, message=words)

    async def find(self, attempt: Attempt) -> Accepted | Absent | Passing | Unknown:
        """Look up the attempt's token in all of the account's tasks.

        The time of the attempt does not matter: this machine's clock and Ark's may differ by any
        time, and a search that ends too early would prove an existing task absent.
        """
        match await self._tasks.named(attempt.token):
            case dict() as task:
                return self.locate(task["id"], attempt.request).known_by(attempt)
            case Passing(error=error) if error.status == httpx.codes.FORBIDDEN:
                return Unknown("the key may not list tasks")
            case Absent():
                return Absent(self._wire.clock.date)
            case other:
                return other

    def locate(self, remote_id: str, attempt_request: Mapping[str, Any]) -> Accepted:
        """A task with its price."""
        return Accepted(remote_id, {"price": attempt_request.get("price")})


RUNNING = Cancellation(
    reached=False,
    may_bill=True,
    message="It is running, and Ark cannot stop a running job; it will be billed.",
)

CANCELLED = Cancellation(
    reached=True,
    may_bill=False,
    message="Ark removed it from its queue before it started; it is not billed.",
)


def _is_of_another(task: Mapping[str, Any], remote: Mapping[str, Any]) -> bool:
    return is_of_another(task.get("safety_identifier"), remote)


def _billed(task: Mapping[str, Any], price: Mapping[str, Any] | None) -> Cost | None:
    """The cost of the tokens that Ark counted."""
    tokens = reply.count(reply.part(task.get("usage")).get("completion_tokens"), most=MOST_TOKENS)
    rate = reply.money(price.get("per_1k_tokens")) if price else None
    if tokens is None or rate is None or price is None:
        return None
    return Cost(
        amount=round(tokens * rate / 1000, 6),
        currency=price["currency"],
        estimated=False,
        source=f"{tokens:,} tokens counted by Ark",
    )
