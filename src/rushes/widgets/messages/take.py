"""Messages about one take: what a card shows of it, its files, its marks."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from rushes.widgets.messages.envelope import Id, Message, Nothing, Offset, Said, Values

TakeState = Literal[
    "queued",
    "submitting",
    "running",
    "fetching",
    "completed",
    "failed",
    "cancelled",
    "uncertain",
]

MediaPart = Literal["video", "poster", "unmarked"]

Decision = Literal["look-again", "resolve", "resubmit", "abandon"]


class Progress(TypedDict):
    """How far a take is."""

    text: str
    fraction: float | None
    estimated: bool
    position: NotRequired[int | None]
    """How many are ahead in the service's line, where it says so."""


class Cost(TypedDict):
    """An amount of money, with its words."""

    amount: float
    currency: str
    estimated: NotRequired[bool]
    date: NotRequired[str]
    source: NotRequired[str]
    text: NotRequired[str]


class MediaFile(TypedDict):
    """Where a file is found."""

    path: NotRequired[str | None]
    """Relative to the notebook."""
    url: NotRequired[str | None]
    type: NotRequired[str]


class TakeError(TypedDict):
    """Why a take failed, or is uncertain."""

    code: str
    message: str
    parameter: NotRequired[str | None]


class Marks(TypedDict):
    """What a person thinks of a take."""

    pick: bool | None
    """Picked or rejected; null for neither."""
    stars: int | None
    tags: list[str]
    note: str | None


class Final(TypedDict):
    """A resolution in which a draft can be rendered in full."""

    resolution: str
    cost: NotRequired[Cost | None]


class Draft(TypedDict):
    """A draft that its service can still render in full."""

    until: float
    """When the service forgets it, unix seconds."""
    finals: list[Final]


class Take(TypedDict):
    """A job as a card shows it."""

    job: str
    state: TakeState
    provider: str
    providerTitle: NotRequired[str]
    mode: str
    backend: NotRequired[str]
    prompt: NotRequired[str | None]
    params: Values
    createdAt: float
    width: NotRequired[int | None]
    height: NotRequired[int | None]
    progress: NotRequired[Progress | None]
    elapsed: NotRequired[float | None]
    durationSeconds: NotRequired[float | None]
    fps: NotRequired[float | None]
    seed: NotRequired[int | None]
    took: NotRequired[float | None]
    bytes: NotRequired[int | None]
    cost: NotRequired[Cost | None]
    video: NotRequired[MediaFile | None]
    poster: NotRequired[MediaFile | None]
    error: NotRequired[TakeError | None]
    notes: NotRequired[list[str]]
    parent: NotRequired[str | None]
    """The job whose take it is made from."""
    draft: NotRequired[Draft]
    """Where it is one that can be rendered in full."""
    facts: NotRequired[list[str]]
    """What is known of the video, in words: its length, size, seed, price and time taken."""
    label: NotRequired[str]
    """What a comparison calls it."""
    found: NotRequired[bool]
    """Whether it is known by its files alone: the journal has no such job in this library."""
    again: NotRequired[Cost]
    """What the same request costs once more, where that is not its `cost`."""
    unmarked: NotRequired[MediaFile | None]
    """The same video without a provider's name in the picture, for a blind vote."""
    asked: NotRequired[list[str | None]]
    """Of prompt and mode, and of the inputs; alike takes share both. Null where not known."""
    marks: NotRequired[Marks | None]
    """Where there are any."""
    measures: NotRequired[dict[str, float]]
    """What was measured and scored of it, by column; on a board."""
    cell: NotRequired[int]
    """Its place among the cells of a board."""


class Moved(TypedDict):
    """How far a take is, and nothing else of it has changed."""

    job: str
    progress: Progress | None
    elapsed: float


class Rest(TypedDict):
    """Takes that are older than those in the trait; `jobs` are all that there are, in order."""

    takes: list[Take]
    jobs: list[str]


class Located(TypedDict):
    """The path of a file on the kernel's machine."""

    path: str


class Piece(TypedDict):
    """A part of a file; its bytes come beside it."""

    offset: int
    total: int
    type: str


class Loudness(TypedDict):
    """How loud a take is; beside it a byte for each span, the loudest sample from 0 to 255."""

    rate: float
    """Spans a second."""
    start: float
    """Seconds of the take before the first span."""


class Measures(TypedDict):
    """What was measured of a take along its length."""

    picture: str
    """Curves as an SVG image in a `data:` URL, as wide as the take is long."""
    seconds: float
    """How long that is."""
    lanes: list[str]
    """What each curve is, from above."""
    text: str
    """The values of the whole take, and its cuts, freezes, black and silence."""


class Cancel(Message):
    """Cancel a job."""

    job: Id


class Decide(Message):
    """Settle an uncertain job."""

    job: Id
    action: Decision
    remote_id: Annotated[str, Field(max_length=4096)] | None = None


class Media(Message):
    """One piece of a take's file, for hosts that do not serve files."""

    job: Id
    part: MediaPart
    offset: Offset = 0


class Locate(Message):
    """Where a take's file is on the kernel's machine."""

    job: Id


class Hide(Message):
    """Remove a finished take from the list, or restore it. Its file stays."""

    job: Id
    hidden: bool


class MarkChanges(BaseModel):
    """Marks that change; those that are left out stay as they are."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", defer_build=True)

    pick: bool | None = None
    stars: Annotated[int, Field(ge=1, le=5)] | None = None
    tags: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=100)] | None = (
        None
    )
    note: Annotated[str, Field(max_length=8_000)] | None = None


class Mark(Message):
    """Judge a take. Its marks are durable when the reply has them."""

    job: Id
    changes: MarkChanges


class Peaks(Message):
    """How loud a take is along its length."""

    job: Id


class AskMeasures(Message):
    """Measure a take; this takes about as long as playing it, and is done once."""

    job: Id


REQUESTS: dict[str, tuple[type[Message], type]] = {
    "cancel": (Cancel, Said),
    "decide": (Decide, Said),
    "media": (Media, Piece),
    "locate": (Locate, Located),
    "hide": (Hide, Nothing),
    "mark": (Mark, Marks),
    "peaks": (Peaks, Loudness),
    "measure": (AskMeasures, Measures),
}
"""By kind, what a page sends and the value of its reply."""
