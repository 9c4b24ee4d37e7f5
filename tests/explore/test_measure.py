"""`rushes.measure` loses nothing to a file or a scorer that is broken, and measures once."""

from __future__ import annotations

import json
import linecache
import math
import os
import re
import signal
import threading
from pathlib import Path

import pytest

import rushes
from rushes import InvalidParams, MediaError, RushesError
from rushes.explore import cache as caching, worker as working
from rushes.explore.measuring import columns_of
from rushes.explore.worker import Worker, WorkerLost
from support.charts import chart, moving, tone
from support.judges import crashing, environment, failing, hanging, noisy, telling, words
from support.waiting import until


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A clip of half a second with a tone."""
    return chart(tmp_path_factory.mktemp("clips") / "take.mp4", moving(12), tone(0.5, 0.3)[None])


@pytest.fixture
def no_worker(monkeypatch):
    """A worker that is asked fails the test."""

    def ask(*_):
        pytest.fail("a worker was asked")

    return lambda: monkeypatch.setattr(Worker, "ask", ask)


# --- what it gives ------------------------------------------------------------------------------


def test_every_number_has_its_unit_and_its_meaning(clip):
    """And the print says that none of them is quality."""
    found = rushes.measure(clip)

    assert set(found.units) == set(found.values)
    assert "levels" in found.units["motion"]
    text = repr(found)
    for word in ("Motion", "Loudness", "LUFS", "change from frame to frame", "quality"):
        assert word in text
    assert str(clip.name) in text


def test_the_columns_of_all_takes_are_the_same(clip, tmp_path):
    """None for what a take does not have."""
    silent = chart(tmp_path / "silent.mp4", moving(12))
    one, other = rushes.measure([clip, silent])

    assert list(one.columns()) == list(other.columns())
    assert one.columns()["loudness"] is not None
    assert other.columns()["loudness"] is None


def test_everything_can_be_written_as_json(clip):
    """Without numbers that JSON does not have."""
    plain = rushes.measure(clip).to_dict()
    again = json.loads(json.dumps(plain, allow_nan=False))
    assert again["series"]["motion"]["unit"] == "levels"
    assert len(again["series"]["motion"]["values"]) == 12


@pytest.mark.parametrize("kind", [str, Path, lambda path: {"mine": path}, lambda path: (path,)])
def test_a_take_is_given_in_any_way(clip, kind):
    """One is measured, several are a list."""
    found = rushes.measure(kind(clip))
    one = found if isinstance(found, rushes.Measures) else found[0]
    assert one.path == clip


def test_a_finished_job_and_its_result_are_takes(gen):
    """The start image of the request is the one it is compared with."""
    job = gen.submit(provider="kling-3.0-standard", prompt="A fox", duration_seconds=3)
    result = job.result(60)
    assert rushes.measure(job).values == rushes.measure(result).values


def test_a_job_without_a_video_is_refused(gen, emulator):
    """In words."""
    emulator.settings.run_seconds = (30, 30)
    job = gen.submit(provider="kling-3.0-standard", prompt="A fox", duration_seconds=3)
    with pytest.raises(RushesError, match="no video to measure"):
        rushes.measure(job)
    job.cancel()


@pytest.mark.parametrize("given", [None, 5, b"take.mp4", object()])
def test_what_is_no_take_is_refused(given):
    """With what is allowed."""
    with pytest.raises(InvalidParams, match="cannot be measured; give"):
        rushes.measure(given)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"timeout": value} for value in (0, -1, math.inf, math.nan, 10**9, "5", None)),
        *({"start_image": value} for value in (5, b"a.png")),
        {"against": 5},
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_measured(clip, wrong, no_worker):
    """In words."""
    no_worker()
    with pytest.raises(InvalidParams):
        rushes.measure(clip, **wrong)


def test_a_sweep_stands_for_its_jobs(gen):
    """Those without a video say so."""
    sweep = gen.sweep("A {animal}", animal=["fox", "owl"], provider="kling-3.0-standard", name="s")
    assert len(rushes.measure(sweep)) == 0
    sweep.run()
    sweep.wait(60)
    assert [bool(one.values) for one in rushes.measure(sweep)] == [True, True]


def test_what_is_no_take_is_a_problem_among_others(clip):
    """The others are measured."""
    found = rushes.measure({"mine": clip, "theirs": None})
    assert [len(each.problems) for each in found] == [0, 1]


# --- broken files -------------------------------------------------------------------------------


def test_one_bad_file_does_not_lose_the_others(clip, tmp_path):
    """It says what is wrong with it, in its place."""
    text = tmp_path / "text.mp4"
    text.write_text("no video")
    found = rushes.measure([clip, text, tmp_path / "gone.mp4", clip])

    assert [bool(each.values) for each in found] == [True, False, False, True]
    assert "not a playable video" in found[1].problems[0]
    assert "does not exist" in found[2].problems[0]
    assert "gone.mp4" in repr(found)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"<html>", "web page"), (b"\0" * 100, "zeros")],
)
def test_what_is_no_video_is_refused(tmp_path, content, said):
    """With the path and the reason."""
    path = tmp_path / "take.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=said) as found:
        rushes.measure(path)
    assert str(path) in found.value.message


def test_a_start_image_that_is_none_is_refused(clip, tmp_path):
    """It names the image."""
    image = tmp_path / "start.png"
    image.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(MediaError, match=r"start\.png"):
        rushes.measure(clip, start_image=image)


def test_a_process_that_dies_is_a_sentence(clip, monkeypatch):
    """The next take gets another one."""
    real = Worker.ask
    calls = []

    def ask(self, task, seconds):
        if not calls:
            calls.append(task)
            os.kill(self._started().pid, signal.SIGKILL)
        return real(self, task, seconds)

    monkeypatch.setattr(Worker, "ask", ask)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    found = rushes.measure([clip, clip])
    assert "killed the process that ran it (SIGKILL)" in found[0].problems[0]
    assert found[1].values


def test_a_filter_that_hangs_is_stopped(clip):
    """After the timeout, in words that say what to do."""
    with pytest.raises(MediaError, match=r"took longer than 0.01 s and was stopped.*timeout"):
        rushes.measure(clip, timeout=0.01, again=True)


def test_a_process_that_nobody_waits_for_ends():
    """Even in the middle of a task: its kernel may have been killed."""
    worker = Worker()
    scorer = {"name": "hanging", "home": "support.judges:hanging", "text": None}
    task = {"do": "score", "file": "take.mp4", "params": {}, "scorer": scorer}
    asking = threading.Thread(target=lambda: refused(worker, task))
    asking.start()
    process = until(lambda: worker._process)
    process.stdin.close()
    asking.join(60)
    until(lambda: process.poll() is not None)


def refused(worker, task):
    with pytest.raises(WorkerLost):
        worker.ask(task, 500)


# --- once ---------------------------------------------------------------------------------------


def test_a_take_is_measured_once(clip, no_worker):
    """Until its file changes."""
    first = rushes.measure(clip)
    no_worker()
    assert rushes.measure(clip).to_dict() == first.to_dict()
    assert columns_of(clip) == first.columns()


def test_tables_know_what_was_measured_and_scored(clip):
    """Of several calls, as columns; nothing before the first one."""
    copy = clip.with_name("copy.mp4")
    copy.write_bytes(clip.read_bytes())
    assert columns_of(copy) == {}
    one = rushes.measure(copy, scorers=words)
    other = rushes.measure(copy, against=clip)
    assert columns_of(copy) == one.columns() | {"xpsnr": other.values["xpsnr"]}


def test_a_changed_file_is_measured_again(tmp_path):
    """Also when it has the same size and time as before."""
    path = chart(tmp_path / "take.mkv", moving(12))
    rushes.measure(path)
    before = path.stat()
    data = chart(tmp_path / "other.mkv", moving(12, kind=2)).read_bytes()
    path.write_bytes(data[: before.st_size].ljust(before.st_size, b"\0"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert columns_of(path) == {}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"seconds": NaN}', b'{"seconds": "x"}', b"[" * 100_000]
)
def test_a_damaged_note_is_as_good_as_none(clip, content):
    """The take is measured again."""
    first = rushes.measure(clip)
    for note in (Path(os.environ["RUSHES_HOME"]) / "measures").iterdir():
        note.write_bytes(content)
    assert columns_of(clip) == {}
    assert rushes.measure(clip).values == first.values


def test_a_folder_that_cannot_be_written_costs_only_time(clip, tmp_path, monkeypatch):
    """The measures are there all the same."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("RUSHES_HOME", str(tmp_path / "file" / "home"))
    assert rushes.measure(clip).values["detail"] > 0


def test_notes_are_private_and_few(monkeypatch):
    """Those that were not used for longest make room."""
    monkeypatch.setattr(caching, "MOST_FILES", 5)
    store = caching.Cache()
    for number in range(8):
        store.put({"number": number}, {"value": number})
        os.utime(store._path({"number": number}), (number, number))
    store.get({"number": 0})
    store.tidy()

    kept = [number for number in range(8) if store.get({"number": number})]
    assert kept == [0, 5, 6, 7]
    if os.name != "nt":
        assert (Path(os.environ["RUSHES_HOME"]) / "measures").stat().st_mode & 0o077 == 0


# --- own scorers --------------------------------------------------------------------------------


def test_a_scorer_adds_its_numbers(clip):
    """In columns that begin with its name."""
    found = rushes.measure(clip, scorers=words)
    assert found.scores == {"words": {"words": 0.0, "name": 8.0}}
    assert found.columns()["words.name"] == 8.0
    assert "words: name" in repr(found)


def test_a_scorer_gets_the_request(gen):
    """By Python's names."""
    job = gen.submit(provider="kling-3.0-standard", prompt="A red fox", duration_seconds=3)
    job.result(60)
    assert rushes.measure(job, scorers=[words]).scores["words"]["words"] == 3


@pytest.mark.parametrize(
    ("scorer", "said"),
    [
        (failing, r"raised ValueError \(line \d+ of judges.py\): the model is not there"),
        (crashing, "killed the process"),
        (hanging, "took longer than 1 s"),
    ],
)
def test_a_broken_scorer_says_so_and_loses_nothing(clip, scorer, said, monkeypatch):
    """The measures, and the other scorers', are kept."""
    real = Worker.ask

    def ask(self, task, seconds):
        is_hanging = scorer is hanging and task.get("scorer", {}).get("name") == "hanging"
        return real(self, task, 1.0 if is_hanging else seconds)

    monkeypatch.setattr(Worker, "ask", ask)
    found = rushes.measure([clip, clip], scorers=[scorer, words])
    for each in found:
        assert each.values["detail"] > 0
        assert each.scores["words"]["name"] == 8
        (problem,) = each.problems
        assert re.search(f"The scorer {scorer.__name__} {said}", problem)


NONSENSE = {
    "nothing": "return None",
    "number": "return 3",
    "text": 'return {"a": "b"}',
    "infinite": 'return {"a": float("inf")}',
    "not_a_number": 'return {"a": float("nan")}',
    "nameless": "return {3: 3}",
    "empty_name": 'return {" ": 3}',
    "complex": 'return {"a": 1j}',
    "many": "return {str(n): n for n in range(1000)}",
    "endless_name": 'return {"a" * 1000: 1}',
    "listed": 'return {"a": [1]}',
    "leaving": "raise SystemExit",
    "recursive": "return recursive(path, params)",
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_of_a_scorer_is_said_and_not_kept(clip, name, notebook):
    """Allowed are names and finite numbers."""
    scorer = notebook(f"def {name}(path, params):\n    {NONSENSE[name]}\n", name)
    found = rushes.measure(clip, scorers=[scorer])
    assert found.values
    assert found.scores == {}
    (problem,) = found.problems
    assert problem.startswith(f"The scorer {name} ")


def test_numbers_of_other_libraries_are_numbers(clip, notebook):
    """As are True and False."""
    scorer = notebook(
        "def judge(path, params):\n"
        "    import numpy\n"
        "    return {'a': numpy.float32(0.5), 'b': numpy.int64(2), 'c': True}\n",
        "judge",
    )
    assert rushes.measure(clip, scorers=[scorer]).scores == {
        "judge": {"a": 0.5, "b": 2.0, "c": 1.0}
    }


@pytest.fixture
def notebook():
    """Defines a function as a cell of a notebook does."""

    def define(text, name, **names):
        file = f"<cell {name}>"
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        space = {"__name__": "__main__", **names}
        exec(compile(text, file, "exec", dont_inherit=True), space)
        return space[name]

    return define


def test_a_function_of_a_notebook_is_a_scorer(clip, notebook):
    """With annotations that only the notebook knows."""
    text = "def judge(path: Path, params: dict) -> dict:\n    return {'name': len(path.name)}\n"
    scorer = notebook(text, "judge", Path=Path)
    assert rushes.measure(clip, scorers=scorer).scores == {"judge": {"name": 8.0}}


def test_a_name_of_the_notebook_is_explained(clip, notebook):
    """What a scorer uses has to be imported inside it."""
    scorer = notebook("def judge(path, params):\n    return {'a': math.pi}\n", "judge", math=math)
    (problem,) = rushes.measure(clip, scorers=scorer).problems
    assert "import what it uses inside it" in problem


@pytest.mark.parametrize(
    "scorer", [lambda *_: {}, "nobodys", 3, [None], [words, words], type("A", (), {})()]
)
def test_what_is_no_scorer_is_refused_before_anything_is_measured(clip, scorer, no_worker):
    """With what is allowed."""
    no_worker()
    with pytest.raises(InvalidParams):
        rushes.measure(clip, scorers=scorer)


def test_a_scorer_may_print(clip):
    """That is not a reply."""
    assert rushes.measure(clip, scorers=noisy).scores == {"noisy": {"done": 1.0}}


def test_scorers_see_no_key(clip, monkeypatch):
    """Only the variables that they are given."""
    monkeypatch.setenv("FAL_KEY", "secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("JUDGE_KEY", "secret")
    found = rushes.measure(clip, scorers=environment, variables=["JUDGE_KEY"]).scores["environment"]
    assert "JUDGE_KEY" in found
    assert not {"FAL_KEY", "OPENAI_API_KEY"} & set(found)


def test_the_key_of_a_scorer_is_not_repeated(clip, monkeypatch):
    """Exceptions may hold it."""
    monkeypatch.setenv("JUDGE_KEY", 'sk-"1234567890"')
    found = rushes.measure(clip, scorers=telling, variables="JUDGE_KEY")
    assert "1234567890" not in repr(found)
    assert "refused: ..." in found.problems[0]


def test_a_scorer_is_asked_once_for_a_take(clip, no_worker):
    """A judge may cost money."""
    first = rushes.measure(clip, scorers=words)
    no_worker()
    assert rushes.measure(clip, scorers=words).scores == first.scores


def test_a_changed_scorer_is_asked_again(clip, notebook):
    """Under the same name."""
    for number in (1, 2):
        scorer = notebook(f"def judge(path, params):\n    return {{'a': {number}}}\n", "judge")
        assert rushes.measure(clip, scorers=scorer).scores["judge"]["a"] == number


# --- stopping -----------------------------------------------------------------------------------


def test_an_interrupt_ends_what_is_under_way(clip, monkeypatch):
    """No process is left behind."""
    started = []
    real = working._start
    monkeypatch.setattr(working, "_start", lambda: started.append(real()) or started[-1])

    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rushes.measure([clip] * 6, on_progress=interrupt, again=True)
    assert started
    until(lambda: all(process.poll() is not None for process in started))


def test_progress_counts_the_takes(clip):
    """Those that could not be measured, too."""
    said = []
    rushes.measure([clip, "gone.mp4"], on_progress=lambda *counts: said.append(counts))
    assert said == [(1, 2), (2, 2)]


def test_a_cell_shows_the_table_and_the_curves(clip):
    """Without a script, so that a saved notebook shows them, too."""
    html = rushes.measure(clip)._repr_mimebundle_()["text/html"]
    assert "change from frame to frame" in html
    assert "data:image/svg+xml," in html
    assert "<script" not in html
    gone = rushes.measure([clip, "gone.mp4"])[1]._repr_mimebundle_()["text/html"]
    assert "does not exist" in gone
    assert "<img" not in gone
