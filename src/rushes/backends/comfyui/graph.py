"""Fills a workflow with a request, and reads back what of a job its graph says."""

from __future__ import annotations

import copy
import uuid
from typing import TYPE_CHECKING, Any

from rushes.catalog.workflow import PREFIX, title_of
from rushes.contract.errors import InvalidParams
from rushes.contract.wording import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rushes.catalog import ProviderSpec, Workflow
    from rushes.contract.params import VideoGenParams

FOLDER = "rushes"
"""Folder of the server's input and output folders in which this package's files are."""

SEED_DIGITS = 12
"""Hexadecimal digits of a seed that nobody chose: every node and every page can hold it."""

MOST_TITLES = 300
LONGEST_TITLE = 80


def encode(
    params: VideoGenParams, spec: ProviderSpec, workflow: Workflow, media: Mapping[str, Any]
) -> dict[str, Any]:
    """The request: the filled graph, and what of it is filled when it is sent.

    Args:
        params: a request that is valid for the backend.
        spec: its provider.
        workflow: the graph of its mode.
        media: what stands for each local file.

    Raises:
        InvalidParams: when an image, a video or a sound is not a local file.
    """
    graph = copy.deepcopy(workflow.graph)
    filled: list[list[str]] = []
    for name, value in _values(params, spec, workflow, media):
        for node_id, field in workflow.places(name):
            graph[node_id]["inputs"][field] = value
            filled.append([node_id, field])
    request: dict[str, Any] = {"graph": graph, "save": workflow.save_id, "filled": filled}
    if workflow.inputs.get("seed"):
        request["seed"] = params.seed
        request["seeds"] = [list(place) for place in workflow.places("seed")]
    return request | ({"partner": True} if workflow.partner else {})


def _values(
    params: VideoGenParams, spec: ProviderSpec, workflow: Workflow, media: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """By name, the values that a request fills; what it leaves open stays as in the graph."""
    size = spec.pixels_of(params)
    frames = workflow.frames
    fps = spec.value_of(params, "fps") or (frames.fps if frames else None)
    derived: dict[str, Any] = {"fps": fps, "prompt": params.prompt}
    if size is not None:
        derived |= {"width": size[0], "height": size[1]}
    seconds = spec.duration_of(params)
    if frames is not None and seconds is not None:
        derived["frames"] = frames.count(seconds, fps)
    for name in workflow.inputs:
        parameter = spec.parameters.get(name)
        value = derived.get(name)
        if parameter is not None and (params.mode in parameter.modes):
            value = spec.value_of(params, name)
            if value is not None and parameter.medium:
                value = _stored(name, value, media)
        if value is not None:
            yield name, value


def _stored(name: str, value: Any, media: Mapping[str, Any]) -> Any:
    """What represents a file at the server."""
    if not isinstance(value, str):
        msg = f"{name} is a list; a workflow takes one file for each of its inputs."
        raise InvalidParams(msg)
    stored = media.get(value)
    if stored is None:
        msg = f"ComfyUI reads files only, and {name} is {shown(value)}. Give the path of a file."
        raise InvalidParams(msg)
    return stored


def prompt_id_of(token: str) -> str:
    """The id that a job has at the server: an attempt's token as a UUID, which is required."""
    return str(uuid.UUID(hex=token))


def prefix_of(prompt_id: str) -> str:
    """How the name of a job's file begins, after its folder; no other job's does."""
    return prompt_id.replace("-", "")


def seed_of(request: Mapping[str, Any], prompt_id: str) -> int | None:
    """The seed of a job: the one that was asked for, else one that follows from its id.

    The same job always has the same one, so that the same video comes of it.
    """
    if not request.get("seeds"):
        return None
    given = request.get("seed")
    return given if isinstance(given, int) else int(prefix_of(prompt_id)[:SEED_DIGITS], 16)


def body_of(request: Mapping[str, Any], prompt_id: str) -> dict[str, Any]:
    """What is posted: the graph with the job's seed and file name, for one output node."""
    graph = copy.deepcopy(request["graph"])
    seed = seed_of(request, prompt_id)
    for node_id, field in request.get("seeds", ()):
        graph[node_id]["inputs"][field] = seed
    graph[request["save"]]["inputs"][PREFIX] = f"{FOLDER}/{prefix_of(prompt_id)}"
    return {
        "prompt": graph,
        "prompt_id": prompt_id,
        # The server sends a job's messages to the socket of this name only.
        "client_id": prompt_id,
        # Otherwise a graph whose video cannot be made is accepted if it has another output.
        "partial_execution_targets": [request["save"]],
    }


def remote_of(request: Mapping[str, Any], prompt_id: str) -> dict[str, Any]:
    """What later calls about a job have to know."""
    titles = {
        node_id: title_of(node)[:LONGEST_TITLE]
        for node_id, node in list(request.get("graph", {}).items())[:MOST_TITLES]
    }
    remote = {name: request.get(name) for name in ("server", "save")} | {"titles": titles}
    if (seed := seed_of(request, prompt_id)) is not None:
        remote["seed"] = seed
    return remote | ({"partner": True} if request.get("partner") is True else {})
