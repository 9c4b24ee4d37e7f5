"""A Studio without a page: the test is the page."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from comm.base_comm import BaseComm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes import Studio, VideoGen


class PageComm(BaseComm):
    """A connection to a page that keeps what was sent."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        self.sent: list[tuple[str, dict[str, Any], list[bytes]]] = []
        super().__init__(*args, **keywords)

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any
    ) -> None:
        del metadata
        self.sent.append((msg_type, data or {}, list(buffers or ())))


class Page:
    """What a page does with a Studio.

    Args:
        studio: the widget.
        comm: its connection.
    """

    def __init__(self, studio: Studio, comm: PageComm) -> None:
        self.studio = studio
        self._comm = comm
        self._ids = itertools.count()

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Custom messages that the kernel sent."""
        return [data["content"] for _, data, _ in self._comm.sent if data.get("method") == "custom"]

    def ask(self, kind: str, **body: Any) -> dict[str, Any]:
        """Send a message and take the reply that is there when the kernel is done with it."""
        message_id = f"m{next(self._ids)}"
        content = {"kind": kind, "id": message_id, **body}
        message = {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}
        self._comm.handle_msg(message)
        return self.reply_to(message_id)

    def reply_to(self, message_id: str) -> dict[str, Any]:
        """The one reply to a message."""
        (reply,) = [
            (data["content"], buffers)
            for _, data, buffers in self._comm.sent
            if data.get("content", {}).get("id") == message_id
        ]
        content, buffers = reply
        return content | {"buffers": buffers}


@pytest.fixture
def page(gen: VideoGen, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A Studio on the emulated service, with the test as its page."""
    comms: list[PageComm] = []

    def create_comm(*args: Any, **keywords: Any) -> PageComm:
        comms.append(PageComm(*args, **keywords))
        return comms[-1]

    monkeypatch.setattr("comm.create_comm", create_comm)
    import rushes  # noqa: PLC0415 - after the seam is in place

    studio = rushes.Studio(gen)
    yield Page(studio, comms[-1])
    studio.close()
