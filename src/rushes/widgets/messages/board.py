"""Messages of a board: its axes and cells, and how they are arranged."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from rushes.contract.spelling import to_camel
from rushes.widgets.messages.compare import Exported
from rushes.widgets.messages.envelope import Id, Message

SheetKind = Literal["picture", "page", "csv"]


class BoardAxis(TypedDict):
    """Something that differs between the cells of a board."""

    name: str
    title: str
    values: list[str]
    """As they are shown, in order."""


class BoardCell(TypedDict):
    """A place on a board, whether there is a take for it or not."""

    at: list[int]
    """Which value it has on each axis."""
    ratio: float
    """Width by height of its video, measured or expected."""


class BoardLayout(TypedDict):
    """What a board shows."""

    title: str
    axes: list[BoardAxis]
    cells: list[BoardCell]


class Arrangement(BaseModel):
    """The axes that are the rows and the columns of a board; without any it is a wall of cells."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel, defer_build=True)

    rows: Annotated[list[Id], Field(max_length=10)] = []
    columns: Annotated[list[Id], Field(max_length=10)] = []


class Sheet(Message):
    """Make a file of a board, as it is arranged on the page."""

    what: SheetKind
    rows: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=10_000)]
    columns: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=10_000)]
    cells: Annotated[
        list[Annotated[list[Annotated[int, Field(ge=-1)]], Field(max_length=10_000)]],
        Field(max_length=10_000),
    ]
    """The number of the cell in each place, by row; -1 where nothing stands."""


REQUESTS: dict[str, tuple[type[Message], type]] = {
    "sheet": (Sheet, Exported),
}
"""By kind, what a page sends and the value of its reply."""
