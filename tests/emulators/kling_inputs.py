"""What an emulated Kling takes, in both families: the rules of its documentation, strictly.

Unknown fields are refused as wrong ones are. A few that are of no use here (masks, elements,
voices, camera paths) are not known.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from PIL import Image
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from emulators.clips import ClipSpec

M = TypeVar("M", bound=BaseModel)

Kind = Literal["text2video", "image2video"]

SIZES = {
    "720p": {"16:9": (1280, 720), "9:16": (720, 1280), "1:1": (960, 960)},
    "1080p": {"16:9": (1920, 1080), "9:16": (1080, 1920), "1:1": (1440, 1440)},
    "4k": {"16:9": (3840, 2160), "9:16": (2160, 3840), "1:1": (2880, 2880)},
}
TIERS = {"std": "720p", "pro": "1080p", "4k": "4k"}
SILENT = {"720p": 0.084, "1080p": 0.112, "4k": 0.42}
SOUNDING = {"720p": 0.126, "1080p": 0.168, "4k": 0.42}
"""Dollars a second, price list of September 2026."""

MOST_WORDS = 512
SHOT = re.compile(r"shot (\d+), (\d+), (.+)", re.DOTALL)


class TaskError(Exception):
    """A refusal with code 1201; the text names the field."""


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it was understood."""

    kind: Kind
    model: str
    resolution: str
    ratio: str
    seconds: int
    sound: bool
    external_id: str | None
    watermark: bool

    @property
    def clip(self) -> ClipSpec:
        """What the video looks like."""
        return ClipSpec(*SIZES[self.resolution][self.ratio], self.seconds, self.sound)

    @property
    def price(self) -> float:
        """What it costs, in dollars."""
        return self.seconds * (SOUNDING if self.sound else SILENT)[self.resolution]


def _check_image(value: str) -> str:
    """An address, or base64 of a JPEG or PNG of the right size and shape, without ``data:``."""
    if value.startswith(("https://", "http://")):
        return value
    try:
        content = base64.b64decode(value, validate=True)
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
            width, height = image.size
    except (binascii.Error, OSError) as error:
        message = "is neither a URL nor base64 of a jpg, jpeg or png"
        raise ValueError(message) from error
    if min(width, height) < 300 or not 0.4 <= width / height <= 2.5:
        message = "has to be at least 300 px a side and of a ratio from 1:2.5 to 2.5:1"
        raise ValueError(message)
    return value


ImageFile = Annotated[str, Field(min_length=1), AfterValidator(_check_image)]
Ratio = Literal["16:9", "9:16", "1:1"]
Seconds = Literal["3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Watermark(_Strict):
    enabled: bool = False


class _Options(_Strict):
    callback_url: str | None = None
    external_task_id: str | None = Field(default=None, min_length=1)
    watermark_info: _Watermark = _Watermark()


class _ImageSettings(_Strict):
    resolution: Literal["720p", "1080p", "4k"] = "720p"
    duration: int = Field(default=5, ge=3, le=15)
    audio: Literal["native", "off"] = "off"
    multi_shot: bool = True


class _TextSettings(_ImageSettings):
    aspect_ratio: Ratio = "16:9"


class _TextBody(_Strict):
    prompt: str = Field(min_length=1, max_length=3072)
    settings: _TextSettings = _TextSettings()
    options: _Options = _Options()


class _Prompt(_Strict):
    type: Literal["prompt"]
    text: str = Field(min_length=1, max_length=3072)


class _Frame(_Strict):
    type: Literal["first_frame", "last_frame"]
    url: ImageFile
    id: str | None = None


class _ImageBody(_Strict):
    contents: list[Annotated[_Prompt | _Frame, Field(discriminator="type")]]
    settings: _ImageSettings = _ImageSettings()
    options: _Options = _Options()

    @model_validator(mode="after")
    def _frames(self) -> _ImageBody:
        kinds = [item.type for item in self.contents]
        if kinds.count("first_frame") != 1:
            message = "contents needs one first_frame"
            raise ValueError(message)
        if kinds.count("last_frame") > 1 or kinds.count("prompt") > 1:
            message = "contents takes one prompt and one last_frame"
            raise ValueError(message)
        return self


class _Shot(_Strict):
    index: int = Field(ge=1)
    prompt: str = Field(min_length=1, max_length=MOST_WORDS)
    duration: str = Field(pattern=r"^\d+$")


class _LegacyBody(_Strict):
    model_name: Literal["kling-v3"]
    prompt: str | None = Field(default=None, min_length=1, max_length=2500)
    negative_prompt: str = Field(default="", max_length=2500)
    multi_shot: bool = False
    shot_type: Literal["customize", "intelligence"] | None = None
    multi_prompt: list[_Shot] | None = Field(default=None, min_length=1, max_length=6)
    sound: Literal["on", "off"] = "off"
    cfg_scale: float = Field(default=0.5, ge=0, le=1)
    mode: Literal["std", "pro", "4k"] = "std"
    duration: Seconds = "5"
    watermark_info: _Watermark = _Watermark()
    callback_url: str | None = None
    external_task_id: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _shots(self) -> _LegacyBody:
        if self.multi_shot and self.shot_type is None:
            message = "shot_type is required with multi_shot"
            raise ValueError(message)
        is_cut = self.multi_shot and self.shot_type == "customize"
        if is_cut and not self.multi_prompt:
            message = "multi_prompt is required with shot_type customize"
            raise ValueError(message)
        if is_cut and self.multi_prompt:
            lengths = [int(shot.duration) for shot in self.multi_prompt]
            indexes = [shot.index for shot in self.multi_prompt]
            if min(lengths) < 1 or sum(lengths) != int(self.duration):
                message = "multi_prompt: the durations have to add up to duration"
                raise ValueError(message)
            if indexes != list(range(1, len(indexes) + 1)):
                message = "multi_prompt: index has to count from 1"
                raise ValueError(message)
        return self


class _LegacyText(_LegacyBody):
    aspect_ratio: Ratio = "16:9"

    @model_validator(mode="after")
    def _prompted(self) -> _LegacyText:
        if self.prompt is None and not (self.multi_shot and self.shot_type == "customize"):
            message = "prompt is required"
            raise ValueError(message)
        return self


class _LegacyImage(_LegacyBody):
    image: ImageFile | None = None
    image_tail: ImageFile | None = None

    @model_validator(mode="after")
    def _framed(self) -> _LegacyImage:
        if self.image is None and self.image_tail is None:
            message = "image or image_tail is required"
            raise ValueError(message)
        return self


def read_task(kind: Kind, body: Any) -> Task:
    """Read the body of a create call of the new family, for kling-3.0.

    Raises:
        TaskError: as Kling refuses it.
    """
    read: _TextBody | _ImageBody
    if kind == "text2video":
        read, ratio = (text := _read(_TextBody, body)), text.settings.aspect_ratio
        prompt = text.prompt
    else:
        read, ratio = (image := _read(_ImageBody, body)), "16:9"
        prompt = next((item.text for item in image.contents if isinstance(item, _Prompt)), "")
    settings = read.settings
    if settings.multi_shot and prompt.startswith("shot "):
        _check_shots(prompt, settings.duration)
    return Task(
        kind=kind,
        model="kling-3.0",
        resolution=settings.resolution,
        ratio=ratio,
        seconds=settings.duration,
        sound=settings.audio == "native",
        external_id=read.options.external_task_id,
        watermark=read.options.watermark_info.enabled,
    )


def read_legacy_task(kind: Kind, body: Any) -> Task:
    """Read the body of a create call of the older family.

    Raises:
        TaskError: as Kling refuses it.
    """
    read: _LegacyText | _LegacyImage
    if kind == "text2video":
        read, ratio = (text := _read(_LegacyText, body)), text.aspect_ratio
    else:
        read, ratio = _read(_LegacyImage, body), "16:9"
    return Task(
        kind=kind,
        model=read.model_name,
        resolution=TIERS[read.mode],
        ratio=ratio,
        seconds=int(read.duration),
        sound=read.sound == "on",
        external_id=read.external_task_id,
        watermark=read.watermark_info.enabled,
    )


def _read(model: type[M], body: Any) -> M:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = f"{where}: {first['msg']}" if where else first["msg"]
        raise TaskError(message) from error


def _check_shots(prompt: str, seconds: int) -> None:
    """Check a prompt of shots: ``shot 1, 2, words; shot 2, 3, words;``."""
    pieces = [piece.strip() for piece in prompt.split(";") if piece.strip()]
    total = 0
    for number, piece in enumerate(pieces, 1):
        match = SHOT.fullmatch(piece)
        if match is None or int(match[1]) != number or int(match[2]) < 1 or number > 6:
            message = f"prompt: {piece[:40]!r} is not 'shot {number}, seconds, words'"
            raise TaskError(message)
        if len(match[3]) > MOST_WORDS:
            message = f"prompt: shot {number} has more than {MOST_WORDS} characters"
            raise TaskError(message)
        total += int(match[2])
    if total != seconds:
        message = "prompt: the shots have to add up to settings.duration"
        raise TaskError(message)
