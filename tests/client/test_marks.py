"""Judging takes from Python: in the journal, in the sidecar, and which of the two counts."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, strategies as st

import rushes
from reliability.asking import at_rest, in_state
from rushes import InvalidParams, JobNotFound, Marks, VideoGen
from rushes.contract.media_errors import LibraryUnwritable
from rushes.engine import marking
from rushes.journal import JobState, SqliteJournal
from rushes.media.found import Folder
from rushes.media.sidecar import facts_beside, judged_beside, read_sidecar
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rushes import Job


@pytest.fixture
def take(gen: VideoGen) -> Job:
    """A finished take."""
    job = gen.submit(FOX)
    at_rest(gen, job)
    return job


# --- what a mark may be --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"pick": np.array(1) > 0}, {"pick": True}),
        ({"stars": np.int64(3)}, {"stars": 3}),
        ({"stars": 3.0}, {"stars": 3}),
        ({"tags": {"b", "a"}}, {"tags": ["a", "b"]}),
        (
            {"tags": [" two  words ", "two words", "Zoo", "apple"]},
            {"tags": ["apple", "two words", "Zoo"]},
        ),
        ({"tags": np.array(["a"])}, {"tags": ["a"]}),
        ({"tags": None, "stars": None, "pick": None}, {}),
        ({"note": "  a\r\nb\t  "}, {"note": "a\nb"}),
        ({"note": "   "}, {}),
        (
            {"tags": ["👩‍🎤", "żółw"], "note": "naïve ☂"},
            {"tags": ["żółw", "👩‍🎤"], "note": "naïve ☂"},
        ),
    ],
)
def test_marks_are_kept_in_one_form(given, kept):
    """Whatever types a table has, and however they are spaced."""
    assert Marks(**given).to_json() == kept


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"pick": "yes"}, "pick: 'yes' is not a judgement; give True"),
        ({"pick": 1}, "pick: 1 is not a judgement"),
        ({"stars": 0}, "stars: 0 is not a number of stars; give 1 to 5, or None"),
        ({"stars": 6}, "stars: 6"),
        ({"stars": 2.5}, "stars: 2.5"),
        ({"stars": True}, "stars: True"),
        ({"stars": float("nan")}, "stars: nan"),
        ({"stars": "5"}, "stars: '5'"),
        ({"tags": "hero"}, 'give some like {"hero", "night"}'),
        ({"tags": {"hero": 1}}, "is not a collection of tags"),
        ({"tags": 5}, "tags: 5 is not a collection"),
        ({"tags": ["a", 5]}, "tags: 5 is not a tag"),
        ({"tags": [""]}, "tags: '' is not a tag"),
        ({"tags": ["a,b"]}, "without commas"),
        ({"tags": ["a\x1b[31m"]}, "control characters"),
        ({"tags": ["a\u202eb"]}, "is not a tag"),
        ({"tags": ["a\ud800"]}, "is not a tag"),
        ({"tags": ["x" * 61]}, "has 61 characters; give a tag of 60 at most"),
        ({"tags": [str(n) for n in range(51)]}, "51 are too many tags; give 50 at most"),
        ({"tags": range(10**9)}, "1,000,000,000 are too many tags"),
        ({"note": 5}, "note: 5 is not a note"),
        ({"note": "a\x00"}, "control characters"),
        ({"note": "x" * 4_001}, "4,001 characters is too long; give 4,000 at most"),
        (
            {"star": 5},
            "star: is not a mark; there are pick, stars, tags, note. Did you mean stars?",
        ),
    ],
)
def test_a_wrong_mark_says_what_is_allowed(wrong, words):
    """And that nothing was changed."""
    with pytest.raises(InvalidParams) as raised:
        Marks().changed(wrong)

    assert words in raised.value.message
    assert raised.value.message.endswith("No mark was changed.")
    assert [problem.parameter for problem in raised.value.problems] == list(wrong)


def test_all_that_is_wrong_is_named():
    """Not the first alone."""
    with pytest.raises(InvalidParams) as raised:
        Marks(stars=9, tags="x", note="fine")

    assert [problem.parameter for problem in raised.value.problems] == ["stars", "tags"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda parts: st.lists(parts, max_size=5) | st.dictionaries(st.text(), parts, max_size=5),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["pick", "stars", "tags", "note", "x"]), JSON) | JSON)
def test_marks_of_a_file_are_read_whatever_they_are(data):
    """What makes no sense counts as absent, and what is read can be written again."""
    marks = Marks.from_json(data)

    assert Marks(**dict(marks)) == marks
    assert Marks.from_json(json.loads(json.dumps(marks.to_json()))) == marks


def test_what_is_wrong_in_a_file_costs_the_rest_nothing():
    """Stars stay though the tags are damaged."""
    assert Marks.from_json({"stars": 4, "tags": "x", "pick": 1}) == Marks(stars=4)


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        (Marks(), "not judged"),
        (Marks(pick=True), "picked"),
        (Marks(pick=False, stars=1), "rejected, 1 star"),
        (Marks(stars=3, tags=["b", "a"], note="two\nlines"), "3 stars, a, b: two lines"),
        (Marks(note="only"), "only"),
    ],
)
def test_marks_print_as_a_sentence(marks, words):
    """For a cell that ends with them."""
    assert str(marks) == words
    assert repr(marks) == f"<Marks {words}>"


# --- where they are ------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["job", "result", "client", "id", "end", "path", "text"])
def test_every_way_to_name_a_take_marks_it(gen: VideoGen, take: Job, way: str) -> None:
    """The job, its result and its sidecar say the same."""
    path = take.finished.path
    marked = {
        "job": take.mark,
        "result": take.finished.mark,
        "client": lambda **marks: gen.mark(take, **marks),
        "id": lambda **marks: gen.mark(take.id, **marks),
        "end": lambda **marks: gen.mark(take.id[-8:], **marks),
        "path": lambda **marks: gen.mark(path, **marks),
        "text": lambda **marks: gen.mark(str(path), **marks),
    }[way](pick=True, stars=4, tags={"hero"})

    assert marked == Marks(pick=True, stars=4, tags=["hero"])
    assert take.marks == take.finished.marks == gen.job(take.id).marks == marked
    assert facts_beside(path)[0].marks == marked
    assert take.mark(stars=None) == Marks(pick=True, tags=["hero"])


@pytest.mark.parametrize("odd", [5, None, b"x", ["a"]])
def test_what_is_no_take_is_named(gen: VideoGen, odd: object) -> None:
    """With what a take is."""
    with pytest.raises(
        InvalidParams, match="is not a take; give a job, a take, a result, a job's id"
    ):
        gen.mark(odd, stars=1)


def test_a_video_without_a_sidecar_has_no_place_for_marks(gen: VideoGen, tmp_path: Path) -> None:
    """Nothing is written beside it."""
    (tmp_path / "film.mp4").touch()
    with pytest.raises(JobNotFound, match="no sidecar that rushes wrote"):
        gen.mark(tmp_path / "film.mp4", stars=1)
    with pytest.raises(JobNotFound, match="No job has the id 'nope'"):
        gen.mark("nope", stars=1)

    assert not (tmp_path / "film.json").exists()


def test_a_table_has_a_column_for_each(take: Job) -> None:
    """Flat, as the other values."""
    take.mark(pick=False, tags={"a", "b"})
    row = take.finished.to_dict()

    assert (row["pick"], row["stars"], row["tags"], row["note"]) == (False, None, "a, b", None)
    assert "marks" not in take.finished.to_json()


def test_a_result_can_be_marked_without_its_client(make_gen: Callable[..., VideoGen]) -> None:
    """The sidecar keeps the marks, and the next client finds that they are later."""
    gen = make_gen()
    job = gen.submit(FOX)
    result = pickle.loads(pickle.dumps(job.result(60)))
    result.mark(stars=1)
    gen.close()
    date_later(result.path)
    assert result.mark(stars=5) == Marks(stars=5)
    date_later(result.path)

    again = make_gen()
    assert again.job(job.id).marks == Marks(stars=1)
    assert [record.marks.stars for record in again.takes(limit=5)] == [5]
    assert again.job(job.id).marks == Marks(stars=5)


def date_later(video: Path, by: float = 60.0) -> None:
    """As if the sidecar had been written a while after all that came before."""
    later = time.time() + by
    os.utime(video.with_suffix(".json"), (later, later))


# --- a job that is under way ---------------------------------------------------------------------


def test_a_job_is_marked_while_it_is_made(make_gen, emulator) -> None:
    """Its next write succeeds, and its sidecar has the marks from the start."""
    emulator.settings.run_seconds = AN_HOUR
    gen, other = make_gen(), make_gen()
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)
    with SqliteJournal_of(gen) as journal:
        journal.mark(job.id, {"stars": 3})
    job.mark(tags={"early"})
    emulator.advance(A_WHILE)
    record = at_rest(gen, job)

    assert record.state is JobState.COMPLETED
    assert emulator.counts["submit"] == 1
    assert job.marks == other.job(job.id).marks == Marks(stars=3, tags=["early"])
    assert judged_beside(job.finished.path).marks == job.marks


class SqliteJournal_of:  # noqa: N801 - reads as a function
    """The journal of a client as another process has it."""

    def __init__(self, gen: VideoGen) -> None:
        self._journal = SqliteJournal(gen.folders.home)

    def __enter__(self) -> SqliteJournal:
        return self._journal

    def __exit__(self, *_: object) -> None:
        self._journal.close()


def test_marks_made_while_the_sidecar_is_written_reach_it(
    gen: VideoGen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last look at the journal and the end of the job."""
    from rushes.engine import fetching  # noqa: PLC0415 - what is patched

    real = fetching.finished

    def finished(record, *rest, **more):
        plain = real(record, *rest, **more)
        with SqliteJournal_of(gen) as journal:
            journal.mark(record.id, {"stars": 2})
        return plain

    monkeypatch.setattr(fetching, "finished", finished)
    job = gen.submit(FOX)
    at_rest(gen, job)

    assert judged_beside(job.finished.path).marks == Marks(stars=2)


def test_many_who_mark_at_once_lose_nothing(make_gen) -> None:
    """Each changes another mark; the journal and the sidecar have all of them."""
    clients = [make_gen() for _ in range(3)]
    job = clients[0].submit(FOX)
    at_rest(clients[0], job)
    start = threading.Barrier(4)

    def mark(gen: VideoGen, changes: list[dict[str, object]]) -> None:
        start.wait(60)
        for change in changes:
            gen.mark(job.id, **change)

    parts = [
        [{"stars": 1 + n % 5} for n in range(8)],
        [{"note": f"note {n}"} for n in range(8)],
        [{"tags": [f"tag {n}"]} for n in range(8)],
    ]
    threads = [
        threading.Thread(target=mark, args=pair) for pair in zip(clients, parts, strict=True)
    ]
    for thread in threads:
        thread.start()
    start.wait(60)
    for thread in threads:
        thread.join(60)

    assert job.marks == Marks(stars=3, tags=["tag 7"], note="note 7")
    assert judged_beside(job.finished.path).marks == job.marks


# --- a library that travels ----------------------------------------------------------------------


def test_a_copied_folder_shows_the_marks(make_gen, take: Job, tmp_path: Path) -> None:
    """Without the journal; and what is judged there stays there."""
    take.mark(stars=4, note="from here")
    copy = tmp_path / "copy"
    shutil.copytree(take.finished.path.parent, copy)
    elsewhere = make_gen(home=tmp_path / "other home", library=copy)
    [found] = Folder(copy).takes()
    assert found.result.marks == Marks(stars=4, note="from here")

    elsewhere.mark(found.result, stars=1)
    assert facts_beside(found.result.path)[0].marks == Marks(stars=1, note="from here")
    assert take.marks == Marks(stars=4, note="from here")


def test_a_copy_in_the_same_home_is_a_take_of_its_own(gen: VideoGen, take: Job, tmp_path: Path):
    """The journal's job is the file that it made."""
    take.mark(stars=4)
    path = take.finished.path
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in (path, path.with_suffix(".json")):
        shutil.copy(file, copy)

    assert gen.mark(copy / path.name, stars=2) == Marks(stars=2)
    assert take.marks == Marks(stars=4)


def test_a_moved_take_is_still_the_job(gen: VideoGen, take: Job, tmp_path: Path) -> None:
    """Where its file is now, its sidecar has the marks."""
    path = take.finished.path
    moved = tmp_path / "moved"
    path.parent.rename(moved)

    assert gen.mark(moved / path.name, stars=2) == Marks(stars=2)
    assert take.marks == Marks(stars=2)
    assert judged_beside(moved / path.name).marks == Marks(stars=2)


def test_marks_that_a_colleague_made_come_back(gen: VideoGen, take: Job, tmp_path: Path) -> None:
    """The folder is copied, judged elsewhere and copied back: the later marks count."""
    take.mark(stars=1, tags={"mine"})
    path = take.finished.path
    sidecar = path.with_suffix(".json")
    copy = tmp_path / path.name
    shutil.copy(path, copy)
    shutil.copy(sidecar, copy.with_suffix(".json"))
    gen.mark(copy, stars=5)
    shutil.copy(copy.with_suffix(".json"), sidecar)
    date_later(path)

    assert [record.marks for record in gen.takes(limit=5)] == [Marks(stars=5, tags=["mine"])]
    assert take.marks == Marks(stars=5, tags=["mine"])


def test_marks_come_back_to_a_take_that_was_listed_before(
    gen: VideoGen, take: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a list found in a sidecar counts until there is another one, though of the same date."""
    monkeypatch.setattr(marking, "SLACK", -7200.0)
    path = take.finished.path
    date_later(path, by=-1800.0)
    assert [record.marks for record in gen.takes(limit=5)] == [Marks()]
    copy = tmp_path / path.name
    for file in (path, path.with_suffix(".json")):
        shutil.copy(file, copy.with_suffix(file.suffix))
    gen.mark(copy, stars=5)
    shutil.copy(copy.with_suffix(".json"), path.with_suffix(".json"))
    date_later(path, by=-1800.0)

    assert [record.marks for record in gen.takes(limit=5)] == [Marks(stars=5)]


def test_an_older_sidecar_does_not_undo_what_was_marked_since(gen: VideoGen, take: Job) -> None:
    """As when a backup of the folder is restored."""
    take.mark(stars=1)
    path = take.finished.path
    backup = path.with_suffix(".json").read_bytes()
    take.mark(stars=5)
    path.with_suffix(".json").write_bytes(backup)
    date_later(path)

    assert [record.marks.stars for record in gen.takes(limit=5)] == [5]
    assert take.mark(pick=True) == Marks(pick=True, stars=5)
    assert judged_beside(path).marks == Marks(pick=True, stars=5)


@pytest.mark.parametrize(
    "at", ["2999-01-01T00:00:00+00:00", "1e400", "nan", 5, None, "0001-01-01", "x" * 10_000]
)
def test_a_time_that_cannot_be_is_not_believed(gen: VideoGen, take: Job, at: object) -> None:
    """Marks from the future would win forever; those without a time never do."""
    path = take.finished.path
    sidecar = path.with_suffix(".json")
    data = read_sidecar(sidecar) | {"marks": {"stars": 1}, "markedAt": at}
    sidecar.write_text(json.dumps(data), "utf-8")
    date_later(path)
    assert [record.marks for record in gen.takes(limit=5)] == [Marks()]

    assert take.mark(pick=True) == Marks(pick=True)
    assert judged_beside(path).marks == Marks(pick=True)


def test_a_clock_that_is_ahead_does_not_win_forever(gen: VideoGen, take: Job) -> None:
    """What is marked here after it counts, though this clock says it is earlier."""
    path = take.finished.path
    sidecar = path.with_suffix(".json")
    ahead = datetime.now(UTC) + timedelta(hours=2)
    data = read_sidecar(sidecar) | {"marks": {"stars": 1}, "markedAt": ahead.isoformat()}
    sidecar.write_text(json.dumps(data), "utf-8")
    date_later(path)
    assert [record.marks for record in gen.takes(limit=5)] == [Marks(stars=1)]

    assert take.mark(stars=5) == Marks(stars=5)
    assert judged_beside(path).marks == Marks(stars=5)


def test_a_sidecar_that_is_a_link_is_not_written_through(take: Job, tmp_path: Path) -> None:
    """A copied library may hold links to whatever its maker likes."""
    sidecar = take.finished.path.with_suffix(".json")
    outside = tmp_path / "outside.json"
    sidecar.rename(outside)
    before = outside.read_bytes()
    sidecar.symlink_to(outside)

    assert take.mark(stars=5) == Marks(stars=5)
    assert outside.read_bytes() == before


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is denied to root")
def test_a_library_that_cannot_be_written_costs_the_sidecar_alone(gen, take, tmp_path, caplog):
    """The journal has the marks; of a take without a job the error says so."""
    path = take.finished.path
    copy = tmp_path / "copy"
    shutil.copytree(path.parent, copy)
    for folder in (path.parent, copy):
        folder.chmod(0o500)
    try:
        assert take.mark(stars=5) == take.marks == Marks(stars=5)
        with pytest.raises(LibraryUnwritable):
            gen.mark(copy / path.name, stars=5)
    finally:
        for folder in (path.parent, copy):
            folder.chmod(0o700)

    assert "are only in the journal" in caplog.text


def test_a_link_in_a_note_leaves_its_secret_at_home(take: Job) -> None:
    """Libraries are copied and shared; the journal is not."""
    note = "like https://a.example/b?sig=TOPSECRET"
    take.mark(note=note)

    assert take.marks.note == note
    text = take.finished.path.with_suffix(".json").read_text("utf-8")
    assert "https://a.example/b" in text
    assert "TOPSECRET" not in text
    take.mark(stars=1)
    assert take.marks.note == note


def test_marks_are_public():
    """As a value, too."""
    assert rushes.Marks is Marks
