"""Measures takes: in processes of their own, and once for as long as a file does not change."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pydantic import ValidationError

from rushes.contract.errors import InvalidParams, MediaError, RushesError
from rushes.contract.media_errors import unreadable
from rushes.contract.results import VideoGenResult
from rushes.contract.wording import shown
from rushes.explore.cache import Cache, Stamps, name_of, stamp, stamp_in_key
from rushes.explore.following import notify
from rushes.explore.measures import Measures, MeasuresList, measures_of
from rushes.explore.scorers import Scorer, scorers as scorers_of
from rushes.explore.worker import Worker, WorkerLost
from rushes.io.local import BadPath, expanded, path_in, scheme_of
from rushes.job import Job
from rushes.media.sidecar import facts_beside
from rushes.video.measures import BY_NAME, VERSION, Measured

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes.contract.params import VideoGenParams

MOST_TAKES = 20_000
"""Takes whose places among the notes are kept in memory."""

MOST_AT_ONCE = 4
"""Takes that are measured at once, at most; the kernel and the page need processors, too."""

Found = TypeVar("Found")

LONGEST = 86_400
"""Seconds that measuring a take may be allowed to need."""

KINDS = "a job, a take, a result, or the path of a video"


@dataclass(frozen=True)
class _Take:
    """What is measured."""

    path: Path
    params: VideoGenParams | None = None

    @property
    def start_image(self) -> Path | None:
        """The image that it was made from, if it is still on this machine."""
        text = None if self.params is None else self.params.start_image_url
        try:
            path = None if text is None or scheme_of(text) not in (None, "file") else path_in(text)
            return path if path is not None and path.is_file() else None
        except (BadPath, OSError, ValueError):
            return None

    def facts(self) -> dict[str, Any]:
        """The request, as scorers get it."""
        if self.params is None:
            return {}
        plain = self.params.model_dump(mode="json")
        return {name: value for name, value in plain.items() if value is not None}


@overload
def measure(
    take: Job | VideoGenResult | str | os.PathLike[str],
    *,
    against: Any = ...,
    start_image: str | os.PathLike[str] | None = ...,
    scorers: Any = ...,
    variables: Iterable[str] = ...,
    timeout: float = ...,
    again: bool = ...,
    on_progress: Callable[[int, int], None] | None = ...,
) -> Measures: ...


@overload
def measure(
    take: Iterable[Any],
    *,
    against: Any = ...,
    start_image: str | os.PathLike[str] | None = ...,
    scorers: Any = ...,
    variables: Iterable[str] = ...,
    timeout: float = ...,
    again: bool = ...,
    on_progress: Callable[[int, int], None] | None = ...,
) -> MeasuresList: ...


def measure(
    take: Any,
    *,
    against: Any = None,
    start_image: str | os.PathLike[str] | None = None,
    scorers: Any = (),
    variables: Iterable[str] = (),
    timeout: float = 300.0,
    again: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> Measures | MeasuresList:
    """Measure motion, detail, blur, flicker, cuts, freezes, black, loudness and more of takes.

    This runs in processes of its own that hold no key, and takes less time than playing the take.
    What was measured is kept until the file changes. None of the numbers is quality.

    >>> measures = rushes.measure(result)
    >>> measures.values["frozen"], measures.units["frozen"]
    (0.0, 's')

    Args:
        take: a job, a take, a result, the path of a video, or several of them; a sweep stands for
            its jobs.
        against: another take, with which each frame is compared (``xpsnr``).
        start_image: what the first frame should look like (``start``); by default the start image
            of the request, if it is a file on this machine.
        scorers: own functions ``score(path, params) -> {name: number}``, or names of installed ones
            (entry points of the group ``rushes.scorers``).
        variables: names of environment variables that the scorers get, e.g. of a key; no other
            that could be secret reaches them.
        timeout: seconds that measuring a take, and each scorer, may need.
        again: whether to measure although nothing has changed.
        on_progress: called with the number of takes that are done, and of all.

    Returns:
        `Measures`; of several takes a `MeasuresList`, in which those that could not be measured say
        why under `problems`.

    Raises:
        InvalidParams: if an argument is not what it should be.
        MediaError: if a single take cannot be measured.
        RushesError: if a job has no video yet.
    """
    if not _is_number(timeout) or not 0 < timeout <= LONGEST:
        msg = f"timeout: {shown(timeout)} is not a time; give seconds, up to {LONGEST:,}."
        raise InvalidParams(msg)
    given = _several(take)
    work = _Work(
        against=None if against is None else _take(against).path,
        image=None if start_image is None else _file(start_image),
        scorers=scorers_of(scorers),
        variables=(variables,) if isinstance(variables, str) else tuple(variables),
        timeout=timeout,
        again=again,
    )
    takes: list[_Take | RushesError]
    takes = [_take(take)] if given is None else [_attempt(partial(_take, one)) for one in given]
    found = work.all(takes, on_progress or (lambda *_: None))
    if given is not None:
        return MeasuresList(
            one
            if isinstance(one, Measures)
            else Measures(path=_place(each), problems=(one.message,))
            for one, each in zip(found, given, strict=True)
        )
    if isinstance(found[0], RushesError):
        raise found[0]
    return found[0]


class Columns:
    """What was measured and scored of many videos before: what there is at all is listed once."""

    def __init__(self) -> None:
        self._cache, self._stamps = Cache(), Stamps()
        self._names = self._cache.names()

    def of(self, path: str, entry: os.stat_result | None = None) -> dict[str, float | None]:
        """The numbers of a video, as `columns_of`; `entry` as for `Stamps.of`."""
        if self._names:
            with suppress(OSError, ValueError):
                name = _columns_name(*self._stamps.of(path, entry))
                if name in self._names:
                    return _columns_in(self._cache.read(name))
        return {}


def columns_of(path: Path) -> dict[str, float | None]:
    """What was measured and scored of a video before, as `Measures.columns` gives it.

    Empty if that is nothing, or the file was changed. This reads one small file.
    """
    with suppress(OSError):
        return _columns_in(Cache().get(_columns_key(stamp(path))))
    return {}


def columns_names(paths: Iterable[Path]) -> list[str]:
    """For each video the name of the note from which `columns_of` reads; "" if it is gone.

    `rushes.explore.following` gives the names of those that are new.
    """
    stamps, found = Stamps(), []
    for path in paths:
        name = ""
        with suppress(OSError, ValueError):
            name = _columns_name(*stamps.of(str(path)))
        found.append(name)
    return found


def _columns_in(note: Any) -> dict[str, float | None]:
    if isinstance(note, dict) and all(map(_is_number, note.values())):
        return {**dict.fromkeys(BY_NAME), **note}
    return {}


@dataclass(frozen=True, kw_only=True)
class _Work:
    """What is done with each take."""

    against: Path | None
    image: Path | None
    scorers: list[Scorer]
    variables: tuple[str, ...]
    timeout: float
    again: bool

    def all(
        self, takes: list[_Take | RushesError], on_progress: Callable[[int, int], None]
    ) -> list[Measures | RushesError]:
        """What was measured of each take, or why it was not."""
        cache = Cache()
        count = max(1, min(MOST_AT_ONCE, len(takes), (os.cpu_count() or 1) // 2))
        workers = [Worker() for _ in range(count)]
        # One each: a scorer may load a model.
        judges = {one: (Worker(self.variables), SimpleQueue[None]()) for one in self.scorers}
        idle: SimpleQueue[Worker] = SimpleQueue()
        for worker in workers:
            idle.put(worker)
        for _, turn in judges.values():
            turn.put(None)

        def one(take: _Take | RushesError) -> Measures | RushesError:
            if isinstance(take, RushesError):
                return take
            worker = idle.get()
            try:
                found = _attempt(partial(self._measured, worker, cache, take))
            finally:
                idle.put(worker)
            if isinstance(found, RushesError):
                return found
            for scorer, (judge, turn) in judges.items():
                turn.get()
                try:
                    found = self._scored(judge, cache, take, scorer, found)
                finally:
                    turn.put(None)
            if name := _note_columns(cache, found):
                notify(name)
            return found

        pool = ThreadPoolExecutor(count, thread_name_prefix="rushes-measure")
        try:
            results = []
            for done, result in enumerate(pool.map(one, takes), 1):
                results.append(result)
                on_progress(done, len(takes))
            return results
        finally:
            # What is under way ends at once, also after an interrupt.
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in (*workers, *(judge for judge, _ in judges.values())):
                worker.close()
            cache.tidy()

    def _measured(self, worker: Worker, cache: Cache, take: _Take) -> Measures:
        """What the filters find in a take.

        Raises:
            MediaError: if it cannot be measured.
        """
        image = self.image or take.start_image
        try:
            key = _key(take.path, self.against, image)
        except OSError as error:
            raise unreadable(take.path, error) from error
        kept = None if self.again else _valid(cache.get(key))
        if kept is not None:
            return measures_of(take.path, kept)
        task = {"do": "measure", "file": str(take.path), "against": None, "image": None}
        task |= {} if self.against is None else {"against": str(self.against)}
        task |= {} if image is None else {"image": str(image)}
        try:
            reply = worker.ask(task, self.timeout)
        except WorkerLost as error:
            msg = (
                f"{take.path} cannot be measured: it {error.message}. Try a copy that another "
                f"program has written, or a longer timeout."
            )
            raise MediaError(msg) from error
        if "refused" in reply:
            raise MediaError(str(reply["refused"]))
        found = Measured.model_validate(reply["measured"])
        cache.put(key, reply["measured"])
        return measures_of(take.path, found)

    def _scored(
        self, judge: Worker, cache: Cache, take: _Take, scorer: Scorer, measures: Measures
    ) -> Measures:
        """The measures with the scores of one scorer, or with why there are none."""
        facts = take.facts()
        try:
            key = {
                "scorer": scorer.to_json(),
                "code": scorer.version,
                "params": facts,
                **stamp(take.path),
            }
            kept = None if self.again or not scorer.version else cache.get(key)
            if kept is None:
                task = {"do": "score", "file": str(take.path), "params": facts}
                reply = judge.ask({**task, "scorer": scorer.to_json()}, self.timeout)
                if "refused" in reply:
                    return _with_problem(measures, scorer, str(reply["refused"]))
                kept = reply["scores"]
                cache.put(key, kept)
        except (WorkerLost, OSError) as error:
            said = error.message if isinstance(error, WorkerLost) else str(error.strerror or error)
            return _with_problem(measures, scorer, said)
        return replace(measures, scores={**measures.scores, scorer.name: kept})


def _with_problem(measures: Measures, scorer: Scorer, said: str) -> Measures:
    problem = (
        f"The scorer {scorer.name} {said.removesuffix('.')}. The other numbers are not affected."
    )
    return replace(measures, problems=(*measures.problems, problem))


def _key(path: Path, against: Path | None, image: Path | None) -> dict[str, Any]:
    """What the measures of a take depend on.

    Raises:
        OSError: if one of the files does not exist.
    """
    key: dict[str, Any] = {"measures": VERSION, "av": _decoder(), "take": stamp(path)}
    if against is not None:
        key["against"] = stamp(against)
    if image is not None:
        key["image"] = stamp(image)
    return key


def _columns_key(take: Mapping[str, Any]) -> dict[str, Any]:
    """What the columns of a take in tables depend on, by the stamp of its file."""
    return {"columns": VERSION, "av": _decoder(), "take": take}


@lru_cache(maxsize=MOST_TAKES)
def _columns_name(file: str, size: int, *times: int) -> str:
    """The name of the note for those of a file, which each table asks for again."""
    return name_of(_columns_key(stamp_in_key(file, size, *times)))


def _note_columns(cache: Cache, measures: Measures) -> str | None:
    """Keep the numbers of a take for tables, beside those that other calls have found.

    Returns:
        The name of their note if there are new ones.
    """
    with suppress(OSError):
        key = _columns_key(stamp(measures.path))
        old = cache.get(key)
        new = {name: value for name, value in measures.columns().items() if value is not None}
        if not isinstance(old, dict) or new.items() - old.items():
            cache.put(key, {**(old if isinstance(old, dict) else {}), **new})
            return name_of(key)
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


@cache
def _decoder() -> str:
    """The version of what decodes and filters; the package itself is not needed here."""
    return version("av")


def _valid(kept: Any) -> Measured | None:
    try:
        return None if kept is None else Measured.model_validate(kept)
    except ValidationError:
        return None


# --- what is given ------------------------------------------------------------------------------


def _several(take: Any) -> list[Any] | None:
    """The takes of a list, a mapping, a sweep or a bake-off; None for a single take."""
    if isinstance(take, (str, bytes, os.PathLike, Job, VideoGenResult)):
        return None
    if isinstance(take, Mapping):
        return list(take.values())
    several = take if isinstance(take, Iterable) else getattr(take, "jobs", None)
    return list(several) if isinstance(several, Iterable) else None


def _unwrapped(take: Any) -> Any:
    """The job or the video of a `rushes.Take`, whose tables have what is measured here."""
    for found in (getattr(take, "job", None), getattr(take, "result", None)):
        if isinstance(found, (Job, VideoGenResult)):
            return found
    return take


def _attempt(work: Callable[[], Found]) -> Found | RushesError:
    try:
        return work()
    except RushesError as error:
        return error


def _take(take: Any) -> _Take:
    """What a user means by a take.

    Raises:
        InvalidParams: if it is not one.
        MediaError: if its file does not exist.
        RushesError: if it has no video yet.
    """
    take = _unwrapped(take)
    if isinstance(take, (str, os.PathLike)):
        path = _file(take)
        return _Take(path, facts_beside(path)[1])
    if isinstance(take, Job):
        result = take.finished
        if result is None:
            msg = f"Job {take.id} is {take.state.value}: it has no video to measure."
            raise RushesError(msg)
        return _Take(_of_result(result), take.params)
    if isinstance(take, VideoGenResult):
        path = _of_result(take)
        return _Take(path, take.params or facts_beside(path)[1])
    msg = f"A {type(take).__name__} cannot be measured; give {KINDS}, or a list of them."
    raise InvalidParams(msg)


def _of_result(result: VideoGenResult) -> Path:
    if result.path is None:
        msg = f"The video of job {result.job_id} is not on this machine; download it first."
        raise MediaError(msg)
    return _file(result.path)


def _file(given: object) -> Path:
    if not isinstance(given, (str, os.PathLike)):
        msg = f"A {type(given).__name__} is not a file; give its path."
        raise InvalidParams(msg)
    path = expanded(given).absolute()
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        msg = f"{path} {what}; give the path of an existing file."
        raise MediaError(msg)
    return path


def _place(take: Any) -> Path:
    """What names a take that could not be measured."""
    if isinstance(take, (str, os.PathLike)):
        return Path(take)
    found = getattr(take, "path", None) or getattr(take, "id", None)
    return Path(str(found or type(take).__name__))
