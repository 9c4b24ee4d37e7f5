"""A page without a browser: what it is sent, and what it asks."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from comm.base_comm import BaseComm

from support.requests import FOX
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

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
    def sent(self) -> list[tuple[str, dict[str, Any], list[bytes]]]:
        """All that the kernel sent: custom messages and changes of traits."""
        return list(self._comm.sent)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Custom messages that the kernel sent."""
        return [data["content"] for _, data, _ in self._comm.sent if data.get("method") == "custom"]

    def ask(self, kind: str, *, data: bytes | None = None, **body: Any) -> dict[str, Any]:
        """Send a message, with binary data or not, and take its reply."""
        message_id = f"m{next(self._ids)}"
        content = {"kind": kind, "id": message_id, **body}
        buffers = [] if data is None else [memoryview(data)]
        message = {
            "content": {"data": {"method": "custom", "content": content}},
            "buffers": buffers,
        }
        self._comm.handle_msg(message)
        until(lambda: self._replies_to(message_id))
        return self.reply_to(message_id)

    def make_take(self, key: str = "k1", **more: Any) -> str:
        """Press Generate and wait for the video; the job's id."""
        job: str = self.ask("submit", key=key, params=FOX | more)["value"]["job"]
        self.studio.gen.engine.wait(job).result(60.0)
        until(
            lambda: [take for take in self.studio._takes if take["job"] == job and "took" in take]
        )
        return job

    def reply_to(self, message_id: str) -> dict[str, Any]:
        """The one reply to a message."""
        (reply,) = self._replies_to(message_id)
        content, buffers = reply
        return content | {"buffers": buffers}

    def _replies_to(self, message_id: str) -> list[tuple[dict[str, Any], list[bytes]]]:
        return [
            (data["content"], buffers)
            for _, data, buffers in self._comm.sent
            if data.get("content", {}).get("id") == message_id
        ]


@contextmanager
def pages(gen: VideoGen, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Page]]:
    """Makes Studios of a client, or of another one, each with a page; closes them all."""
    comms: list[PageComm] = []

    def create_comm(*args: Any, **keywords: Any) -> PageComm:
        comms.append(PageComm(*args, **keywords))
        return comms[-1]

    monkeypatch.setattr("comm.create_comm", create_comm)
    import rushes  # noqa: PLC0415 - after the seam is in place

    shown: list[Page] = []

    def make(client: VideoGen = gen, **keywords: Any) -> Page:
        studio = rushes.Studio(client, **keywords)
        shown.append(Page(studio, comms[-1]))
        return shown[-1]

    yield make
    for page in shown:
        page.studio.close()
