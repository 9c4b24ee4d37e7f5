"""Providers of workflows: what is made of one, what it fills, and what is said of a wrong one."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from rushes.backends.comfyui import ComfyBackend
from rushes.catalog import BrokenFile, Catalog, Frames, ProviderSpec
from rushes.catalog.importing import Unusable, draft_of_workflow
from rushes.catalog.source import read_file
from rushes.engine.importing import add, remove
from rushes.engine.workflows import READY
from rushes.gateway.serving import announcement
from rushes.io.folders import Folders
from support.comfy import WORKFLOWS, emulated

if TYPE_CHECKING:
    from pathlib import Path


def added(reference: str, home: Path, **environment: str) -> Any:
    """What `rushes providers add` makes of a workflow."""

    async def main() -> Any:
        async with httpx.AsyncClient() as client:
            return await add(f"comfyui:{reference}", client, Folders.find(home=home), environment)

    return asyncio.run(main())


def node(kind: str, title: str = "", **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": title or kind}}


def saving(count: int) -> dict[str, Any]:
    """A graph that saves a number of videos."""
    saved = {
        str(number): node("SaveVideo", f"save {number}", filename_prefix="x", video=["9", 0])
        for number in range(1, count + 1)
    }
    return saved | {"9": node("CreateVideo", fps=24, images=["8", 0]), "8": node("EmptyImage")}


@pytest.mark.parametrize("name", READY)
def test_a_ready_workflow_becomes_a_provider_that_takes_a_request(name, tmp_path):
    """Its prompt, size, length and seed go to its nodes, on the model's own grids."""
    spec = added(name, tmp_path).provider
    (mode,) = spec.modes
    request = {"provider": spec.id, "prompt": "An owl", "seed": 5, "aspect_ratio": "9:16"}
    files = {}
    if mode == "image-to-video":
        files = {"start.png": "rushes/start.png"}
        request["start_image_url"] = "start.png"
    params = Catalog.load(tmp_path / "providers").read(request, backend="comfyui")

    sent = ComfyBackend("http://127.0.0.1:9").translate(params, spec, files)

    texts = json.dumps(sent["graph"])
    workflow = spec.backends["comfyui"].workflows[mode]
    assert "An owl" in texts
    assert ("rushes/start.png" in texts) == bool(files)
    places = workflow.places("frames")
    (frames,) = {sent["graph"][node_id]["inputs"][field] for node_id, field in places}
    assert (frames - workflow.frames.base) % workflow.frames.step == 0
    assert sent["seed"] == 5
    assert spec.estimate(params, "comfyui").amount == 0


def test_only_what_was_tried_is_not_marked(tmp_path):
    """A workflow with a model was made from templates, which every job says."""
    noted = {
        name for name in READY if added(name, tmp_path).provider.backends["comfyui"].unverified
    }
    assert noted == READY.keys() - {"no-model"}


@pytest.mark.parametrize(
    ("seconds", "rule", "frames"),
    [
        (5, Frames(fps=16, base=1, step=4), 81),
        (5, Frames(fps=24, base=1, step=8), 121),
        (5, Frames(fps=24, base=5, step=17), 124),
        (0.01, Frames(fps=24, base=5, step=17), 5),
    ],
)
def test_the_length_is_the_nearest_that_the_model_makes(seconds, rule, frames):
    """4n + 1, 8n + 1 and 17k + 5 frames."""
    assert rule.count(seconds) == frames


def test_a_server_says_what_its_nodes_take_and_what_it_lacks(tmp_path):
    """Also of nodes that are not known here."""
    graph = json.loads((WORKFLOWS / "free-text-to-video.json").read_text())
    graph["3"] = node("EmptyVideo", "size", width=320, height=192, length=25)
    graph["7"] = node("UNETLoader", "weights", unet_name="other.safetensors")
    (file := tmp_path / "My graph.json").write_text(json.dumps(graph))
    with emulated() as comfy:
        size = ["INT", {"min": 32, "max": 4096, "step": 32}]
        length = ["INT", {"min": 9, "max": 999, "step": 8}]
        comfy.settings.classes["EmptyVideo"] = {
            "input": {"required": {"width": size, "height": size, "length": length}}
        }
        found = added(str(file), tmp_path, RUSHES_COMFYUI_URL=comfy.base_url)

    workflow = found.provider.backends["comfyui"].workflows["text-to-video"]
    assert (workflow.frames.base, workflow.frames.step, workflow.grid) == (9, 8, 32)
    assert found.provider.id == "my-graph"
    assert "it has no other.safetensors (for 'weights')" in " ".join(found.check)


def test_two_passes_share_a_prompt_and_the_first_has_the_seed(tmp_path):
    """The second pass's own seed is fixed."""
    found = added("wan-2.2-14b", tmp_path)

    assert found.understood["First pass.noise_seed"] == "seed"
    assert not any("Second pass.noise_seed" in each for each in found.understood)


def test_sound_is_as_long_as_the_video(tmp_path):
    """It has a number of frames of its own, which is filled with the same."""
    spec = added("ltx-2.5-open", tmp_path).provider
    workflow = spec.backends["comfyui"].workflows["text-to-video"]
    assert workflow.inputs["frames"] == (
        "Size and length.length",
        "Length of the sound.frames_number",
    )


def test_a_graph_that_counts_seconds_itself_is_given_seconds():
    """A primitive that is titled so, however its sum is made."""
    graph = json.loads((WORKFLOWS / "free-text-to-video.json").read_text())
    graph["3"]["inputs"]["batch_size"] = ["8", 0]
    graph["7"] = node("PrimitiveFloat", "Float (Duration)", value=2.0)
    graph["8"] = node("ComfyMathExpression", **{"values.a": ["7", 0], "values.b": ["5", 0]})

    draft = draft_of_workflow(graph, name="x", title="x", file="x.json")

    workflow = draft.data["backends"]["comfyui"]["workflows"]["text-to-video"]
    assert workflow["inputs"]["duration_seconds"] == "Float (Duration).value"
    assert "frames" not in workflow["inputs"]


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        ({"nodes": [], "links": []}, "choose Workflow > Export \\(API\\)"),
        ({"1": {"inputs": {}}}, "its entry '1' has no class_type"),
        ([], "has to be a JSON object"),
        (saving(0), "saves no video. Add a Save Video node"),
        (saving(2), "several videos: #1 \\('save 1'\\) and #2"),
    ],
    ids=["of the page", "of something else", "a list", "no video", "two videos"],
)
def test_a_workflow_that_cannot_be_used_is_refused_with_what_to_do(graph, words, tmp_path):
    """Nothing is written."""
    (file := tmp_path / "graph.json").write_text(json.dumps(graph))
    with pytest.raises(Unusable, match=words):
        added(str(file), tmp_path)
    assert not list((tmp_path / "providers").glob("*"))


def test_of_several_videos_one_is_chosen_by_its_node(tmp_path):
    """By the number after the file."""
    (file := tmp_path / "graph.json").write_text(json.dumps(saving(2)))
    spec = added(f"{file}#2", tmp_path).provider
    assert spec.backends["comfyui"].workflows["text-to-video"].save_id == "2"


def test_what_is_missing_is_named_with_what_there_is(tmp_path):
    """A name that is no file is perhaps one of those that the package brings."""
    with pytest.raises(Unusable, match=r"Workflows that rushes brings are no-model.*Did you mean"):
        added("wan-2.2-5", tmp_path)


def test_a_gateway_announces_the_modes_of_a_workflow_and_not_the_graph(tmp_path):
    """How the server is spoken to is the gateway's business."""
    spec = added("no-model", tmp_path).provider

    said = announcement(spec, spec.backends["comfyui"])

    assert said["backends"]["gateway"]["models"] == {"text-to-video": "no-model"}
    assert "PrimitiveStringMultiline" not in json.dumps(said)
    assert "gateway" in ProviderSpec.model_validate(said).backends


def test_both_files_are_removed_together(tmp_path):
    """The workflow was copied beside the provider."""
    added("no-model", tmp_path)
    remove("no-model", Folders.find(home=tmp_path))
    assert not list((tmp_path / "providers").iterdir())


def test_a_title_of_two_nodes_is_no_address(tmp_path):
    """It says which ids to use instead."""
    graph = json.loads((WORKFLOWS / "free-text-to-video.json").read_text())
    graph["2"]["_meta"]["title"] = "prompt"
    (tmp_path / "free-text-to-video.json").write_text(json.dumps(graph))
    image = (WORKFLOWS / "free-image-to-video.json").read_text()
    (tmp_path / "free-image-to-video.json").write_text(image)
    (file := tmp_path / "local.toml").write_text((WORKFLOWS / "local-free.toml").read_text())

    found = read_file(file)

    assert isinstance(found, BrokenFile)
    assert "the title of several nodes: #1, #2. Use one of these" in found.reason
    assert found.line is not None
