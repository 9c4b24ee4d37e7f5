"""The Studio: controls on the left, takes on the right.

The page holds no job. What it shows comes from the journal, as a snapshot in traits and as
messages about single takes; docs/widget-protocol.md has both.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets
from pydantic.alias_generators import to_camel

from rushes.client import VideoGen
from rushes.errors import InvalidParams, NoBackend, RushesError
from rushes.inline import result_html
from rushes.journal import JobState
from rushes.widgets.take import cost_of, take_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from rushes.backends.protocol import Backend
    from rushes.engine import Progress
    from rushes.journal import JobRecord

log = logging.getLogger("rushes")

STATIC = Path(__file__).parent / "static"

MOST_TAKES = 200
CHUNK = 1 << 20
"""Bytes of a video in one message; a tenth of what closes a Jupyter connection."""

PUSH_EVERY = 0.25
"""Seconds between two messages about the progress of one take."""

JUST_STARTED = 15.0
"""A job that was found done within so many seconds after the start was done before."""


class Studio(anywidget.AnyWidget):
    """Prompt video models and watch the takes.

    Running the cell again shows every earlier take of this notebook's library and sends nothing
    twice.

    Args:
        gen: the client to use; None makes one with the other arguments.
        backend: as for `VideoGen`.
        library: as for `VideoGen`.
        home: as for `VideoGen`.
    """

    _esm = STATIC / "studio.js"
    _css = STATIC / "studio.css"

    _providers: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _takes: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _settings = traitlets.Dict().tag(sync=True)
    _epoch = traitlets.Unicode().tag(sync=True)
    _notice = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        gen: VideoGen | None = None,
        *,
        backend: str | Backend | None = None,
        library: str | os.PathLike[str] | None = None,
        home: str | os.PathLike[str] | None = None,
        **traits: Any,
    ) -> None:
        self.gen = gen or VideoGen(backend, library=library, home=home)
        self._engine = self.gen.engine
        self._started_at = time.time()
        self._pushed: dict[str, tuple[float, JobState]] = {}
        # Listeners run in the engine's thread, messages in the kernel's: traits need a lock.
        self._lock = threading.RLock()
        super().__init__(**traits)
        self._epoch = self._engine.journal.owner
        self._providers = [self._form(name) for name in self.gen.catalog.providers]
        self._settings = self._first_settings()
        self._refresh()
        self.on_msg(self._receive)
        self._stop = self._engine.listen(self._changed)

    def close(self) -> None:
        """Let go of the page. Jobs go on."""
        stop = getattr(self, "_stop", None)
        if stop is not None:
            stop()
        super().close()

    # --- kernel to page ----------------------------------------------------------------------

    def _refresh(self) -> None:
        """Put all takes into the snapshot."""
        folder = str(self.gen.library)
        records = self._engine.journal.select(folder=folder, limit=MOST_TAKES)
        takes = [
            take_of(record, self._engine.progress_of(record), self.gen.catalog)
            for record in records
        ]
        with self._lock:
            self._takes = takes
            self._notice = self._news(records)

    def _news(self, records: list[JobRecord]) -> str:
        """What happened while no kernel ran, in one sentence."""
        started = self._engine.started_at
        earlier = [record for record in records if record.created_at < started]
        done = sum(
            record.state is JobState.COMPLETED
            and started <= (record.ended_at or 0.0)
            and (record.done_at or 0.0) < started + JUST_STARTED
            for record in earlier
        )
        running = sum(
            not record.is_ended and record.state is not JobState.UNCERTAIN for record in earlier
        )
        parts = []
        if done:
            parts.append(f"{_takes_words(done)} finished while the kernel was away")
        if running:
            parts.append(
                f"{_takes_words(running)} from before {'is' if running == 1 else 'are'} "
                f"still being made"
            )
        return f"{'; '.join(parts)}." if parts else ""

    def _changed(self, record: JobRecord, progress: Progress) -> None:
        """Tell the page of a change, at most a few times a second for one take."""
        if record.folder != str(self.gen.library):
            return
        now = time.monotonic()
        pushed_at, state = self._pushed.get(record.id, (0.0, None))
        if state is record.state and now - pushed_at < PUSH_EVERY:
            return
        self._pushed[record.id] = (now, record.state)
        take = take_of(record, progress, self.gen.catalog)
        self.send({"kind": "take", "take": take})
        if state is None or record.is_ended or record.state is JobState.UNCERTAIN:
            self._refresh()

    def _form(self, provider: str) -> dict[str, Any]:
        """A provider's form, with which of its services is set up."""
        from rushes.catalog import form  # noqa: PLC0415 - beside the widget's own heavy imports

        spec = self.gen.catalog.providers[provider]
        try:
            chosen = self.gen.choose(spec)
        except NoBackend:
            chosen = None
        backends = {}
        for name in spec.backends:
            reason = self._engine.backends.why_not(name)
            backends[name] = {
                "configured": reason is None,
                "chosen": name == chosen,
                "reason": reason,
            }
        return form(spec, backends)

    def _first_settings(self) -> dict[str, Any]:
        usable = [
            entry["id"]
            for entry in self._providers
            if any(backend["chosen"] for backend in entry["backends"])
        ]
        first = usable[0] if usable else next(iter(self.gen.catalog.providers), "")
        return {"provider": first, "mode": "text-to-video", "prompt": "", "values": {}}

    # --- page to kernel ----------------------------------------------------------------------

    def _receive(self, _: object, content: Mapping[str, Any], __: object) -> None:
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
        job = self.gen.submit_as(f"studio-{content['key']}", content["params"])
        self._reply(content, {"job": job.id})

    def _retry(self, content: Mapping[str, Any]) -> None:
        record = self._engine.record(content["job"])
        job = self.gen.submit(record.params, backend=record.backend)
        self._reply(content, {"job": job.id})

    def _estimate(self, content: Mapping[str, Any]) -> None:
        value: dict[str, Any] = {"cost": None, "seconds": None, "basis": "catalog", "problems": []}
        try:
            params, backend = self.gen.check(content["params"])
        except InvalidParams as error:
            value["problems"] = _problems(error)
        except NoBackend as error:
            value["problems"] = [{"parameter": "provider", "message": error.message}]
        else:
            spec = self.gen.catalog.providers[params.provider]
            value["cost"] = cost_of(spec.estimate(params, backend))
            forecast = self._engine.forecast_of(params, backend)
            value["seconds"] = round(forecast.median, 1)
            value["basis"] = "history" if forecast.is_history else "catalog"
        self._reply(content, value)

    def _cancel(self, content: Mapping[str, Any]) -> None:
        future = self._engine.call(self._engine.cancel(content["job"]))
        future.add_done_callback(partial(self._later, content, lambda outcome: outcome.message))

    def _decide(self, content: Mapping[str, Any]) -> None:
        job = self.gen.job(content["job"])
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
        result = self.gen.job(content["job"]).finished
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
        self.send({"kind": "reply", "id": content["id"], "ok": True, "value": value}, buffers)

    def _refuse(self, content: Mapping[str, Any], error: RushesError) -> None:
        problems = _problems(error) if isinstance(error, InvalidParams) else []
        plain = {"code": error.code, "message": error.message, "problems": problems}
        self.send({"kind": "reply", "id": content.get("id"), "ok": False, "error": plain})

    def _repr_mimebundle_(self, **keywords: Any) -> Any:
        """The widget, and for a page without a kernel the finished takes as plain HTML."""
        bundle = super()._repr_mimebundle_(**keywords)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            records = self._engine.journal.select(
                states=[JobState.COMPLETED], folder=str(self.gen.library), limit=12
            )
            finished = [self.gen.job(record.id).finished for record in records]
            videos = "\n".join(result_html(result, width=320) for result in finished if result)
            data["text/html"] = videos or "<p>No takes yet.</p>"
        return bundle


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


def _takes_words(count: int) -> str:
    return "1 take" if count == 1 else f"{count} takes"
