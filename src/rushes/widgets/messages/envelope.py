"""What all messages between a page and the kernel have: their limits, their replies."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from rushes.contract.spelling import to_camel

LARGEST_MESSAGE = 1_000_000
"""Characters of JSON in one message of a page; the bytes of files come beside it."""

DEEPEST = 32
"""Lists and objects inside each other in one message of a page."""

PIECE = 1 << 20
"""Bytes of a file in one message; a tenth of what closes a Jupyter connection."""

Values = dict[str, Any]

Id = Annotated[str, Field(min_length=1, max_length=200)]

Path = Annotated[str, Field(max_length=4096)]

Offset = Annotated[int, Field(ge=0, lt=1 << 53)]

Jobs = Annotated[list[Id], Field(max_length=9)]

Prompt = Annotated[str, Field(max_length=20_000)]


class Problem(TypedDict):
    """What is wrong with a request."""

    parameter: str | None
    message: str
    index: NotRequired[int | None]
    """Which item of a list, from 0."""
    part: NotRequired[str | None]
    """Which field of an object."""


class Greeting(TypedDict):
    """Which life of the kernel answers."""

    epoch: str


class Said(TypedDict):
    """What happened, in words."""

    message: str


class Nothing(TypedDict):
    """It is done."""


class ReplyError(TypedDict):
    """Why a message was refused."""

    code: NotRequired[str]
    message: NotRequired[str]
    problems: NotRequired[list[Problem]]


class Reply(TypedDict):
    """The one answer to a message."""

    kind: Literal["reply"]
    id: str
    ok: bool
    value: NotRequired[Any]
    error: NotRequired[ReplyError]


class Message(BaseModel):
    """A message of a page: its `id` comes back with the reply."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel, defer_build=True)

    id: Id


class Hello(Message):
    """Brings the whole list to a page that has another revision of it."""

    revision: int | None = None


REQUESTS: dict[str, tuple[type[Message], type]] = {
    "hello": (Hello, Greeting),
}
"""By kind, what a page sends and the value of its reply."""
