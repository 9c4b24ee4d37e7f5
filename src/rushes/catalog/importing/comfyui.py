"""Makes a provider of a workflow of ComfyUI: which nodes take what a request says.

A workflow says nothing of its purpose, so this goes by the classes, titles and links of its nodes.
What was understood is shown, and what could not be is left as it is in the workflow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.catalog.importing.draft import Draft
from rushes.catalog.importing.findings import Unusable
from rushes.catalog.importing.nodes import Graph, Place
from rushes.catalog.importing.shapes import sizes_near
from rushes.catalog.origin import FORMAT
from rushes.catalog.workflow import PREFIX
from rushes.contract.wording import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

FRAMES: Mapping[str, tuple[int, int]] = {
    "EmptyHunyuanLatentVideo": (1, 4),
    "EmptyHunyuanVideo15Latent": (1, 4),
    "HunyuanVideo15ImageToVideo": (1, 4),
    "HunyuanImageToVideo": (1, 4),
    "Wan22ImageToVideoLatent": (1, 4),
    "WanImageToVideo": (1, 4),
    "WanFirstLastFrameToVideo": (1, 4),
    "WanFunControlToVideo": (1, 4),
    "EmptyLTXVLatentVideo": (1, 8),
    "LTXVImgToVideo": (9, 8),
    "MiniMaxH3ImageToVideo": (5, 17),
    "MiniMaxH3ReferenceToVideo": (5, 17),
    "EmptyMochiLatentVideo": (7, 6),
    "EmptyCosmosLatentVideo": (1, 8),
}
"""By class, the smallest number of frames and the distance to the next, where no server says it."""

GRIDS: Mapping[str, int] = {
    "Wan22ImageToVideoLatent": 32,
    "EmptyLTXVLatentVideo": 32,
    "LTXVImgToVideo": 32,
    "MiniMaxH3ImageToVideo": 32,
    "MiniMaxH3ReferenceToVideo": 32,
}
"""By class, what sides are multiples of; 16 for others."""

USUAL_GRID = 16

IMAGES: Mapping[str, str] = {
    "start_image": "start_image_url",
    "first_frame": "start_image_url",
    "image": "start_image_url",
    "images": "start_image_url",
    "input": "start_image_url",
    "end_image": "end_image_url",
    "last_frame": "end_image_url",
}
"""By the input that an image goes to, the parameter."""

COUNTS = ("length", "num_frames", "frames", "video_length", "batch_size", "amount")
"""Names of inputs with a number of frames; the last two only of nodes that make pictures."""

ALIKE = ("length", "num_frames", "frames_number", "video_length")
"""Names of inputs that hold the number of frames wherever they hold the same number."""

SAVERS = ("video", "webm")
"""Parts of the names of classes that save a video."""

PICTURES = ("EmptyImage", "RepeatImageBatch")

RATES = ("fps", "frame_rate")

USUAL_FPS = 24.0
LARGEST_SEED = 2**32 - 1
LONGEST_SECONDS = 10

FREE = {"per_video": 0, "source": "your card"}

PAID = (
    "It has nodes of paid services ({nodes}), which cost credits of your Comfy account. No price "
    "is known here, so no estimate is shown, and it is never sent again automatically."
)


def draft_of_workflow(
    graph: Mapping[str, Any],
    *,
    name: str,
    title: str,
    file: str,
    save: str | None = None,
    described: Mapping[str, Any] | None = None,
    assumed: tuple[str, ...] = (),
) -> Draft:
    """A provider of one workflow.

    Args:
        graph: in API format.
        name: the provider's id.
        title: its display name.
        file: name of the file that the workflow is written to.
        save: id of the node that saves the video; None if there is only one.
        described: by class, a server's description of its nodes; None if none was asked.
        assumed: sentences for the notes of every request.

    Raises:
        Unusable: when it makes no video, or it is not clear which.
    """
    draft = Draft(assumed=list(assumed))
    nodes = Graph(graph)
    maker = _Maker(nodes, draft, described or {})
    workflow: dict[str, Any] = {"file": file, "save": nodes.name(_save(nodes, save))}
    inputs: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    maker.prompts(inputs, parameters)
    maker.images(inputs, parameters)
    pixels = maker.size(inputs, parameters, workflow)
    maker.length(inputs, parameters, workflow)
    maker.seed(inputs, parameters)
    maker.rest()
    mode = _mode(parameters)
    for parameter in parameters.values():
        if parameter["kind"] == "image":
            parameter["required"] = [mode]
    offer: dict[str, Any] = {}
    paid = [kind for kind, said in (described or {}).items() if said.get("api_node") is True]
    if paid:
        workflow["partner"] = True
        draft.check.append(PAID.format(nodes=listed(paid)))
    else:
        offer["prices"] = [FREE]
    if draft.assumed:
        offer["unverified"] = list(draft.assumed)
    offer["workflows"] = {mode: workflow | {"inputs": inputs}}
    if "prompt" not in inputs:
        offer["refuses"] = {"prompt": "The workflow has no input for it that was recognized."}
    draft.data = {
        "format": FORMAT,
        "id": name,
        "title": title,
        "modes": [mode],
        **({} if "prompt" in inputs else {"prompt": {"required": []}}),
        "parameters": parameters,
        **({"pixels": pixels} if pixels else {}),
        "backends": {
            "comfyui": offer,
            "preview": {"prices": [{"per_second": 0, "source": "preview renders on this machine"}]},
        },
    }
    return draft


def _save(nodes: Graph, save: str | None) -> str:
    """The node that saves the video."""
    found = [
        node_id
        for node_id, kind in nodes.kinds.items()
        if PREFIX in nodes.inputs(node_id) and any(word in kind.lower() for word in SAVERS)
    ]
    if save is not None:
        if save not in found:
            known = listed([f"#{each}" for each in found]) if found else "none"
            msg = f"#{save} is not a node that saves a video; those are {known}."
            raise Unusable(msg)
        return save
    if not found:
        msg = (
            "The workflow saves no video. Add a Save Video node in ComfyUI, and export it again "
            "with Workflow > Export (API)."
        )
        raise Unusable(msg)
    if len(found) > 1:
        named = listed([f"#{each} ({nodes.title(each)!r})" for each in found])
        msg = (
            f"The workflow saves several videos: {named}. Say which one counts by its number after "
            f"the file, e.g. comfyui:workflow.json#{found[0]}."
        )
        raise Unusable(msg)
    return found[0]


def _mode(parameters: Mapping[str, Any]) -> str:
    if "end_image_url" in parameters and "start_image_url" in parameters:
        return "first-last-frame"
    return "image-to-video" if "start_image_url" in parameters else "text-to-video"


class _Maker:
    """Finds the inputs of a workflow that a request fills.

    Args:
        nodes: the graph.
        draft: gets what was understood, and what to check.
        described: by class, a server's description of its nodes.
    """

    def __init__(self, nodes: Graph, draft: Draft, described: Mapping[str, Any]) -> None:
        self._nodes = nodes
        self._draft = draft
        self._described = described
        self._used: set[Place] = set()

    def _fill(self, inputs: dict[str, Any], name: str, places: list[Place], words: str) -> None:
        addresses = [self._nodes.address(place) for place in places]
        inputs[name] = addresses[0] if len(addresses) == 1 else addresses
        self._used.update(places)
        for place, address in zip(places, addresses, strict=True):
            now = self._nodes.value(place)
            self._draft.understood[address] = words.format(now=now)

    def prompts(self, inputs: dict[str, Any], parameters: dict[str, Any]) -> None:
        """The prompt, and the negative one."""
        nodes = self._nodes
        negative = nodes.text_behind("negative")
        positive = nodes.text_behind("positive") or nodes.text_behind("conditioning")
        if positive is None or positive == negative:
            positive = nodes.text_titled(besides=negative)
        if positive is not None:
            self._fill(inputs, "prompt", [positive], "prompt")
        else:
            self._draft.check.append("No input for the prompt was recognized; add it to the file.")
        if negative is not None and negative != positive:
            self._fill(inputs, "negative_prompt", [negative], "negative_prompt")
            parameters["negative_prompt"] = {
                "kind": "text",
                "help": "What the video should not show; the workflow's own by default.",
            }

    def images(self, inputs: dict[str, Any], parameters: dict[str, Any]) -> None:
        """Start and end image."""
        for node_id in self._nodes.of("LoadImage"):
            uses = self._nodes.uses(node_id)
            found = [IMAGES[use] for use in uses if use in IMAGES]
            parameter = next((each for each in found if each not in inputs), None)
            place = (node_id, "image")
            if parameter is None:
                address = self._nodes.address(place)
                self._draft.left_out[address] = f"it goes to {', '.join(uses) or 'nothing'}"
                continue
            self._fill(inputs, parameter, [place], parameter)
            label = "Start image" if parameter == "start_image_url" else "End image"
            parameters[parameter] = {"kind": "image", "label": label, "help": "A path."}

    def size(
        self, inputs: dict[str, Any], parameters: dict[str, Any], workflow: dict[str, Any]
    ) -> dict[str, Any]:
        """Width and height, as a choice of aspect ratios."""
        found = self._nodes.sized()
        if found is None:
            self._draft.check.append("No input for the size was recognized; it stays as it is.")
            return {}
        kind, across, down = found
        width, height = self._nodes.value(across), self._nodes.value(down)
        grid = max(
            GRIDS.get(kind, USUAL_GRID),
            *(self._rule(kind, name)[1] for name in ("width", "height")),
        )
        if width % grid or height % grid:
            grid = 1
        sizes = sizes_near(width, height, grid)
        first = next(iter(sizes))
        words = f"width {width}, by aspect_ratio: {', '.join(sizes)}"
        self._fill(inputs, "width", [across], words)
        self._fill(inputs, "height", [down], words.replace(f"width {width}", f"height {height}"))
        parameters["aspect_ratio"] = {
            "kind": "choice",
            "choices": list(sizes),
            "default": first,
        }
        if grid > 1:
            workflow["grid"] = grid
        return {"usual": {shape: list(size) for shape, size in sizes.items()}}

    def length(
        self, inputs: dict[str, Any], parameters: dict[str, Any], workflow: dict[str, Any]
    ) -> None:
        """The length, as a number of frames or in seconds."""
        nodes = self._nodes
        fps = self._rate()
        seconds = nodes.titled_number("duration")
        found = None if seconds is not None else nodes.counted(COUNTS, PICTURES)
        now: float
        if seconds is not None:
            now = float(nodes.value(seconds))
            self._fill(inputs, "duration_seconds", [seconds], "duration_seconds, now {now}")
        elif found is not None:
            kind, place = found
            base, step = self._rule(kind, place[1])
            now = (nodes.value(place) - base) / fps
            workflow["frames"] = {"fps": fps, "base": base, "step": step}
            rule = "1 frame apart" if step == 1 else f"{base} and every {step}th after it"
            words = f"frames, from duration_seconds at {fps:g} a second ({rule})"
            # Sound is as long as the video: its number of frames changes with that of the video.
            same = [
                other
                for other in nodes.literals(ALIKE)
                if other != place and nodes.value(other) == nodes.value(place)
            ]
            self._fill(inputs, "frames", [place, *same], words)
        else:
            now = 0.0
            self._draft.check.append("No input for the length was recognized; it stays as it is.")
        usual = max(1, round(now))
        is_known = "frames" in inputs or "duration_seconds" in inputs
        longest = max(LONGEST_SECONDS, usual) if is_known else usual
        parameters["duration_seconds"] = {
            "kind": "integer",
            "unit": "seconds",
            "min": 1 if is_known else usual,
            "max": longest,
            "default": usual,
        }
        if is_known:
            words = f"Up to {longest} seconds are offered; what the model and your card can do "
            self._draft.check.append(f"{words}is not in the workflow.")

    def seed(self, inputs: dict[str, Any], parameters: dict[str, Any]) -> None:
        """The seed of the first pass; that of a second one is fixed."""
        places = self._nodes.seeds()
        if not places:
            return
        self._fill(inputs, "seed", places[:1], "seed")
        parameters["seed"] = {"kind": "integer", "min": 0, "max": LARGEST_SEED}
        for place in places[1:]:
            address = self._nodes.address(place)
            self._draft.left_out[address] = f"a further seed; it stays {self._nodes.value(place)}"

    def rest(self) -> None:
        """What else of samplers a person may look for."""
        for place in self._nodes.literals(("steps", "cfg", "guidance", "denoise", "shift")):
            if place not in self._used:
                now = self._nodes.value(place)
                self._draft.left_out[self._nodes.address(place)] = f"it stays {now}"

    def _rate(self) -> float:
        place = self._nodes.first(RATES)
        value = self._nodes.value(place) if place else None
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return float(value)
        return USUAL_FPS

    def _rule(self, kind: str, name: str) -> tuple[int, int]:
        """Smallest value and step of a number, as the server says it, else as it is known here."""
        inputs = self._described.get(kind, {}).get("input", {})
        for group in ("required", "optional"):
            wanted = inputs.get(group, {}).get(name)
            if isinstance(wanted, list) and len(wanted) > 1 and isinstance(wanted[1], dict):
                low, step = wanted[1].get("min", 0), wanted[1].get("step", 1)
                if isinstance(low, int) and isinstance(step, int) and step > 0:
                    return low, step
        return FRAMES.get(kind, (1, 1)) if name in COUNTS else (0, 1)
