"""How soon a video in a notebook moves, and how large the saved notebook becomes."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.films import write_film
from benchmarks.peers.environment import kernel_spec
from benchmarks.place import ROOT
from benchmarks.row import Row

if TYPE_CHECKING:
    from benchmarks.scale import Scale

MEGABYTES = {1: 5, 10: 10, 50: 30}
"""Size of each film, and its length in seconds."""

ROUNDS = 2

OURS = "rushes"
SAVED = "@jupyter-widgets/jupyterlab-manager:plugin"

SHOW = {
    OURS: (
        "python3",
        "from result import result\nresult({film!r})",
        "result({film!r})",
    ),
    "IPython Video": (
        "python3",
        "from IPython.display import Video",
        "Video({film!r}, embed=True, width=480)",
    ),
    "ipywidgets Video": (
        "python3",
        "from ipywidgets import Video",
        "Video.from_file({film!r}, width=480)",
    ),
    "mediapy": (
        "mediapy",
        "import mediapy\nfrom pathlib import Path\nfrom IPython.display import HTML",
        (
            "HTML(mediapy.html_from_compressed_video("
            "Path({film!r}).read_bytes(), width=480, height=270))"
        ),
    ),
}
"""By name: the kernel, a cell that prepares, and a cell that shows a film."""

RESULT = '''
from pathlib import Path

from rushes import VideoGenResult
from rushes.media.poster import make_poster


def result(film):
    """A finished take whose video is this film, with a poster as every take has."""
    path = Path(film).absolute()
    poster = path.with_suffix(".jpg")
    if not poster.exists():
        make_poster(path, poster)
    return VideoGenResult(
        generation_id="g", job_id="j", backend="fal", video_url="https://example.org/film.mp4",
        provider="seedance-2.0", mode="text-to-video", prompt="Waves",
        duration_seconds=5, width=1280, height=720, fps=24, path=path,
        poster_path=poster,
    )
'''

WATCH = """() => {
  const began = performance.now();
  return new Promise(resolve => {
    const seen = new WeakSet();
    const look = () => {
      for (const video of document.querySelectorAll('.jp-OutputArea video')) {
        if (seen.has(video)) continue;
        seen.add(video);
        video.muted = true;
        video.requestVideoFrameCallback(() => resolve(performance.now() - began));
        // As soon as it can: some get their source later than their place, or another one.
        const play = () => video.play().catch(() => {});
        video.addEventListener('loadstart', play);
        video.addEventListener('suspend', play);
        play();
      }
    };
    new MutationObserver(look).observe(document.body, {subtree: true, childList: true});
    jupyterapp.commands.execute('notebook:run-cell');
  });
}"""


def measure(scale: Scale) -> list[Row]:
    """Show each film in each way, in a new notebook each time."""
    ways = list(SHOW) if scale.has_peers else [OURS]
    rounds = ROUNDS if scale.has_peers else 1
    with tempfile.TemporaryDirectory() as folder:
        seen = _watch(Path(folder), ways, rounds)
    rows = []
    for size in MEGABYTES:
        times = {way: median(seen[way, size]["seconds"]) for way in ways}
        added = {way: median(seen[way, size]["bytes"]) for way in ways}
        others = [way for way in ways if way != OURS]
        ahead = all(times[OURS] < times[way] and added[OURS] < added[way] for way in others)
        rows.append(
            Row(
                measure=f"a film of {size} MB: first moving picture, bytes in the saved notebook",
                ours=_words(times[OURS], added[OURS]),
                target="ahead on both" if size > 1 else "",
                met=ahead if size > 1 and others else None,
                peers={way: _words(times[way], added[way]) for way in others},
                remark=f"JupyterLab, median of {rounds}, from running the cell",
                figures={"seconds": times, "bytes": added},
            )
        )
    return rows


def _words(seconds: float, added: float) -> str:
    return f"{seconds:.2f} s, {added / 1000:,.0f} kB"


def _watch(folder: Path, ways: list[str], rounds: int) -> dict[tuple[str, int], dict[str, Any]]:
    sys.path[:0] = [str(ROOT / "tests")]
    from lab.conftest import FLAGS  # noqa: PLC0415
    from lab.notebook import Notebook  # noqa: PLC0415
    from lab.server import LabServer  # noqa: PLC0415
    from support.chromium import chromium  # noqa: PLC0415 - from the tests, found above

    seen: dict[tuple[str, int], dict[str, Any]] = {
        (way, size): {"seconds": [], "bytes": []} for way in ways for size in MEGABYTES
    }
    server = LabServer(folder)
    if "mediapy" in ways:
        kernel_spec("mediapy", folder / ".jupyter" / "data")
    server.settings[SAVED] = {"saveState": True}
    with server, chromium(*FLAGS) as browser:
        desk = server.root / "desk"
        desk.mkdir()
        (desk / "result.py").write_text(RESULT)
        for size, seconds in MEGABYTES.items():
            write_film(desk / f"{size}.mp4", size, seconds)
        number = 0
        for _ in range(rounds):
            for (way, size), found in seen.items():
                kernel, imports, show = SHOW[way]
                number += 1
                context = browser.new_context(viewport={"width": 1400, "height": 1000})
                context.set_default_timeout(120_000)
                path = desk / f"{number}.ipynb"
                notebook = Notebook(context.new_page(), server, path)
                film = f"{size}.mp4"
                cells = (imports.format(film=film), show.format(film=film))
                notebook.write(*cells, kernel=kernel)
                before = path.stat().st_size
                notebook.open()
                notebook.run(0)
                notebook.wait_for_kernel()
                found["seconds"].append(notebook.page.evaluate(WATCH) / 1000)
                notebook.wait_for_kernel()
                notebook.save()
                found["bytes"].append(path.stat().st_size - before)
                context.close()
                server.shut_kernels_down()
                path.unlink()
    return seen
