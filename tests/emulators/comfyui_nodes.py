"""The nodes that an emulated ComfyUI has, and what it says about graphs of them.

Names, types and sentences are those of ComfyUI 0.33; of its 855 classes the few that the tests use.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Json = dict[str, Any]

LARGEST_SEED = 2**64 - 1
LARGEST_SIDE = 16_384


def _int(default: int, low: int, high: int, step: int = 1) -> list[Any]:
    return ["INT", {"default": default, "min": low, "max": high, "step": step}]


def _class(
    required: Mapping[str, Any], output: list[str], *, saves: bool = False, partner: bool = False
) -> Json:
    return {
        "input": {"required": dict(required)},
        "output": output,
        "output_node": saves,
        "api_node": partner,
    }


SIDE = _int(512, 1, LARGEST_SIDE)

CLASSES: dict[str, Json] = {
    "PrimitiveStringMultiline": _class({"value": ["STRING", {"multiline": True}]}, ["STRING"]),
    "PreviewAny": _class({"source": ["*", {}]}, ["STRING"], saves=True),
    "EmptyImage": _class(
        {
            "width": SIDE,
            "height": SIDE,
            "batch_size": _int(1, 1, 4096),
            "color": _int(0, 0, 0xFFFFFF),
        },
        ["IMAGE"],
    ),
    "LoadImage": _class({"image": [[], {"image_upload": True}]}, ["IMAGE", "MASK"]),
    "ImageScale": _class(
        {
            "image": ["IMAGE"],
            "upscale_method": [["nearest-exact", "bilinear", "area"]],
            "width": SIDE,
            "height": SIDE,
            "crop": [["disabled", "center"]],
        },
        ["IMAGE"],
    ),
    "RepeatImageBatch": _class({"image": ["IMAGE"], "amount": _int(1, 1, 4096)}, ["IMAGE"]),
    "ImageAddNoise": _class(
        {
            "image": ["IMAGE"],
            "seed": _int(0, 0, LARGEST_SEED),
            "strength": ["FLOAT", {"default": 0.5, "min": 0.0, "max": 1.0}],
        },
        ["IMAGE"],
    ),
    "CreateVideo": _class(
        {"images": ["IMAGE"], "fps": ["FLOAT", {"default": 30.0, "min": 1.0, "max": 120.0}]},
        ["VIDEO"],
    ),
    "SaveVideo": _class(
        {
            "video": ["VIDEO"],
            "filename_prefix": ["STRING", {"default": "video/ComfyUI"}],
            "format": ["COMBO", {"options": ["auto", "mp4"]}],
            "codec": ["COMBO", {"options": ["auto", "h264"]}],
        },
        [],
        saves=True,
    ),
    "UNETLoader": _class(
        {
            "unet_name": [["wan2.2_ti2v_5B_fp16.safetensors"]],
            "weight_dtype": [["default", "fp8_e4m3fn"]],
        },
        ["MODEL"],
    ),
    "EmptyHunyuanLatentVideo": _class(
        {
            "width": _int(848, 16, LARGEST_SIDE, 16),
            "height": _int(480, 16, LARGEST_SIDE, 16),
            "length": _int(25, 1, LARGEST_SIDE, 4),
            "batch_size": _int(1, 1, 4096),
        },
        ["LATENT"],
    ),
    "KSampler": _class(
        {
            "model": ["MODEL"],
            "latent_image": ["LATENT"],
            "seed": _int(0, 0, LARGEST_SEED),
            "steps": _int(20, 1, 10_000),
        },
        ["IMAGE"],
    ),
    "KlingTextToVideoNode": _class(
        {"prompt": ["STRING", {"multiline": True}]}, ["VIDEO"], partner=True
    ),
}
"""As `/object_info` has them. The sampler gives pictures, so that no model is needed to decode."""


@dataclass
class Verdict:
    """What the server says about a graph before it runs it.

    Attributes:
        outputs: ids of the output nodes that will run.
        error: of the reply of a refusal, if it is one.
        node_errors: by node, what is wrong with it.
    """

    outputs: list[str] = field(default_factory=list)
    error: Json | None = None
    node_errors: Json = field(default_factory=dict)


def judged(
    graph: Json,
    targets: list[str] | None,
    classes: Mapping[str, Json],
    has_input: Callable[[str], bool],
) -> Verdict:
    """Judge a graph as `POST /prompt` does.

    Args:
        graph: nodes by id.
        targets: the output nodes that are to run; all if None.
        classes: the nodes that the server has.
        has_input: whether a file was uploaded.
    """
    for node_id, node in graph.items():
        kind = node.get("class_type")
        if kind not in classes:
            title = node.get("_meta", {}).get("title", kind)
            return Verdict(
                error={
                    "type": "missing_node_type",
                    "message": f"Node '{title}' not found. The custom node may not be installed.",
                    "details": f"Node ID '#{node_id}'",
                    "extra_info": {
                        "node_id": node_id,
                        "class_type": kind,
                        "node_title": title,
                    },
                }
            )
    outputs = [
        node_id
        for node_id, node in graph.items()
        if classes[node["class_type"]]["output_node"] and (targets is None or node_id in targets)
    ]
    if not outputs:
        words = "Prompt has no outputs"
        return Verdict(error=_error("prompt_no_outputs", words))
    errors: Json = {}
    good = [
        each
        for each in outputs
        if not _Check(graph, classes, has_input, errors).is_wrong(each, each)
    ]
    if not good:
        words = "Prompt outputs failed validation"
        return Verdict(error=_error("prompt_outputs_failed_validation", words), node_errors=errors)
    return Verdict(good, None, errors)


def frames_and_size(graph: Json) -> tuple[int, int, int, float]:
    """Width, height, frames and frames a second of the video that a graph makes."""
    width, height, frames, fps = 64, 36, 24, 24.0
    for node in graph.values():
        inputs = node["inputs"]
        width, height = (
            value if isinstance(value := inputs.get(name), int) else usual
            for name, usual in (("width", width), ("height", height))
        )
        for name in ("batch_size", "amount", "length"):
            if isinstance(value := inputs.get(name), int) and value > 1:
                frames = value
        if isinstance(value := inputs.get("fps"), int | float):
            fps = float(value)
    return width, height, frames, fps


def _error(kind: str, message: str) -> Json:
    return {"type": kind, "message": message, "details": "", "extra_info": {}}


@dataclass
class _Check:
    """Looks for what is wrong with the nodes of a graph.

    Attributes:
        graph: nodes by id.
        classes: the nodes that the server has.
        has_input: whether a file was uploaded.
        errors: by node, what was found.
    """

    graph: Json
    classes: Mapping[str, Json]
    has_input: Callable[[str], bool]
    errors: Json

    def is_wrong(self, node_id: str, output: str) -> bool:
        """Note what is wrong with a node and those before it, for an output."""
        node = self.graph[node_id]
        kind = node["class_type"]
        found: list[Json] = []
        is_wrong = False
        for name, wanted in self.classes[kind]["input"]["required"].items():
            value = node["inputs"].get(name)
            if value is None:
                words = "Required input is missing"
                found.append(_fault("required_input_missing", words, name, name))
            elif not isinstance(value, list):
                fault = _value_fault(kind, name, wanted, value, self.has_input)
                found += [fault] if fault else []
            elif value[0] not in self.graph:
                words = "Exception when validating inner node"
                found.append(_fault("exception_during_inner_validation", words, name, name))
            else:
                is_wrong = self.is_wrong(value[0], output) or is_wrong
        if found:
            entry = self.errors.setdefault(
                node_id, {"errors": found, "dependent_outputs": [], "class_type": kind}
            )
            if output not in entry["dependent_outputs"]:
                entry["dependent_outputs"].append(output)
        return bool(found) or is_wrong


def _value_fault(
    kind: str, name: str, wanted: list[Any], value: Any, has_input: Callable[[str], bool]
) -> Json | None:
    if kind == "LoadImage":
        if has_input(value):
            return None
        words = f"image - Invalid image file: {value}"
        return _fault("custom_validation_failed", "Custom validation failed for node", words, name)
    options = wanted[0] if isinstance(wanted[0], list) else wanted[-1].get("options")
    if options is not None:
        if value in options:
            return None
        words = f"{name}: '{value}' not in {options}"
        return _fault("value_not_in_list", "Value not in list", words, name)
    if wanted[0] not in ("INT", "FLOAT"):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        words = f"{name}, {value}, could not convert"
        message = f"Failed to convert an input value to a {wanted[0]} value"
        return _fault("invalid_input_type", message, words, name)
    low, high = wanted[1]["min"], wanted[1]["max"]
    if value < low:
        message = f"Value {value} smaller than min of {low}"
        return _fault("value_smaller_than_min", message, name, name)
    if value > high:
        message = f"Value {value} bigger than max of {high}"
        return _fault("value_bigger_than_max", message, name, name)
    return None


def _fault(kind: str, message: str, details: str, name: str) -> Json:
    return {
        "type": kind,
        "message": message,
        "details": details,
        "extra_info": {"input_name": name},
    }
