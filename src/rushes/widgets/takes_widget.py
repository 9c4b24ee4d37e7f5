"""What the widgets that show takes have in common: a list in a trait, and changes as messages."""

from __future__ import annotations

import threading
from typing import Any

import anywidget
import traitlets


class TakesWidget(anywidget.AnyWidget):
    """A widget whose page holds a list of takes.

    The traits are what a page gets that opens now. A page that is open already gets only the take
    that changed: the whole list is sent to it when takes come or go by another way than at the
    front, or when its greeting shows that it missed a message. docs/reference/widget-protocol.md
    has both.
    """

    _takes: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _revision = traitlets.Int(0).tag(sync=True)
    _epoch = traitlets.Unicode().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        # Listeners and messages run in different threads: the list and what is sent need a lock.
        self._lock = threading.RLock()
        self._is_quiet = False
        super().__init__(**traits)

    def _should_send_property(self, key: str, value: Any) -> bool:
        if self._is_quiet and key in ("_takes", "_revision"):
            return False
        return bool(super()._should_send_property(key, value))

    def _send_list(self, takes: list[dict[str, Any]]) -> None:
        """Put another list in place of the one that pages have."""
        with self._lock:
            # First, so that a page knows it when the list arrives.
            self._revision += 1
            self._takes = takes

    def _send_take(self, takes: list[dict[str, Any]], take: dict[str, Any]) -> None:
        """Tell pages of one take; `takes` is the whole list with it."""
        with self._lock:
            self._is_quiet = True
            try:
                self._revision += 1
                self._takes = takes
            finally:
                self._is_quiet = False
            self.send({"kind": "take", "take": take, "revision": self._revision})

    def _greeted(self, revision: object) -> None:
        """Send the list to a page that has another one; an old page does not say which it has."""
        with self._lock:
            if isinstance(revision, int) and revision != self._revision:
                self.send_state(["_revision", "_takes"])
