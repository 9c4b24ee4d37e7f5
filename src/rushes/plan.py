"""Plans: requests that are checked, frozen and priced once."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from copy import copy as copied
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from rushes.backends.protocol import Balancing, Situated
from rushes.catalog.drafts import FINAL
from rushes.catalog.given import given, read_once
from rushes.catalog.media import identity_of, media_in, places_in, with_media
from rushes.contract import display
from rushes.contract.errors import InvalidParams, JobNotFound, NoBackend, Problem, RushesError
from rushes.contract.params import VideoGenParams, is_local, plain
from rushes.contract.sheet import Sheet
from rushes.contract.wording import shortened, shown, visible
from rushes.estimate import Estimate, estimate_of
from rushes.journal import REPEATED
from rushes.journal.draft import Draft, named
from rushes.media.inputs import freeze_all
from rushes.media.limits import inspect
from rushes.media.origin import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.catalog import Catalog, ProviderSpec
    from rushes.engine import Engine

PREVIEW = "preview"

ANNOUNCEMENT = 5.0
"""Seconds that a request for an unknown provider waits for a gateway to announce it."""

BATCH = 2000
"""Jobs of earlier releases that get their key at once."""

LONGEST_PROMPT = 100
"""Maximum characters of the prompt that a plan shows."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One request, checked, frozen and priced. Making a plan sends nothing.

    What is shown, budgeted and sent is the same plan: `VideoGen.submit` sends it unchanged.

    >>> plan = gen.plan(provider="kling-3.0-standard", prompt="A red fox", duration_seconds=3)
    >>> plan
    <Plan kling-3.0-standard at preview: text-to-video, 3 s, free>
    >>> job = gen.submit(plan)

    Attributes:
        params: the request; its local files are copies that do not change.
        backend: the service to run it.
        inputs: its media: by parameter, their URLs and paths.
        cost: the estimated cost.
        duration_seconds: length of the video in seconds; None if it is that of the given video.
        typical_time: seconds that such a job takes; None if unknown.
        typical_from: the source of that: jobs on this machine, or the catalog.
        notes: what the user should know about how the service handles the request.
        original: the prompt before it was rewritten, if it was.
        parent: the id of the job whose take it is made from, if it is made from one.
    """

    params: VideoGenParams
    backend: str
    inputs: Mapping[str, tuple[str, ...]]
    cost: Estimate
    duration_seconds: int | None
    typical_time: float | None
    typical_from: Literal["history", "catalog"]
    notes: tuple[str, ...] = ()
    original: str | None = None
    parent: str | None = None

    @property
    def provider(self) -> str:
        """The video model."""
        return self.params.provider

    @property
    def mode(self) -> str:
        """The mode, as given or determined by the inputs."""
        return self.params.mode

    @property
    def key(self) -> str:
        """The same text for every plan that asks for the same; see `content_key`."""
        return self._key

    @cached_property
    def _key(self) -> str:
        return content_key(self.params.to_json(), self.inputs, self.backend)

    def rewritten_from(self, original: str) -> Plan:
        """The same plan, with the prompt that its own was made from on record."""
        if original == self.params.prompt:
            return self
        return replace(self, original=original)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The notes and the original prompt, which are kept with its job."""
        if self.original is None:
            return self.notes
        return (*self.notes, f"The prompt was rewritten from: {self.original}")

    def is_frozen_in(self, folder: Path) -> bool:
        """Whether every local file is a copy that is in a folder, so that the plan can be sent."""
        paths = (Path(item) for items in self.inputs.values() for item in items if is_local(item))
        return all(path.parent == folder and path.exists() for path in paths)

    def __repr__(self) -> str:
        return f"<Plan {self.provider} at {self.backend}: {self._what}, {self.cost}>"

    def __str__(self) -> str:
        return visible("\n".join(self._lines()))

    def sheet(self) -> Sheet:
        """The table that a cell shows."""
        head, *lines = self._lines()
        facts = [line.strip().partition(": ") for line in lines if line.startswith("  ")]
        rows = [("prompt", " ".join((self.params.prompt or "").split()))]
        rows += [(name, value) for name, _, value in facts]
        rows.append(("cost", f"{self.cost} ({self.cost.reason.rstrip('.')})"))
        if self.typical_time is not None:
            rows.append(("time", self._time()))
        return Sheet(
            title=f"Plan: {head}. Nothing is sent yet.",
            rows=[row for row in rows if row[1]],
            notes=tuple(f"Note: {note}" for note in self.notes),
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {**display.bundle(self.sheet()), "text/plain": str(self)}

    @property
    def _what(self) -> str:
        length = "as long as the given video"
        if self.duration_seconds is not None:
            length = f"{self.duration_seconds} s"
        return f"{self.mode}, {length}"

    def _lines(self) -> Iterator[str]:
        yield f"{self.provider} at {self.backend}, {self._what}"
        prompt = " ".join((self.params.prompt or "").split())
        if prompt:
            yield shortened(prompt, LONGEST_PROMPT)
        if self.original is not None:
            yield f"  rewritten from: {shortened(' '.join(self.original.split()), LONGEST_PROMPT)}"
        hidden = {"provider", "mode", "prompt", "duration_seconds", FINAL, *self.inputs}
        for name, value in self.params.given().items():
            if name not in hidden:
                yield f"  {name}: {value}"
        for name, items in self.inputs.items():
            yield f"  {name}: {', '.join(_named(item) for item in items)}"
        if self.parent is not None:
            yield f"  made from: {self.parent}"
        yield f"{self.cost} ({self.cost.reason.rstrip('.')})"
        if self.typical_time is not None:
            yield self._time()
        yield from (f"Note: {note}" for note in self.notes)

    def _time(self) -> str:
        basis = "from earlier jobs" if self.typical_from == "history" else "estimated"
        return f"about {time_in_words(self.typical_time or 0.0)} ({basis})"


class Planner:
    """Makes plans for one client.

    Args:
        engine: knows the catalog, the services and how long jobs take.
        backend: the client's service; None uses the environment's, or the first configured one.
    """

    def __init__(self, engine: Engine, backend: str | None) -> None:
        self._engine = engine
        self._backend = backend

    @property
    def _catalog(self) -> Catalog:
        return self._engine.catalog

    def plan(
        self,
        request: VideoGenParams | Mapping[str, Any] | Plan | None,
        keywords: Mapping[str, Any],
        backend: str | None = None,
        *,
        copy: bool = True,
    ) -> Plan:
        """Make a plan. An existing plan of this home is returned unchanged.

        Args:
            request: the request, in either spelling.
            keywords: additions to it.
            backend: the service, if not the client's.
            copy: whether local files are copied; otherwise the plan can only be shown.

        Raises:
            InvalidParams: names every problem of the request.
            NoBackend: if no service for it is configured.
            LibraryUnwritable: if the copies cannot be stored.
        """
        if isinstance(request, Plan):
            is_same = not keywords and backend in (None, request.backend)
            if is_same and (not copy or request.is_frozen_in(self._engine.folders.inputs)):
                self.must_reach(request.backend)
                return request
            backend = backend or request.backend
            plan = self._made(given(request.params, keywords), backend, copy=copy)
            return plan if request.original is None else plan.rewritten_from(request.original)
        return self._made(given(request, keywords), backend, copy=copy)

    def _made(self, data: Mapping[Any, Any], backend: str | None, *, copy: bool) -> Plan:
        provider = plain(data.get("provider"))
        if not isinstance(provider, str) or provider not in self._catalog.providers:
            # A gateway may be about to announce it.
            self._engine.announced.wait(ANNOUNCEMENT)
        draft = None
        if (asked := named(data)).get(FINAL) is not None:
            draft = self._draft(asked[FINAL])
            data = draft.request({name: plain(value) for name, value in asked.items()})
            backend, provider = self._keeper(draft, backend), draft.job.provider
        spec = self._catalog.providers.get(provider) if isinstance(provider, str) else None
        declared = spec.parameters if spec else {}
        read = read_once(data, declared)
        kinds, folder = self._catalog.kinds(provider), self._engine.folders.inputs
        its = spec.media if spec else {}
        formats = {name: parameter.accepted for name, parameter in its.items()}
        frozen: Mapping[Any, Any] = read.values
        unusable: list[Problem] = []
        if draft is None:  # The service has the files of a draft.
            frozen, unusable = freeze_all(read.values, kinds, folder, copy=copy, formats=formats)
        problems = _added(read.problems, unusable)
        name, obstacle = self._service(spec, backend)
        try:
            params = self._catalog.read(frozen, backend=name)
        except InvalidParams as error:
            # An unusable file is not a string either; one problem per parameter is enough.
            problems = _added(problems, error.problems)
            if spec is not None:  # A form shows what is wrong with a file before it is complete.
                media = media_in(frozen, spec.media_names)
                found = inspect(spec, frozen, _usable(media, problems))
                problems += found.problems
            raise InvalidParams.of(problems) from read.cause
        spec = self._catalog.providers[params.provider]
        media = spec.media_of(params)
        if media and copy and draft is None:
            self._keep_origins(read.values, media)
        found = inspect(spec, params, _usable(media, problems))
        lengths = found.lengths
        problems = problems if draft else [*problems, *found.problems]
        if not (problems or draft) and obstacle is None and name is not None:
            problems = list(self._out_of_reach(media, name)) if media else []
        if problems:
            raise InvalidParams.of(problems) from read.cause
        if obstacle is not None or name is None:
            raise obstacle or NoBackend(f"No service runs {spec.id}.")
        self.must_reach(name)
        return self._priced(spec, params, name, media, lengths)

    def _out_of_reach(self, media: Mapping[str, tuple[str, ...]], name: str) -> Iterator[Problem]:
        """Links that the service cannot fetch: they lead to this machine or a private network."""
        backend = self._engine.backends.get(name)
        if not isinstance(backend, Situated):
            return
        for parameter, items in media.items():
            for item in items:
                why = None if is_local(item) else backend.site.out_of_reach(item)
                if why is not None:
                    reason = (
                        f"{item[:80]!r} {why}, so {name} cannot fetch it. Give the file's path, "
                        f"or a public link that begins with https:."
                    )
                    yield Problem(parameter, item, reason)

    def _priced(
        self,
        spec: ProviderSpec,
        params: VideoGenParams,
        name: str,
        media: Mapping[str, tuple[str, ...]],
        lengths: Mapping[str, float],
    ) -> Plan:
        forecast = self._engine.forecast_of(params, name)
        is_known = forecast.is_history or spec.typical_seconds(params, name) is not None
        return Plan(
            params=params,
            backend=name,
            inputs=MappingProxyType(media),
            cost=estimate_of(spec, params, name, lengths),
            duration_seconds=spec.duration_of(params),
            typical_time=round(forecast.median, 1) if is_known else None,
            typical_from="history" if forecast.is_history else "catalog",
            notes=self._catalog.notes(params, name),
            parent=params.final_of or self._parent(params),
        )

    def _draft(self, job_id: object) -> Draft:
        """The draft that is to be rendered in full."""
        try:
            record = self._engine.record(job_id) if isinstance(job_id, str) else None
        except JobNotFound:
            record = None
        if record is None:
            reason = (
                f"{shown(job_id)} is not a job of this journal; a draft can only be rendered in "
                f"full where it was made."
            )
            raise InvalidParams.of([Problem(FINAL, job_id, reason)])
        # One that was rendered in time stays what it is when the draft is forgotten.
        known = self._engine.journal.select(parent=record.id, states=REPEATED)
        was_made = any(job.params.get("finalOf") == record.id for job in known)
        return Draft.of(record, self._catalog, is_kept=was_made)

    @staticmethod
    def _keeper(draft: Draft, wanted: str | None) -> str:
        """The service that has a draft, and no other one does."""
        own = draft.job.backend
        if wanted not in (None, own):
            reason = f"only {own} has the draft {draft.job.id}. Leave it out."
            raise InvalidParams.of([Problem("backend", wanted, reason)])
        return own

    def _parent(self, params: VideoGenParams) -> str | None:
        """The job whose take a request is made from: of several, the first in the file's order."""
        files = self._catalog.local_files(params)
        return self._engine.journal.origin(map(str, files)) if files else None

    def _keep_origins(
        self, given_: Mapping[str, Any], media: Mapping[str, tuple[str, ...]]
    ) -> None:
        """Remember which of the copied inputs are takes."""
        for name, copies in media.items():
            items = [item for _, item in places_in(given_, name)]
            if len(items) != len(copies):
                continue
            for item, copied_to in zip(items, copies, strict=True):
                job_id = origin_of(item) if is_local(copied_to) else None
                if job_id is not None:
                    self._engine.journal.keep_origin(copied_to, job_id)

    def _service(
        self, spec: ProviderSpec | None, backend: str | None
    ) -> tuple[str | None, RushesError | None]:
        """The service that a request is checked against, and why it is not available."""
        if spec is None:
            return self._wanted(backend), None
        try:
            return self.choose(spec, backend), None
        except NoBackend as error:
            return self._wanted(backend), error  # Problems of the request are reported first.

    def _wanted(self, backend: str | None) -> str | None:
        """The service that is named for a request, for the client or in the environment."""
        return backend or self._backend or os.environ.get("RUSHES_BACKEND") or None

    def choose(self, spec: ProviderSpec, wanted: str | None = None) -> str:
        """The service that runs a provider's jobs.

        Args:
            spec: the provider.
            wanted: a service's name; None uses the client's, the environment's, or the first
                configured one of the provider.

        Raises:
            NoBackend: if there is none; the message says which variables to set, and how to
                select the preview.
        """
        wanted = self._wanted(wanted)
        offered = list(spec.backends)
        if wanted:
            if wanted not in offered:
                self.must_exist(wanted)
                msg = f"{wanted} does not run {spec.id}; use one of {', '.join(offered)}."
                raise NoBackend(msg)
            self._engine.backends.get(wanted)
            return wanted
        reasons = []
        for name in offered:
            if name == PREVIEW and len(offered) > 1:
                continue
            reason = self._engine.backends.why_not(name)
            if reason is None:
                return name
            reasons.append(reason)
        msg = (
            f"No service that runs {spec.id} is configured; nothing was sent. {' '.join(reasons)} "
            f"To try rushes without a key, use the preview, which renders a placeholder video on "
            f'this machine: VideoGen(backend="preview"), or RUSHES_BACKEND=preview.'
        )
        raise NoBackend(msg)

    def payer(self, backend: str | None) -> str:
        """The service whose balance is asked for.

        Raises:
            NoBackend: if none is named, and not exactly one configured service offers it.
        """
        if wanted := self._wanted(backend):
            self.must_reach(wanted)
            return wanted
        registry = self._engine.backends
        offering = [name for name in registry.usable() if isinstance(registry.get(name), Balancing)]
        if len(offering) != 1:
            found = f"Name one of {', '.join(offering)}" if offering else "None is configured"
            msg = f"{found}: balances are offered by runway, fal and gateways."
            raise NoBackend(msg)
        self.must_reach(offering[0])
        return offering[0]

    def identify(self, library: Path) -> None:
        """Give the jobs of earlier releases the key of their content, so that they are found."""
        journal = self._engine.journal
        while found := journal.unidentified(str(library), limit=BATCH):
            names = {job.provider: self._catalog.media_names(job.provider) for job in found}
            journal.identify(
                {job.id: content_key(job.params, names[job.provider], job.backend) for job in found}
            )

    def must_exist(self, name: str | None) -> None:
        """Reject a service that is not installed; whether it is configured is asked later.

        Raises:
            NoBackend: names those that are installed.
        """
        if name:
            self._engine.backends.require(name)

    def must_reach(self, name: str | None) -> None:
        """Reject a service that needs a network if the environment prevents it.

        Raises:
            BackendUnavailable: names the variable at fault.
        """
        fault = self._engine.offline
        if fault is not None and name != PREVIEW:
            raise copied(fault)

    def plan_all(self, requests: object, backend: str | None) -> list[Plan]:
        """Plans of several requests, or all of their problems in one error.

        Raises:
            InvalidParams: names every problem of every request, with its position.
            NoBackend: if the requests are valid but no service is configured.
        """
        is_one = isinstance(requests, str | bytes | Mapping | VideoGenParams | Plan)
        if is_one or not isinstance(requests, Iterable):
            kind = type(requests).__name__
            reason = f"a {kind} is not a list of requests; give a list."
            raise InvalidParams.of([Problem("requests", f"<{kind}>", reason)])
        plans: list[Plan] = []
        problems: list[Problem] = []
        missing: list[NoBackend] = []
        for number, item in enumerate(requests):
            try:
                plans.append(self.plan(item, {}, backend))
            except InvalidParams as error:
                problems += [
                    replace(problem, parameter=f"[{number}].{problem.parameter}")
                    for problem in error.problems
                ]
            except NoBackend as error:
                missing.append(error)
                problems.append(Problem(f"[{number}].backend", None, error.message))
        if missing and len(missing) == len(problems):
            raise missing[0]
        if problems:
            raise InvalidParams.of(problems)
        return plans


def content_key(params: Mapping[str, Any], media: Iterable[str], backend: str) -> str:
    """A text that two requests share when one take of them is enough.

    It stands for provider, mode, every parameter as it was given, and the content of the files.
    `client_ref` distinguishes requests that are otherwise the same; `request_origin` says where one
    comes from and does not. Which service runs it makes no difference, but that a placeholder of
    the preview is not a take of a model.

    Args:
        params: the request as contract JSON.
        media: the parameters that hold images, videos or sounds, by Python name.
        backend: the service.
    """
    asked = {name: value for name, value in params.items() if name != "requestOrigin"}
    identities = with_media(asked, set(media), lambda item, *_: _identity(item))
    text = json.dumps([identities, backend == PREVIEW], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _identity(value: Any) -> Any:
    return identity_of(value) if isinstance(value, str) else value


def _added(first: list[Problem], others: Iterable[Problem]) -> list[Problem]:
    """Add problems of other parameters; those that follow from earlier ones are left out."""
    named = {problem.parameter for problem in first}
    return first + [problem for problem in others if problem.parameter not in named]


def _usable(media: Iterable[str], problems: list[Problem]) -> list[str]:
    """The names without problems: what could not be copied cannot be measured either."""
    bad = {re.split(r"[.\[]", problem.parameter)[0] for problem in problems}
    return [name for name in media if name.partition(".")[0] not in bad]


def _named(item: str) -> str:
    """A file's original name, without the digest; links are unchanged."""
    if not is_local(item):
        return item
    digest, dash, name = Path(item).name.partition("-")
    return name if dash and len(digest) == 16 else Path(item).name  # noqa: PLR2004 - of `freeze`


def time_in_words(seconds: float) -> str:
    """A length of time, roughly: ``"35 s"`` or ``"4 min"``."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"  # noqa: PLR2004
