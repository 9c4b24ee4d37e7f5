"""A gateway as a backend.

It implements the contract over HTTP, as docs/how-to/gateway.md and
docs/reference/gateway.openapi.yaml describe: the routes of the original client
(`sync-generate`, `cancel`, `models`), and beside them the ones that jobs need which outlive a
connection.
"""

from __future__ import annotations

import re
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import httpx

from rushes.backends import reply
from rushes.backends.address import base_of, segment
from rushes.backends.batch import Batch
from rushes.backends.embedding import address, embed
from rushes.backends.gateway.allowance import allowance
from rushes.backends.gateway.hub import is_service
from rushes.backends.gateway.inputs import Inputs
from rushes.backends.gateway.keeping import LABEL, heading, page
from rushes.backends.gateway.news import News
from rushes.backends.gateway.refusal import failure, refusal
from rushes.backends.key import KeyAuth, Variables
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
from rushes.backends.wire import QUICK, Response, Wire
from rushes.catalog.kinds import CONTRACT_MEDIA
from rushes.catalog.media import with_media
from rushes.contract.errors import BackendUnavailable, NoBackend
from rushes.contract.results import Cost
from rushes.contract.wording import shown
from rushes.io.place import Place
from rushes.io.site import Site

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from pathlib import Path

    from rushes.backends.key import Secret
    from rushes.backends.protocol import KeptJob
    from rushes.catalog import ProviderSpec
    from rushes.contract.params import VideoGenParams

NOT_SET = (
    "gateway is not configured: set RUSHES_GATEWAY_URL to its address and RUSHES_GATEWAY_TOKEN to "
    "your token."
)

APP = "rushes"

APPS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Names of applications, as docs/reference/gateway.openapi.yaml has them."""

MOST_PROVIDERS = 500
"""Announced ones that are read."""

MOST_IDS = 100
"""Jobs in one status call; their ids are part of the address."""

LIMITS = Limits(polls=512, polls_per_second=2_000.0, streams=100_000)
"""Status calls are made together, and all jobs share one stream, so that many cost one."""


class GatewayBackend:
    """Runs jobs through a gateway.

    The attempt's token is the job's id there, so resending it creates no second job.

    Args:
        token: sent only to the gateway.
        url: base of the gateway.
        app: the application that the gateway bills jobs to.
        limits: how many calls the engine may make.

    Raises:
        NoBackend: when the token may not go to the address, or the application has no such name.
    """

    name = "gateway"
    upload_lifetime = None
    reconciliation = "key"
    lag = 0.0
    most_found = MOST_IDS

    def __init__(
        self, token: str | Secret, *, url: str, app: str = APP, limits: Limits = LIMITS
    ) -> None:
        self.limits = limits
        self._auth = KeyAuth(token, origins=[url])
        self._url = url.rstrip("/")
        site = Site.of(url)
        # A gateway belongs to the user's team, so its videos may be in a network of theirs.
        self.site = replace(site, place=Place.NETWORK) if site.place is Place.WEB else site
        if not APPS.fullmatch(app):
            words = (
                f"{shown(app)} is not the name of an application (RUSHES_GATEWAY_APP); it has 1 to "
                f"64 letters, digits, dots, dashes and underscores, and begins with a letter or a "
                f"digit."
            )
            raise NoBackend(words)
        self._app = app
        self._batch = Batch(self._ask, most=MOST_IDS)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path) -> GatewayBackend:  # noqa: ARG003 - the gateway keeps everything
        """A backend with the address and the token of the environment.

        ``RUSHES_GATEWAY_URL``, ``RUSHES_GATEWAY_TOKEN`` and, if need be, ``RUSHES_GATEWAY_APP``.
        On a JupyterHub whose service the gateway is, the server's own token is enough.

        Raises:
            NoBackend: when address or token is missing, the token may not go to the address, or
                the application has no such name.
        """
        environment = Variables(environment)
        url, token = (
            environment.text("RUSHES_GATEWAY_URL"),
            environment.secret("RUSHES_GATEWAY_TOKEN"),
        )
        base = base_of(url, "RUSHES_GATEWAY_URL") if url else ""
        if base and not token and is_service(base, environment):
            token = environment.secret("JUPYTERHUB_API_TOKEN")
        if not base or not token:
            raise NoBackend(NOT_SET)
        return cls(token, url=base, app=environment.text("RUSHES_GATEWAY_APP") or APP)

    def connect(self, client: httpx.AsyncClient) -> None:
        """Set the engine's HTTP client."""
        self.media = client
        self._wire = Wire(client, "The gateway", self._auth, self.limits.call_deadline)
        inputs, redact = f"{self._url}/v1/inputs/{self._app}", self._auth.redact
        self._inputs = Inputs(self._wire, inputs, redact)
        self._news = News(self._wire, f"{self._url}/v1/jobs/{self._app}/events", redact)

    async def announced(self) -> list[Mapping[str, Any]]:
        """The providers that the gateway offers, in the format of a provider file.

        Raises:
            RushesError: if they are not available now.
        """
        response = await self._wire.ask("GET", f"{self._url}/v1/videogen/models")
        if not response.is_success:
            raise refusal(response, self._auth.redact)
        models = response.body.get("models")
        if not isinstance(models, list):
            msg = "The gateway's list of models cannot be read."
            raise BackendUnavailable(msg)
        return [reply.plain(model) for model in reply.items(models)[:MOST_PROVIDERS]]

    async def policy(self) -> Mapping[str, Any] | None:
        """What the gateway allows this token; it holds the jobs to it itself, too.

        Raises:
            RushesError: if that is not available now.
        """
        response = await self._wire.ask("GET", f"{self._url}/v1/videogen/{self._app}/policy")
        if response.status == httpx.codes.NOT_FOUND:
            return None
        if not response.is_success:
            raise refusal(response, self._auth.redact)
        return response.body

    async def balance(self) -> Balance:
        """What the daily caps leave for the person and the application."""
        response = await self._wire.ask("GET", f"{self._url}/v1/me/{self._app}")
        if response.is_success and (left := allowance(self.name, response.body)) is not None:
            return left
        # Earlier gateways say only how much is left.
        response = await self._wire.ask("GET", f"{self._url}/v1/credits/{self._app}")
        if response.status == httpx.codes.NOT_FOUND:
            msg = "The balance is not offered by this gateway: it sets no daily cap."
            raise NoBackend(msg, status=response.status)
        if not response.is_success:
            raise refusal(response, self._auth.redact)
        said = reply.part(response.body.get("balance"))
        currency = said.get("currency", "USD")
        return reply.balance("The gateway", self.name, said.get("amount"), currency)

    def translate(
        self,
        params: VideoGenParams,
        spec: ProviderSpec,
        media: Mapping[str, Any],
    ) -> dict[str, Any]:
        """The request as the contract's JSON."""
        names, plain = spec.media_names, params.to_json()
        return {"params": with_media(plain, names, lambda item, *_: media.get(item, item))}

    async def upload(self, path: Path) -> dict[str, str]:
        """What represents a local file until the request is sent, with its name at the gateway.

        The file is uploaded now, because a submission has less time. A gateway that takes no
        uploads gets it inside the request.
        """
        await self._inputs.name(path)
        return address(path)

    async def submit(self, attempt: Attempt) -> Submission:
        """Send the attempt under its token; the same token again is the same job."""
        url, headers = f"{self._url}/v1/videogen/{self._app}/jobs", heading(attempt.request)
        match await self._wire.post_once(
            url, self._body(attempt), headers=headers, within=attempt.arrives_within
        ):
            case Response(is_success=True, body=said):
                job_id = reply.identity(said.get("jobId"))
                # The client chose the id. A reply with another one is about something else.
                is_own = job_id == attempt.token
                return Accepted(attempt.token) if is_own else Unknown("it names another job")
            case Response() as response:
                return Refused.by(refusal(response, self._auth.redact))
            case other:
                return other

    async def _body(self, attempt: Attempt) -> dict[str, Any]:
        """The body: the token as the job's id, and the request with local files.

        The gateway is asked for each file once more: it may be another one than the upload went to.
        """
        params = with_media(attempt.request["params"], CONTRACT_MEDIA, _marked)
        params = await embed(params, self._inputs.text, inputs=attempt.inputs)
        return {"jobId": attempt.token, "params": params}

    def labelled(self, request: dict[str, Any], label: Mapping[str, Any]) -> dict[str, Any]:
        """The request with its label, which is sent as a header: earlier gateways ignore it."""
        return request | {LABEL: dict(label)}

    async def kept(self, after: str | None) -> tuple[list[KeptJob], str | None]:
        """A page of all jobs of the person in the application, oldest first.

        Raises:
            RushesError: when it is not available now, or cannot be read.
        """
        params = {"limit": str(MOST_IDS)} | ({} if after is None else {"after": after})
        response = await self._wire.ask("GET", f"{self._url}/v1/jobs/{self._app}", params=params)
        if not response.is_success:
            raise refusal(response, self._auth.redact)
        return page(response.body)

    async def poll(self, remote_id: str, remote: Mapping[str, Any]) -> Status:  # noqa: ARG002 - the id is enough
        """Poll a job, in one call with others that are polled at the same time."""
        match await self._batch.answer(remote_id):
            case Passing() as trouble:
                return trouble
            case dict() as job:
                return self._status(job)
        return Absent()

    async def stream(
        self, remote_id: str, remote: Mapping[str, Any]
    ) -> AsyncGenerator[Working | Ended, None]:
        """Follow a job in the gateway's stream of news, which all jobs share.

        Raises:
            RushesError: when the gateway refuses the stream, or it breaks off for good.
        """
        said = self._news.of(remote_id, self._status, partial(self.poll, remote_id, remote))
        async with aclosing(said):
            async for status in said:
                yield status

    async def _ask(self, ids: Sequence[str]) -> Mapping[str, dict[str, Any] | Passing]:
        url, query = f"{self._url}/v1/jobs/{self._app}", {"ids": ",".join(ids)}
        try:
            response = await self._wire.ask("GET", url, params=query)
        except BackendUnavailable as error:
            return dict.fromkeys(ids, Passing(error))
        if not response.is_success:
            return dict.fromkeys(ids, Passing(refusal(response, self._auth.redact)))
        jobs = response.body.get("jobs")
        if not isinstance(jobs, list):
            unread = BackendUnavailable("The gateway's answer cannot be read.")
            return dict.fromkeys(ids, Passing(unread))
        named = [(reply.identity(job.get("jobId")), job) for job in reply.items(jobs)]
        answers: dict[str, dict[str, Any] | Passing] = {
            job_id: job for job_id, job in named if job_id is not None
        }
        if len(answers) < len(jobs):
            # An unreadable entry may be about any job without an entry of its own.
            odd = Passing(BackendUnavailable("The gateway's answer has entries without a job."))
            for each in ids:
                answers.setdefault(each, odd)
        return answers

    def _status(self, job: Mapping[str, Any]) -> Status:
        match job.get("status"):
            case "queued" | "running":
                return Working(
                    reply.count(job.get("position")),
                    reply.share(job.get("progress")),
                    reply.text(job.get("message"), self._auth.redact, most=200),
                )
            case "completed":
                result = reply.part(job.get("result"))
                link = result.get("videoUrl")
                seed, cost = reply.seed(result.get("seed")), _cost(job.get("cost"))
                said, near = result or job, self.site.place
                return reply.done("The gateway", said, link, near, seed=seed, cost=cost)
            case "failed":
                return Failed(failure(job, self._auth.redact), cost=_cost(job.get("cost")))
        return reply.not_understood("The gateway", job.get("status"))

    async def cancel(self, remote_id: str, remote: Mapping[str, Any]) -> Cancellation:  # noqa: ARG002 - the id is enough
        """Ask the gateway to stop a job; it reports the outcome."""
        url = f"{self._url}/v1/jobs/{self._app}/{segment(remote_id)}/cancel"
        try:
            response = await self._wire.ask("POST", url, deadline=QUICK)
        except BackendUnavailable as error:
            words = f"{error.message} The job may continue; cancel it again."
            return Cancellation(reached=False, may_bill=True, message=words)
        if not response.is_success:
            words = refusal(response, self._auth.redact).message
            words = f"{words} The job may continue and be billed."
            return Cancellation(reached=False, may_bill=True, message=words)
        body = response.body
        reached, may_bill = body.get("cancelled") is True, body.get("mayBill") is not False
        said = reply.text(body.get("message"), self._auth.redact)
        words = reply.sentence(said) if said else "The gateway was asked to stop it."
        return Cancellation(reached=reached, may_bill=may_bill, message=words)

    async def find(self, attempt: Attempt) -> Accepted | Absent | Passing | Unknown:
        """Look up the job of an attempt's token."""
        match await self.poll(attempt.token, {}):
            case Passing() as trouble:
                return trouble
            case Absent():
                return Absent()
        return Accepted(attempt.token)

    def locate(self, remote_id: str, attempt_request: Mapping[str, Any]) -> Accepted:  # noqa: ARG002 - the id is enough
        """An id that the user found at the gateway."""
        return Accepted(remote_id)


def _marked(value: Any, *_: str) -> Any:
    """One of the media of a request; earlier releases journaled files as ``file:`` addresses."""
    if not isinstance(value, str) or not value.startswith("file://"):
        return value
    return address(PurePosixPath(unquote(urlsplit(value).path)))


def _cost(cost: object) -> Cost | None:
    """The cost of a job as reported by the gateway."""
    said = reply.part(cost)
    amount, currency = reply.money(said.get("amount")), reply.currency(said.get("currency", "USD"))
    if amount is None or currency is None:
        return None
    return Cost(amount=amount, currency=currency, estimated=False, source="the gateway")
