"""Writes docs/reference/what-is-sent.md: what rushes sends to each service.

``PYTHONPATH=tests python -m what_is_sent`` rewrites the page; a test keeps it up to date.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes import InvalidParams
from rushes.catalog import Catalog
from support.imported import MEDIA, an_object
from support.services import NOWHERE, SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.catalog import ParameterSpec, ProviderSpec

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "what-is-sent.md"

HEAD = """\
# What is sent

What rushes sends to each service, for every provider and mode. Each block shows a request as it is
made in Python, then what leaves this machine. The attempt's token, local files and the key are
added while sending. A test keeps this page up to date; `PYTHONPATH=tests python -m what_is_sent`
rewrites it.
"""

LOCAL = "/pictures/start.png"

CATALOG = Catalog.load()

GIVEN: dict[str, Any] = {
    "start_image_url": LOCAL,
    "end_image_url": "https://media.example/end.png",
    "image_references": ["https://media.example/1.png", "https://media.example/2.png"],
    "video_references": ["https://media.example/3.mp4"],
    "audio_references": ["https://media.example/4.mp3"],
    "video_url": "https://media.example/5.mp4",
    "audio_url": "https://media.example/6.mp3",
    "multi_prompt": [
        {"prompt": "It wakes", "duration_seconds": 2},
        {"prompt": "It runs", "duration_seconds": 4},
    ],
    "aspect_ratio": "9:16",
    "resolution": "480p",
    "duration_seconds": 6,
    "generate_audio": False,
    "negative_prompt": "blur",
    "cfg_scale": 0.7,
    "seed": 7,
}
"""A value for every parameter that says something; the others are left out."""


JOB = "20261128-101500-9f3a1c07"
"""A job whose draft is rendered in full; its service gets its own id in this place."""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_sections()])


def _sections() -> Iterator[str]:
    urls = dict.fromkeys(("url", "base_url", "queue", "rest", "api"), NOWHERE)
    for service in SERVICES:
        backend = service.backend(urls)
        for spec in CATALOG.values():
            offer = spec.backends.get(service.name)
            for mode in spec.modes if offer else ():
                if offer and offer.serves(mode):
                    yield f"## {service.name}: {spec.id}, {mode}\n"
                    for request in _requests(spec, mode, service.name):
                        params = CATALOG.read(request, backend=service.name)
                        try:
                            sent = backend.translate(params, spec, {LOCAL: f"<{LOCAL}>"})
                        except InvalidParams:  # Of an image Runway has the size as well.
                            del request["resolution"]
                            params = CATALOG.read(request, backend=service.name)
                            sent = backend.translate(params, spec, {LOCAL: f"<{LOCAL}>"})
                        yield f"```json\n{json.dumps(request)}\n{json.dumps(sent)}\n```\n"


def _requests(spec: ProviderSpec, mode: str, backend: str) -> Iterator[dict[str, Any]]:
    """The least that can be asked for, and all that goes together; for Kling with shots, too."""
    offer = spec.backends[backend]
    least = {"provider": spec.id, "mode": mode}
    if "prompt" not in offer.refuses:
        least["prompt"] = "A red fox in the snow"
    for name, parameter in spec.parameters.items():
        if mode in parameter.required:
            least[name] = _value(name, parameter)
    if mode in spec.needs_reference:
        least["image_references"] = GIVEN["image_references"]
    yield least
    fitting = {
        name: _value(name, parameter)
        if name == "multi_prompt" or parameter.takes(_value(name, parameter))
        else parameter.default
        for name, parameter in spec.parameters.items()
        if (name in GIVEN or parameter.fields)
        and mode in parameter.modes
        and name not in offer.refuses
    }
    for name, parameter in spec.parameters.items():
        limits = parameter.limits if name in fitting else ()
        if any(not limit.takes(fitting[name]) for limit in limits):
            fitting.pop(name, None)
    shots = fitting.pop("multi_prompt", None)
    yield least | fitting
    if shots is not None:
        request = {key: value for key, value in least.items() if key != "prompt"} | {
            "multi_prompt": shots
        }
        try:
            CATALOG.read(request, backend=backend)
        except InvalidParams:
            request |= {"duration_seconds": 6}
        yield request
    if spec.drafts and offer.drafts and mode in spec.parameters["draft"].modes:
        yield least | {"draft": True}
        yield least | {"resolution": spec.drafts.finals[0], "final_of": JOB}


def _value(name: str, parameter: ParameterSpec) -> Any:
    """A value for a parameter that is given; an object has what it needs, at its start."""
    if name in GIVEN:
        return GIVEN[name]
    if not parameter.fields:
        return MEDIA[parameter.kind]
    least = {
        field: value if parameter.fields[field].medium else parameter.fields[field].min
        for field, value in an_object(parameter).items()
    }
    return [least] if parameter.kind == "objects" else least


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
