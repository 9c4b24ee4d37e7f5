"""The Studio: controls on the left, takes on the right.

The page holds no job. What it shows comes from the journal, as a snapshot in traits and as
messages about single takes; docs/widget-protocol.md has both.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from rushes.backends.protocol import Backend
    from rushes.client import VideoGen
    from rushes.engine import Progress
    from rushes.journal import JobRecord

STATIC = Path(__file__).parent / "static"


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
        # Loaded here, so that the widget's import costs no more than the widget libraries'.
        from rushes.client import VideoGen  # noqa: PLC0415 - as the comment says
        from rushes.widgets.answers import Answers  # noqa: PLC0415
        from rushes.widgets.snapshot import Snapshot  # noqa: PLC0415

        self.gen = gen or VideoGen(backend, library=library, home=home)
        self._snapshot = Snapshot(self.gen)
        # Listeners run in the engine's thread, messages in the kernel's: traits need a lock.
        self._lock = threading.RLock()
        super().__init__(**traits)
        self._epoch = self.gen.engine.journal.owner
        self._answers = Answers(self.gen, self._epoch, self.send)
        self._providers = self._snapshot.forms()
        self._settings = self._first_settings()
        self._refresh()
        self.on_msg(self._receive)
        self._stop = self.gen.engine.listen(self._changed)

    def close(self) -> None:
        """Let go of the page. Jobs go on."""
        stop = getattr(self, "_stop", None)
        if stop is not None:
            stop()
        super().close()

    def _refresh(self) -> None:
        """Put all takes into the traits."""
        takes, notice = self._snapshot.takes()
        with self._lock:
            self._takes = takes
            self._notice = notice

    def _changed(self, record: JobRecord, progress: Progress) -> None:
        """Tell the page of a change."""
        take, is_turn = self._snapshot.change(record, progress)
        if take is not None:
            self.send({"kind": "take", "take": take})
        if is_turn:
            self._refresh()

    def _receive(self, _: object, content: Mapping[str, Any], __: object) -> None:
        self._answers.receive(content)

    def _first_settings(self) -> dict[str, Any]:
        usable = [
            entry["id"]
            for entry in self._providers
            if any(backend["chosen"] for backend in entry["backends"])
        ]
        first = usable[0] if usable else next(iter(self.gen.catalog.providers), "")
        return {"provider": first, "mode": "text-to-video", "prompt": "", "values": {}}

    def _repr_mimebundle_(self, **keywords: Any) -> Any:
        """The widget, and for a page without a kernel the finished takes as plain HTML."""
        from rushes.inline import result_html  # noqa: PLC0415 - as the client, when it is used
        from rushes.journal import JobState  # noqa: PLC0415

        bundle = super()._repr_mimebundle_(**keywords)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            records = self.gen.engine.journal.select(
                states=[JobState.COMPLETED], folder=str(self.gen.library), limit=12
            )
            finished = [self.gen.job(record.id).finished for record in records]
            videos = "\n".join(result_html(result, width=320) for result in finished if result)
            data["text/html"] = videos or "<p>No takes yet.</p>"
        return bundle
