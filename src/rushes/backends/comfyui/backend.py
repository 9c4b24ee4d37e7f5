"""A ComfyUI server as a backend.

The facts come from trials of ComfyUI 0.33.0 and 0.3.64, and from the source of 0.38, as of
November 2026; docs/reference/comfyui.md lists them.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends import reply
from rushes.backends.address import origin_of
from rushes.backends.batch import Batch
from rushes.backends.comfyui.access import KeyedTransport, Server, auth_of, server_address
from rushes.backends.comfyui.files import Files
from rushes.backends.comfyui.graph import body_of, encode, prompt_id_of, remote_of
from rushes.backends.comfyui.jobs import Jobs
from rushes.backends.comfyui.machine import Machine
from rushes.backends.comfyui.nodes import Nodes, lacking
from rushes.backends.comfyui.progress import Messages
from rushes.backends.comfyui.refusal import failure, refusal
from rushes.backends.key import KeyAuth, Secret, Variables
from rushes.backends.protocol import (
    Absent,
    Accepted,
    Attempt,
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
from rushes.backends.wire import NO_KEY, Response, Wire
from rushes.contract.errors import JobCancelled, NoBackend, RushesError
from rushes.io.site import Site

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from pathlib import Path

    from rushes.catalog import ProviderSpec
    from rushes.contract.params import VideoGenParams

URL_NAME = "RUSHES_COMFYUI_URL"

NOT_SET = (
    f"comfyui is not configured: set {URL_NAME} to the address of a ComfyUI server, e.g. "
    f"http://127.0.0.1:8188."
)

STOPPED = "stopped"
"""The name in a job's `remote` that says that the server was asked to cancel it."""

MOST_LISTED = 10_000

LIMITS = Limits(submits=4, polls=16, streams=16, poll_floor=0.5, poll_ceiling=10.0, first_poll=1.0)
"""One server has one worker; its calls are quick, and one of them answers for all that wait."""


class ComfyBackend:
    """Runs jobs as workflows on a ComfyUI server.

    The attempt's token is the job's id there. It is not a key: the same id sent twice runs twice.
    But it can be looked up, and a server that was restarted has forgotten its queue and runs
    nothing of it any more, so absence is proof, and costs nothing. A workflow with nodes of paid
    services is the exception: its absence proves nothing.

    Args:
        url: base of the server.
        token: for a proxy before it, sent only there; empty for none.
        limits: how many calls the engine may make.
        lag: seconds that a busy server may take to queue a job after its client has gone.
    """

    name = "comfyui"
    # An upload is named by its content, and looked for before it is made.
    upload_lifetime = None
    reconciliation = "lookup"
    # While a node loads a model, the server may answer nothing for a minute.
    lag = 60.0

    def __init__(
        self,
        url: str,
        token: str | Secret = "",
        *,
        limits: Limits = LIMITS,
        lag: float | None = None,
    ) -> None:
        self.limits = limits
        if lag is not None:
            self.lag = lag
        secret = Secret(token)
        self._url = server_address(url, URL_NAME, has_token=bool(secret))
        self._auth = auth_of(secret, self._url) if secret else None
        self.site = Site.of(self._url)
        self._batch = Batch(self._ask, most=MOST_LISTED)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path) -> ComfyBackend:  # noqa: ARG003 - the server keeps everything
        """A backend for the server that the environment names.

        ``RUSHES_COMFYUI_URL``, and ``RUSHES_COMFYUI_TOKEN`` for a proxy before it.

        Raises:
            NoBackend: when no address is set, or a token may not go there.
        """
        environment = Variables(environment)
        url = environment.text(URL_NAME)
        if not url:
            raise NoBackend(NOT_SET)
        return cls(url, environment.secret("RUSHES_COMFYUI_TOKEN"))

    def connect(self, client: httpx.AsyncClient) -> None:
        """Set the engine's HTTP client."""
        auth = self._auth or NO_KEY
        self.media = client
        if self._auth is not None:
            # The proxy asks for the token when a video is downloaded, too.
            transport = KeyedTransport(client, self._auth, self._url)
            self.media = httpx.AsyncClient(transport=transport)
        self._wire = Wire(
            client, "The ComfyUI server", auth, self.limits.call_deadline, site=self.site
        )
        server = Server(self._wire, self._url, self._redact)
        self._nodes = Nodes(server)
        self._files = Files(server)
        self._jobs = Jobs(server)
        self._machine = Machine(server)
        self._messages = Messages(server)

    def _redact(self, text: str) -> str:
        return self._auth.redact(text) if isinstance(self._auth, KeyAuth) else text

    @property
    def _server(self) -> str:
        """Identifies this server among others."""
        scheme, host, port = origin_of(httpx.URL(self._url))
        return f"{scheme}://{host}:{port}"

    # --- submitting -------------------------------------------------------------------------------

    def translate(
        self, params: VideoGenParams, spec: ProviderSpec, media: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The workflow of the request's mode, filled with it.

        Raises:
            InvalidParams: when an input is not a local file, or the provider has no workflow.
        """
        offer = spec.backends[self.name]
        workflow = offer.workflows.get(params.mode)
        if workflow is None:
            msg = f"The provider file of {spec.id} has no workflow for {params.mode}."
            raise NoBackend(msg)
        return {"server": self._server, **encode(params, spec, workflow, media)}

    async def upload(self, path: Path) -> str:
        """Put a local file into the server's inputs, unless it already has it."""
        return await self._files.upload(path)

    async def submit(self, attempt: Attempt) -> Submission:
        """Send the attempt once, after the server was asked whether it can run it."""
        prompt_id = prompt_id_of(attempt.token)
        match await self._wire.post_once(
            f"{self._url}/prompt", self._body(attempt, prompt_id), within=attempt.arrives_within
        ):
            case Response(is_success=True, body=said):
                if said.get("prompt_id") != prompt_id:
                    return Unknown("its reply names another job")
                return self.locate(prompt_id, attempt.request)
            case Response() as response:
                titles = remote_of(attempt.request, prompt_id)["titles"]
                return Refused.by(refusal(response, self._redact, titles))
            case other:
                return other

    async def _body(self, attempt: Attempt, prompt_id: str) -> dict[str, Any]:
        await self._machine.require_version()
        await self._nodes.require(attempt.request)
        return body_of(attempt.request, prompt_id)

    def locate(self, remote_id: str, attempt_request: Mapping[str, Any]) -> Accepted:
        """A job by its id there."""
        return Accepted(remote_id, remote_of(attempt_request, remote_id))

    async def find(self, attempt: Attempt) -> Accepted | Absent | Passing | Unknown:
        """Look up the job of an attempt, and its file, which outlives the server's memory."""
        server = attempt.request.get("server")
        if server != self._server:
            return Unknown(f"it was sent to {server}, and {URL_NAME} is {self._server} now")
        prompt_id = prompt_id_of(attempt.token)
        try:
            said = await self._jobs.job(prompt_id)
            if said is not None or await self._files.finished(prompt_id):
                return self.locate(prompt_id, attempt.request)
        except RushesError as error:
            return Passing(error)
        if attempt.request.get("partner") is True:
            return Unknown("the server does not know it, but its paid nodes may have run")
        return Absent(self._wire.clock.date)

    async def describe(
        self, graph: Mapping[str, Any]
    ) -> tuple[Mapping[str, Mapping[str, Any]], str | None]:
        """By class, the server's description of a graph's nodes, and what it lacks for the graph.

        Raises:
            RushesError: when it cannot be asked now.
        """
        said = await self._nodes.describe_all(graph)
        return said, lacking(graph, said)

    # --- following --------------------------------------------------------------------------------

    async def poll(self, remote_id: str, remote: Mapping[str, Any]) -> Status:
        """Poll a job; those that wait or run are listed by one call."""
        try:
            working = await self._batch.answer(remote_id)
            if working is not None:
                return working
            # It has left the queue, in this order: a job is never in neither.
            said = await self._jobs.job(remote_id)
            if said is not None:
                return self._status(said, remote)
            link = await self._files.finished(remote_id)
        except RushesError as error:
            return Passing(error)
        if link is not None:
            return reply.done(
                "The ComfyUI server",
                {},
                link,
                self.site.place,
                seed=reply.seed(remote.get("seed")),
            )
        if remote.get(STOPPED) is True:
            return Failed(JobCancelled("The job was cancelled before it started."))
        # Another server may still run it.
        is_free = remote.get("partner") is not True and remote.get("server") == self._server
        return Absent(is_free=is_free)

    async def stream(
        self, remote_id: str, remote: Mapping[str, Any]
    ) -> AsyncGenerator[Working | Ended, None]:
        """Listen to the messages about a job."""
        status = partial(self.poll, remote_id, remote)
        said = self._messages.about(remote_id, remote, status)
        async with aclosing(said):
            async for working in said:
                yield working

    async def _ask(self, ids: Sequence[str]) -> Mapping[str, Working]:
        """Those of some jobs that wait or run, by id, with the machine that they are on.

        Raises:
            RushesError: when the server cannot be asked now.
        """
        found = await self._jobs.under_way()
        where = f"at {await self._machine.name()}" if found else None
        return {job_id: replace(found[job_id], message=where) for job_id in ids if job_id in found}

    def _status(self, job: Mapping[str, Any], remote: Mapping[str, Any]) -> Status:
        match job.get("status"):
            case "pending" | "in_progress":
                return Working()
            case "completed":
                link = self._files.video_in(reply.part(job.get("outputs")), remote.get("save"))
                said, seed = reply.part(job.get("outputs")), reply.seed(remote.get("seed"))
                return reply.done("The ComfyUI server", said, link, self.site.place, seed=seed)
            case "failed":
                error = reply.part(job.get("execution_error"))
                titles = reply.part(remote.get("titles"))
                return Failed(failure(error, self._redact, titles))
            case "cancelled":
                return Failed(JobCancelled("The job was cancelled on the ComfyUI server."))
        return reply.not_understood("The ComfyUI server", job.get("status"))

    # --- cancelling -------------------------------------------------------------------------------

    async def cancel(self, remote_id: str, remote: Mapping[str, Any]) -> Cancellation:
        """Take a job out of the queue, or interrupt it."""
        may_bill = remote.get("partner") is True
        try:
            reached = await self._jobs.stop(remote_id)
        except RushesError as error:
            words = f"{error.message} The job may continue; cancel it again."
            # It may have been reached all the same, and then leaves no trace.
            return Cancellation(
                reached=False, may_bill=may_bill, message=words, remote={STOPPED: True}
            )
        if not reached:
            words = "It had already ended, or the ComfyUI server does not know it."
            return Cancellation(reached=False, may_bill=may_bill, message=words)
        words = "The ComfyUI server was asked to stop it; it does so after the step that it is at."
        return Cancellation(reached=True, may_bill=may_bill, message=words, remote={STOPPED: True})
