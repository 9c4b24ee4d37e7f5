"""Judgements that a page sends: one after the other, each durable before it is answered."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from rushes.widgets.channel import Replies
from rushes.widgets.take import plain_marks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.contract.marks import Marks
    from rushes.widgets import messages
    from rushes.widgets.channel import Send


class Judging(Replies):
    """Answers the judgements of a page in a thread of their own, in the order in which they came.

    A disk may be slow, and the kernel's thread must not wait for it.

    Args:
        send: how replies get to the page.
    """

    def __init__(self, send: Send) -> None:
        super().__init__(send)
        self._judgements: deque[messages.take.Mark] = deque()
        self._is_judging = False
        self._judging = threading.Lock()

    @abstractmethod
    def _mark(self, job: str, changes: Mapping[str, object]) -> Marks:
        """Change the marks of a take of the page, durably.

        Raises:
            RushesError: why that is not possible.
        """

    def _on_mark(self, message: messages.take.Mark) -> None:
        with self._judging:
            self._judgements.append(message)
            if self._is_judging:
                return
            self._is_judging = True
        threading.Thread(target=self._judge, name="rushes-marks", daemon=True).start()

    def _judge(self) -> None:
        while (message := self._next()) is not None:
            try:
                marks = self._mark(message.job, message.changes.model_dump(exclude_unset=True))
                self._reply(message, cast("dict[str, Any]", plain_marks(marks)))
            except Exception as error:  # noqa: BLE001 - the page waits for an answer
                self._failed(message.id, error)

    def _next(self) -> messages.take.Mark | None:
        with self._judging:
            self._is_judging = bool(self._judgements)
            return self._judgements.popleft() if self._judgements else None
