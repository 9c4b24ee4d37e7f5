"""The notebooks do what they say."""

from __future__ import annotations

import ast
import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

from emulators.fal import FAL_KEY, FalEmulator, FalSettings
from rushes.io.lock import FileLock
from rushes.media.probe import probe
from support.comfy import emulated
from support.kernels import own_sockets
from support.waiting import until

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
    """Run a notebook in a new kernel, in a folder of its own, on the preview.

    It takes a minute, so one of the processes that run the tests does it for all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    executed = folder / f"executed-{name}"
    lock = FileLock(folder / "lock")
    until(lock.acquire, 240.0, pause=0.2)
    try:
        if not executed.exists():
            nbformat.write(_run(name, folder), executed)
    finally:
        lock.release()
    return Run(nbformat.read(executed, as_version=4), folder)


def _run(name: str, folder: Path) -> NotebookNode:
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    client = NotebookClient(
        notebook,
        config=own_sockets(),
        timeout=180,
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--log-level=ERROR"],
    )
    # Tests have homes of their own, and a notebook has the same one whichever test runs it.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUSHES_HOME", str(folder.parent / f"home of {name}"))
        # Its own blocking call would leave an event loop behind that nobody closes.
        asyncio.run(client.async_execute())
    return notebook


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home without history and without anybody's settings."""
    shared = tmp_path_factory.getbasetemp()
    folder = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "notebooks"
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


@pytest.fixture(scope="module")
def explore(environment: Path) -> Run:
    return execute("explore.ipynb", environment / "explore")


@pytest.fixture(scope="module")
def bakeoff(environment: Path) -> Run:
    return execute("bakeoff.ipynb", environment / "bakeoff")


@pytest.fixture(scope="module")
def models(environment: Path) -> Run:
    return execute("models.ipynb", environment / "models")


@pytest.fixture(scope="module")
def local(environment: Path) -> Run:
    """With a ComfyUI server and fal, both emulated."""
    fal = FalSettings(run_seconds=(0.1, 0.1), tiny_clips=True)
    with emulated() as comfy, FalEmulator(fal) as paid, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUSHES_COMFYUI_URL", comfy.base_url)
        patch.setenv("FAL_KEY", FAL_KEY)
        for name in ("queue", "rest", "api"):
            patch.setenv(f"RUSHES_FAL_{name.upper()}_URL", paid.urls[name])
        return execute("local.ipynb", environment / "local")


def test_every_notebook_is_tested() -> None:
    """A notebook that nobody runs is wrong sooner or later."""
    assert {path.name for path in NOTEBOOKS.glob("*.ipynb")} == {
        "bakeoff.ipynb",
        "compare.ipynb",
        "explore.ipynb",
        "local.ipynb",
        "models.ipynb",
        "quickstart.ipynb",
        "recovery.ipynb",
    }


@pytest.mark.parametrize(
    "name", ["bakeoff", "compare", "explore", "local", "models", "quickstart", "recovery"]
)
def test_no_cell_fails_or_complains(name: str, request: pytest.FixtureRequest) -> None:
    """Run from top to bottom, a notebook raises nothing and writes no warnings."""
    run: Run = request.getfixturevalue(name)
    assert list(run.outputs("error")) == []
    assert [output["text"] for output in run.outputs("stream") if output["name"] == "stderr"] == []


def test_the_local_model_is_compared_with_the_paid_one(local: Run) -> None:
    """A workflow becomes a provider, runs for nothing, and is compared with a paid model."""
    printed = "".join(local.shown("text/plain"))
    assert "A ComfyUI server and fal" in printed
    assert "size and frames.batch_size" in printed
    assert "your card" in printed
    assert len(local.videos) == 9


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


def test_six_models_make_a_take_each(models: Run) -> None:
    """Each has a price before and a video after, and the impossible request makes none."""
    assert len(models.videos) == 6
    assert models.printed().count("about $") == 6
    assert "at most 10" in models.printed()


def test_the_killed_process_loses_nothing(recovery: Run) -> None:
    """The job of the killed process is handed out here, once, and was made once."""
    assert "completed lanterns\n" in recovery.printed()
    assert recovery.printed().endswith("False\n")
    [video] = recovery.videos
    assert probe(video).seconds == pytest.approx(6.0, abs=0.05)


def test_nothing_is_uncertain_at_the_preview(recovery: Run) -> None:
    """The last cell shows the empty list that the text announces."""
    assert recovery.cells[-1].outputs[0]["data"]["text/plain"] == "No jobs."


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


def test_exploring_makes_each_take_once(explore: Run) -> None:
    """All combinations, as files that are small and as long as was asked for."""
    assert len(explore.videos) == 24
    assert "24 of 24 takes done" in "".join(explore.shown("text/plain"))
    clip = probe(explore.videos[0])
    assert (clip.seconds, clip.width) == (pytest.approx(4.0, abs=0.05), 864)


def test_exploring_finds_the_taste_that_judged(explore: Run) -> None:
    """The light matters most, the animal next, and the model not at all."""
    means = ast.literal_eval(
        next(text for text in explore.shown("text/plain") if text.startswith("{'light: at dawn'"))
    )
    assert means["light: at dawn"] - means["light: under neon"] > 1.5
    assert means["animal: fox"] > means["animal: heron"] > means["animal: beetle"]
    assert means["provider: seedance-2.0-fast"] == means["provider: seedance-2.0"]
    assert len(explore.shown("image/svg+xml")) == 1


def test_exploring_shows_a_board_and_tables(explore: Run) -> None:
    """The board is a widget; a list of takes has their stills and their marks."""
    assert len(explore.shown("application/vnd.jupyter.widget-view+json")) == 1
    assert any("picked, 5 stars" in page for page in explore.shown("text/html"))
    assert any(page.count("data:image/jpeg") == 6 for page in explore.shown("text/html"))
    rows = (explore.folder / "salt-flat.csv").read_text("utf-8").splitlines()
    assert len(rows) == 25


def test_running_all_again_buys_nothing(explore: Run, environment: Path) -> None:
    """Neither in the same folder, nor in a copy of it."""
    copy = environment / "copy of explore"
    if not copy.exists():
        shutil.copytree(explore.folder, copy, ignore=shutil.ignore_patterns("executed-*", "lock"))

    for folder in (explore.folder, copy):
        again = Run(_run("explore.ipynb", folder), folder)
        assert "24 of 24 takes done" in "".join(again.shown("text/plain"))
        assert list(again.outputs("error")) == []

    with closing(sqlite3.connect(environment / "home of explore.ipynb" / "journal.sqlite3")) as db:
        (made,) = db.execute(
            "SELECT count(*) FROM jobs WHERE id LIKE 'sweep-%' AND folder LIKE '%explore%'"
        ).fetchone()
    assert made == 24
    assert len(list((copy / "rushes-media").glob("*.mp4"))) == 24


def test_a_bake_off_finds_the_taste_of_its_voters(bakeoff: Run) -> None:
    """In the order that was put in, of all prompts."""
    looks = [line.split("  ")[0] for line in bakeoff.printed().splitlines() if " looks " in line]
    assert looks == ["Seedance 2.0", "Kling 3.0 standard", "Seedance 2.0 fast"]
    [page] = [page for page in bakeoff.shown("text/html") if "Votes won on each prompt" in page]
    assert "108 votes on 6 of 6 prompts" in page
    assert (
        "Seedance 2.0 looks better than " in page or "looks better than Seedance 2.0 fast" in page
    )
    assert page.count("<svg") == 2


def test_a_bake_off_leaves_its_takes_and_its_report(bakeoff: Run) -> None:
    """A take of every prompt by every provider, and a page that names them all."""
    assert len(bakeoff.videos) == 18
    report = (bakeoff.folder / "landscapes.html").read_text("utf-8")
    assert all(prompt in report for prompt in ("A paper boat in the rain", "Waves break"))
