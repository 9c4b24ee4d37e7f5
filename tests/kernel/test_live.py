"""What a cell shows while it waits: one display, which becomes the video."""

from __future__ import annotations

from itertools import count, pairwise
from typing import TYPE_CHECKING

import pytest

from support.kernels import TAKE, CellError, Kernel
from support.previews import busy_preview

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

SETUP = "import asyncio, rushes\ngen = rushes.VideoGen('preview')"

WAITS = {
    "generate": f"await gen.generate({TAKE!r})",
    "generate_sync": f"gen.generate_sync({TAKE!r})",
    "job": f"await gen.submit({TAKE!r})",
    "result": f"gen.submit({TAKE!r}).result()",
}


@pytest.fixture(autouse=True)
def _setup(kernel: Kernel) -> None:
    kernel.run(SETUP)


@pytest.mark.parametrize("cell", WAITS.values(), ids=WAITS)
@pytest.mark.parametrize("last", ["take", "None"])
def test_a_wait_shows_a_line_that_becomes_the_video(kernel: Kernel, cell: str, last: str) -> None:
    """One output is left, whether the cell ends with the video or not."""
    shown = kernel.run(f"take = {cell}\n{last}", attended=True)

    (first, *more), (left,) = shown.shown(), shown.left()
    job = kernel.value("take.job_id")
    assert f"job {job}" in first["text/html"]
    assert "<video" not in first["text/html"]
    assert 'role="progressbar"' in first["text/html"]
    assert "<video" in left["text/html"]
    assert more == []


def test_several_waits_of_a_cell_share_a_display(kernel: Kernel) -> None:
    """It becomes a table with a still of each, not a wall of players."""
    cell = kernel.run(
        f"jobs = [gen.submit({TAKE!r} | {{'seed': seed}}) for seed in (1, 2)]\n"
        "takes = await asyncio.gather(*jobs)",
        attended=True,
    )

    (left,) = cell.left()
    assert left["text/html"].count("<img") == 2
    assert left["text/plain"].count("completed") == 2
    for job in kernel.value("[job.id for job in jobs]"):
        assert job in left["text/plain"]


def test_a_job_at_the_end_of_a_cell_is_shown_until_its_video(kernel: Kernel, home: Path) -> None:
    """Also after the cell has ended, while the kernel has nothing else to do."""
    with busy_preview(home):
        cell = kernel.run(f"job = gen.submit({TAKE!r})\njob", attended=True)
        (first,) = cell.left()
        assert "<video" not in first["text/html"]
    while "<video" not in (bundle := kernel.next_display())["text/html"]:
        assert 'role="progressbar"' in bundle["text/html"]


@pytest.mark.parametrize(
    ("off", "attended"),
    [("progress=False", True), ("progress=None", False)],
    ids=["asked for", "nobody there"],
)
def test_nothing_is_shown_where_nobody_looks(kernel: Kernel, off: str, *, attended: bool) -> None:
    """With ``progress=False``, and where nbconvert or papermill runs the notebook."""
    cell = kernel.run(f"take = await gen.generate({TAKE!r}, {off})", attended=attended)

    assert cell.left() == []
    # The video at the end of a cell is shown all the same.
    (left,) = kernel.run("take", attended=attended).left()
    assert "<video" in left["text/html"]


def test_a_setting_of_the_client_holds_for_its_waits(kernel: Kernel) -> None:
    """And a call can say otherwise."""
    kernel.run("quiet = rushes.VideoGen('preview', progress=False)")

    assert kernel.run(f"await quiet.generate({TAKE!r});", attended=True).updates() == []
    assert kernel.run(f"await quiet.generate({TAKE!r}, progress=True);", attended=True).updates()


def test_what_is_shown_is_saved_once_and_seldom_replaced(kernel: Kernel) -> None:
    """A few updates a second, and none that says the same."""
    cell = kernel.run(f"take = await gen.generate({TAKE!r})", attended=True)
    updates = [bundle["text/html"] for bundle in cell.updates()]

    assert all(one != other for one, other in pairwise(updates))
    assert len(updates) <= 3 * kernel.value("take.timings.total") + 3


def test_a_failed_wait_leaves_why(kernel: Kernel, home: Path) -> None:
    """The line becomes what went wrong; the error is raised all the same."""
    with busy_preview(home), pytest.raises(CellError) as caught:
        kernel.run(f"job = gen.submit({TAKE!r})\njob.cancel()\nawait job", attended=True)

    (left,) = caught.value.cell.left()
    assert "was cancelled" in left["text/html"]


CLOSE_LATER = """
import pathlib, threading, time

def close():
    while not pathlib.Path("go").exists():
        time.sleep(0.01)
    other.close()

threading.Thread(target=close).start()
"""


def test_an_end_of_the_client_leaves_what_is_true(kernel: Kernel, home: Path) -> None:
    """A job that nobody in this kernel follows any more is not said to be in line."""
    with busy_preview(home):
        kernel.run(
            f"other = rushes.VideoGen('preview', home='other')\njob = other.submit({TAKE!r})\njob",
            attended=True,
        )
        # Later, because what is shown while another cell runs is not its output.
        kernel.run(CLOSE_LATER)
        (kernel.folder / "go").touch()
        while "continues" not in (bundle := kernel.next_display())["text/plain"]:
            pass
    assert kernel.value("job.id") in bundle["text/plain"]


def test_a_forgotten_await_says_so(kernel: Kernel) -> None:
    """Nothing was sent, and the words say what to write."""
    (left,) = kernel.run(f"it = gen.generate({TAKE!r})\nit", attended=True).left()

    assert "write await in front of it" in left["text/plain"]
    with pytest.raises(CellError, match="generate_sync"):
        kernel.run("it.path")
    kernel.run("it.close()")


_numbers = count(1)


def zoo() -> str:
    """A sweep of two takes that no other test has made in this kernel's library."""
    number = next(_numbers)
    return (
        f"sweep = gen.sweep('A {{animal}}', animal=['fox {number}', 'hare {number}'], "
        f"provider='kling-3.0-standard', duration_seconds=3, name='zoo {number}')\n"
    )


@pytest.mark.parametrize("wait", ["sweep.wait()", "await sweep"])
def test_a_wait_for_a_sweep_shows_a_bar(kernel: Kernel, wait: str) -> None:
    """One display, which says in the end what became of all."""
    shown = kernel.run(f"{zoo()}sweep.run()\n{wait}\nNone", attended=True)

    (first,), (left,) = shown.shown(), shown.left()
    assert 'role="progressbar"' in first["text/html"]
    assert "of 2 takes done" in first["text/plain"]
    assert "2 of 2 takes done" in left["text/plain"]
    assert "progressbar" not in left["text/html"]


def test_a_sweep_at_the_end_of_a_cell_is_shown_until_it_is_over(kernel: Kernel, home: Path) -> None:
    """Also after the cell has ended; before it is run it is a plan, which nothing replaces."""
    (plan,) = kernel.run(f"{zoo()}sweep", attended=True).left()
    assert "nothing sent yet" in plan["text/plain"]
    assert "progressbar" not in plan["text/html"]
    with busy_preview(home):
        cell = kernel.run("sweep.run()", attended=True)
        (first,) = cell.left()
        assert 'role="progressbar"' in first["text/html"]
    while "2 of 2" not in (bundle := kernel.next_display())["text/plain"]:
        assert 'role="progressbar"' in bundle["text/html"]


def test_a_sweep_and_a_job_share_a_display(kernel: Kernel) -> None:
    """Both are there in the end."""
    shown = kernel.run(
        f"{zoo()}job = gen.submit({TAKE!r})\nsweep.run()\nawait job\nawait sweep\nNone",
        attended=True,
    )
    (left,) = shown.left()
    assert "2 of 2 takes done" in left["text/html"]
    assert "<video" in left["text/html"]
