"""Adds providers from workflows that were exported from ComfyUI."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.backends.comfyui import ComfyBackend
from rushes.catalog import Catalog
from rushes.catalog.importing import Unusable, draft_of_workflow, written
from rushes.catalog.workflow import LARGEST_GRAPH, read_graph
from rushes.contract.errors import NoBackend, RushesError
from rushes.contract.wording import listed, meant, shown
from rushes.engine.provider_files import chosen_id, imported, require_free, write
from rushes.io.regular import read_regular

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from rushes.catalog.importing import Imported
    from rushes.io.folders import Folders

PREFIX = "comfyui:"
"""How the address of a workflow begins."""

READY = {
    "no-model": "Noise, without a model",
    "wan-2.2-5b": "Wan 2.2 5B",
    "wan-2.2-5b-i2v": "Wan 2.2 5B from an image",
    "wan-2.2-14b": "Wan 2.2 14B",
    "wan-2.2-14b-i2v": "Wan 2.2 14B from an image",
    "hunyuan-video-1.5": "HunyuanVideo 1.5",
    "ltx-2.5-open": "LTX 2.5, open weights",
    "minimax-h3-open": "MiniMax H3, open weights",
    "minimax-h3-open-i2v": "MiniMax H3, open weights, from an image",
}
"""The workflows that the package brings, by name, with the titles of their providers."""

TRIED = "no-model"
"""The one that needs no model, with which a server is tried; it ran on real ones."""

UNTRIED = (
    "The workflow was made from ComfyUI's templates, and not tried on a server with the models."
)

COMMENTS = (
    "Made by rushes from a workflow of ComfyUI, which is in the file beside this one.",
    "An address is the title of a node (or # and its id), a dot, and the name of an input.",
)


async def add_workflow(
    reference: str,
    client: httpx.AsyncClient,
    folders: Folders,
    environment: Mapping[str, str],
    *,
    name: str | None,
    replace: bool,
) -> Imported:
    """Make a provider of a workflow, and write its file and a copy of the workflow.

    Where a server is set, its nodes say what their numbers have to be, and what of them and of
    the models it lacks is said.

    Args:
        reference: a file that was exported with Workflow > Export (API), perhaps with ``#`` and
            the id of the node that saves the video; or one of `READY`.
        client: asks the server.
        folders: where the user's provider files are.
        environment: the variables with the server's address.
        name: the provider's id; None makes it of the file's name.
        replace: whether files of that provider are replaced.

    Raises:
        InvalidParams: when nothing can be made of it; nothing was written.
        JournalError: when the files cannot be written.
    """
    file, _, save = reference.partition("#")
    graph, plain, assumed = _read(file)
    catalog = Catalog.load(folders.providers)
    chosen = chosen_id(name, PREFIX[:-1], plain, catalog)
    path, beside = (folders.providers / f"{chosen}{ending}" for ending in (".toml", ".json"))
    if not replace:
        require_free(chosen, path, catalog)
        require_free(chosen, beside, catalog)
    described, remark = await _described(graph, client, folders.home, environment)
    draft = draft_of_workflow(
        graph,
        name=chosen,
        title=READY.get(plain, plain),
        file=beside.name,
        save=save or None,
        described=described,
        assumed=assumed,
    )
    draft.check += [*assumed, remark]
    remarks = [f"Check: {sentence}" for sentence in draft.check]
    text = written(draft.data, [f"{PREFIX}{plain}", *COMMENTS, *remarks])
    write(beside, f"{json.dumps(graph, ensure_ascii=False, indent=2)}\n".encode())
    write(path, text.encode())
    return imported(path, draft)


def _read(file: str) -> tuple[dict[str, Any], str, tuple[str, ...]]:
    """A workflow, the name of its file, and what is assumed of it.

    Raises:
        Unusable: when there is none.
    """
    if file in READY:
        packaged = resources.files("rushes.catalog").joinpath("workflows", f"{file}.json")
        assumed = () if file == TRIED else (UNTRIED,)
        return read_graph(packaged.read_bytes()), file, assumed
    path = Path(file).expanduser()
    try:
        graph = read_graph(read_regular(path, LARGEST_GRAPH))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None)
        said = f"cannot be read: {why}" if why else str(error)
        known = f" Workflows that rushes brings are {listed(READY)}.{meant(file, READY)}"
        is_name = path.suffix != ".json"
        msg = f"{shown(file)} {said}.{known if is_name else ''}"
        raise Unusable(msg) from error
    return graph, _slug(path.stem), ()


def _slug(stem: str) -> str:
    """A file's name as the id of a provider."""
    signs = [sign if sign.isascii() and sign.isalnum() else "-" for sign in stem.lower()]
    return "-".join(part for part in "".join(signs).split("-") if part) or "workflow"


async def _described(
    graph: Mapping[str, Any],
    client: httpx.AsyncClient,
    home: Path,
    environment: Mapping[str, str],
) -> tuple[Mapping[str, Any] | None, str]:
    """The server's description of a graph's nodes, and what to say about the server."""
    try:
        backend = ComfyBackend.from_environment(environment, home)
    except NoBackend as error:
        return None, f"No server was asked: {error.message}"
    backend.connect(client)
    try:
        said, lacks = await backend.describe(graph)
    except RushesError as error:
        return None, f"The server could not be asked: {error.message}"
    return said, lacks or f"The server at {backend.site.host} has all nodes and models of it."
