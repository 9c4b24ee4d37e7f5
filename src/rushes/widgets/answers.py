"""What the kernel answers to a page's messages; docs/widget-protocol.md describes them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rushes.errors import InvalidParams, NoBackend, RushesError
from rushes.journal import JobState
from rushes.widgets.replies import Replies, problems
from rushes.widgets.take import cost_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from rushes.client import VideoGen
    from rushes.journal import JobRecord
    from rushes.widgets.replies import Send


class Answers(Replies):
    """Answers one message after the other.

    Args:
        gen: the client.
        epoch: names this life of the kernel; a page that knows another one has been left behind.
        send: how answers get to the page.
    """

    def __init__(self, gen: VideoGen, epoch: str, send: Send) -> None:
        super().__init__(send)
        self._gen = gen
        self._engine = gen.engine
        self._epoch = epoch

    def answers(self) -> dict[str, Callable[[Mapping[str, Any]], None]]:
        """What answers a message, by its kind."""
        return {
            "hello": self._hello,
            "submit": self._submit,
            "estimate": self._estimate,
            "cancel": self._cancel,
            "decide": self._decide,
            "retry": self._retry,
            "media": self._media,
        }

    def _hello(self, content: Mapping[str, Any]) -> None:
        self._reply(content, {"epoch": self._epoch})

    def _submit(self, content: Mapping[str, Any]) -> None:
        # The page's key is the job's id: the same click heard twice is the same job.
        job = self._gen.submit_as(f"studio-{content['key']}", content["params"])
        self._reply(content, {"job": job.id})

    def _retry(self, content: Mapping[str, Any]) -> None:
        record = self._engine.record(content["job"])
        job = self._gen.submit(record.params, backend=record.backend)
        self._reply(content, {"job": job.id})

    def _estimate(self, content: Mapping[str, Any]) -> None:
        value: dict[str, Any] = {"cost": None, "seconds": None, "basis": "catalog", "problems": []}
        try:
            params, backend = self._gen.check(content["params"])
        except InvalidParams as error:
            value["problems"] = problems(error)
        except NoBackend as error:
            value["problems"] = [{"parameter": "provider", "message": error.message}]
        else:
            spec = self._gen.catalog.providers[params.provider]
            value["cost"] = cost_of(spec.estimate(params, backend))
            forecast = self._engine.forecast_of(params, backend)
            value["seconds"] = round(forecast.median, 1)
            value["basis"] = "history" if forecast.is_history else "catalog"
        self._reply(content, value)

    def _cancel(self, content: Mapping[str, Any]) -> None:
        future = self._engine.call(self._engine.cancel(content["job"]))
        future.add_done_callback(partial(self._later, content, lambda outcome: outcome.message))

    def _decide(self, content: Mapping[str, Any]) -> None:
        job = self._gen.job(content["job"])
        match content["action"]:
            case "look-again":
                future = self._engine.call(self._engine.look_again(job.id))
                future.add_done_callback(partial(self._later, content, _found))
                return
            case "resolve":
                job.resolve(remote_id=str(content.get("remoteId") or "").strip())
                message = "It goes on from there."
            case "resubmit":
                job.resubmit()
                message = "It is sent again."
            case "abandon":
                job.abandon()
                message = "It was given up."
            case other:
                msg = f"There is no decision {other!r}."
                raise RushesError(msg)
        self._reply(content, {"message": message})

    def _media(self, content: Mapping[str, Any]) -> None:
        """A part of a file, for hosts that do not serve files."""
        result = self._gen.job(content["job"]).finished
        poster = content.get("part") == "poster"
        path = None if result is None else result.poster_path if poster else result.path
        self._piece(content, path, "image/jpeg" if poster else "video/mp4")

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


def _found(record: JobRecord) -> str:
    if record.state is JobState.UNCERTAIN:
        return f"{record.backend} does not list it (yet). It may still turn up."
    return f"{record.backend} has it; it goes on."
