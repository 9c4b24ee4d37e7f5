"""Messages of a comparison: the player, what it plays, and the files that it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

from pydantic import Field

from rushes.widgets.messages.envelope import Id, Jobs, Message

if TYPE_CHECKING:
    from rushes.widgets.messages.take import MediaFile

Seconds = Annotated[float, Field(ge=-86_400, le=86_400, allow_inf_nan=False)]

Markers = Annotated[
    list[Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]], Field(max_length=100)
]

CompareView = Literal["grid", "wipe", "difference", "single"]

ExportKind = Literal["side-by-side", "contact-sheet", "frames", "page"]


class ClipFacts(TypedDict):
    """What the kernel measured of a file."""

    start: float
    """Timestamp of its first frame, in seconds of the file's own time."""
    seconds: float
    fps: float
    isSteady: bool
    """Whether each frame starts a multiple of ``1 / fps`` after the first one."""
    codec: str
    """As people write it, e.g. HEVC (H.265)."""


class Exported(TypedDict):
    """A file that was made."""

    path: str
    """Where it is, in words."""
    file: MediaFile


class Player(TypedDict):
    """The player that compares takes, as texts: its module and its style sheet."""

    script: str
    style: str


class AskPlayer(Message):
    """Bring the player that compares takes: a Studio has it only when takes are compared."""


class AskClip(Message):
    """Measure the file of a take that is compared."""

    job: Id


class Export(Message):
    """Make a file of a comparison."""

    what: ExportKind
    jobs: Jobs
    """In the order shown."""
    columns: Annotated[int, Field(ge=0, le=9)] = 0
    start: Seconds = 0.0
    end: Seconds | None = None
    at: Seconds = 0.0
    offsets: list[Seconds] = Field(default=[], max_length=9)
    """Seconds of each take that have passed at 0."""
    audible: Id | None = None


REQUESTS: dict[str, tuple[type[Message], type]] = {
    "player": (AskPlayer, Player),
    "clip": (AskClip, ClipFacts),
    "export": (Export, Exported),
}
"""By kind, what a page sends and the value of its reply."""
