"""What a page and the kernel say to each other; docs/reference/widget-protocol.md describes it.

A page is not trusted: each of its messages is checked by one of the models below, which bound every
text and number. What the kernel sends it has made itself, so that is typed and not checked again.
``scripts/page_messages.py`` writes ``js/src/kernel/messages.ts`` from this file.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

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

Seconds = Annotated[float, Field(ge=-86_400, le=86_400, allow_inf_nan=False)]

Jobs = Annotated[list[Id], Field(max_length=9)]

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

FieldKind = Literal[
    "choice", "integer", "number", "boolean", "text", "image", "images", "videos", "audios", "shots"
]

MediaPart = Literal["video", "poster"]

Decision = Literal["look-again", "resolve", "resubmit", "abandon"]

CompareView = Literal["grid", "wipe", "difference", "single"]

Question = Literal["prompt", "looks"]

Choice = Literal["left", "right", "tie"]

ExportKind = Literal["side-by-side", "contact-sheet", "frames", "page"]


# --- what the kernel sends -----------------------------------------------------------------------


class Settings(TypedDict):
    """What the form holds."""

    providers: list[str]
    """Ids of the chosen providers."""
    mode: str
    prompt: str
    values: Values
    count: int
    """Takes to make of each provider."""
    seedLocked: bool
    """Whether the seed stays as it is after a take."""


class Problem(TypedDict):
    """What is wrong with a request."""

    parameter: str | None
    message: str
    index: NotRequired[int | None]
    """Which item of a list, from 0."""


class Progress(TypedDict):
    """How far a take is."""

    text: str
    fraction: float | None
    estimated: bool


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
    facts: NotRequired[list[str]]
    """What is known of the video, in words: its length, size, seed, price and time taken."""
    label: NotRequired[str]
    """What a comparison calls it."""
    asked: NotRequired[list[str | None]]
    """Of prompt and mode, and of the inputs; alike takes share both. Null where not known."""


class Moved(TypedDict):
    """How far a take is, and nothing else of it has changed."""

    job: str
    progress: Progress | None
    elapsed: float


class Rest(TypedDict):
    """Takes that are older than those in the trait; `jobs` are all that there are, in order."""

    takes: list[Take]
    jobs: list[str]


class FormField(TypedDict):
    """A parameter of a provider."""

    name: str
    label: str
    kind: str
    """A `FieldKind`, or one that a newer kernel knows and this page does not."""
    default: NotRequired[Any]
    required: NotRequired[list[str]]
    modes: NotRequired[list[str]]
    help: NotRequired[str | None]
    unit: NotRequired[str | None]
    choices: NotRequired[list[str]]
    min: NotRequired[float | None]
    max: NotRequired[float | None]
    step: NotRequired[float | None]
    maxLength: NotRequired[int | None]
    maxItems: NotRequired[int | None]
    maxMegabytes: NotRequired[float | None]


class Backend(TypedDict):
    """A service that runs a provider's jobs."""

    name: str
    configured: bool
    chosen: bool
    reason: NotRequired[str | None]
    perSecond: NotRequired[float | None]
    currency: NotRequired[str]
    priceDate: NotRequired[str | None]
    typicalSeconds: NotRequired[float | None]
    refuses: NotRequired[dict[str, str]]
    ignores: NotRequired[dict[str, str]]
    """What the service accepts and ignores, with what it does instead."""


class ProviderForm(TypedDict):
    """The form of a provider."""

    id: str
    title: str
    modes: list[str]
    promptLimit: NotRequired[int | None]
    promptModes: NotRequired[list[str]]
    """The modes that need a prompt."""
    promptUnless: NotRequired[str | None]
    """The field that stands in for it."""
    maxReferences: NotRequired[int | None]
    fields: list[FormField]
    backends: list[Backend]


class Scene(TypedDict):
    """A part of a video with a prompt of its own."""

    prompt: str
    durationSeconds: int


class Budget(TypedDict):
    """US dollars: what the Studios of this library may spend, and have spent."""

    limit: float
    spent: float


class Standing(TypedDict):
    """How one name did in one question; rate and interval from 0 to 1."""

    name: str
    question: Question
    wins: int
    losses: int
    ties: int
    rate: float
    low: float
    high: float


class Greeting(TypedDict):
    """Which life of the kernel answers."""

    epoch: str


class Started(TypedDict):
    """The job that was made."""

    job: str


class Said(TypedDict):
    """What happened, in words."""

    message: str


class Located(TypedDict):
    """The path of a file on the kernel's machine."""

    path: str


class Received(TypedDict):
    """How many bytes of a file have arrived; with the last one, where it is kept."""

    have: int
    path: str | None


class Seen(TypedDict):
    """What is known of a file on the kernel's machine."""

    name: str
    bytes: int
    width: NotRequired[int | None]
    height: NotRequired[int | None]
    seconds: NotRequired[float | None]


class Piece(TypedDict):
    """A part of a file; its bytes come beside it."""

    offset: int
    total: int
    type: str


class Estimate(TypedDict):
    """What a request is expected to cost and to take."""

    cost: Cost | None
    seconds: float | None
    basis: Literal["history", "catalog"]
    problems: list[Problem]


class Standings(TypedDict):
    """How the names that are compared did."""

    standings: list[Standing]
    leftOut: NotRequired[int]
    """Votes on them that are not counted, because the two takes had different requests."""


class Exported(TypedDict):
    """A file that was made."""

    path: str
    """Where it is, in words."""
    file: MediaFile


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


class Traits(TypedDict):
    """What a page gets when it opens, and shares with the kernel."""

    _providers: list[ProviderForm]
    _takes: list[Take]
    _revision: int
    """Of the list of takes: another one after each change."""
    _settings: WrittenForm | None
    _requests: list[Values]
    """The requests that the form stands for, one a provider."""
    _selected: list[str]
    """Jobs of the takes in the tray."""
    _names: dict[str, str]
    """What those are called, by job."""
    _budget: Budget | None
    _epoch: str
    _notice: str
    columns: int
    view: CompareView
    blind: bool


# --- what a page sends ---------------------------------------------------------------------------


class WrittenForm(BaseModel):
    """A form as a page writes it; an older one lacks some of it, or has one `provider`."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel, defer_build=True)

    provider: Id | None = None
    providers: Annotated[list[Id], Field(max_length=100)] | None = None
    mode: Annotated[str, Field(max_length=200)] | None = None
    prompt: str | None = None
    values: Values | None = None
    count: int | None = None
    seed_locked: bool | None = None


class Message(BaseModel):
    """A message of a page: its `id` comes back with the reply."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel, defer_build=True)

    id: Id


class Hello(Message):
    """Brings the whole list to a page that has another revision of it."""

    revision: int | None = None


class Submit(Message):
    """Make a take; one `key` is one take, however often the message arrives."""

    key: Id
    params: Values


class Ask(Message):
    """Estimate a request."""

    params: Values


class Cancel(Message):
    """Cancel a job."""

    job: Id


class Decide(Message):
    """Settle an uncertain job."""

    job: Id
    action: Decision
    remote_id: Annotated[str, Field(max_length=4096)] | None = None


class Retry(Message):
    """Make a failed take again."""

    job: Id
    key: Id


class Media(Message):
    """One piece of a take's file, for hosts that do not serve files."""

    job: Id
    part: MediaPart
    offset: Offset = 0


class Upload(Message):
    """One piece of a file; without bytes, to learn how much the kernel already has."""

    upload: Path
    field: Id
    name: Path
    size: Offset
    offset: Offset


class Borrow(Message):
    """What a take gives to a field: its last frame to an image, its file to a video."""

    job: Id
    field: Id


class Look(Message):
    """What is known of a file on the kernel's machine, with a small picture of it."""

    path: Path


class Locate(Message):
    """Where a take's file is on the kernel's machine."""

    job: Id


class Hide(Message):
    """Remove a finished take from the list, or restore it. Its file stays."""

    job: Id
    hidden: bool


class Vote(Message):
    """Prefer one of two takes; a Studio says in `jobs` what it compares."""

    key: Id
    question: Question
    left: Id
    right: Id
    choice: Choice
    jobs: Jobs | None = None


class AskStandings(Message):
    """How the votes stand; a Studio says in `jobs` what it compares."""

    jobs: Jobs | None = None


class Export(Message):
    """Make a file of a comparison."""

    what: ExportKind
    jobs: Jobs
    """In the order shown."""
    columns: Annotated[int, Field(ge=0, le=9)] = 0
    start: Seconds = 0.0
    end: Seconds | None = None
    at: Seconds = 0.0
    offsets: Annotated[list[Seconds], Field(max_length=9)] = []
    """Seconds of each take that have passed at 0."""
    audible: Id | None = None


REQUESTS: dict[str, tuple[type[Message], type]] = {
    "hello": (Hello, Greeting),
    "submit": (Submit, Started),
    "estimate": (Ask, Estimate),
    "cancel": (Cancel, Said),
    "decide": (Decide, Said),
    "retry": (Retry, Started),
    "media": (Media, Piece),
    "upload": (Upload, Received),
    "borrow": (Borrow, Located),
    "look": (Look, Seen),
    "locate": (Locate, Located),
    "hide": (Hide, Nothing),
    "vote": (Vote, Standings),
    "standings": (AskStandings, Standings),
    "export": (Export, Exported),
}
"""By kind, what a page sends and the value of its reply."""

WRITTEN: dict[str, Any] = {
    "_settings": WrittenForm,
    "_requests": Annotated[list[Values], Field(max_length=100)],
    "_selected": Jobs,
    "columns": Annotated[int, Field(ge=0, le=9)],
    "view": CompareView,
    "blind": bool,
}
"""The traits that a page writes; all others are the kernel's."""
