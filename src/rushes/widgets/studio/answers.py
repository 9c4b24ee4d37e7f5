"""What the kernel answers to a page's messages; see docs/reference/widget-protocol.md."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import InvalidParams, JobNotFound, NoBackend, RushesError
from rushes.journal import ENDED, REOPENED, JobState
from rushes.media.poster import is_still
from rushes.widgets.channel import Replies, problems
from rushes.widgets.compare.answers import CompareAnswers
from rushes.widgets.compare.state import Compared
from rushes.widgets.inputs import Inputs, look
from rushes.widgets.take import cost_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from rushes.client import VideoGen
    from rushes.contract.params import VideoGenParams
    from rushes.job import Job
    from rushes.journal import JobRecord
    from rushes.widgets import messages
    from rushes.widgets.channel import Send
    from rushes.widgets.files import Files
    from rushes.widgets.studio.budget import Budget


STUDIO_JOB = "studio-"
"""How the id of a job begins that a Studio has sent."""

DECIDED = {
    "resolve": "It continues from there.",
    "resubmit": "It is sent again.",
    "abandon": "It was given up.",
}
"""What a page shows of a decision that was carried out."""


class StudioAnswers(Replies):
    """Answers the page of one Studio.

    Args:
        gen: the client.
        send: how answers get to the page.
        refresh: rebuilds the list.
        greeted: called with the revision of the list that a page has.
        budget: what may be spent.
        files: which files of this machine the page may name.
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
    ) -> None:
        super().__init__(send)
        self._gen = gen
        self._refresh = refresh
        self._greeted = greeted
        self._budget = budget
        self._files = files
        self._inputs = Inputs(gen.folders.inputs)

    def _on_hello(self, message: messages.Hello) -> None:
        self._greeted(message.revision)
        self._reply(message, {"epoch": self._gen.epoch})

    def _on_submit(self, message: messages.Submit) -> None:
        self._files.require_all(message.params, self._gen.catalog)
        self._reply(message, {"job": self._start(message.key, message.params).id})

    def _on_retry(self, message: messages.Retry) -> None:
        failed = self._gen.job(message.job)

        def make() -> str:
            """Ask the service first: what it has after all is not bought again."""
            if failed.state in REOPENED and self._made(message.key) is None:
                with suppress(RushesError):
                    record = self._gen.deciding(failed.id, "look-again").result()
                    if record.state not in REOPENED:
                        return failed.id
            return self._start(message.key, failed.params, failed.backend).id

        self._aside(message, make, lambda job: ({"job": job}, None))

    def _start(
        self, key: str, params: VideoGenParams | Mapping[str, Any], backend: str | None = None
    ) -> Job:
        """Start a job; the page's key is its id, so the same click received twice is one job."""
        if (made := self._made(key)) is not None:
            return made
        account, caps = self._budget.account, self._budget.caps
        return self._gen.submit_as(
            f"{STUDIO_JOB}{key}", params, backend=backend, account=account, caps=caps
        )

    def _made(self, key: str) -> Job | None:
        try:
            return self._gen.job(f"{STUDIO_JOB}{key}")
        except JobNotFound:
            return None

    def _on_estimate(self, message: messages.Ask) -> None:
        value: messages.Estimate
        value = {"cost": None, "seconds": None, "basis": "catalog", "problems": []}
        try:
            self._files.require_all(message.params, self._gen.catalog)
            plan = self._gen.plan(message.params, copy=False)
        except InvalidParams as error:
            value["problems"] = problems(error)
        except NoBackend as error:
            value["problems"] = [{"parameter": "provider", "message": error.message}]
        else:
            value["cost"] = cost_of(plan.cost.most)
            value["seconds"] = plan.typical_time
            value["basis"] = plan.typical_from
        self._reply(message, value)

    def _on_cancel(self, message: messages.Cancel) -> None:
        future = self._gen.cancelling(message.job)
        future.add_done_callback(partial(self._later, message, lambda outcome: outcome.message))

    def _on_decide(self, message: messages.Decide) -> None:
        job = self._gen.job(message.job)
        future = self._gen.deciding(
            job.id,
            message.action,
            remote_id=message.remote_id or "",
            account=self._budget.account,
            caps=self._budget.caps,
        )
        words = _found if message.action == "look-again" else lambda _: DECIDED[message.action]
        future.add_done_callback(partial(self._later, message, words))

    def _on_media(self, message: messages.Media) -> None:
        poster = message.part == "poster"
        path = self._file(message.job, poster=poster)
        self._piece(message, path, message.offset, "image/jpeg" if poster else "video/mp4")

    def _on_upload(self, message: messages.Upload) -> None:
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

    def _on_borrow(self, message: messages.Borrow) -> None:
        result = self._gen.job(message.job).finished
        lend = partial(self._inputs.borrow, result, message.field)
        self._aside(message, lend, lambda path: ({"path": path}, None))

    def _on_look(self, message: messages.Look) -> None:
        self._files.require(message.path)
        self._aside(message, partial(look, message.path), lambda found: found)

    def _on_locate(self, message: messages.Locate) -> None:
        self._reply(message, {"path": str(self._file(message.job))})

    def _on_hide(self, message: messages.Hide) -> None:
        job = self._gen.job(message.job)
        if job.state not in ENDED:
            msg = "This take is still being made; cancel it first."
            raise RushesError(msg)
        self._gen.hide(job.id, hidden=message.hidden)
        self._reply(message, {})
        self._refresh()

    def _on_vote(self, message: messages.Vote | messages.AskStandings | messages.Export) -> None:
        """What a comparison asks, of the takes that the page has put together."""
        compared = Compared([self._gen.job(job) for job in message.jobs or ()])
        CompareAnswers(compared, self._gen.epoch, self._send).answer(message)

    _on_standings = _on_export = _on_vote

    def _file(self, job: str, *, poster: bool = False) -> Path:
        """A take's video or its poster, which must be there."""
        result = self._gen.job(job).finished
        path = None if result is None else result.poster_path if poster else result.path
        if path is None or not path.exists() or (poster and not is_still(path)):
            msg = "The file is no longer in the library."
            raise RushesError(msg)
        return path

    def _aside(
        self,
        message: messages.Message,
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
        message: messages.Message,
        words: Callable[[Any], str],
        future: Future[Any],
    ) -> None:
        """Answer when the engine has; in its thread."""
        error = future.exception()
        if error is None:
            self._reply(message, {"message": words(future.result())})
        else:
            self._failed(message.id, error)


def _found(record: JobRecord) -> str:
    if record.state is JobState.UNCERTAIN:
        return f"{record.backend} does not list it (yet). It may still turn up."
    if record.state in REOPENED:
        return f"{record.backend} shows nothing new of it; it stays {record.state}."
    return f"{record.backend} has it; it continues."
