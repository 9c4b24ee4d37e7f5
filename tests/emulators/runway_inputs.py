"""What an emulated Runway takes: the types of its published client 5.24.0, as strict as life."""
# ruff: noqa: N815 - The fields of the bodies have Runway's names.

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from emulators import drafts
from emulators.clips import ClipSpec

RATIOS_480P = ("992:432", "864:496", "752:560", "640:640", "560:752", "496:864")
RATIOS_720P = ("1470:630", "1280:720", "1112:834", "960:960", "834:1112", "720:1280")
RATIOS_1080P = ("2206:946", "1920:1080", "1664:1248", "1440:1440", "1248:1664", "1080:1920")
RATIOS_4K = ("3840:1646", "3840:2160", "3840:2880", "3840:3840", "2880:3840", "2160:3840")
RATIOS = {
    "seedance2_5": tuple(
        f"{width}:{height}" for row in drafts.SIZES.values() for width, height in row
    ),
    "seedance2": (*RATIOS_480P, *RATIOS_720P, *RATIOS_1080P, *RATIOS_4K),
    "seedance2_fast": (*RATIOS_480P, *RATIOS_720P),
    "kling3.0_standard": ("1280:720", "720:1280", "960:960"),
}
USUAL_RATIO = "1280:720"  # What stands in for a ratio that is left to Runway.
USUAL_SECONDS = 5  # Likewise for a length that neither the body nor a given video says.

LONGEST_AUTO = 15
MOST_DATA = 5 * 1024 * 1024


class BodyError(Exception):
    """A refusal of a body.

    Args:
        issues: what is wrong, each with the path of the field.
    """

    def __init__(self, issues: list[dict[str, Any]]) -> None:
        super().__init__("Validation of body failed")
        self.issues = issues


@dataclass(frozen=True, slots=True)
class Order:
    """A body as it was understood."""

    model: str
    ratio: str
    seconds: int
    audio: bool
    unknown_fields: list[str]
    draft_of: str | None = None

    @property
    def clip(self) -> ClipSpec:
        """What the video looks like."""
        width, height = map(int, self.ratio.split(":"))
        return ClipSpec(width, height, self.seconds, self.audio)


Seconds = Callable[[str], float | None]
"""Seconds of the upload at an address, 0 if it is not a video; None if there is no such upload."""


def check_address(value: object, seconds: Seconds, kind: str = "") -> str:
    """Return the address of a medium.

    Args:
        value: what was given for one.
        seconds: what was uploaded.
        kind: of a data URI: image, video or audio; empty for any.

    Raises:
        ValueError: as Runway refuses it.
    """
    if not isinstance(value, str):
        msg = "Invalid input: expected string"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns this into an issue
    url = urlsplit(value)
    if url.scheme == "runway":
        if seconds(value) is None:
            msg = "The Runway upload does not exist or has expired."
            raise ValueError(msg)
    elif url.scheme == "data":
        if not value.startswith(f"data:{kind}/" if kind else "data:") or len(value) > MOST_DATA:
            msg = "Invalid data URI."
            raise ValueError(msg)
    elif url.scheme != "https":
        msg = "Only HTTPS URLs are allowed."
        raise ValueError(msg)
    elif not url.hostname or url.hostname.replace(".", "").isdigit():
        msg = "URLs must be hosted on a domain."
        raise ValueError(msg)
    return value


def _uri(kind: str) -> Callable[[Any, ValidationInfo], str]:
    """Refuse what is no address of a medium of this kind."""

    def check(value: Any, info: ValidationInfo) -> str:
        return check_address(value, info.context, kind)

    return check


def seconds_of(address: str, seconds: Seconds) -> int:
    """Length of a given video, in whole seconds; what is on the web is not read."""
    return math.ceil(seconds(address) or USUAL_SECONDS)


Image = Annotated[str, PlainValidator(_uri("image"))]
Video = Annotated[str, PlainValidator(_uri("video"))]
Audio = Annotated[str, PlainValidator(_uri("audio"))]


class _Body(BaseModel):
    """Fields are of the right type; unknown ones are counted, not refused."""

    model_config = ConfigDict(strict=True, extra="allow")


class _Reference(_Body):
    uri: Image


class _VideoReference(_Body):
    type: Literal["video"]
    uri: Video


class _AudioReference(_Body):
    type: Literal["audio"]
    uri: Audio


class _Frame(_Body):
    uri: Image
    position: Literal["first", "last"]


class _FrameOrReference(_Body):
    uri: Image
    position: Literal["first", "last"] | None = None


def _seconds(value: Any) -> int:
    if value == "auto":
        return LONGEST_AUTO
    if isinstance(value, bool) or not isinstance(value, int) or not 4 <= value <= 15:
        msg = "Invalid input: expected a whole number from 4 to 15, or auto"
        raise ValueError(msg)
    return value


def _frames_mixed(value: Any) -> Any:
    if isinstance(value, list) and len({item.position is None for item in value}) > 1:
        msg = "Keyframes and reference images cannot be mixed."
        raise ValueError(msg)
    return _places(value)


def _places(value: Any) -> Any:
    places = [item.position for item in value if item.position] if isinstance(value, list) else []
    if len(set(places)) < len(places) or (places and "first" not in places):
        msg = "One first frame, and at most one last frame."
        raise ValueError(msg)
    return value


class _Seedance(_Body):
    model: Literal["seedance2", "seedance2_fast"]
    promptText: str = Field(min_length=1, max_length=3500)
    audio: bool = True
    duration: Annotated[Any, PlainValidator(_seconds)] = 5
    ratio: str = USUAL_RATIO
    referenceAudio: list[_AudioReference] = Field(default=[], max_length=3)
    seed: int = Field(default=0, ge=0, le=2**32 - 1)


class _SeedanceText(_Seedance):
    references: list[_Reference] = Field(default=[], max_length=9)
    referenceVideos: list[_VideoReference] = Field(default=[], max_length=3)


class _SeedanceImage(_Seedance):
    promptText: str | None = Field(default=None, min_length=1, max_length=3500)  # type: ignore[assignment]
    promptImage: Annotated[
        list[_FrameOrReference], Field(min_length=1), AfterValidator(_frames_mixed)
    ]


def _seconds_25(value: Any) -> int:
    if value == "auto":
        return 30
    if isinstance(value, bool) or not isinstance(value, int) or not 4 <= value <= 30:
        msg = "Invalid input: expected a whole number from 4 to 30, or auto"
        raise ValueError(msg)
    return value


class _Seedance25(_Body):
    model: Literal["seedance2_5"]
    promptText: str | None = Field(default=None, min_length=1, max_length=15_000)
    audio: bool = True
    draft: bool = False
    duration: Annotated[Any, PlainValidator(_seconds_25)] = 5
    outputFormat: Literal["mp4", "mov"] = "mp4"
    ratio: str = USUAL_RATIO
    referenceAudio: list[_AudioReference] = []
    seed: int = Field(default=0, ge=0, le=2**32 - 1)


class _Seedance25Text(_Seedance25):
    draftTaskId: str | None = None
    references: list[_Reference] = Field(default=[], max_length=30)
    referenceVideos: list[_VideoReference] = []


class _Seedance25Image(_Seedance25):
    promptImage: Annotated[
        list[_FrameOrReference], Field(min_length=1), AfterValidator(_frames_mixed)
    ]


def _auto_or_seconds_25(value: Any) -> Any:
    return value if value == "auto" else _seconds_25(value)


class _Seedance25Video(_Seedance25):
    promptVideo: Video
    duration: Annotated[Any, PlainValidator(_auto_or_seconds_25)] = 5
    mode: Literal["reference", "extend", "edit"] = "reference"
    references: list[_Reference] = Field(default=[], max_length=30)
    referenceVideos: list[_VideoReference] = []

    @model_validator(mode="after")
    def _of_its_mode(self) -> Self:
        if self.mode == "reference":
            return self
        if self.promptText is None or "ratio" in self.model_fields_set:
            msg = f"{self.mode} requires promptText, and ratio may not be provided"
            raise ValueError(msg)
        if self.mode == "edit" and self.duration != "auto":
            msg = 'edit requires duration: "auto"'
            raise ValueError(msg)
        return self


class _Shot(_Body):
    prompt: str = Field(min_length=1)
    duration: int = Field(ge=1)


class _Settings(_Body):
    multiPrompt: list[_Shot] | None = Field(default=None, min_length=1, max_length=6)
    shotType: Literal["intelligence", "customize"] | None = None


class _Kling(_Body):
    model: Literal["kling3.0_standard"]
    promptText: str | None = Field(default=None, min_length=1, max_length=2500)
    audio: bool = True
    duration: int = Field(default=5, ge=3, le=15)
    cfgScale: float = Field(default=0.5, ge=0, le=1)
    providerSettings: _Settings | None = None


class _KlingText(_Kling):
    ratio: str


class _KlingImage(_Kling):
    ratio: str = USUAL_RATIO
    promptImage: Annotated[list[_Frame], Field(min_length=1), AfterValidator(_places)]


class _Range(_Body):
    start_seconds: int = Field(ge=0)
    end_seconds: int = Field(ge=0)


class _Keyframe(_Body):
    uri: Image
    seconds: float | None = Field(default=None, ge=0)
    at: float | None = Field(default=None, ge=0, le=1)
    range: _Range | None = None

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if (self.seconds is None) == (self.at is None):
            msg = "Exactly one of seconds and at is required"
            raise ValueError(msg)
        return self


class _Aleph2(_Body):
    model: Literal["aleph2"]
    videoUri: Video
    promptText: str | None = Field(default=None, min_length=1)
    keyframes: Annotated[list[_Keyframe], Field(max_length=5)] = Field(default=[])
    outputFormat: Literal["mp4", "prores", "png_sequence", "sdr_rec709_10bit"] = "mp4"
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    targetAspectRatio: Literal["16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "21:9"] | None = (
        None
    )


Body = _Seedance | _Seedance25 | _Kling | _Aleph2

BODIES: dict[str, dict[str, type[Body]]] = {
    "text_to_video": {
        "seedance2_5": _Seedance25Text,
        "seedance2": _SeedanceText,
        "seedance2_fast": _SeedanceText,
        "kling3.0_standard": _KlingText,
    },
    "image_to_video": {
        "seedance2_5": _Seedance25Image,
        "seedance2": _SeedanceImage,
        "seedance2_fast": _SeedanceImage,
        "kling3.0_standard": _KlingImage,
    },
    "video_to_video": {
        "seedance2_5": _Seedance25Video,
        "aleph2": _Aleph2,
    },
}
"""By route, the models that are as strict as life; a document may describe more."""


def read_order(route: str, body: Any, seconds: Seconds) -> Order:
    """Read the body of a task.

    Args:
        route: the path after ``/v1/``.
        body: what was posted.
        seconds: what was uploaded, by its ``runway://`` address.

    Raises:
        BodyError: as Runway refuses it.
    """
    read, names = _read(BODIES.get(route, {}), body, seconds)
    unknown = list(_unknown(read))
    if isinstance(read, _Aleph2):
        length = seconds_of(read.videoUri, seconds)
        return Order(read.model, USUAL_RATIO, length, audio=True, unknown_fields=unknown)
    length = read.duration
    if length == "auto" and isinstance(read, _Seedance25Video):
        length = seconds_of(read.promptVideo, seconds)
    ratio = str(getattr(read, "ratio", USUAL_RATIO))
    if ratio not in RATIOS[read.model]:
        raise BodyError([_not_among(RATIOS[read.model], "ratio")])
    if isinstance(read, _Kling):
        _check_shots(read)
    elif isinstance(read, _Seedance):
        _check_references(read)
    draft_of = getattr(read, "draftTaskId", None)
    if draft_of is not None and names != {"model", "draftTaskId"}:
        raise BodyError([issue(["draftTaskId"], "No other generation field may be provided")])
    if getattr(read, "draft", False):
        ratio = _as_draft(ratio)
    return Order(read.model, ratio, length, read.audio, unknown, draft_of)


def _read(models: Mapping[str, type[Body]], body: Any, seconds: Seconds) -> tuple[Body, set[str]]:
    """A body by the types of its model, and the names of its fields."""
    if not isinstance(body, dict):
        raise BodyError([issue([], "Invalid input: expected object")])
    if body.get("model") not in models:
        raise BodyError([_not_among(models, "model")])
    given = dict(body)
    if isinstance(given.get("promptImage"), str):  # One image is the first frame.
        given["promptImage"] = [{"uri": given["promptImage"], "position": "first"}]
    try:
        return models[body["model"]].model_validate(given, context=seconds), set(given)
    except ValidationError as error:
        raise BodyError([issue(item["loc"], item["msg"]) for item in error.errors()]) from error


def _not_among(values: Iterable[str], name: str) -> dict[str, Any]:
    return {"code": "invalid_value", "values": list(values), "path": [name]}


def _as_draft(ratio: str) -> str:
    """The size of 480p in the shape of another one."""
    ratios = RATIOS["seedance2_5"]
    return ratios[ratios.index(ratio) % len(drafts.RATIOS)]


def _check_shots(body: _Kling) -> None:
    settings = body.providerSettings
    shots = settings.multiPrompt if settings else None
    if not body.promptText and (not shots or (settings and settings.shotType == "intelligence")):
        raise BodyError([issue(["promptText"], "Required unless shots are customized")])
    if shots and sum(shot.duration for shot in shots) != body.duration:
        path = ["providerSettings", "multiPrompt"]
        raise BodyError([issue(path, "The durations have to add up to the duration")])


def _check_references(body: _Seedance) -> None:
    if isinstance(body, _SeedanceText):
        pictures = len(body.references) + len(body.referenceVideos)
        if body.referenceAudio and not pictures:
            text = "Audio references need an image or a video"
            raise BodyError([issue(["referenceAudio"], text)])


def _unknown(body: BaseModel, prefix: str = "") -> list[str]:
    """Names of fields that the types do not have, with their paths."""
    found = [f"{prefix}{name}" for name in body.model_extra or ()]
    for name in type(body).model_fields:
        value = getattr(body, name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, BaseModel):
                found += _unknown(item, f"{prefix}{name}.")
    return found


def issue(path: Any, message: str) -> dict[str, Any]:
    """What is wrong with a body, at a path."""
    return {"code": "invalid_type", "path": list(path), "message": message}
