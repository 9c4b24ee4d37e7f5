"""What an emulated Ark takes as a task: the rules of its documentation, as strict as life."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emulators.clips import ClipSpec

MODELS = {
    "dreamina-seedance-2-0-260128": ("480p", "720p", "1080p", "4k"),
    "dreamina-seedance-2-0-fast-260128": ("480p", "720p"),
    "dreamina-seedance-2-5-260628": ("480p", "720p", "1080p"),
}
LONGEST = {"dreamina-seedance-2-5-260628": 30}

Ratio = Literal["16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive"]
RATIOS = get_args(Ratio)

SIZES = {
    "480p": ((864, 496), (752, 560), (640, 640), (560, 752), (496, 864), (992, 432)),
    "720p": ((1280, 720), (1112, 834), (960, 960), (834, 1112), (720, 1280), (1470, 630)),
    "1080p": ((1920, 1080), (1664, 1248), (1440, 1440), (1248, 1664), (1080, 1920), (2206, 946)),
    "4k": ((3840, 2160), (3840, 2880), (3840, 3840), (2880, 3840), (2160, 3840), (3840, 1646)),
}
"""Width and height by resolution, in the order of `RATIOS`; adaptive is taken as 16:9."""

MOST = {"reference_image": 9, "reference_video": 3, "reference_audio": 3}
KINDS = {
    "image_url": ("first_frame", "last_frame", "reference_image", None),
    "video_url": ("reference_video",),
    "audio_url": ("reference_audio",),
}
CONSTRAINT = "InvalidParameter.TaskTypeConstraint"


class TaskError(Exception):
    """A refusal.

    Args:
        message: In words.
        code: Ark's dotted code.
        param: The field.
    """

    def __init__(self, message: str, *, code: str, param: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.param = param


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it was understood."""

    model: str
    resolution: str
    ratio: str
    duration: int
    generate_audio: bool
    seed: int
    safety_identifier: str | None
    draft: bool = False
    draft_of: str | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        row = SIZES[self.resolution]
        return row[0] if self.ratio == "adaptive" else row[RATIOS.index(self.ratio)]

    @property
    def tokens(self) -> float:
        """What is billed: every pixel of 24 frames a second and one, by 1,024."""
        width, height = self.size
        return width * height * (24 * self.duration + 1) / 1024

    @property
    def clip(self) -> ClipSpec:
        """What the video looks like."""
        return ClipSpec(*self.size, self.duration, self.generate_audio)


class _Body(BaseModel):
    """Fields at the top; unknown ones are ignored, wrong ones refused."""

    model_config = ConfigDict(strict=True)

    model: str
    content: list[dict[str, Any]]
    safety_identifier: str | None = Field(default=None, max_length=64)
    callback_url: str | None = None
    return_last_frame: bool = False
    service_tier: Literal["default"] = "default"
    execution_expires_after: int = Field(default=172_800, ge=3600, le=259_200)
    priority: int = Field(default=0, ge=0, le=9)
    generate_audio: bool = True
    watermark: bool = False
    seed: int = Field(default=-1, ge=-1, le=2**32 - 1)
    resolution: Literal["480p", "720p", "1080p", "4k"] = "720p"
    ratio: Ratio = "adaptive"
    duration: int = 5
    draft: bool = False
    camera_fixed: None = None
    omni_reference_task_type: Literal["auto", "reference", "edit", "extend"] = "auto"
    frames: None = None


def read_task(body: Any) -> Task:
    """Read the body of a task.

    Raises:
        TaskError: as Ark refuses it.
    """
    if not isinstance(body, dict):
        raise TaskError(message="The request body is not a JSON object.", code="InvalidParameter")
    given = {name: value for name, value in body.items() if value is not None}
    try:
        read = _Body.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        code = "MissingParameter" if first["type"] == "missing" else "InvalidParameter"
        raise TaskError(
            message=f"{name}: {first['msg']}", code=f"{code}.{name}", param=name
        ) from error
    if read.model not in MODELS:
        code = "InvalidEndpointOrModel.NotFound"
        raise TaskError(message=f"The model {read.model} does not exist.", code=code, param="model")
    if read.resolution not in MODELS[read.model]:
        text = f"resolution {read.resolution} is not supported by {read.model}"
        raise TaskError(text, code="InvalidParameter.resolution", param="resolution")
    longest = LONGEST.get(read.model, 15)
    if read.duration != -1 and not 4 <= read.duration <= longest:
        raise TaskError(
            message=f"duration has to be 4 to {longest}",
            code="InvalidParameter.duration",
            param="duration",
        )
    draft_of = _draft_of(read.content)
    if draft_of is None:
        _check_content(read.content)
    if read.omni_reference_task_type in ("edit", "extend"):
        _check_video(read)
    return Task(
        model=read.model,
        # A draft is 480p, whatever is asked for.
        resolution="480p" if read.draft else read.resolution,
        ratio=read.ratio,
        duration=5 if read.duration == -1 else read.duration,
        generate_audio=read.generate_audio,
        seed=read.seed,
        safety_identifier=read.safety_identifier,
        draft=read.draft,
        draft_of=draft_of,
    )


def _check_video(read: _Body) -> None:
    """An edit and an extension are of a video, and Seedance 2.0 makes none."""
    name = "omni_reference_task_type"
    if read.model not in LONGEST or not any("video_url" in item for item in read.content):
        text = f"{name} {read.omni_reference_task_type} needs Seedance 2.5 and a reference_video"
        raise TaskError(text, code=CONSTRAINT, param=name)


def _draft_of(content: list[dict[str, Any]]) -> str | None:
    """The task whose draft is rendered in full; nothing else is beside it."""
    items = [item for item in content if item.get("type") == "draft_task"]
    if not items:
        return None
    named = items[0].get("draft_task")
    if len(content) > 1 or not isinstance(named, dict) or not isinstance(named.get("id"), str):
        raise TaskError(
            message="draft_task is not valid", code="InvalidParameter.content", param="content"
        )
    return str(named["id"])


def _check_content(content: list[dict[str, Any]]) -> None:
    roles: Counter[str | None] = Counter()
    texts = 0
    for number, item in enumerate(content):
        kind = item.get("type")
        if kind == "text":
            texts += isinstance(item.get("text"), str) and bool(item["text"].strip())
            continue
        if kind not in KINDS:
            text = f"content[{number}].type is not supported"
            raise TaskError(text, code="InvalidParameter.content", param="content")
        role = item.get("role")
        if role not in KINDS[kind]:
            text = f"role must be specified for {kind} contents"
            raise TaskError(text, code="InvalidParameter.content", param="content")
        _check_url(kind, item.get(kind))
        roles[role] += 1
    if not texts and not sum(roles.values()):
        raise TaskError(
            message="content is empty", code="MissingParameter.content", param="content"
        )
    _check_roles(roles)


def _check_url(kind: str, media: Any) -> None:
    url = media.get("url") if isinstance(media, dict) else None
    if not isinstance(url, str):
        raise TaskError(
            message=f"{kind}.url is required", code="MissingParameter.content", param="content"
        )
    if url.startswith(("https://", "http://", "asset://")):
        return
    if kind == "video_url":
        text = "reference_video must be provided as a web url"
        raise TaskError(text, code="InvalidParameter.content", param="content")
    if not url.startswith(f"data:{kind.removesuffix('_url')}/") or ";base64," not in url:
        raise TaskError(
            message=f"{kind}.url cannot be read", code="InvalidImageURL.Unreadable", param="content"
        )


def _check_roles(roles: Counter[str | None]) -> None:
    frames = roles["first_frame"] + roles["last_frame"] + roles[None]
    references = sum(roles[role] for role in MOST)
    if frames and references:
        raise TaskError(
            message="frames and references cannot be mixed", code=CONSTRAINT, param="content"
        )
    if roles["last_frame"] and not roles["first_frame"]:
        raise TaskError(message="last_frame needs first_frame", code=CONSTRAINT, param="content")
    if roles[None] > 1 or roles["first_frame"] > 1 or roles["last_frame"] > 1:
        raise TaskError(
            message="role must be specified for image contents", code=CONSTRAINT, param="content"
        )
    for role, most in MOST.items():
        if roles[role] > most:
            raise TaskError(message=f"at most {most} of {role}", code=CONSTRAINT, param="content")
    if roles["reference_audio"] and references == roles["reference_audio"]:
        raise TaskError(message="audio needs an image or a video", code=CONSTRAINT, param="content")
