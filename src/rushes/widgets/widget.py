"""What all widgets have of their page: its messages, and the list of its takes, as it changes."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, TypeVar

import anywidget
import traitlets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rushes.engine import Progress
    from rushes.journal import JobRecord
    from rushes.widgets.channel import Replies

    News = list[tuple[JobRecord, Progress]]

T = TypeVar("T")

log = logging.getLogger("rushes")


class TakesWidget(anywidget.AnyWidget):
    """A widget whose page holds a list of takes.

    The traits are what a page gets that opens now. A page that is open already gets only the take
    that changed: the whole list is sent to it when takes come or go other than at the front, or
    when its greeting shows that it missed a message. docs/reference/widget-protocol.md has both.
    """

    _takes: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _revision = traitlets.Int(0).tag(sync=True)
    _epoch = traitlets.Unicode().tag(sync=True)

    _answers: Replies
    """What answers the page's messages."""

    def __init__(self, **traits: Any) -> None:
        # Listeners and messages run in different threads: the list and what is sent need a lock.
        self._lock = threading.RLock()
        self._is_quiet = False
        super().__init__(**traits)

    def _receive(self, _: object, content: object, buffers: list[memoryview]) -> None:
        self._answers.receive(content, buffers or ())

    def _saved(self) -> Mapping[str, str]:
        """What a page without a kernel shows in place of the widget, by MIME type."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **keywords: Any) -> Any:
        """The widget, and what a page without a kernel shows."""
        bundle = super()._repr_mimebundle_(**keywords)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data |= self._saved()
        return bundle

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take over what a page wrote; it gets back what is not of the right shape or too large."""
        # As all that checks messages: the import of a widget costs little more than anywidget's.
        from rushes.widgets.channel import may_write  # noqa: PLC0415 - as the comment says
        from rushes.widgets.messages import WRITTEN  # noqa: PLC0415

        # Everything else, e.g. the source of the page itself, would go to later pages and be saved.
        own = {name: value for name, value in sync_data.items() if name in WRITTEN}
        refused = [name for name, value in own.items() if not may_write(name, value)]
        super().set_state({name: value for name, value in own.items() if name not in refused})
        if refused:
            self.send_state(refused)

    def _should_send_property(self, key: str, value: Any) -> bool:
        if self._is_quiet and key in ("_takes", "_revision"):
            return False
        return bool(super()._should_send_property(key, value))

    def _taken_over(self, news: News, change: Callable[[JobRecord, Progress], T | None]) -> list[T]:
        """What a round of news changes; a job that cannot be taken over costs no other."""
        found = []
        for job, progress in news:
            try:
                if (changed := change(job, progress)) is not None:
                    found.append(changed)
            except Exception:
                log.exception("a change of job %s cannot be shown", job.id)
        return found

    def _send_list(self, takes: list[dict[str, Any]]) -> None:
        """Put another list in place of the one that pages have."""
        with self._lock:
            # First, so that a page knows it when the list arrives.
            self._revision += 1
            self._takes = takes

    def _send_changed(self, takes: list[dict[str, Any]], changed: list[dict[str, Any]]) -> None:
        """Notify pages of takes that are new or have changed; `takes` is the list with them."""
        with self._lock:
            revision = self._revision
            self._is_quiet = True
            try:
                self._revision = revision + len(changed)
                self._takes = takes
            finally:
                self._is_quiet = False
            for number, take in enumerate(changed, revision + 1):
                try:
                    self.send({"kind": "take", "take": take, "revision": number})
                except Exception:  # the page notices that it missed a revision
                    log.exception("the take of job %s cannot be sent", take["job"])

    def _greeted(self, revision: object) -> None:
        """Send the list to a page that has another one; an old page does not say which it has."""
        with self._lock:
            if isinstance(revision, int) and revision != self._revision:
                self.send_state(["_revision", "_takes"])
