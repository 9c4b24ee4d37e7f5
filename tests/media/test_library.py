"""Names in the library, and bringing a job's video into it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import example, given, strategies as st

from media.origin import Video
from rushes.contract.media_errors import BadDownload, LibraryUnwritable, Unreadable
from rushes.contract.params import VideoGenParams
from rushes.journal.record import JobRecord, new_job_id
from rushes.media import library
from rushes.media.library import Kept, keep, poster_path, sidecar_path, stem, video_path
from support.films import boxes, film

if TYPE_CHECKING:
    from media.origin import Origin

ASKED = 1795372953.0  # 2026-11-22 18:42:33 UTC


def job(prompt: str | None = "A red fox in the snow", **changes: object) -> JobRecord:
    params = VideoGenParams(provider="kling-3.0-standard", mode="text-to-video", prompt=prompt)
    record = JobRecord.new(
        params, backend="fal", folder="/library", job_id="20261122-184233-9f3a1c07"
    )
    return replace(record, **{"created_at": ASKED, **changes})


def test_a_stem_can_be_read_and_sorted() -> None:
    """Date, time, provider, prompt, and the end of the job's id."""
    assert stem(job()) == "2026-11-22_1842_kling-3-0-standard_a-red-fox-in-the-snow_9f3a1c07"


def test_a_stem_is_the_same_in_every_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A retry on another day of the year, or elsewhere, goes on with the same file."""
    names = set()
    for zone in ("UTC", "Asia/Tokyo", "America/Los_Angeles"):
        monkeypatch.setenv("TZ", zone)
        if hasattr(time, "tzset"):
            time.tzset()
        names.add(stem(job()))
    monkeypatch.undo()
    if hasattr(time, "tzset"):
        time.tzset()
    assert len(names) == 1


def test_the_three_files_of_a_job_share_their_stem() -> None:
    """Video and facts side by side, the still in a folder that is not hidden."""
    folder, name = Path("/library"), stem(job())
    assert video_path(job()) == folder / f"{name}.mp4"
    assert sidecar_path(job()) == folder / f"{name}.json"
    assert poster_path(job()) == folder / "posters" / f"{name}.jpg"


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("Crème brûlée à la carte", "creme-brulee-a-la-carte"),
        ("Der Fluß; ein Ærø-Łódź", "der-fluss-ein-aero-lodz"),
        ("The dog's day", "the-dogs-day"),
        ("一只狐狸", "text-to-video"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "con"),
        ("   ", "text-to-video"),
        (None, "text-to-video"),
        ("😀 smile 😀", "smile"),
        ("word " * 20, "word-word-word-word-word-word-word-word"),
        ("x" * 100, "x" * 40),
        ("a " + "x" * 100, "a-" + "x" * 38),
        ("\ud800 half a pair", "half-a-pair"),
    ],
)
def test_prompts_become_words(prompt: str | None, words: str) -> None:
    """Letters lose their accents, words are not cut, and what has no words gets the mode."""
    assert stem(job(prompt)).split("_")[3] == words


def test_a_job_of_scenes_is_named_by_the_first() -> None:
    """It has no prompt of its own."""
    params = {"mode": "text-to-video", "multiPrompt": [{"prompt": "Dawn"}, {"prompt": "Dusk"}]}
    assert "_dawn_" in stem(job(params=params))


RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{i}" for d in ("com", "lpt") for i in range(10))}


@given(
    prompt=st.none() | st.text(max_size=200),
    provider=st.text(max_size=80),
    created=st.floats(allow_nan=False),
    job_id=st.text(min_size=1, max_size=80),
)
@example(prompt="a\0b\n", provider="..", created=-1.0, job_id="../x")
def test_every_stem_is_a_safe_file_name(
    prompt: str | None, provider: str, created: float, job_id: str
) -> None:
    """ASCII, of bounded length, allowed on Windows, never hidden, in no other folder."""
    record = job(
        params={"prompt": prompt, "mode": "text-to-video"},
        provider=provider,
        created_at=created,
        id=job_id,
    )
    name = stem(record)
    assert re.fullmatch(r"[0-9a-z_-]+", name)
    assert 0 < len(name) <= 114
    assert name not in RESERVED
    assert video_path(record).parent == Path("/library")
    assert stem(record) == name


@given(st.floats(min_value=0, max_value=2e9), st.floats(min_value=0, max_value=2e9))
def test_jobs_differ_in_the_end_of_their_names(first: float, second: float) -> None:
    """The same prompt in the same minute gives two files; each ends with its job's id."""
    ids = new_job_id(first), new_job_id(second)
    names = [stem(job(id=job_id)) for job_id in ids]
    assert [name.rpartition("_")[2] for name in names] == [i.rpartition("-")[2] for i in ids]
    assert names[0] != names[1]


@pytest.mark.parametrize("ids", [("my-job-1", "other-job-1"), ("a", "A"), ("x/1", "y/1")])
def test_ids_chosen_by_somebody_else_differ_too(ids: tuple[str, str]) -> None:
    """They may end alike, or differ only in case, which some disks do not tell apart."""
    assert len({stem(job(id=job_id)).lower() for job_id in ids}) == 2


# --- keeping ---------------------------------------------------------------------------------


def kept(record: JobRecord, url: str) -> Kept:
    async def run() -> Kept:
        async with httpx.AsyncClient() as client:
            return await keep(client, record, url, on_bytes=lambda *_: None)

    return asyncio.run(run())


@pytest.fixture
def record(tmp_path: Path) -> JobRecord:
    return job(folder=str(tmp_path / "rushes-media"))


def test_a_video_is_kept_with_its_measures_and_its_still(
    origin: Origin, record: JobRecord, mp4: bytes, tmp_path: Path
) -> None:
    """Two files, at their names; nothing else in the library, nothing outside of it."""
    origin.routes["/v.mp4"] = Video(mp4)
    result = kept(record, origin.url())
    assert result.path == video_path(record)
    assert result.path.read_bytes() == mp4
    assert (result.clip.seconds, result.clip.bytes) == (1.0, len(mp4))
    assert result.poster_path == poster_path(record)
    files = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {result.path, result.poster_path}


def test_keeping_twice_fetches_once(origin: Origin, record: JobRecord, mp4: bytes) -> None:
    """After a crash between the download and the journal nothing is fetched again."""
    origin.routes["/v.mp4"] = Video(mp4)
    assert kept(record, origin.url()) == kept(record, origin.url())
    assert len(origin.asks) == 1


def test_a_file_that_cannot_be_played_is_removed(origin: Origin, record: JobRecord) -> None:
    """Its container is whole and its content is not: the next try starts with a clean slate."""
    data = bytearray(film([30, 60, 90] * 8, options={"movflags": "faststart"}))
    _, start, end = boxes(bytes(data))[-1]
    data[start + 8 : end] = bytes(end - start - 8)
    origin.routes["/v.mp4"] = Video(bytes(data))
    with pytest.raises(BadDownload, match="not a playable video") as caught:
        kept(record, origin.url())
    assert caught.value.job_id == record.id
    assert not video_path(record).exists()


def test_a_file_that_cannot_be_read_now_is_left_alone(
    origin: Origin, record: JobRecord, mp4: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process out of file descriptors says nothing about a video that was paid for."""

    def refuse(path: Path) -> None:
        msg = f"{path} cannot be read: too many open files."
        raise Unreadable(msg)

    monkeypatch.setattr(library, "probe", refuse)
    origin.routes["/v.mp4"] = Video(mp4)
    with pytest.raises(Unreadable):
        kept(record, origin.url())
    assert video_path(record).read_bytes() == mp4


def test_a_poster_that_fails_is_no_failure(origin: Origin, record: JobRecord, mp4: bytes) -> None:
    """A file is in the way of its folder; the video is kept without it."""
    folder = Path(record.folder)
    folder.mkdir()
    (folder / "posters").write_bytes(b"")
    origin.routes["/v.mp4"] = Video(mp4)
    result = kept(record, origin.url())
    assert result.poster_path is None
    assert result.path.exists()


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="needs a user without all rights"
)
def test_a_library_without_the_right_to_write_says_so(
    origin: Origin, record: JobRecord, tmp_path: Path
) -> None:
    """The folder is named, and what to do about it."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(LibraryUnwritable, match="permission denied"):
            kept(record, origin.url())
    finally:
        tmp_path.chmod(0o700)
