"""The library explains itself: takes are shown by what lies in their folder."""

from __future__ import annotations

import shutil

import pytest

from rushes import compare


@pytest.fixture
def moved(page, make_gen, tmp_path):
    """A client of another machine, in whose library two takes of this one were copied."""
    for number in (1, 2):
        page.make_take(f"k{number}", prompt=f"Fox {number}", seed=number)
    library = tmp_path / "elsewhere" / "rushes-media"
    shutil.copytree(page.studio.gen.library, library)
    return make_gen(home=tmp_path / "other home", library=library)


def test_a_moved_library_shows_its_takes(page, moved, show):
    """As they were, newest first, with nothing of their jobs."""
    takes = show(moved).studio._takes

    before = page.studio._takes
    assert [take["prompt"] for take in takes] == ["Fox 2", "Fox 1"]
    assert all(take["found"] for take in takes)
    for name in ("facts", "width", "durationSeconds", "providerTitle", "bytes"):
        assert [take[name] for take in takes] == [take[name] for take in before]


def test_a_take_without_a_job_plays_and_is_compared(moved, show, tmp_path, monkeypatch):
    """Its bytes, its frame and its comparison come from its file."""
    monkeypatch.chdir(tmp_path)
    page = show(moved)
    keys = [take["job"] for take in page.studio._takes]

    whole = page.ask("media", job=keys[0], part="video", offset=0)
    path = page.ask("locate", job=keys[0])["value"]["path"]
    page.studio._selected = keys

    assert whole["value"]["total"] == len(bytes(whole["buffers"][0]))
    assert path.startswith(str(moved.library))
    assert page.ask("borrow", job=keys[0], field="image")["value"]["path"].endswith(".png")
    assert page.ask("standings", jobs=keys)["value"]["standings"] == []
    assert [take.path.parent for take in page.studio.selected] == [moved.library] * 2
    assert len(compare(*page.studio.selected)._takes) == 2


def test_what_needs_a_job_is_refused_for_a_file(moved, show):
    """In words, and nothing happens to the file."""
    page = show(moved)
    key = page.studio._takes[0]["job"]

    asked = {"cancel": {}, "hide": {"hidden": True}, "retry": {"key": "k"}}
    replies = [page.ask(kind, job=key, **more) for kind, more in asked.items()]

    assert not any(reply["ok"] for reply in replies)
    assert all("no job" in reply["error"]["message"].lower() for reply in replies)
    assert len(show(moved).studio._takes) == 2


def test_a_take_of_the_journal_is_shown_once(page, show):
    """Also when it was removed from the list: its sidecar does not bring it back."""
    kept, hidden = page.make_take("k1"), page.make_take("k2")
    assert page.ask("hide", job=hidden, hidden=True)["ok"]

    takes = show().studio._takes

    assert [take["job"] for take in takes] == [kept]


def test_a_file_that_was_moved_inside_the_library_is_found(page, show):
    """By its name in another folder, or by its sidecar under another name."""
    gen = page.studio.gen
    jobs = [page.make_take(key) for key in ("k1", "k2")]
    first, second = (gen.job(job).finished.path for job in jobs)
    inside = gen.library / "keepers"
    inside.mkdir()
    first.rename(inside / first.name)
    for suffix in (".mp4", ".json"):
        second.with_suffix(suffix).rename(gen.library / f"hero{suffix}")

    found = [gen.job(job).finished.path for job in jobs]
    again = show()

    assert found == [inside / first.name, gen.library / "hero.mp4"]
    assert len(compare(*map(gen.job, jobs))._takes) == 2
    assert sorted(take["job"] for take in again.studio._takes) == sorted(jobs)
    assert all(take["bytes"] for take in again.studio._takes)


def test_a_job_is_found_in_the_library_of_the_client(page, make_gen, tmp_path):
    """The folder was moved, and the client was told where to."""
    job = page.make_take()
    gen = page.studio.gen
    home, library = gen.folders.home, tmp_path / "new place"
    gen.library.rename(library)

    result = make_gen(home=home, library=library).job(job).finished

    assert result.path.parent == library
    assert result.poster_path.exists()


def test_a_file_that_is_nowhere_is_told(page, show):
    """On its card, with what to do."""
    job = page.make_take()
    page.studio.gen.job(job).finished.path.unlink()

    (take,) = show().studio._takes

    assert "Move it back" in take["notes"][0]


def test_the_folder_that_is_shown_is_named(page, make_gen, show, tmp_path):
    """And where takes are, when there are none in it."""
    page.make_take()
    home = page.studio.gen.folders.home

    empty = show(make_gen(home=home, library=tmp_path / "copy" / "rushes-media")).studio

    assert empty._library["elsewhere"] == str(page.studio.gen.library)
    assert page.studio._library["path"].endswith(page.studio.gen.library.name)
    assert page.studio._library["elsewhere"] is None


def test_a_sidecar_speaks_for_no_job(page, make_gen, show, tmp_path):
    """It may name any job: what is done to its take is never done to that job."""
    job = page.make_take()
    gen = page.studio.gen
    library = tmp_path / "gift"
    shutil.copytree(gen.library, library)

    given = show(make_gen(home=gen.folders.home, library=library))
    (take,) = given.studio._takes

    assert take["job"] != job
    assert not given.ask("hide", job=take["job"], hidden=True)["ok"]
    assert not gen.is_hidden(job)
