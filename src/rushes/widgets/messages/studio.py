"""Messages of a Studio: its form, and the requests, prompts and files in it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from rushes.catalog.kinds import Kind
from rushes.contract.spelling import to_camel
from rushes.widgets.messages.envelope import Id, Message, Offset, Path, Problem, Prompt, Values
from rushes.widgets.messages.sweep import Axes
from rushes.widgets.messages.take import Cost, Located

FieldKind = Kind

Density = Literal["strip", "small", "large"]


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
    density: Density
    axes: NotRequired[dict[str, list[Any]]]
    """What varies: by variable of the prompt or parameter, its values."""
    lines: NotRequired[bool]
    """Whether each line is a prompt."""


class FormFormat(TypedDict):
    """A format of files."""

    name: str
    accept: str
    """Media types and endings of names, as for a file dialog."""


class FormLimit(TypedDict):
    """What is left of a field's range beside other values."""

    when: dict[str, Any]
    """By field, or `mode`, its value, or several; for a field of another kind true and false say
    whether it is given."""
    min: NotRequired[float]
    max: NotRequired[float]
    step: NotRequired[float]
    choices: NotRequired[list[str]]


class FormField(TypedDict):
    """A parameter of a provider."""

    name: str
    label: str
    kind: str
    """A `FieldKind`, or one that a newer kernel knows and this page does not."""
    default: NotRequired[Any]
    usual: NotRequired[Any]
    """What the catalog uses in `usualModes` when the field is left open."""
    usualModes: NotRequired[list[str]]
    inModes: NotRequired[dict[str, Values]]
    """By mode, what is otherwise there, e.g. `default`, `min` and `max`."""
    required: NotRequired[list[str]]
    modes: NotRequired[list[str]]
    """Where only some of the provider's modes have it."""
    help: NotRequired[str | None]
    unit: NotRequired[str | None]
    choices: NotRequired[list[str]]
    min: NotRequired[float | None]
    max: NotRequired[float | None]
    step: NotRequired[float | None]
    maxLength: NotRequired[int | None]
    maxItems: NotRequired[int | None]
    maxMegabytes: NotRequired[float | None]
    formats: NotRequired[list[FormFormat]]
    limits: NotRequired[list[FormLimit]]
    fields: NotRequired[list[FormField]]
    """Of an object, or of each object of a list."""
    oneOf: NotRequired[list[list[str]]]
    """Groups of fields of which every object has exactly one."""
    needsOneOf: NotRequired[list[str]]
    """Other fields of the object of which one is given along with it."""


class Backend(TypedDict):
    """A service that runs a provider's jobs."""

    name: str
    configured: NotRequired[bool]
    chosen: NotRequired[bool]
    reason: NotRequired[str | None]
    perSecond: NotRequired[float | None]
    currency: NotRequired[str]
    priceDate: NotRequired[str | None]
    refuses: NotRequired[dict[str, str]]
    ignores: NotRequired[dict[str, str]]
    """What the service accepts and ignores, with what it does instead."""


class ProviderForm(TypedDict):
    """The form of a provider."""

    id: str
    title: str
    vendor: NotRequired[str]
    modes: list[str]
    promptLimit: NotRequired[int | None]
    promptModes: NotRequired[list[str]]
    """The modes that need a prompt."""
    promptUnless: NotRequired[str | None]
    """The field that stands in for it."""
    maxReferences: NotRequired[int | None]
    fields: list[FormField]
    backends: list[Backend]


class Providers(TypedDict):
    """The forms of all providers, each a `ProviderForm`, with what they have in common apart."""

    forms: list[Any]
    parts: list[Any]
    """What `{"$": number}` in a form, or in a later part, stands for."""


class Scene(TypedDict):
    """A part of a video with a prompt of its own."""

    prompt: str
    durationSeconds: int


class Budget(TypedDict):
    """US dollars: what the Studios of this library may spend, and have spent."""

    limit: float
    spent: float


class Library(TypedDict):
    """The folder whose takes are shown."""

    path: str
    """Relative to the notebook, if it can be."""
    elsewhere: str | None
    """Where the latest take of this machine is, when there is none here."""


class Started(TypedDict):
    """The job that was made."""

    job: str


class Added(TypedDict):
    """A model that was added, and what became of its schema."""

    provider: str
    title: str
    modes: list[str]
    path: str
    """Its file on the kernel's machine."""
    understood: dict[str, str]
    """By field of the service, the parameter and its values in words."""
    leftOut: dict[str, str]
    """By field of the service, why it is not offered."""
    check: list[str]
    """What a person has to check."""


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


class Estimate(TypedDict):
    """What a request is expected to cost and to take."""

    cost: Cost | None
    seconds: float | None
    basis: Literal["history", "catalog"]
    problems: list[Problem]


class Recalled(TypedDict):
    """Earlier prompts, newest first."""

    prompts: list[EarlierPrompt]


class EarlierPrompt(TypedDict):
    """A prompt, with its name and version if it has one."""

    text: str
    name: NotRequired[str]


class Rewritten(TypedDict):
    """What became of a prompt."""

    text: str


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
    density: Density | None = None
    axes: Axes | None = None
    lines: bool | None = None


class Submit(Message):
    """Make a take; one `key` is one take, however often the message arrives."""

    key: Id
    params: Values
    original: Prompt | None = None
    """The prompt before it was rewritten, if it was."""


class Ask(Message):
    """Estimate a request."""

    params: Values


class Recall(Message):
    """Bring earlier prompts that contain a text."""

    text: Prompt = ""


class Rewrite(Message):
    """Make another prompt of a prompt; nothing is sent to a video model."""

    text: Prompt


class Retry(Message):
    """Make a failed take again."""

    job: Id
    key: Id


class Finalize(Message):
    """Render a draft in full; it is one take, however often the message arrives."""

    job: Id
    resolution: Annotated[str, Field(max_length=40)]
    key: Id


class Add(Message):
    """Add a model of a service, from the schema that the service publishes."""

    address: Annotated[str, Field(max_length=400)]
    replace: bool = False
    """Whether a file of the user's that describes it is replaced."""


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


REQUESTS: dict[str, tuple[type[Message], type]] = {
    "submit": (Submit, Started),
    "estimate": (Ask, Estimate),
    "recall": (Recall, Recalled),
    "rewrite": (Rewrite, Rewritten),
    "retry": (Retry, Started),
    "finalize": (Finalize, Started),
    "add": (Add, Added),
    "upload": (Upload, Received),
    "borrow": (Borrow, Located),
    "look": (Look, Seen),
}
"""By kind, what a page sends and the value of its reply."""
