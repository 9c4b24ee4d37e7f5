"""Inputs of the emulated video models, checked as strictly as fal's published schemas allow."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from emulators import drafts
from emulators.clips import ClipSpec
from emulators.fal_jobs import error_entry, invalid_input
from emulators.jobs import Failure
from support.schemas import Draft202012Validator

DEFAULT_SECONDS = 5  # What "auto" and an absent duration give.
MAX_REFERENCE_FILES = 12
_FAL_TYPES = {"too_long": "sequence_too_long", "too_short": "sequence_too_short"}

# Content type of a file this service hosts: None if it is gone, "" if it is not hosted here.
HostedType = Callable[[str], str | None]


def _check_file(kind: str) -> Callable[[str, ValidationInfo], str]:
    """Return the check of a media URL or data URI that must hold an image, video or audio."""

    def check(value: str, info: ValidationInfo) -> str:
        if value.startswith("data:"):
            content_type = _data_uri_type(value)
        elif value.startswith(("http://", "https://")):
            content_type = info.context(value) if info.context is not None else ""
        else:
            content_type = None
        problem = None
        if content_type is None:
            problem = "file_download_error"
        elif content_type and not content_type.startswith(f"{kind}/"):
            problem = f"unsupported_{kind}_format"
        if problem is not None:
            raise PydanticCustomError(problem, "The file cannot be loaded")
        return value

    return check


def _data_uri_type(uri: str) -> str | None:
    head, _, payload = uri.removeprefix("data:").partition(",")
    if not head.endswith(";base64"):
        return None
    try:
        base64.b64decode(payload, validate=True)
    except binascii.Error:
        return None
    return head.removesuffix(";base64")


ImageUrl = Annotated[str, AfterValidator(_check_file("image"))]
VideoUrl = Annotated[str, AfterValidator(_check_file("video"))]
AudioUrl = Annotated[str, AfterValidator(_check_file("audio"))]

SeedanceAspect = Literal["auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"]
SeedanceSeconds = Literal["auto", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"]
KlingSeconds = Literal["3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"]
ShotSeconds = Literal[
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"
]

SEEDANCE_SIZES = {
    "480p": ((864, 496), (752, 560), (640, 640), (560, 752), (496, 864), (992, 432)),
    "720p": ((1280, 720), (1112, 834), (960, 960), (834, 1112), (720, 1280), (1470, 630)),
    "1080p": ((1920, 1080), (1664, 1248), (1440, 1440), (1248, 1664), (1080, 1920), (2206, 946)),
    "4k": ((3840, 2160), (3840, 2880), (3840, 3840), (2880, 3840), (2160, 3840), (3840, 1646)),
}
_SEEDANCE_ASPECTS = ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9")
KLING_SIZES = {"16:9": (1280, 720), "9:16": (720, 1280), "1:1": (960, 960)}


class ModelInput(BaseModel):
    """An input object: exact types, unknown names kept aside (fal ignores them)."""

    model_config = ConfigDict(strict=True, extra="allow")

    def clip(self) -> ClipSpec:
        """Return what the video made from this input looks like."""
        raise NotImplementedError

    def unknown_fields(self) -> list[str]:
        """Return the names the model does not know, dotted where they are nested."""
        names = list(self.model_extra or {})
        for field in type(self).model_fields:
            value = getattr(self, field)
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, ModelInput):
                    names += [f"{field}.{name}" for name in item.unknown_fields()]
        return names


class SeedanceFast(ModelInput):
    """Fields of every fast Seedance 2.0 endpoint; text-to-video has no others."""

    prompt: str
    aspect_ratio: SeedanceAspect = "auto"
    resolution: Literal["480p", "720p"] = "720p"
    duration: SeedanceSeconds = "auto"
    generate_audio: bool = True
    bitrate_mode: Literal["standard", "high"] = "standard"
    end_user_id: str = ""

    def clip(self) -> ClipSpec:
        """Return the size of the provider's table; "auto" is taken as 16:9 and 5 s."""
        aspect = "16:9" if self.aspect_ratio == "auto" else self.aspect_ratio
        width, height = SEEDANCE_SIZES[self.resolution][_SEEDANCE_ASPECTS.index(aspect)]
        seconds = DEFAULT_SECONDS if self.duration == "auto" else int(self.duration)
        return ClipSpec(width, height, seconds, self.generate_audio)


class SeedanceStandard(SeedanceFast):
    """The standard tier, which has larger resolutions too."""

    resolution: Literal["480p", "720p", "1080p", "4k"] = "720p"  # type: ignore[assignment]


class FirstAndLastImage(ModelInput):
    """Fields that image-to-video adds."""

    image_url: ImageUrl
    end_image_url: ImageUrl | None = Field(default=None)


class References(ModelInput):
    """Fields that reference-to-video adds."""

    image_urls: list[ImageUrl] = Field(default=[], max_length=9)
    video_urls: list[VideoUrl] = Field(default=[], max_length=3)
    audio_urls: list[AudioUrl] = Field(default=[], max_length=3)

    @model_validator(mode="after")
    def check_together(self) -> Self:
        """Allow 12 files in all, and audio only beside an image or a video."""
        pictures = len(self.image_urls) + len(self.video_urls)
        if pictures + len(self.audio_urls) > MAX_REFERENCE_FILES:
            message = f"At most {MAX_REFERENCE_FILES} reference files are allowed"
            raise ValueError(message)
        if self.audio_urls and not pictures:
            message = "Audio references need at least one image or video"
            raise ValueError(message)
        return self


class SeedanceImage(FirstAndLastImage, SeedanceStandard):
    """Standard image-to-video."""


class SeedanceFastImage(FirstAndLastImage, SeedanceFast):
    """Fast image-to-video."""


class SeedanceReference(References, SeedanceStandard):
    """Standard reference-to-video."""


class SeedanceFastReference(References, SeedanceFast):
    """Fast reference-to-video."""


class Seedance25(ModelInput):
    """Fields of every endpoint of Seedance 2.5 but the one that renders drafts in full."""

    prompt: str | None = None
    resolution: Literal["480p", "720p", "1080p"] = "720p"
    duration: str = Field(default="auto", pattern="^(auto|[4-9]|[12][0-9]|30)$")
    aspect_ratio: SeedanceAspect = "auto"
    generate_audio: bool = True
    bitrate_mode: Literal["standard", "high"] = "standard"
    codec: Literal["auto", "H264", "H265"] = "auto"
    draft: bool = False
    end_user_id: str = ""

    def clip(self) -> ClipSpec:
        """Return the size of the provider's table; a draft is 480p, whatever is asked for."""
        aspect = "16:9" if self.aspect_ratio == "auto" else self.aspect_ratio
        sizes = drafts.SIZES["480p" if self.draft else self.resolution]
        width, height = sizes[drafts.RATIOS.index(aspect)]
        seconds = DEFAULT_SECONDS if self.duration == "auto" else int(self.duration)
        return ClipSpec(width, height, seconds, self.generate_audio)


class Seedance25Text(Seedance25):
    """Text-to-video of Seedance 2.5."""

    prompt: str  # type: ignore[assignment]


class Seedance25Image(FirstAndLastImage, Seedance25):
    """Image-to-video of Seedance 2.5."""

    aspect_ratio: Literal["auto"] = "auto"  # type: ignore[assignment]


class Seedance25Reference(Seedance25):
    """Reference-to-video of Seedance 2.5."""

    task: Literal["reference", "editing", "extension"] = "reference"
    image_urls: list[ImageUrl] = Field(default=[], max_length=30)
    video_urls: list[VideoUrl] = Field(default=[], max_length=10)
    audio_urls: list[AudioUrl] = Field(default=[], max_length=10)
    seed: int | None = None


class Seedance25Complete(ModelInput):
    """What renders a draft of Seedance 2.5 in full."""

    draft_id: str
    resolution: Literal["1080p"] = "1080p"
    codec: Literal["auto", "H264", "H265"] = "auto"

    def clip(self) -> ClipSpec:
        """Return a clip of no draft; the service knows the draft."""
        return ClipSpec(1920, 1080, DEFAULT_SECONDS)


class KlingShot(ModelInput):
    """One shot of a Kling video made of several."""

    prompt: str
    duration: ShotSeconds = "5"


class KlingElement(ModelInput):
    """One subject that a Kling prompt can cite."""

    frontal_image_url: ImageUrl | None = None
    reference_image_urls: list[ImageUrl] | None = Field(default=None, min_length=1, max_length=3)
    video_url: VideoUrl | None = None
    voice_id: str | None = None


class KlingInput(ModelInput):
    """Fields that both Kling v3 endpoints share."""

    prompt: str | None = None
    multi_prompt: list[KlingShot] | None = None
    shot_type: Literal["customize", "intelligent"] = "customize"
    duration: KlingSeconds = "5"
    negative_prompt: str = "blur, distort, and low quality"
    cfg_scale: float = Field(default=0.5, ge=0, le=1)
    generate_audio: bool = True

    @model_validator(mode="after")
    def check_one_prompt(self) -> Self:
        """Allow either `prompt` or `multi_prompt`, and ask for one of them."""
        if (self.prompt is None) == (not self.multi_prompt):
            message = "Exactly one of prompt and multi_prompt is needed"
            raise ValueError(message)
        return self

    def clip(self) -> ClipSpec:
        """Return a 720p clip; several shots last as long as their durations together."""
        shots = self.multi_prompt or []
        seconds = sum(int(shot.duration) for shot in shots) or int(self.duration)
        width, height = KLING_SIZES[getattr(self, "aspect_ratio", "16:9")]
        return ClipSpec(width, height, seconds, self.generate_audio)


class KlingText(KlingInput):
    """Kling v3 text-to-video."""

    aspect_ratio: Literal["16:9", "9:16", "1:1"] = "16:9"


class KlingImage(KlingInput):
    """Kling v3 image-to-video."""

    start_image_url: ImageUrl
    end_image_url: ImageUrl | None = None
    elements: list[KlingElement] | None = None

    @model_validator(mode="after")
    def check_elements(self) -> Self:
        """Allow a video in one element only."""
        if sum(element.video_url is not None for element in self.elements or []) > 1:
            message = "Only one element may carry a video"
            raise ValueError(message)
        return self

    def clip(self) -> ClipSpec:
        """Return a 16:9 clip: the endpoint has no aspect_ratio, whatever the input says."""
        return ClipSpec(*KLING_SIZES["16:9"], super().clip().seconds, self.generate_audio)


class KlingEdit(ModelInput):
    """Kling O3 video-to-video/edit: as long as the video that is given."""

    prompt: str
    video_url: VideoUrl
    image_urls: list[ImageUrl] | None = Field(default=None, max_length=4)
    elements: list[KlingElement] | None = None
    keep_audio: bool = True
    shot_type: str = "customize"

    def clip(self) -> ClipSpec:
        """Return a 720p clip; the length of the given one is not looked at."""
        return ClipSpec(*KLING_SIZES["16:9"], DEFAULT_SECONDS, self.keep_audio)


class PixVerseExtend(ModelInput):
    """PixVerse v6 extend."""

    prompt: str
    video_url: VideoUrl
    duration: int = Field(default=5, ge=1, le=15)
    resolution: Literal["360p", "540p", "720p", "1080p"] = "720p"
    generate_audio_switch: bool = False
    negative_prompt: str = ""
    style: str | None = None
    seed: int | None = None

    def clip(self) -> ClipSpec:
        """Return a clip of the added seconds."""
        return ClipSpec(*KLING_SIZES["16:9"], self.duration, self.generate_audio_switch)


ENDPOINTS: dict[str, type[ModelInput]] = {
    "bytedance/seedance-2.0/text-to-video": SeedanceStandard,
    "bytedance/seedance-2.0/image-to-video": SeedanceImage,
    "bytedance/seedance-2.0/reference-to-video": SeedanceReference,
    "bytedance/seedance-2.0/fast/text-to-video": SeedanceFast,
    "bytedance/seedance-2.0/fast/image-to-video": SeedanceFastImage,
    "bytedance/seedance-2.0/fast/reference-to-video": SeedanceFastReference,
    "bytedance/seedance-2.5/text-to-video": Seedance25Text,
    "bytedance/seedance-2.5/image-to-video": Seedance25Image,
    "bytedance/seedance-2.5/reference-to-video": Seedance25Reference,
    "bytedance/seedance-2.5/draft/complete": Seedance25Complete,
    "fal-ai/kling-video/v3/standard/text-to-video": KlingText,
    "fal-ai/kling-video/v3/standard/image-to-video": KlingImage,
    "fal-ai/kling-video/o3/pro/video-to-video/edit": KlingEdit,
    "fal-ai/pixverse/v6/extend": PixVerseExtend,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a runner makes of an input.

    Attributes:
        clip: The video to make; None if the input is refused.
        failure: Why it is refused.
        unknown_fields: Names the model does not know.
    """

    clip: ClipSpec | None
    failure: Failure | None
    unknown_fields: list[str]


def check_input(
    endpoint: str, value: Any, hosted_type: HostedType, document: Any = None
) -> Checked:
    """Check an input as the runner that picks the job up does.

    A model that the emulator does not know, but has a document of, is checked against that.
    """
    model = ENDPOINTS.get(endpoint)
    if model is None and document is not None:
        return _checked_by(document, value)
    if model is None:
        path = "/".join(endpoint.split("/")[2:])
        return Checked(None, Failure(404, {"detail": f"Path /{path} not found"}), [])
    try:
        parsed = model.model_validate(value, context=hosted_type)
    except ValidationError as error:
        names = value.keys() - model.model_fields.keys() if isinstance(value, dict) else set()
        return Checked(None, _refusal(error), sorted(names))
    return Checked(parsed.clip(), None, parsed.unknown_fields())


def _checked_by(document: Any, value: Any) -> Checked:
    posts = (item["post"] for item in document["paths"].values() if "post" in item)
    schema = next(posts)["requestBody"]["content"]["application/json"]["schema"]
    whole = {**schema, "components": document["components"]}
    errors = [
        error_entry(["body", *error.path], error.message, error.validator)
        for error in Draft202012Validator(whole).iter_errors(value)
    ]
    if errors:
        return Checked(None, invalid_input(errors), [])
    return Checked(ClipSpec(640, 360, DEFAULT_SECONDS, audio=False), None, [])


def _refusal(error: ValidationError) -> Failure:
    entries = []
    for problem in error.errors(include_url=False):
        kind = _FAL_TYPES.get(problem["type"], problem["type"])
        entry = error_entry(["body", *problem["loc"]], problem["msg"], kind)
        entry["input"] = problem["input"]
        if context := problem.get("ctx"):
            plain = (str, int, float)
            entry["ctx"] = {k: v if isinstance(v, plain) else str(v) for k, v in context.items()}
        entries.append(entry)
    return invalid_input(entries)
