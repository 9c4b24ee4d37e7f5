"""Runs the quickstart notebook as a reader would, without a key, and says what came of it.

The executed notebook, the same as a page, and the videos land in ``artifacts/demo``.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "notebooks" / "quickstart.ipynb"
OUT = ROOT / "artifacts" / "demo"

LONGEST_CELL = 300
"""Seconds that one cell may take."""


def main() -> int:
    """Run the notebook; the exit status is 1 when a cell fails."""
    # Only what an earlier run of this script wrote.
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    os.environ["RUSHES_BACKEND"] = "preview"
    os.environ["RUSHES_HOME"] = str(OUT / "home")
    os.environ["RUSHES_LIBRARY"] = str(OUT / "rushes-media")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    status = 0
    try:
        run(notebook)
    except CellExecutionError as error:
        print(f"\nA cell failed:\n{error}", file=sys.stderr)
        status = 1
    nbformat.write(notebook, OUT / NOTEBOOK.name)
    page = OUT / f"{NOTEBOOK.stem}.html"
    page.write_text(HTMLExporter().from_notebook_node(notebook)[0], encoding="utf-8")
    tell(page)
    return status


def run(notebook: NotebookNode) -> None:
    """Execute every cell in a new kernel and report on each.

    Raises:
        CellExecutionError: when a cell fails.
    """
    started: dict[str, float] = {}
    heading = ""

    def begin(cell: NotebookNode, **_: Any) -> None:
        nonlocal heading
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            heading = cell.source.splitlines()[0].strip("# ")
        started[cell.id] = time.monotonic()

    def end(cell: NotebookNode, **_: Any) -> None:
        print(f"  {time.monotonic() - started[cell.id]:5.1f} s  {heading}", flush=True)

    print(f"Running {NOTEBOOK.relative_to(ROOT)}", flush=True)
    # Without a kernel a page can only show what the widgets left for that case.
    NotebookClient(
        notebook,
        timeout=LONGEST_CELL,
        resources={"metadata": {"path": str(OUT)}},
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],
        on_cell_start=begin,
        on_cell_executed=end,
    ).execute()


def tell(page: Path) -> None:
    """Say where everything is."""
    here = Path.cwd()

    def shown(path: Path) -> str:
        return str(path.relative_to(here) if path.is_relative_to(here) else path)

    videos = sorted((OUT / "rushes-media").glob("*.mp4"))
    print(f"\n{len(videos)} videos:")
    for video in videos:
        print(f"  {shown(video)}  ({video.stat().st_size / 1e6:.1f} MB)")
    print(f"\nThe executed notebook:  {shown(OUT / NOTEBOOK.name)}")
    print(f"The same as a page:     {shown(page)}  (opens in any browser)")
    print("Live, in JupyterLab:    make lab")


if __name__ == "__main__":
    sys.exit(main())
