"""What the kernel answers to a page's messages; see docs/reference/widget-protocol.md."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rushes.comparison.entry import entry_of
from rushes.contract.errors import (
    BackendUnavailable,
    InvalidParams,
    JobNotFound,
    NoBackend,
    RushesError,
)
from rushes.explore.rewriting import Rewrites
from rushes.journal import ENDED, REOPENED
from rushes.media.poster import is_still
from rushes.widgets.channel import problems
from rushes.widgets.clip import clip_facts
from rushes.widgets.compare.answers import CompareAnswers, loudness, measured, unmarked_part
from rushes.widgets.compare.state import Compared
from rushes.widgets.decided import decided
from rushes.widgets.files import has_visitors
from rushes.widgets.inputs import Inputs, look
from rushes.widgets.judging import Judging
from rushes.widgets.player import player
from rushes.widgets.studio.sweeping import plan_of, planned, recalled, steer
from rushes.widgets.take import cost_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from rushes.client import VideoGen
    from rushes.contract.marks import Marks
    from rushes.contract.params import VideoGenParams
    from rushes.contract.results import VideoGenResult
    from rushes.explore.rewriting import Rewriter
    from rushes.explore.sweep import Sweep
    from rushes.job import Job
    from rushes.journal import JobRecord
    from rushes.media.found import Found
    from rushes.plan import Plan
    from rushes.widgets import messages
    from rushes.widgets.channel import Send
    from rushes.widgets.files import Files
    from rushes.widgets.studio.budget import Budget


STUDIO_JOB = "studio-"
"""How the id of a job begins that a Studio has sent."""


class StudioAnswers(Judging):
    """Answers the page of one Studio.

    Args:
        gen: the client.
        send: how answers get to the page.
        refresh: rebuilds the list.
        greeted: called with the revision of the list that a page has.
        budget: what may be spent.
        files: which files of this machine the page may name.
        found: a take of the list that is known by its files alone, by its key.
        remarked: called with such a take that was judged, and its marks.
        counted: called when a sweep was started or stopped.
        formed: called when there is another provider.
        rewriter: rewrites prompts, if anything does.
    """

    def __init__(
        self,
        gen: VideoGen,
        send: Send,
        *,
        refresh: Callable[[], None],
        greeted: Callable[[object], None],
        budget: Budget,
        files: Files,
        found: Callable[[str], Found | None],
        remarked: Callable[[str, Marks], None],
        counted: Callable[[], None],
        formed: Callable[[], None],
        rewriter: Rewriter | None,
    ) -> None:
        super().__init__(send)
        self._gen = gen
        self._refresh = refresh
        self._greeted = greeted
        self._budget = budget
        self._files = files
        self._found = found
        self._remarked = remarked
        self._counted = counted
        self._formed = formed
        self._rewriter = rewriter
        self._inputs = Inputs(gen.folders.inputs)

    def _on_hello(self, message: messages.envelope.Hello) -> None:
        self._greeted(message.revision)
        self._reply(message, {"epoch": self._gen.epoch})

    def _on_submit(self, message: messages.studio.Submit) -> None:
        self._files.require_all(message.params, self._gen.catalog)
        job = self._start(message.key, message.params, original=message.original)
        self._reply(message, {"job": job.id})

    def _on_retry(self, message: messages.studio.Retry) -> None:
        failed = self._gen.job(message.job)

        def make() -> str:
            """Ask the service first: what it has after all is not bought again."""
            if failed.state in REOPENED and self._made(message.key) is None:
                record = self._look_again(failed.id)
                if record is not None and record.state not in REOPENED:
                    return failed.id
            return self._start(message.key, failed.params, failed.backend).id

        self._aside(message, make, lambda job: ({"job": job}, None))

    def _on_finalize(self, message: messages.studio.Finalize) -> None:
        asked = {"finalOf": message.job, "resolution": message.resolution}
        self._reply(message, {"job": self._start(message.key, asked).id})

    def _look_again(self, job_id: str) -> JobRecord | None:
        """A job as its service knows it by now; None where there is nothing to ask.

        Raises:
            BackendUnavailable: if the service cannot be asked now, and may have the video.
        """
        try:
            return self._gen.deciding(job_id, "look-again").result()
        except BackendUnavailable as error:
            msg = f"{error.message} For another take all the same, put its settings into the form."
            raise BackendUnavailable(msg, status=error.status) from error
        except RushesError:
            return None

    def _start(
        self,
        key: str,
        params: VideoGenParams | Mapping[str, Any],
        backend: str | None = None,
        original: str | None = None,
    ) -> Job:
        """Start a job; the page's key is its id, so the same click received twice is one job."""
        if (made := self._made(key)) is not None:
            return made
        account, caps = self._budget.account, self._budget.caps
        request: VideoGenParams | Plan | Mapping[str, Any] = params
        if original is not None:
            request = self._gen.plan(params, backend=backend).rewritten_from(original)
        return self._gen.submit_as(
            f"{STUDIO_JOB}{key}", request, backend=backend, account=account, caps=caps
        )

    def _made(self, key: str) -> Job | None:
        try:
            return self._gen.job(f"{STUDIO_JOB}{key}")
        except JobNotFound:
            return None

    def _on_estimate(self, message: messages.studio.Ask) -> None:
        """What a request would cost; beside the kernel, as its files are decoded."""
        self._aside(message, partial(self._estimate, message.params), lambda value: (value, None))

    def _estimate(self, params: dict[str, Any]) -> messages.studio.Estimate:
        value: messages.studio.Estimate
        value = {"cost": None, "seconds": None, "basis": "catalog", "problems": []}
        try:
            self._files.require_all(params, self._gen.catalog)
            plan = self._gen.plan(params, copy=False)
        except InvalidParams as error:
            value["problems"] = problems(error)
        except NoBackend as error:
            value["problems"] = [{"parameter": "provider", "message": error.message}]
        else:
            value["cost"] = cost_of(plan.cost.most)
            value["seconds"] = plan.typical_time
            value["basis"] = plan.typical_from
        return value

    def _on_sweep(self, message: messages.sweep.SweepAsk) -> None:
        """What a sweep would make; beside the kernel, as there may be many takes."""
        self._aside(message, lambda: self._planned(message), lambda s: (dict(plan_of(s)), None))

    def _on_run(self, message: messages.sweep.SweepAsk) -> None:
        def run() -> messages.sweep.SweepPlan:
            sweep = self._planned(message)
            found = plan_of(sweep)
            sweep.run()
            self._counted()
            return found

        self._aside(message, run, lambda found: (dict(found), None))

    def _planned(self, ask: messages.sweep.SweepAsk) -> Sweep:
        for request in ask.requests:
            self._files.require_all(request, self._gen.catalog)
        for name, values in ask.axes.items():
            for value in values:
                self._files.require_all(ask.requests[0] | {name: value}, self._gen.catalog)
        return planned(self._gen, ask, self._budget)

    def _on_steer(self, message: messages.sweep.Steer) -> None:
        def act() -> None:
            steer(self._gen, message.name, message.action)
            self._counted()

        self._aside(message, act, lambda _: ({}, None))

    def _on_add(self, message: messages.studio.Add) -> None:
        """Ask a service for a model's schema; the page has its form when the reply comes."""
        if has_visitors():
            msg = "Visitors of an app cannot add models; add it in the notebook."
            raise RushesError(msg)

        def add() -> messages.studio.Added:
            found = self._gen.catalog.add(message.address, replace=message.replace)
            self._formed()
            return {
                "provider": found.provider.id,
                "title": found.provider.title,
                "modes": list(found.provider.modes),
                "path": str(found.path),
                "understood": dict(found.understood),
                "leftOut": dict(found.left_out),
                "check": list(found.check),
            }

        self._aside(message, add, lambda value: (dict(value), None))

    def _on_recall(self, message: messages.studio.Recall) -> None:
        find = partial(recalled, self._gen, message.text)
        self._aside(message, find, lambda found: ({"prompts": found}, None))

    def _on_rewrite(self, message: messages.studio.Rewrite) -> None:
        """Ask again, whatever became of the prompt before."""
        rewriter = self._rewriter
        if rewriter is None:
            msg = "Nothing rewrites prompts here; give Studio(rewrite=...) a function."
            raise RushesError(msg)
        rewrites = Rewrites(self._gen.ledger, str(self._gen.library))
        rewrite = partial(rewrites.afresh, message.text, rewriter)
        self._aside(message, rewrite, lambda text: ({"text": text}, None))

    def _on_cancel(self, message: messages.take.Cancel) -> None:
        future = self._gen.cancelling(message.job)
        future.add_done_callback(partial(self._later, message, lambda outcome: outcome.message))

    def _on_decide(self, message: messages.take.Decide) -> None:
        job = self._gen.job(message.job)
        future = self._gen.deciding(
            job.id,
            message.action,
            remote_id=message.remote_id or "",
            account=self._budget.account,
            caps=self._budget.caps,
        )
        words = partial(decided, message.action)
        future.add_done_callback(partial(self._later, message, words))

    def _on_media(self, message: messages.take.Media) -> None:
        if message.part == "unmarked":
            found = self._found(message.job)
            entry = entry_of(found.result if found else self._gen.job(message.job))
            self._aside(message, partial(unmarked_part, entry, message.offset), lambda part: part)
            return
        poster = message.part == "poster"
        path = self._file(message.job, poster=poster)
        self._piece(message, path, message.offset, "image/jpeg" if poster else "video/mp4")

    def _on_upload(self, message: messages.studio.Upload) -> None:
        """A piece of a file; with the last one, where it is kept."""
        size = message.size
        have = self._inputs.receive(
            message.upload, offset=message.offset, size=size, data=self._data
        )
        if have < size:
            self._reply(message, {"have": have, "path": None})
            return
        finish = partial(self._inputs.finish, message.upload, name=message.name, kind=message.field)
        self._aside(message, finish, lambda path: ({"have": have, "path": path}, None))

    def _on_borrow(self, message: messages.studio.Borrow) -> None:
        result = self._result(message.job)

        def lend() -> str:
            path = self._inputs.borrow(result, message.field)
            if result is not None and result.job_id is not None:
                self._gen.ledger.keep_origin(path, result.job_id)
            return path

        self._aside(message, lend, lambda path: ({"path": path}, None))

    def _on_look(self, message: messages.studio.Look) -> None:
        self._files.require(message.path)
        self._aside(message, partial(look, message.path), lambda found: found)

    def _on_locate(self, message: messages.take.Locate) -> None:
        self._reply(message, {"path": str(self._file(message.job))})

    def _on_hide(self, message: messages.take.Hide) -> None:
        job = self._gen.job(message.job)
        if job.state not in ENDED:
            msg = "This take is still being made; cancel it first."
            raise RushesError(msg)
        self._gen.hide(job.id, hidden=message.hidden)
        self._reply(message, {})
        self._refresh()

    def _mark(self, job: str, changes: Mapping[str, Any]) -> Marks:
        found = self._found(job)
        if found is None:
            return self._gen.mark(self._gen.job(job), **changes)
        marks = self._gen.mark(found.result, **changes)
        self._remarked(job, marks)
        return marks

    def _on_player(self, message: messages.compare.AskPlayer) -> None:
        self._reply(message, player())

    def _on_clip(self, message: messages.compare.AskClip) -> None:
        measure = partial(clip_facts, self._file(message.job))
        self._aside(message, measure, lambda facts: (dict(facts), None))

    def _on_vote(
        self, message: messages.voting.Vote | messages.voting.AskStandings | messages.compare.Export
    ) -> None:
        """What a comparison asks, of the takes that the page has put together."""
        keys = message.jobs or []
        found = [(self._found(key), key) for key in keys]
        takes = [each.result if each else self._gen.job(key) for each, key in found]
        compared = Compared(takes, keys=keys, home=self._gen)
        CompareAnswers(compared, self._gen.epoch, self._send).answer(message)

    _on_standings = _on_export = _on_vote

    def _on_peaks(self, message: messages.take.Peaks) -> None:
        self._aside(message, partial(loudness, self._file(message.job)), lambda found: found)

    def _on_measure(self, message: messages.take.AskMeasures) -> None:
        self._aside(message, partial(measured, self._file(message.job)), lambda found: found)

    def _file(self, job: str, *, poster: bool = False) -> Path:
        """A take's video or its poster, which must be there."""
        result = self._result(job)
        path = None if result is None else result.poster_path if poster else result.path
        if path is None or not path.exists() or (poster and not is_still(path)):
            msg = "The file is no longer in the library."
            raise RushesError(msg)
        return path

    def _result(self, job: str) -> VideoGenResult | None:
        """The video of a take of the page."""
        found = self._found(job)
        return self._gen.job(job).finished if found is None else found.result

    def _aside(
        self,
        message: messages.envelope.Message,
        work: Callable[[], Any],
        answer: Callable[[Any], tuple[dict[str, Any], bytes | None]],
    ) -> None:
        """Answer with what takes too long for this thread."""
        future = self._gen.aside(work)

        def done(future: Future[Any]) -> None:
            error = future.exception()
            if error is None:
                value, part = answer(future.result())
                self._reply(message, value, [part] if part else None)
            else:
                self._failed(message.id, error)

        future.add_done_callback(done)

    def _later(
        self,
        message: messages.envelope.Message,
        words: Callable[[Any], str],
        future: Future[Any],
    ) -> None:
        """Answer when the engine has; in its thread."""
        error = future.exception()
        if error is None:
            self._reply(message, {"message": words(future.result())})
        else:
            self._failed(message.id, error)
