"""What nothing needs is removed from the home folder, and nothing else."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from rushes.contract.errors import InvalidParams, JournalError
from rushes.media import leftovers
from rushes.media.leftovers import KEPT_FOR, clear
from rushes.widgets.studio.state import draft_path, keep
from support.requests import FOX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rushes import VideoGen

FROM = FOX | {"mode": "image-to-video"}


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[int], Path]:
    """Makes different pictures."""

    def make(number: int) -> Path:
        path = tmp_path / f"picture {number}.png"
        Image.new("RGB", (640, 360), (number, 0, 0)).save(path)
        return path

    return make


def age(*paths: Path | str) -> None:
    """Make files as old as nobody needs them."""
    then = time.time() - KEPT_FOR - 60
    for path in paths:
        os.utime(path, (then, then))


def cleared(gen: VideoGen) -> set[str]:
    """What is left after the next day."""
    folder = gen.folders.inputs
    (folder / leftovers._MARK).unlink(missing_ok=True)
    clear(folder, gen.folders.drafts, gen.engine.journal.mentioned)
    return {path.name for path in folder.iterdir()} - {leftovers._MARK}


def test_what_was_never_sent_is_removed_after_a_week(gen, picture):
    """A plan copies its files; a job needs them, also when it has ended."""
    planned = gen.plan(**FROM, start_image_url=picture(1)).params.start_image_url
    job = gen.submit(**FROM, start_image_url=picture(2))
    job.result()
    young = gen.plan(**FROM, start_image_url=picture(3)).params.start_image_url
    age(planned, job.params.start_image_url)

    left = cleared(gen)

    assert left == {os.path.basename(name) for name in (job.params.start_image_url, young)}  # noqa: PTH119


def test_the_form_of_a_studio_needs_its_files(gen, picture):
    """It is shown again with them after a holiday."""
    kept = gen.plan(**FROM, start_image_url=picture(1)).params.start_image_url
    settings = {"providers": [], "mode": "image-to-video", "prompt": "", "values": {"start": kept}}
    keep(draft_path(gen.folders.home, gen.library), settings, [])
    age(kept)

    assert cleared(gen) == {os.path.basename(kept)}  # noqa: PTH119


def test_a_file_that_is_used_again_is_young(gen, picture):
    """Its week begins anew."""
    kept = gen.plan(**FROM, start_image_url=picture(1)).params.start_image_url
    age(kept)
    gen.plan(**FROM, start_image_url=picture(1))

    assert cleared(gen) == {os.path.basename(kept)}  # noqa: PTH119


def test_what_dead_processes_left_is_removed(gen):
    """Half a copy, and a file that a page never sent to its end."""
    folder = gen.folders.inputs
    (folder / (".upload-" + "a" * 24)).mkdir(parents=True)
    (folder / (".upload-" + "a" * 24) / "part").write_bytes(b"x")
    (folder / ("." + "b" * 16)).write_bytes(b"x")
    age(*folder.iterdir())

    assert cleared(gen) == set()


def test_nothing_of_the_users_is_removed(gen, tmp_path):
    """Files with other names stay, and what links lead to."""
    folder, outside = gen.folders.inputs, tmp_path / "outside"
    folder.mkdir(exist_ok=True)
    outside.mkdir()
    (outside / "file").write_text("mine")
    (folder / "notes.txt").write_text("mine")
    (folder / (".upload-" + "c" * 24)).symlink_to(outside)
    age(folder / "notes.txt")
    os.utime(folder / (".upload-" + "c" * 24), (0, 0), follow_symlinks=False)

    assert cleared(gen) == {"notes.txt"}
    assert (outside / "file").exists()


def test_it_is_done_once_a_day(gen, picture):
    """By one of all processes, because it reads every job."""
    planned = gen.plan(**FROM, start_image_url=picture(1)).params.start_image_url
    cleared(gen)
    age(planned)

    clear(gen.folders.inputs, gen.folders.drafts, gen.engine.journal.mentioned)

    assert os.path.exists(planned)  # noqa: PTH110


def test_a_journal_that_cannot_be_read_keeps_everything(gen, picture):
    """What is needed is not known then."""
    planned = gen.plan(**FROM, start_image_url=picture(1)).params.start_image_url
    age(planned)

    def broken(_: object) -> set[str]:
        raise JournalError(str(gen.folders.home))

    with pytest.raises(JournalError):
        clear(gen.folders.inputs, gen.folders.drafts, broken)
    assert os.path.exists(planned)  # noqa: PTH110


def test_a_plan_whose_copies_are_gone_is_not_sent(gen, picture, emulator):
    """It says which file is missing, before anything is paid."""
    plan = gen.plan(**FROM, start_image_url=picture(1))
    age(plan.params.start_image_url)
    cleared(gen)

    with pytest.raises(InvalidParams, match=r"start_image_url.*does not exist"):
        gen.submit(plan)
    assert emulator.jobs == []
