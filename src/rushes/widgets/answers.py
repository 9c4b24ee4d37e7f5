"""What the kernel answers to a page's messages; docs/widget-protocol.md describes them."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from pydantic.alias_generators import to_camel

from rushes.errors import InvalidParams, NoBackend, RushesError
from rushes.journal import JobState
from rushes.widgets.take import cost_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from rushes.client import VideoGen
    from rushes.journal import JobRecord

log = logging.getLogger("rushes")

CHUNK = 1 << 20
"""Bytes of a video in one message; a tenth of what closes a Jupyter connection."""


class Send(Protocol):
    """Sends a message to the page, with binary parts."""

    def __call__(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Send it; from any thread."""


class Answers:
    """Answers one message after the other.

    Args:
        gen: the client.
        epoch: names this life of the kernel; a page that knows another one has been left behind.
        send: how answers get to the page.
    """

    def __init__(self, gen: VideoGen, epoch: str, send: Send) -> None:
        self._gen = gen
        self._engine = gen.engine
        self._epoch = epoch
        self._send = send

    def receive(self, content: Mapping[str, Any]) -> None:
        """Answer one message. Nothing here may take long: all widgets share this thread."""
        answers: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "hello": self._hello,
            "submit": self._submit,
            "estimate": self._estimate,
            "cancel": self._cancel,
            "decide": self._decide,
            "retry": self._retry,
            "media": self._media,
        }
        answer = answers.get(content.get("kind", ""))
        if answer is None:
            return
        try:
            answer(content)
        except RushesError as error:
            self._refuse(content, error)
        except Exception as error:
            log.exception("a message of the page failed")
            self._refuse(content, RushesError(f"{type(error).__name__} inside rushes."))

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
            value["problems"] = _problems(error)
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
        if path is None or not path.exists():
            msg = "The file is not in the library any more."
            raise RushesError(msg)
        offset = max(0, int(content.get("offset", 0)))
        with path.open("rb") as file:
            file.seek(offset)
            part = file.read(CHUNK)
        kind = "image/jpeg" if poster else "video/mp4"
        value = {"offset": offset, "total": path.stat().st_size, "type": kind}
        self._reply(content, value, [part])

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
        elif isinstance(error, RushesError):
            self._refuse(content, error)
        else:
            self._refuse(content, RushesError(f"{type(error).__name__} inside rushes."))

    def _reply(
        self, content: Mapping[str, Any], value: dict[str, Any], buffers: list[bytes] | None = None
    ) -> None:
        self._send({"kind": "reply", "id": content["id"], "ok": True, "value": value}, buffers)

    def _refuse(self, content: Mapping[str, Any], error: RushesError) -> None:
        problems = _problems(error) if isinstance(error, InvalidParams) else []
        plain = {"code": error.code, "message": error.message, "problems": problems}
        self._send({"kind": "reply", "id": content.get("id"), "ok": False, "error": plain})


def _problems(error: InvalidParams) -> list[dict[str, str]]:
    """Problems under the names of the form's fields."""
    return [
        {"parameter": to_camel(problem.parameter.split("[")[0]), "message": problem.message}
        for problem in error.problems
    ]


def _found(record: JobRecord) -> str:
    if record.state is JobState.UNCERTAIN:
        return f"{record.backend} does not list it (yet). It may still turn up."
    return f"{record.backend} has it; it goes on."
