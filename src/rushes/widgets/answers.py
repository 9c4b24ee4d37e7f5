"""What the kernel answers to a page's messages; see docs/reference/widget-protocol.md."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import InvalidParams, JobNotFound, NoBackend, RushesError
from rushes.journal import REOPENED, JobState
from rushes.media.poster import is_still
from rushes.widgets.ballot_box import BallotBox
from rushes.widgets.budget import STUDIO_JOB
from rushes.widgets.compared import Compared
from rushes.widgets.inputs import Inputs, look
from rushes.widgets.replies import Replies, problems
from rushes.widgets.take import cost_of
from rushes.widgets.viewing import Viewing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from rushes.client import VideoGen
    from rushes.job import Job
    from rushes.journal import JobRecord
    from rushes.widgets.budget import Budget
    from rushes.widgets.replies import Send


class Answers(Replies):
    """Answers one message after the other.

    Args:
        gen: the client.
        epoch: names this life of the kernel; a page that knows another one has been left behind.
        send: how answers get to the page.
        refresh: shows the list anew.
        greeted: called with the revision of the list that a page has.
        budget: what may be spent.
    """

    def __init__(
        self,
        gen: VideoGen,
        epoch: str,
        send: Send,
        *,
        refresh: Callable[[], None],
        greeted: Callable[[object], None],
        budget: Budget,
    ) -> None:
        super().__init__(send)
        self._gen = gen
        self._engine = gen.engine
        self._epoch = epoch
        self._refresh = refresh
        self._greeted = greeted
        self._budget = budget
        self._inputs = Inputs(gen.engine.folders.inputs)

    def answers(
        self, buffers: Sequence[bytes | memoryview]
    ) -> dict[str, Callable[[Mapping[str, Any]], None]]:
        """What answers a message, by its kind."""
        return {
            "hello": self._hello,
            "submit": self._submit,
            "estimate": self._estimate,
            "cancel": self._cancel,
            "decide": self._decide,
            "retry": self._retry,
            "media": self._media,
            "upload": partial(self._upload, data=bytes(buffers[0]) if buffers else b""),
            "borrow": self._borrow,
            "look": self._look,
            "locate": self._locate,
            "hide": self._hide,
            "vote": self._compare,
            "standings": self._compare,
            "export": self._compare,
        }

    def _hello(self, content: Mapping[str, Any]) -> None:
        self._greeted(content.get("revision"))
        self._reply(content, {"epoch": self._epoch})

    def _submit(self, content: Mapping[str, Any]) -> None:
        job = self._start(content["key"], content["params"])
        self._reply(content, {"job": job.id})

    def _retry(self, content: Mapping[str, Any]) -> None:
        record = self._engine.record(content["job"])
        job = self._start(content["key"], record.params, record.backend)
        self._reply(content, {"job": job.id})

    def _start(self, key: str, params: Mapping[str, Any], backend: str | None = None) -> Job:
        """Start a job; the page's key is its id, so the same click heard twice is the same job."""
        job_id = f"{STUDIO_JOB}{key}"
        try:
            return self._gen.job(job_id)
        except JobNotFound:
            pass
        reserve = self._budget.reservation
        return self._gen.submit_as(job_id, params, backend=backend, reserve=reserve)

    def _estimate(self, content: Mapping[str, Any]) -> None:
        value: dict[str, Any] = {"cost": None, "seconds": None, "basis": "catalog", "problems": []}
        try:
            plan = self._gen.plan(content["params"], copy=False)
        except InvalidParams as error:
            value["problems"] = problems(error)
        except NoBackend as error:
            value["problems"] = [{"parameter": "provider", "message": error.message}]
        else:
            value["cost"] = cost_of(plan.cost.most)
            value["seconds"] = plan.typical_time
            value["basis"] = plan.typical_from
        self._reply(content, value)

    def _cancel(self, content: Mapping[str, Any]) -> None:
        future = self._engine.call(self._engine.cancel(content["job"]))
        future.add_done_callback(partial(self._later, content, lambda outcome: outcome.message))

    def _decide(self, content: Mapping[str, Any]) -> None:
        engine, job_id = self._engine, self._gen.job(content["job"]).id
        words: Callable[[JobRecord], str]
        match content["action"]:
            case "look-again":
                deciding, words = engine.look_again(job_id), _found
            case "resolve":
                deciding = engine.resolve(job_id, str(content.get("remoteId") or ""))
                words = _continues
            case "resubmit":
                reserve = self._budget.reservation_again(engine.record(job_id))
                deciding, words = engine.resubmit(job_id, reserve=reserve), _sent_again
            case "abandon":
                deciding, words = engine.abandon(job_id), _given_up
            case other:
                msg = f"There is no decision {other!r}."
                raise RushesError(msg)
        engine.call(deciding).add_done_callback(partial(self._later, content, words))

    def _media(self, content: Mapping[str, Any]) -> None:
        """A part of a file, for hosts that do not serve files."""
        poster = content.get("part") == "poster"
        path = self._file(content["job"], poster=poster)
        self._piece(content, path, "image/jpeg" if poster else "video/mp4")

    def _upload(self, content: Mapping[str, Any], data: bytes) -> None:
        """A piece of a file; with the last one, where it is kept."""
        upload, size = str(content["upload"]), int(content["size"])
        have = self._inputs.receive(upload, offset=int(content["offset"]), size=size, data=data)
        if have < size:
            self._reply(content, {"have": have, "path": None})
            return
        finish = partial(
            self._inputs.finish, upload, name=str(content["name"]), kind=str(content["field"])
        )
        self._aside(content, finish, lambda path: ({"have": have, "path": path}, None))

    def _borrow(self, content: Mapping[str, Any]) -> None:
        result = self._gen.job(content["job"]).finished
        lend = partial(self._inputs.borrow, result, str(content["field"]))
        self._aside(content, lend, lambda path: ({"path": path}, None))

    def _look(self, content: Mapping[str, Any]) -> None:
        self._aside(content, partial(look, str(content["path"])), lambda found: found)

    def _locate(self, content: Mapping[str, Any]) -> None:
        self._reply(content, {"path": str(self._file(content["job"]))})

    def _hide(self, content: Mapping[str, Any]) -> None:
        job = self._gen.job(content["job"])
        if not self._engine.record(job.id).is_ended:
            msg = "This take is still being made; cancel it first."
            raise RushesError(msg)
        self._engine.hide(job.id, hidden=bool(content["hidden"]))
        self._reply(content, {})
        self._refresh()

    def _compare(self, content: Mapping[str, Any]) -> None:
        """What a comparison asks, of the takes that the page has put together."""
        compared = Compared([self._gen.job(str(job)) for job in content["jobs"]])
        viewing = Viewing(compared, BallotBox(compared), self._epoch, self._send, None)
        viewing.receive(content)

    def _file(self, job: str, *, poster: bool = False) -> Path:
        """A take's video or its poster, which must be there."""
        result = self._gen.job(job).finished
        path = None if result is None else result.poster_path if poster else result.path
        if path is None or not path.exists() or (poster and not is_still(path)):
            msg = "The file is not in the library any more."
            raise RushesError(msg)
        return path

    def _aside(
        self,
        content: Mapping[str, Any],
        work: Callable[[], Any],
        answer: Callable[[Any], tuple[dict[str, Any], bytes | None]],
    ) -> None:
        """Answer with what takes too long for this thread."""
        future = self._engine.call(asyncio.to_thread(work))

        def done(future: Future[Any]) -> None:
            error = future.exception()
            if error is None:
                value, part = answer(future.result())
                self._reply(content, value, [part] if part else None)
            else:
                self._failed(content, error)

        future.add_done_callback(done)

    def _later(
        self,
        content: Mapping[str, Any],
        words: Callable[[Any], str],
        future: Future[Any],
    ) -> None:
        """Answer when the engine has; in its thread."""
        error = future.exception()
        if error is None:
            self._reply(content, {"message": words(future.result())})
        else:
            self._failed(content, error)


def _continues(_: JobRecord) -> str:
    return "It goes on from there."


def _sent_again(_: JobRecord) -> str:
    return "It is sent again."


def _given_up(_: JobRecord) -> str:
    return "It was given up."


def _found(record: JobRecord) -> str:
    if record.state is JobState.UNCERTAIN:
        return f"{record.backend} does not list it (yet). It may still turn up."
    if record.state in REOPENED:
        return f"{record.backend} shows nothing new of it; it stays {record.state}."
    return f"{record.backend} has it; it goes on."
