"""A graph of nodes as a model: which of its inputs a request fills.

ComfyUI runs such graphs. One is kept as it was exported, in a file beside the provider's, and
whatever a request does not fill keeps its value.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rushes.catalog.fault import raise_faults
from rushes.catalog.kinds import MOST_COUNT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from rushes.catalog.fault import Location

DERIVED = ("width", "height", "frames", "fps")
"""What is filled beside parameters; it follows from the size, the length and `Frames.fps`."""

PREFIX = "filename_prefix"
"""The input of a node that saves files which begins their names."""

LARGEST_GRAPH = 4_000_000
"""Bytes of a file with a graph."""

MOST_NODES = 2_000

Address = Annotated[str, Field(pattern=r"^.+\.[^.]+$")]


class Frames(BaseModel):
    """How many frames a video of some seconds has.

    >>> from rushes.catalog import Frames
    >>> Frames(fps=16, base=1, step=4).count(5)
    81

    Attributes:
        fps: frames a second, unless the request says another number.
        base: smallest number of frames.
        step: distance between two numbers of frames that the model can make.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )

    fps: float = Field(gt=0, lt=1000)
    base: int = Field(default=1, ge=0, lt=MOST_COUNT)
    step: int = Field(default=1, ge=1, lt=MOST_COUNT)

    def count(self, seconds: float, fps: float | None = None) -> int:
        """The number of frames that is nearest to a length.

        Args:
            seconds: the length.
            fps: frames a second, if not the usual ones.
        """
        steps = round((seconds * (fps or self.fps) - self.base) / self.step)
        return self.base + self.step * max(0, steps)


class Workflow(BaseModel):
    """A graph in ComfyUI's API format, and what of it a request fills.

    >>> from rushes.catalog import Workflow
    >>> prompt = {"class_type": "Text", "inputs": {"value": ""}, "_meta": {"title": "prompt"}}
    >>> save = {"class_type": "SaveVideo", "inputs": {"filename_prefix": "x", "video": ["1", 0]}}
    >>> graph = {"1": prompt, "2": save}
    >>> Workflow(graph=graph, save="#2", inputs={"prompt": ["prompt.value"]}).places("prompt")
    (('1', 'value'),)

    Attributes:
        file: name of the file with the graph, beside the provider's own.
        graph: the graph itself: nodes by id.
        save: the node whose video counts, by its title, or by its id after ``#``.
        inputs: by parameter, which inputs of which nodes it fills: ``"<title>.<input>"`` or
            ``"#<id>.<input>"``, or a list of those. `width`, `height`, `frames` and `fps` are
            filled beside parameters.
        frames: how the number of frames follows from the length.
        grid: pixels that width and height are multiples of; ComfyUI rounds others down silently.
        partner: whether it has nodes of services that cost credits. Such a job is never sent again
            automatically.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )

    file: str | None = Field(default=None, min_length=1)
    graph: dict[str, Any] = Field(default_factory=dict, repr=False)
    save: str = Field(min_length=1)
    inputs: dict[str, Annotated[tuple[Address, ...], Field(strict=False, min_length=1)]]
    frames: Frames | None = None
    grid: int = Field(default=1, ge=1, lt=MOST_COUNT)
    partner: bool = False

    @model_validator(mode="before")
    @classmethod
    def _in_lists(cls, data: Any) -> Any:
        """Take a single address for a list of one."""
        inputs = data.get("inputs") if isinstance(data, dict) else None
        if not isinstance(inputs, dict):
            return data
        listed = {
            name: (value,) if isinstance(value, str) else value for name, value in inputs.items()
        }
        return data | {"inputs": listed}

    @model_validator(mode="after")
    def _sound(self) -> Self:
        raise_faults("workflow", self._faults())
        return self

    def _faults(self) -> Iterator[tuple[Location, str]]:
        if not self.graph:
            yield ("file",), "is missing; it names the exported workflow beside this file"
            return
        if (fault := fault_of(self.graph)) is not None:
            yield ("graph" if self.file is None else "file",), fault
            return
        saving = self._nodes(self.save)
        if len(saving) != 1:
            yield ("save",), self._why_not(self.save, saving)
        elif PREFIX not in self.graph[saving[0]]["inputs"]:
            words = f"is the node {self.save!r}, which has no {PREFIX}, so it saves no file"
            yield ("save",), words
        for name, addresses in self.inputs.items():
            for address in addresses:
                node, _, field = address.rpartition(".")
                found = self._nodes(node)
                if len(found) != 1:
                    yield ("inputs", name), self._why_not(node, found)
                elif field not in self.graph[found[0]]["inputs"]:
                    known = ", ".join(self.graph[found[0]]["inputs"]) or "none"
                    words = f"names the input {field!r} of {node!r}; its inputs are {known}"
                    yield ("inputs", name), words
        if "frames" in self.inputs and self.frames is None:
            words = "is needed, because the number of frames is filled: {fps = ..., base, step}"
            yield ("frames",), words

    def _why_not(self, node: str, found: list[str]) -> str:
        if len(found) > 1:
            ids = ", ".join(f"#{each}" for each in found)
            return f"names {node!r}, which is the title of several nodes: {ids}. Use one of these"
        titles = ", ".join(dict.fromkeys(map(self.title, self.graph)))
        return f"names {node!r}, which is not a node of the graph; those are {titles}"

    def _nodes(self, node: str) -> list[str]:
        """Ids of the nodes that a title, or an id after ``#``, names."""
        if node.startswith("#") and node[1:] in self.graph:
            return [node[1:]]
        return [each for each in self.graph if self.title(each) == node]

    def title(self, node_id: str) -> str:
        """The title of a node, else its class."""
        return title_of(self.graph[node_id])

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """The title of each node by its id."""
        return {node_id: self.title(node_id) for node_id in self.graph}

    @cached_property
    def save_id(self) -> str:
        """Id of the node whose video counts."""
        return self._nodes(self.save)[0]

    def places(self, name: str) -> tuple[tuple[str, str], ...]:
        """The inputs that a parameter fills: id of the node and name of the input."""
        split = (address.rpartition(".") for address in self.inputs.get(name, ()))
        return tuple((self._nodes(node)[0], field) for node, _, field in split)


def title_of(node: Mapping[str, Any]) -> str:
    """The title that a node was given in ComfyUI, else its class."""
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    return title if isinstance(title, str) and title else str(node.get("class_type"))


def read_graph(content: bytes) -> dict[str, Any]:
    """The graph in a file that was exported from ComfyUI.

    Raises:
        ValueError: when it is something else; the message is the end of a sentence about the file.
    """
    try:
        graph = json.loads(content)
    except (ValueError, RecursionError) as error:
        msg = "is not JSON"
        raise ValueError(msg) from error
    if (fault := fault_of(graph)) is not None:
        raise ValueError(fault)
    found: dict[str, Any] = graph
    return found


def fault_of(graph: object) -> str | None:
    """Why something is not a graph in API format, as the end of a sentence; None if it is."""
    if not isinstance(graph, dict) or not graph:
        return "is not a workflow: it has to be a JSON object with a node for each id"
    if "nodes" in graph and "links" in graph:
        return (
            "is a workflow as ComfyUI's page saves it, which its server cannot run; in ComfyUI "
            "choose Workflow > Export (API), and use that file"
        )
    if len(graph) > MOST_NODES:
        return f"has {len(graph):,} nodes; at most {MOST_NODES:,} are read"
    for node_id, node in graph.items():
        if (
            not isinstance(node, dict)
            or not isinstance(node.get("class_type"), str)
            or not isinstance(node.get("inputs"), dict)
        ):
            return f"is not a workflow: its entry {node_id!r:.60} has no class_type and inputs"
    return None


def faults(
    workflows: Mapping[str, Workflow],
    modes: Collection[str],
    parameters: Collection[str],
    pixels: Mapping[str, Mapping[str, tuple[int, int]]],
) -> Iterator[tuple[Location, str]]:
    """What of a backend's workflows does not fit the rest of the file, with its location.

    Args:
        workflows: by mode.
        modes: those of the file.
        parameters: those of the file.
        pixels: the file's table of sizes.
    """
    known = dict.fromkeys(("prompt", *parameters, *DERIVED))
    for mode, workflow in workflows.items():
        if mode not in modes:
            yield (mode,), f"is not a mode here; those are {', '.join(modes)}"
        for name in workflow.inputs:
            if name not in known:
                yield (mode, "inputs", name), f"is not a parameter; those are {', '.join(known)}"
            elif name in ("width", "height") and not pixels and name not in parameters:
                words = "needs a table of pixels, which says how large a video is"
                yield (mode, "inputs", name), words
        for sizes in pixels.values():
            for shape, (width, height) in sizes.items():
                if width % workflow.grid or height % workflow.grid:
                    words = f"is {workflow.grid}; {width}x{height} ({shape}) is not a multiple"
                    yield (mode, "grid"), words
