"""Messages of a page: each is checked, and answered once."""

from __future__ import annotations

import json
import logging
import math
import os
import re
import threading
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from pydantic import TypeAdapter, ValidationError

from rushes.contract.errors import InvalidParams, RushesError
from rushes.contract.spelling import to_camel
from rushes.contract.wording import shown
from rushes.io.regular import open_regular
from rushes.widgets.messages import REQUESTS, WRITTEN
from rushes.widgets.messages.envelope import DEEPEST, LARGEST_MESSAGE, PIECE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from rushes.widgets.messages.envelope import Message, Problem

log = logging.getLogger("rushes")

MOST_ASIDE = 3
"""Threads that answer the pages of one kind of widget; what comes later waits for one."""

METHODS = {model: f"_on_{kind}" for kind, (model, _) in REQUESTS.items()}
"""The method that answers a message."""


class Send(Protocol):
    """Sends a message to the page, with binary parts."""

    def __call__(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Send it; from any thread."""


class Replies:
    """Answers one message after the other, each with exactly one reply.

    A subclass has a method for each kind of message that it knows, named ``_on_<kind>``, which
    takes the checked message.

    Args:
        send: how replies get to the page.
    """

    _threads: ClassVar = threading.BoundedSemaphore(MOST_ASIDE)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._threads = threading.BoundedSemaphore(MOST_ASIDE)

    def __init__(self, send: Send) -> None:
        self._send = send
        self._data = b""

    def receive(self, content: object, buffers: Sequence[bytes | memoryview] = ()) -> None:
        """Answer one message. Nothing here may take long: all widgets share this thread."""
        message_id = content.get("id") if isinstance(content, dict) else None
        try:
            message = self._checked(content, buffers)
            self._data = bytes(buffers[0]) if buffers else b""
            self.answer(message)
        except Exception as error:  # noqa: BLE001 - the page waits for an answer
            self._failed(message_id, error)

    def answer(self, message: Message) -> None:
        """Answer a message that was checked.

        Raises:
            RushesError: when it is refused.
        """
        getattr(self, METHODS[type(message)])(message)

    def _checked(self, content: object, buffers: Sequence[bytes | memoryview]) -> Message:
        """A message of this protocol, within its limits.

        Raises:
            InvalidParams: when it is not one.
        """
        if not isinstance(content, dict):
            msg = "The page sent something that is not a message."
            raise InvalidParams(msg)
        kind = content.get("kind")
        model, _ = REQUESTS.get(str(kind), (None, None))
        if model is None or not hasattr(self, METHODS[model]):
            msg = f"There is no message of the kind {shown(kind)} here. Reload the page."
            raise InvalidParams(msg)
        if len(buffers) > 1 or sum(len(part) for part in buffers) > PIECE:
            msg = f"A message of the page has more than {PIECE} bytes of data."
            raise InvalidParams(msg)
        if _size(content) > LARGEST_MESSAGE:
            msg = f"A message of the page has more than {LARGEST_MESSAGE} characters."
            raise InvalidParams(msg)
        try:
            return model.model_validate(content)
        except ValidationError as error:
            raise InvalidParams(_words(str(kind), error)) from None

    def _failed(self, message_id: object, error: BaseException) -> None:
        """Say what went wrong, in words that were meant for a user."""
        if isinstance(error, RushesError):
            self._refuse(message_id, error)
            return
        log.error("a message of the page failed", exc_info=error)
        self._refuse(message_id, RushesError(f"{type(error).__name__} inside rushes."))

    def _piece(self, message: Message, path: Path | None, offset: int, kind: str) -> None:
        """Answer with a part of a file, for hosts that do not serve files."""
        if path is None or not path.exists():
            msg = "The file is no longer in the library."
            raise RushesError(msg)
        with open_regular(path) as file:
            file.seek(offset)
            part = file.read(PIECE)
            size = os.fstat(file.fileno()).st_size
        self._reply(message, {"offset": offset, "total": size, "type": kind}, [part])

    def _in_thread(
        self, message: Message, work: Callable[[], tuple[Mapping[str, Any], bytes | None]]
    ) -> None:
        """Answer in a thread of its own: it takes a while, and the kernel is needed."""

        def answer() -> None:
            try:
                with self._threads:
                    value, part = work()
                self._reply(message, value, None if part is None else [part])
            except Exception as error:  # noqa: BLE001 - whatever it was, the page waits for an answer
                self._failed(message.id, error)

        threading.Thread(target=answer, name="rushes-aside", daemon=True).start()

    def _reply(
        self, message: Message, value: Mapping[str, Any], buffers: list[bytes] | None = None
    ) -> None:
        self._send({"kind": "reply", "id": message.id, "ok": True, "value": dict(value)}, buffers)

    def _refuse(self, message_id: object, error: RushesError) -> None:
        found = problems(error) if isinstance(error, InvalidParams) else []
        plain = {"code": error.code, "message": error.message, "problems": found}
        given = message_id if isinstance(message_id, str) else None
        self._send({"kind": "reply", "id": given, "ok": False, "error": plain})


def may_write(name: str, value: object) -> bool:
    """Whether a page may write this to one of its traits."""
    try:
        TypeAdapter(WRITTEN[name]).validate_python(value, strict=True)
    except ValidationError:
        return False
    return _size(value, allow_nan=False) <= LARGEST_MESSAGE


def _size(value: object, *, allow_nan: bool = True) -> float:
    """Characters of JSON; infinitely many when it cannot be written as such."""
    if not _is_flat(value):
        return math.inf
    try:
        return len(json.dumps(value, default=repr, allow_nan=allow_nan))
    except ValueError:
        return math.inf


def _is_flat(value: object, most: int = DEEPEST) -> bool:
    """Whether lists and objects are nested no deeper than any message of ours."""
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return most > 0 and all(_is_flat(item, most - 1) for item in inner)


def problems(error: InvalidParams) -> list[Problem]:
    """Problems under the names of the form's fields, with the item of a list that is meant."""
    found: list[Problem] = []
    for problem in error.problems:
        name, index, part = _PLACE.findall(problem.parameter)[0]
        plain: Problem = {"parameter": to_camel(name), "message": problem.message}
        if index:
            plain["index"] = int(index)
        if part:
            plain["part"] = to_camel(part)
        found.append(plain)
    return found


_PLACE = re.compile(r"^([^.\[]*)(?:\[(\d+)\])?(?:\.([^.\[]+))?")
"""Where a problem is: a parameter, an item of it, and a field of that."""


def _words(kind: str, error: ValidationError) -> str:
    """What is wrong with a message, and nothing of what else it holds."""
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    given = "" if first["type"] == "missing" else f", not {shown(first['input'])}"
    return f"The page's message {kind!r} was not understood: {where}: {first['msg']}{given}."
