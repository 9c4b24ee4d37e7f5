"""What is the user's alone stays so, and no file of others is written, read or believed."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from emulators.clips import ClipSpec, clip
from rushes import JournalError, MediaError, VideoGen
from rushes.catalog import Catalog
from rushes.comparison import entries
from rushes.widgets.compare import Compare
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rushes.engine import Progress
    from rushes.journal import JobRecord

FROM = {"provider": "seedance-2.0", "mode": "image-to-video", "prompt": "A fox"}

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no such modes")

as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root has other users"
)

SOMEBODY = 65_534
"""A user who is not the one of the tests."""


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    """The permissions that most systems give to new files."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.lstat().st_mode))


def open_to_others(folder: Path) -> list[str]:
    """What others may do anything with, in a folder and below."""
    return [
        f"{path.relative_to(folder)} {mode(path)}"
        for path in (folder, *folder.rglob("*"))
        if stat.S_IMODE(path.lstat().st_mode) & 0o077 and not path.is_symlink()
    ]


def refused(home: Path) -> str:
    """What is said of a home folder that is not used."""
    with pytest.raises(JournalError) as caught:
        VideoGen("preview", home=home)
    return str(caught.value)


# --- the home folder ---------------------------------------------------------------------------


def test_nothing_in_the_home_can_be_read_by_others(gen, tmp_path):
    """Journal, copies of pictures, and all folders."""
    picture = tmp_path / "private.png"
    Image.new("RGB", (400, 300)).save(picture)

    gen.submit(**FROM, start_image_url=picture).result()

    home = gen.engine.folders.home
    assert open_to_others(home) == []
    assert (home / "inputs").is_dir()


def test_drafts_and_uploads_of_a_page_are_private(gen):
    """Also a file of which only a part has arrived."""
    from rushes.widgets.inputs import Inputs  # noqa: PLC0415 - no other way in
    from rushes.widgets.studio.state import draft_path, keep  # noqa: PLC0415 - no other way in

    home = gen.engine.folders.home
    settings = {"providers": [], "mode": "text-to-video", "prompt": "secret", "values": {}}
    keep(draft_path(home, gen.library), settings, [])
    Inputs(gen.engine.folders.inputs).receive("a", offset=0, size=100, data=b"secret")

    assert list((home / "drafts").iterdir())
    assert list((home / "inputs").iterdir())
    assert open_to_others(home) == []


@pytest.mark.slow
def test_what_the_preview_works_on_is_private(tmp_path):
    """Requests, pictures and videos lie in its folder until they are in the library."""
    home = tmp_path / "home"
    with VideoGen("preview", home=home, library=tmp_path / "media") as gen:
        result = gen.generate_sync(**FOX, duration_seconds=4, resolution="480p")

    assert open_to_others(home) == []
    assert mode(result.path) == "0o644"


def test_the_journal_is_private_while_it_is_written(tmp_path):
    """SQLite keeps what is being changed in a second file."""
    import sqlite3  # noqa: PLC0415 - here only

    with VideoGen("preview", home=tmp_path / "home"):
        path = tmp_path / "home" / "journal.sqlite3"
        with sqlite3.connect(path) as other:
            other.execute("PRAGMA cache_size = 1")
            other.execute("CREATE TABLE big (text)")
            other.executemany("INSERT INTO big VALUES (?)", [("x" * 5_000,)] * 200)
            beside = path.with_name(f"{path.name}-journal")

            assert mode(beside) == mode(path) == "0o600"


def test_a_home_that_all_may_read_is_closed(tmp_path):
    """An earlier release made it so; all that is in it is closed, too."""
    home = tmp_path / "home"
    with VideoGen("preview", home=home):
        pass
    outside = tmp_path / "outside.txt"
    outside.write_text("not of the home")
    (home / "inputs").mkdir(exist_ok=True)
    (home / "inputs" / "a.png").write_bytes(b"")
    (home / "inputs" / "link").symlink_to(outside)
    for path in (home, home / "inputs", home / "inputs" / "a.png", home / "journal.sqlite3"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    outside.chmod(0o644)

    with VideoGen("preview", home=home):
        assert open_to_others(home) == []
    assert mode(outside) == "0o644"


@pytest.mark.parametrize("permissions", [0o777, 0o1777, 0o775, 0o730, 0o702])
def test_a_home_that_others_may_write_is_refused(tmp_path, permissions):
    """Whoever can write there can plant jobs that are paid with the user's key."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(permissions)

    said = refused(home)

    assert str(home) in said
    assert "chmod go-rwx" in said
    assert "RUSHES_HOME" in said
    assert "mkdir -m 700" in said
    assert list(home.iterdir()) == []


def test_the_advice_about_a_home_works(tmp_path):
    """Closing it is enough."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o777)
    command = refused(home).partition("private: ")[2].partition(". Alternatively")[0]

    subprocess.run(command, shell=True, check=True)

    with VideoGen("preview", home=home) as gen:
        assert gen.jobs() == []


@as_root
@pytest.mark.parametrize("permissions", [0o700, 0o755, 0o777])
def test_a_home_of_another_user_is_refused(tmp_path, permissions):
    """The owner can change everything in it."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(permissions)
    os.chown(home, SOMEBODY, SOMEBODY)

    said = refused(home)

    assert str(home) in said
    assert str(SOMEBODY) in said
    assert "RUSHES_HOME" in said


@as_root
def test_a_journal_of_another_user_is_refused(tmp_path):
    """Its rows are not the user's, whoever owns the folder."""
    home = tmp_path / "home"
    with VideoGen("preview", home=home):
        pass
    os.chown(home / "journal.sqlite3", SOMEBODY, SOMEBODY)

    assert "journal.sqlite3" in refused(home)


@as_root
def test_a_home_behind_a_link_is_judged_by_where_it_is(tmp_path):
    """A link to a folder of the user's is fine; to one of others it is not."""
    own, foreign = tmp_path / "own", tmp_path / "foreign"
    foreign.mkdir()
    os.chown(foreign, SOMEBODY, SOMEBODY)
    own.mkdir(mode=0o755)
    for folder in (own, foreign):
        folder.with_name(f"to-{folder.name}").symlink_to(folder)

    with VideoGen("preview", home=tmp_path / "to-own"):
        assert open_to_others(own) == []
    assert "to-foreign" in refused(tmp_path / "to-foreign")


@as_root
def test_another_user_reads_nothing_of_the_home(gen, tmp_path):
    """Neither the journal nor a copy of a picture that only its owner may read."""
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    picture = tmp_path / "private.png"
    Image.new("RGB", (400, 300)).save(picture)
    picture.chmod(0o600)
    job = gen.submit(**FROM, start_image_url=picture)
    files = [str(gen.engine.journal.path), job.params.start_image_url]
    code = textwrap.dedent(
        f"""
        import os, sys
        os.setgid({SOMEBODY}); os.setuid({SOMEBODY})
        for path in sys.argv[1:]:
            try:
                open(path, "rb")
            except PermissionError:
                print("closed")
        """
    )

    said = subprocess.run(
        [sys.executable, "-I", "-c", code, *files], capture_output=True, text=True, check=True
    ).stdout

    assert said.split() == ["closed", "closed"]


def test_the_library_keeps_the_users_umask(gen):
    """Videos are for whomever the user gives them to."""
    result = gen.submit(**FOX).result()

    assert mode(result.path) == "0o644"
    assert mode(result.path.parent) == "0o755"
    assert mode(result.path.with_suffix(".json")) == "0o644"


# --- network file systems ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "kind", "home"),
    [
        ("/mnt/données", "nfs4", "/mnt/données/rushes"),
        ("/home/bjørn", "nfs", "/home/bjørn/.local/share/rushes"),
        ("/mnt/my\\040données", "cifs", "/mnt/my données/rushes"),
        ("/mnt/back\\134slash", "nfs4", "/mnt/back\\slash/rushes"),
        ("/mnt/a\u2028b", "nfs4", "/mnt/a\u2028b/rushes"),
        ("/mnt/s3", "fuse.mount-s3", "/mnt/s3/rushes"),
        ("/mnt/blob", "fuse.blobfuse2", "/mnt/blob/rushes"),
        ("/mnt/dav", "fuse.davfs", "/mnt/dav/rushes"),
        ("/mnt/host", "virtiofs", "/mnt/host/rushes"),
        ("/mnt/host", "vboxsf", "/mnt/host/rushes"),
        ("/mnt/weka", "wekafs", "/mnt/weka/rushes"),
    ],
)
def test_a_network_file_system_is_known(point, kind, home):
    """Whatever its mount point is called, and whoever made it."""
    from pathlib import Path  # noqa: PLC0415 - at run time only here

    from rushes.io.filesystem import network_type  # noqa: PLC0415 - no other way in

    mounts = f"/dev/sda1 / ext4 rw 0 0\nserver:/x {point} {kind} rw 0 0\n"

    assert network_type(Path(home), mounts) == kind


def test_the_advice_about_network_file_systems_is_safe(tmp_path, monkeypatch):
    """It names no folder that somebody else may have made already."""
    from rushes.io import filesystem  # noqa: PLC0415 - no other way in

    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/x {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(filesystem, "MOUNTS", mounts)

    assert "mkdir -m 700" in refused(tmp_path / "home")


# --- parts of a video --------------------------------------------------------------------------


@pytest.fixture
def waiting(gen, emulator) -> tuple[Any, Path]:
    """A job that is not done until `finish`, and where its video is going to be."""
    from rushes.media.library import video_path  # noqa: PLC0415 - the name can be guessed

    emulator.settings.run_seconds = AN_HOUR
    job = gen.submit(**FOX)
    gen.library.mkdir(exist_ok=True)
    return job, video_path(gen.engine.record(job.id))


@pytest.fixture
def finish(emulator) -> Callable[[], None]:
    """Ends the waiting job at its service."""

    def end() -> None:
        until(lambda: emulator.jobs)
        emulator.advance(A_WHILE)

    return end


def _link(part: Path, victim: Path) -> None:
    part.symlink_to(victim)


def _hard_link(part: Path, victim: Path) -> None:
    part.hardlink_to(victim)


def _link_to_nothing(part: Path, victim: Path) -> None:
    part.symlink_to(victim.with_name("new.txt"))


def _pipe(part: Path, victim: Path) -> None:  # noqa: ARG001 - as the others
    os.mkfifo(part)


@pytest.mark.parametrize("plant", [_link, _hard_link, _link_to_nothing, _pipe])
@pytest.mark.parametrize("ending", [".part", ".part.json", ""])
def test_a_video_is_not_written_into_another_file(waiting, finish, tmp_path, plant, ending):
    """What somebody put under the names of a download is removed, not written through."""
    job, path = waiting
    victim = tmp_path / "victim.txt"
    victim.write_text("precious")
    plant(path.with_name(f"{path.name}{ending}"), victim)
    finish()

    result = job.result()

    assert victim.read_text() == "precious"
    assert not victim.with_name("new.txt").exists()
    found = result.path.lstat()
    assert stat.S_ISREG(found.st_mode)
    assert found.st_nlink == 1


@as_root
def test_a_part_of_another_user_is_not_continued(waiting, finish):
    """Its owner could change the video at any time."""
    job, path = waiting
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(b"x" * 100)
    os.chown(part, SOMEBODY, SOMEBODY)
    finish()

    assert job.result().path.stat().st_uid == os.geteuid()


@pytest.mark.parametrize("ending", [".part", ""])
def test_a_folder_in_the_way_is_said_in_words(gen, waiting, finish, ending):
    """The job waits for it to be moved, and loses nothing."""
    job, path = waiting
    folder = path.with_name(f"{path.name}{ending}")
    folder.mkdir()
    (folder / "kept.txt").write_text("kept")
    heard = threading.Event()

    def hear(news: list[tuple[JobRecord, Progress]]) -> None:
        if any("in the way; move it" in progress.text for _, progress in news):
            heard.set()

    gen.engine.listen(hear)
    finish()
    assert heard.wait(60)

    folder.rename(folder.with_name("moved"))

    assert job.result().path.is_file()


def test_a_poster_is_not_written_through_a_link(waiting, finish, tmp_path):
    """Neither through one in its place nor through one in the place of its folder."""
    job, path = waiting
    outside = tmp_path / "outside"
    outside.mkdir()
    (path.parent / "posters").symlink_to(outside)
    finish()

    result = job.result()

    assert list(outside.iterdir()) == []
    assert result.poster_path is None


# --- sidecars of others --------------------------------------------------------------------------

SECRET = b"-----BEGIN OPENSSH PRIVATE KEY-----"


@pytest.fixture
def shared(tmp_path: Path) -> Callable[..., Path]:
    """Makes a video with the sidecar of a stranger."""

    def make(name: str = "take", **facts: object) -> Path:
        video = tmp_path / f"{name}.mp4"
        video.write_bytes(clip(ClipSpec(64, 36, 4, audio=False)))
        plain = {
            "generationId": "g",
            "videoUrl": "https://example.com/take.mp4",
            "durationSeconds": 4.0,
            "width": 64,
            "height": 36,
            "provider": "kling-3.0-standard",
            "mode": "text-to-video",
            "prompt": "A fox",
            "seed": 3,
            "cost": {"amount": 0.4},
            "file": video.name,
            "jobId": "job-1",
            "params": {"provider": "kling-3.0-standard", "mode": "text-to-video", "prompt": "A"},
        }
        video.with_suffix(".json").write_text(json.dumps(plain | facts))
        return video

    return make


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "id_rsa"
    path.write_bytes(SECRET * 10)
    return path


def shown(*takes: Path) -> str:
    """All that a comparison lets out: its page without a kernel, and its traits."""
    widget = Compare(*takes)
    bundle, _ = widget._repr_mimebundle_()
    return json.dumps([bundle, widget.get_state()], default=str)


@pytest.mark.parametrize("key", ["posterPath", "poster_path", "path", "posterUrl", "videoUrl"])
def test_a_sidecar_names_no_file(shared, secret, key):
    """Not as a poster, and not as the video: nothing of the file gets into a notebook."""
    import base64  # noqa: PLC0415 - here only

    video = shared(**{key: str(secret) if "Url" not in key else secret.as_uri()})

    page = shown(video, shared("other"))

    assert base64.b64encode(SECRET * 10).decode()[:40] not in page
    assert str(secret) not in page
    result = entries([video, shared("other")])[0].result
    assert result.path == video
    assert result.poster_path is None
    assert str(secret) not in result.model_dump_json()


def test_a_sidecar_names_no_link(shared):
    """Where the video was is nobody's business to fetch from."""
    result = entries([shared(videoUrl="https://evil.example/x"), shared("other")])[0].result

    assert "evil.example" not in result.model_dump_json()


def test_a_sidecar_names_no_input(shared, secret):
    """The request comes without its media: sending it again would send what they name."""
    params = {
        "provider": "seedance-2.0",
        "mode": "reference-to-video",
        "prompt": "A fox",
        "startImageUrl": str(secret),
        "image_references": [str(secret)],
        "videoReferences": ["https://evil.example/x.mp4"],
    }

    found = entries([shared(params=params), shared("other")])[0].params

    assert found.prompt == "A fox"
    assert Catalog([]).local_files(found) == ()
    assert "evil.example" not in found.model_dump_json()


def test_the_poster_is_the_one_beside_the_video(shared):
    """By its name, and only when it is a picture."""
    video = shared()
    still = video.with_suffix(".jpg")
    Image.new("RGB", (64, 36), "red").save(still)

    assert entries([video, shared("other")])[0].result.poster_path == still


def test_a_poster_that_leads_elsewhere_is_none(shared, secret):
    """A link beside the video is as much of a stranger's as the sidecar."""
    video = shared()
    video.with_suffix(".jpg").symlink_to(secret)

    assert entries([video, shared("other")])[0].result.poster_path is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("durationSeconds", float("nan")),
        ("durationSeconds", float("inf")),
        ("durationSeconds", -1),
        ("durationSeconds", 90_000),
        ("width", 10**400),
        ("width", 0),
        ("height", 70_000),
        ("cost", {"amount": float("inf")}),
        ("cost", {"amount": -1_000_000}),
        ("provider", "x" * 100_000),
        ("prompt", "x" * 100_000),
        ("mode", {"a": "nonsense"}),
        ("params", [1]),
        ("timings", {"running": float("nan")}),
        ("seed", 10**30),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_sidecar_with_odd_facts_hides_no_video(shared, key, value):
    """What is not within reason is not believed; the video is measured instead."""
    video = shared(**{key: value})

    found = entries([video, shared("other")])[0]

    assert found.path == video
    assert found.result is None
    assert "64" in shown(video, shared("other"))


def test_a_number_too_large_for_a_computer_is_no_fact(shared):
    """JSON may hold what becomes infinite when it is read."""
    video = shared()
    sidecar = video.with_suffix(".json")
    sidecar.write_text(sidecar.read_text().replace('"amount": 0.4', '"amount": 1e999'))

    assert entries([video, shared("other")])[0].result is None


@pytest.mark.parametrize("what", ["pipe", "endless", "large", "deep", "folder"])
def test_a_sidecar_that_is_no_plain_file_is_not_read(shared, what):
    """It neither waits nor fills the memory."""
    video = shared()
    sidecar = video.with_suffix(".json")
    text = sidecar.read_text()
    sidecar.unlink()
    match what:
        case "pipe":
            os.mkfifo(sidecar)
        case "endless":
            sidecar.symlink_to("/dev/zero")
        case "large":
            sidecar.write_text(text + " " * (2 << 20))
        case "deep":
            sidecar.write_text("[" * 200_000)
        case "folder":
            sidecar.mkdir()

    assert entries([video, shared("other")])[0].result is None


def test_a_wrong_file_is_no_take(tmp_path, shared):
    """A pipe in the place of a video is refused at once."""
    os.mkfifo(tmp_path / "pipe.mp4")

    with pytest.raises(MediaError, match=r"pipe\.mp4"):
        Compare(tmp_path / "pipe.mp4", shared())
