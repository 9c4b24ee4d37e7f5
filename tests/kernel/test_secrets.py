"""A key is in none of the places that people share, keep or show to others."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

from emulators.fal import FalEmulator, FalSettings, Fault, FaultKind
from support.kernels import clean_environment, own_sockets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbformat import NotebookNode

pytestmark = pytest.mark.slow

KEY = "MARKERKEYID:MARKERSECRET123"
TRACES = [b"MARKERKEYID", b"MARKERSECRET123", base64.b64encode(KEY.encode())[:-2]]

QUIET = """
import logging

logging.basicConfig(filename="debug.log", level=logging.DEBUG, force=True)
%xmode Verbose
"""

WORK = """
from rushes import Studio, VideoGen

gen = VideoGen()
fast = {"provider": "seedance-2.0", "resolution": "480p", "duration_seconds": 4}
result = await gen.generate(
    fast, mode="image-to-video", prompt="kept safe", start_image_url="start.png"
)
print(gen, gen.engine.backends.get("fal"), vars(gen), result.model_dump())
result
"""

AWAITED = 'await gen.generate(fast, mode="text-to-video", prompt="refused")'

BLOCKED = 'gen.generate_sync(fast, mode="text-to-video", prompt="refused")'

INCOMPLETE = 'gen.generate_sync(fast, mode="text-to-video", start_image_url="start.png")'

UNKNOWN = 'gen.cancel_sync("no such job")'

LOST = """
job = gen.submit(fast, mode="text-to-video", prompt="lost")
while job.state == "queued":
    pass
job
"""

FROM_A_FILE = """
import os
from rushes.backends.fal import FalBackend

# As read from a file: with the line's end.
urls = {
    name: os.environ[f"RUSHES_FAL_{name.upper()}"] for name in ("queue_url", "rest_url", "api_url")
}
backend = FalBackend(os.environ["FAL_KEY"] + "\\n", **urls)
careless = VideoGen(backend, home="other-home", timeout=5.0)
await careless.generate(fast, mode="text-to-video", prompt="careless")
"""

HALF_A_KEY = """
os.environ["FAL_KEY_ID"] = os.environ.pop("FAL_KEY").split(":")[0]
VideoGen("fal", home="third-home").submit(fast, mode="text-to-video", prompt="half a key")
"""

PREVIEW = """
VideoGen("preview").generate_sync(fast, mode="text-to-video", prompt="beside it")
"""

RAISING = {AWAITED, BLOCKED, INCOMPLETE, UNKNOWN, HALF_A_KEY}

STUDIO = """
from ipywidgets import Widget

studio = Studio(gen)
with open("state.json", "w") as file:
    file.write(repr(Widget.get_manager_state()))
studio
"""


@dataclass
class Traces:
    """What a session has left behind.

    Attributes:
        notebook: with its outputs and the state of its widgets.
        folder: of everything that it wrote.
        streams: what the kernel's process wrote to its own streams.
        fal: the service.
    """

    notebook: NotebookNode
    folder: Path
    streams: str
    fal: FalEmulator

    def tracebacks(self) -> list[str]:
        """What was shown of each error."""
        return [
            "\n".join(output["traceback"])
            for cell in self.notebook.cells
            for output in cell.outputs
            if output["output_type"] == "error"
        ]


@pytest.fixture(scope="module")
def service() -> Iterator[FalEmulator]:
    """A service that knows the key, and has trouble with some prompts."""
    settings = FalSettings(keys=frozenset({KEY}), run_seconds=(0.1, 0.2), tiny_clips=True)

    def about(prompt: str) -> dict[str, object]:
        return {"when": lambda call: (call.input or {}).get("prompt") == prompt}

    with FalEmulator(settings) as fal:
        fal.add_fault(Fault(FaultKind.MODEL_FAILURE, **about("refused")))
        fal.add_fault(Fault(FaultKind.LOSE_REPLY, **about("lost")))
        yield fal


@pytest.fixture
def traces(tmp_path: Path, service: FalEmulator, capfd: pytest.CaptureFixture[str]) -> Traces:
    folder = tmp_path / "notebook"
    folder.mkdir()
    Image.new("RGB", (640, 360), "teal").save(folder / "start.png")
    environment = clean_environment(tmp_path, tmp_path / "home") | {
        "FAL_KEY": KEY,
        "RUSHES_FAL_QUEUE_URL": service.queue_url,
        "RUSHES_FAL_REST_URL": service.rest_url,
        "RUSHES_FAL_API_URL": service.api_url,
    }
    sources = [
        QUIET,
        WORK,
        AWAITED,
        BLOCKED,
        INCOMPLETE,
        UNKNOWN,
        LOST,
        STUDIO,
        PREVIEW,
        FROM_A_FILE,
        HALF_A_KEY,
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                source, metadata={"tags": ["raises-exception"] if source in RAISING else []}
            )
            for source in sources
        ]
    )
    client = NotebookClient(
        notebook,
        config=own_sockets(),
        timeout=120,
        resources={"metadata": {"path": str(folder)}},
    )
    # Its own blocking call would leave an event loop behind that nobody closes.
    asyncio.run(client.async_execute(env=environment))
    nbformat.write(notebook, folder / "takes.ipynb")
    output, errors = capfd.readouterr()
    return Traces(notebook, tmp_path, output + errors, service)


def test_the_key_is_nowhere(traces: Traces) -> None:
    """Not in journal, sidecars, names, logs, notebook, page, widgets, tracebacks, inputs, spool."""
    from nbconvert import HTMLExporter  # noqa: PLC0415 - takes half a second

    html, _ = HTMLExporter().from_notebook_node(traces.notebook)
    (traces.folder / "takes.html").write_text(html)
    files = [path for path in traces.folder.rglob("*") if path.is_file()]
    texts = {str(path): path.read_bytes() + str(path).encode() for path in files}
    texts["streams"] = traces.streams.encode()

    # What was searched is what there is to search.
    assert len(traces.tracebacks()) == len(RAISING)
    assert all("rushes" in traceback for traceback in traces.tracebacks())
    assert len(traces.fal.jobs) >= 4
    log = texts[str(traces.folder / "notebook" / "debug.log")]
    assert b"POST" in log
    assert b"httpcore" in log
    assert any(b"kept safe" in text for name, text in texts.items() if "journal" in name)
    assert "application/vnd.jupyter.widget-state+json" in traces.notebook.metadata["widgets"]

    found = [name for name, text in texts.items() if any(trace in text for trace in TRACES)]
    assert found == []
