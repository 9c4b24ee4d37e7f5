"""How messages of a page are answered, whichever widget it shows."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, Protocol

from pydantic.alias_generators import to_camel

from rushes.contract.errors import InvalidParams, RushesError
from rushes.io.regular import open_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

log = logging.getLogger("rushes")

CHUNK = 1 << 20
"""Bytes of a video in one message; a tenth of what closes a Jupyter connection."""


class Send(Protocol):
    """Sends a message to the page, with binary parts."""

    def __call__(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Send it; from any thread."""


class Replies:
    """Answers one message after the other.

    Args:
        send: how answers get to the page.
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    def answers(
        self,
        buffers: Sequence[bytes | memoryview],  # noqa: ARG002 - for those who take some
    ) -> dict[str, Callable[[Mapping[str, Any]], None]]:
        """What answers a message, by its kind.

        Args:
            buffers: the message's binary parts.
        """
        return {}

    def receive(
        self, content: Mapping[str, Any], buffers: Sequence[bytes | memoryview] = ()
    ) -> None:
        """Answer one message. Nothing here may take long: all widgets share this thread."""
        answer = self.answers(buffers).get(content.get("kind", ""))
        if answer is None:
            return
        try:
            answer(content)
        except Exception as error:  # noqa: BLE001 - the page waits for an answer
            self._failed(content, error)

    def _failed(self, content: Mapping[str, Any], error: BaseException) -> None:
        """Say what went wrong, in words that were meant for a user."""
        if isinstance(error, RushesError):
            self._refuse(content, error)
            return
        log.error("a message of the page failed", exc_info=error)
        self._refuse(content, RushesError(f"{type(error).__name__} inside rushes."))

    def _piece(self, content: Mapping[str, Any], path: Path | None, kind: str) -> None:
        """Answer with a part of a file, for hosts that do not serve files."""
        if path is None or not path.exists():
            msg = "The file is not in the library any more."
            raise RushesError(msg)
        offset = max(0, int(content.get("offset", 0)))
        with open_regular(path) as file:
            file.seek(offset)
            part = file.read(CHUNK)
            size = os.fstat(file.fileno()).st_size
        value = {"offset": offset, "total": size, "type": kind}
        self._reply(content, value, [part])

    def _reply(
        self, content: Mapping[str, Any], value: dict[str, Any], buffers: list[bytes] | None = None
    ) -> None:
        self._send({"kind": "reply", "id": content["id"], "ok": True, "value": value}, buffers)

    def _refuse(self, content: Mapping[str, Any], error: RushesError) -> None:
        found = problems(error) if isinstance(error, InvalidParams) else []
        plain = {"code": error.code, "message": error.message, "problems": found}
        self._send({"kind": "reply", "id": content.get("id"), "ok": False, "error": plain})


def problems(error: InvalidParams) -> list[dict[str, Any]]:
    """Problems under the names of the form's fields, with the item of a list that is meant."""
    found = []
    for problem in error.problems:
        name, _, rest = problem.parameter.partition("[")
        plain: dict[str, Any] = {"parameter": to_camel(name), "message": problem.message}
        index = rest.partition("]")[0]
        found.append(plain | ({"index": int(index)} if index.isdigit() else {}))
    return found
