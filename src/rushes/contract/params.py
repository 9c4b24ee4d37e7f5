"""One request, as the user wrote it."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from typing import Any, Self

from pydantic import AliasGenerator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.spelling import to_camel, to_snake
from rushes.contract.wording import shown

TYPE_NAMES = {
    "string_type": "a string",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "True or False",
    "bool_parsing": "True or False",
    "tuple_type": "a list",
}

WHOLE_PARAMETERS = ("seed", "duration_seconds")
"""Integer parameters, which tables may store as floats, e.g. 4.0."""


class Model(BaseModel):
    """A model that lists its own fields and methods, and not those of pydantic."""

    model_config = ConfigDict(defer_build=True)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in _PYDANTIC]


_PYDANTIC = frozenset(name for name in dir(BaseModel) if not name.startswith("__"))

_ALIASES = AliasGenerator(serialization_alias=to_camel)
"""JSON is written in camelCase. Both spellings are read before validation, so that the names that
a constructor shows and completes are the Python ones."""


class Shot(Model):
    """One scene of a multi-prompt video.

    >>> shots = [
    ...     rushes.Shot(prompt="A fox wakes", duration_seconds=2),
    ...     rushes.Shot(prompt="It runs", duration_seconds=3),
    ... ]
    >>> params = rushes.VideoGenParams(
    ...     provider="kling-3.0-standard", mode="text-to-video", multi_prompt=shots
    ... )

    Attributes:
        prompt: what happens in the scene.
        duration_seconds: its length in whole seconds; the scenes add up to the video's length.
    """

    model_config = ConfigDict(
        alias_generator=_ALIASES,
        populate_by_name=True,
        frozen=True,
        extra="forbid",
        strict=True,
        defer_build=True,
    )

    prompt: str
    duration_seconds: int

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, data: Any) -> Any:
        return _plain_values(data) if isinstance(data, Mapping) else data


class VideoGenParams(Model):
    """A request for one video.

    Python uses snake_case and JSON camelCase; both are accepted. Only types are checked here; the
    catalog knows which parameters and values a provider accepts. A parameter that is not listed
    below is kept unchanged, for providers that declare it.

    >>> params = rushes.VideoGenParams(
    ...     provider="seedance-2.0",
    ...     mode="text-to-video",
    ...     prompt="A red fox in the snow",
    ...     duration_seconds=5,
    ... )
    >>> params.to_json()["durationSeconds"]
    5

    Attributes:
        provider: id of the video model in the catalog, e.g. ``"seedance-2.0"``.
        mode: what the video is made from, in a word of the provider's, e.g. ``"text-to-video"``,
            ``"image-to-video"``, ``"edit"`` or ``"extend"``.
        prompt: what the video shows.
        seed: integer that makes the result reproducible, if the service honours it.
        client_ref: opaque string of the caller; returned in the job's event.
        request_origin: opaque string that says where the request came from.
        final_of: id of the job whose draft is rendered in full; `Job.finalize` sets it.
        aspect_ratio: width to height, e.g. ``"16:9"``.
        resolution: e.g. ``"720p"``; the catalog has the sizes in pixels.
        duration_seconds: length of the video in whole seconds.
        generate_audio: whether the video has audio.
        camera_fixed: whether the camera is static.
        start_image_url: first frame: a URL or a path.
        end_image_url: last frame: a URL or a path.
        image_references: images that the prompt refers to: URLs or paths.
        video_references: videos that the prompt refers to: URLs or paths.
        audio_references: audio files that the prompt refers to: URLs or paths.
        negative_prompt: what the video should not show.
        cfg_scale: how closely to follow the prompt, 0 to 1.
        shot_type: how a multi-prompt video is cut: ``"customize"`` or ``"intelligent"``.
        multi_prompt: the scenes of a multi-prompt video.
    """

    model_config = ConfigDict(
        alias_generator=_ALIASES,
        populate_by_name=True,
        frozen=True,
        extra="allow",
        strict=True,
        defer_build=True,
    )

    provider: str
    mode: str
    prompt: str | None = None
    seed: int | None = None
    client_ref: str | None = None
    request_origin: str | None = None
    final_of: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    duration_seconds: int | None = None
    generate_audio: bool | None = None
    camera_fixed: bool | None = None
    start_image_url: str | None = None
    end_image_url: str | None = None
    image_references: tuple[str, ...] | None = Field(default=None, strict=False)
    video_references: tuple[str, ...] | None = Field(default=None, strict=False)
    audio_references: tuple[str, ...] | None = Field(default=None, strict=False)
    negative_prompt: str | None = None
    cfg_scale: float | None = None
    shot_type: str | None = None
    multi_prompt: tuple[Shot, ...] | None = Field(default=None, strict=False)

    @model_validator(mode="before")
    @classmethod
    def _snake_case(cls, data: Any) -> Any:
        """Accept camelCase and snake_case, also for parameters that only a catalog declares."""
        return _plain_values(data) if isinstance(data, Mapping) else data

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> tuple[Self | None, list[Problem]]:
        """Read a request in either spelling.

        Returns:
            The params and no problems, or None and every type error.
        """
        try:
            return cls.model_validate(data), []
        except ValidationError as error:
            return None, [_problem(item) for item in error.errors(include_url=False)]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The params that `to_json` wrote.

        Raises:
            InvalidParams: names every field of a wrong type.
        """
        params, problems = cls.read(data)
        if params is None:
            raise InvalidParams.of(problems)
        return params

    def to_json(self) -> dict[str, Any]:
        """The request as camelCase JSON, without parameters that were not given."""
        plain = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return {to_camel(key): _camel(value) for key, value in plain.items()}

    def given(self) -> dict[str, Any]:
        """Every parameter that was given, by its Python name."""
        values = self.__dict__ | (self.model_extra or {})
        return {name: value for name, value in values.items() if value is not None}


def plain(value: Any) -> Any:
    """Convert a scalar of another library, or of a subclass, to a built-in type.

    This covers NumPy scalars and anything with ``__index__``; other values are returned unchanged.
    """
    if value is None or type(value) in (str, bool, int, float):
        return value
    try:
        if getattr(value, "shape", None) == () and hasattr(value, "item"):
            value = value.item()
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, float):
            return float(value)
        if not isinstance(value, bool) and hasattr(type(value), "__index__"):
            return operator.index(value)
    except Exception:  # noqa: BLE001 - a caller's object may raise anything; it is rejected later
        return value
    return value


def whole(value: Any) -> Any:
    """Convert an integral float, e.g. 4.0 from a table, to int; return other values unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _plain_values(data: Mapping[Any, Any]) -> dict[Any, Any]:
    values = {}
    for key in data:
        name, value = to_snake(key) if isinstance(key, str) else key, plain(data[key])
        if name in WHOLE_PARAMETERS:
            value = whole(value)
        values[name] = value if name in VideoGenParams.model_fields else _snake(value)
    return values


def _snake(value: Any) -> Any:
    """The objects of a parameter that only a catalog declares, with Python's names."""
    if isinstance(value, Mapping):
        return {
            to_snake(key) if isinstance(key, str) else key: item
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, list | tuple):
        return [_snake(item) if isinstance(item, Mapping) else item for item in value]
    return value


def _camel(value: Any) -> Any:
    """The objects of a parameter with the names of JSON."""
    if isinstance(value, Mapping):
        return {to_camel(key): item for key, item in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value


def is_local(value: str) -> bool:
    """Whether an input is a path rather than a URL that a service can fetch."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", value) is None


def _problem(item: Any) -> Problem:
    """Convert a pydantic error to a sentence for the user."""
    first, *rest = item["loc"] or ("params",)
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
    name = f"{to_snake(str(first))}{where}"
    value = item.get("input")
    if item["type"] == "missing":
        return Problem(name, None, "is required.")
    if item["type"] == "extra_forbidden":
        return Problem(name, value, "is unknown; allowed are prompt and duration_seconds.")
    wanted, text = TYPE_NAMES.get(item["type"]), shown(value)
    if wanted is None:
        return Problem(name, value, f"{text} cannot be read: {item['msg'].lower()}.")
    return Problem(name, value, f"{text} is not {wanted}.")
