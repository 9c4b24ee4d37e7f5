"""The notebooks do what they say."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

from rushes.media.probe import probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

pytestmark = pytest.mark.slow

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@dataclass
class Run:
    """A notebook that was executed from top to bottom.

    Attributes:
        notebook: with its outputs.
        folder: where it ran.
    """

    notebook: NotebookNode
    folder: Path

    @property
    def cells(self) -> list[NotebookNode]:
        """Its cells of code."""
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]

    @property
    def videos(self) -> list[Path]:
        """What is in its library."""
        return sorted((self.folder / "rushes-media").glob("*.mp4"))

    def printed(self) -> str:
        """All that its cells printed."""
        return "".join(output["text"] for output in self.outputs("stream"))

    def shown(self, kind: str) -> list[str]:
        """All that its cells displayed, of one MIME type."""
        data = [
            output["data"]
            for output in (*self.outputs("execute_result"), *self.outputs("display_data"))
        ]
        return [bundle[kind] for bundle in data if kind in bundle]

    def outputs(self, kind: str) -> Iterator[dict[str, Any]]:
        """The outputs of one kind."""
        for cell in self.cells:
            yield from (output for output in cell.outputs if output.output_type == kind)


def execute(name: str, folder: Path) -> Run:
    """Run a notebook in a new kernel, in a folder of its own, on the preview."""
    folder.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=180,
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--log-level=ERROR"],
    )
    # Its own blocking call would leave an event loop behind that nobody closes.
    asyncio.run(client.async_execute())
    return Run(notebook, folder)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home without history and without anybody's settings."""
    folder = tmp_path_factory.mktemp("notebooks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUSHES_HOME", str(folder / "home"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        for name in ("RUSHES_LIBRARY", "RUSHES_CONFIG", "RUSHES_BACKEND", "FAL_KEY"):
            patch.delenv(name, raising=False)
        yield folder


@pytest.fixture(scope="module")
def quickstart(environment: Path) -> Run:
    return execute("quickstart.ipynb", environment / "quickstart")


@pytest.fixture(scope="module")
def recovery(environment: Path) -> Run:
    return execute("recovery.ipynb", environment / "recovery")


@pytest.fixture(scope="module")
def compare(environment: Path) -> Run:
    return execute("compare.ipynb", environment / "compare")


def test_every_notebook_is_tested() -> None:
    """A notebook that nobody runs is wrong sooner or later."""
    assert {path.name for path in NOTEBOOKS.glob("*.ipynb")} == {
        "compare.ipynb",
        "quickstart.ipynb",
        "recovery.ipynb",
    }


@pytest.mark.parametrize("name", ["compare", "quickstart", "recovery"])
def test_no_cell_fails_or_complains(name: str, request: pytest.FixtureRequest) -> None:
    """Run from top to bottom, a notebook raises nothing and writes no warnings."""
    run: Run = request.getfixturevalue(name)
    assert list(run.outputs("error")) == []
    assert [output["text"] for output in run.outputs("stream") if output["name"] == "stderr"] == []


def test_the_quickstart_leaves_videos_that_play(quickstart: Run) -> None:
    """Each take is an MP4 of the length that was asked for, beside the notebook."""
    clips = [probe(path) for path in quickstart.videos]
    assert len(clips) == 4
    assert [clip.seconds for clip in clips] == pytest.approx([4.0] * 4, abs=0.05)
    assert sorted((clip.width, clip.height) for clip in clips) == [(864, 496)] + [(1280, 720)] * 3


def test_the_quickstart_shows_every_take_inline(quickstart: Run) -> None:
    """Each result is a player of the file beside the notebook."""
    pages = [page for page in quickstart.shown("text/html") if "<video" in page]
    for video in quickstart.videos:
        assert any(f'src="rushes-media/{video.name}"' in page for page in pages), video.name


def test_the_quickstart_shows_the_studio(quickstart: Run) -> None:
    """The Studio is a widget, and HTML where there are no widgets."""
    [view] = quickstart.shown("application/vnd.jupyter.widget-view+json")
    state = quickstart.notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]
    takes = state["state"][view["model_id"]]["state"]["_takes"]  # type: ignore[index]
    assert [take["state"] for take in takes] == ["completed"] * 4


def test_the_quickstart_sends_nothing_that_is_wrong(quickstart: Run) -> None:
    """The faulty request is told with both its faults, and makes no job."""
    printed = quickstart.printed()
    assert "2 problems; nothing was sent or paid" in printed
    assert "resolution:" in printed
    assert "duration_seconds:" in printed


def test_the_quickstart_tells_prices_with_their_day(quickstart: Run) -> None:
    """An estimate for each provider, called one."""
    assert quickstart.printed().count("about $") == 3
    assert quickstart.printed().count("(price of 20") == 3


def test_the_killed_process_loses_nothing(recovery: Run) -> None:
    """The job of the killed process is handed out here, once, and was made once."""
    assert "completed lanterns\n" in recovery.printed()
    assert recovery.printed().endswith("False\n")
    [video] = recovery.videos
    assert probe(video).seconds == pytest.approx(6.0, abs=0.05)


def test_nothing_is_uncertain_at_the_preview(recovery: Run) -> None:
    """The last cell shows the empty list that the text announces."""
    assert recovery.cells[-1].outputs[0]["data"]["text/plain"] == "[]"


def test_takes_are_compared_in_a_widget(compare: Run) -> None:
    """The takes stand side by side in one view."""
    assert len(compare.shown("application/vnd.jupyter.widget-view+json")) == 1


def test_a_comparison_leaves_its_exports(compare: Run) -> None:
    """The film lasts as long as the longest take, and the other files are there."""
    folder = compare.folder / "compared"
    assert {path.name for path in folder.iterdir()} == {
        "lantern-2s.png",
        "lantern-sheet.png",
        "lantern.html",
        "lantern.mp4",
    }
    film = probe(folder / "lantern.mp4")
    assert film.seconds == pytest.approx(5.0, abs=0.05)
    assert film.has_audio


def test_a_comparison_shows_its_exports(compare: Run) -> None:
    """The film plays from beside the notebook, and the contact sheet is a picture."""
    assert any('src="compared/lantern.mp4"' in page for page in compare.shown("text/html"))
    assert len(compare.shown("image/png")) == 1


def test_a_comparison_counts_votes(compare: Run) -> None:
    """No vote was cast, and the made-up ones stand in a table."""
    empty, table = (
        page for page in compare.shown("text/html") if "votes" in page or "rate" in page
    )
    assert "No votes yet" in empty
    assert table.count("<tr>") == 5
    assert "<td>62%</td><td>39% to 82%</td>" in table
