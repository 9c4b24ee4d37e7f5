"""A file that claims too much costs neither the memory nor the kernel, and a paid video is kept."""

from __future__ import annotations

import io
import json
import os
import signal
import struct
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import av
import pytest
from PIL import Image

from emulators import clips
from emulators.clips import ClipSpec, clip
from rushes.contract.errors import MediaError
from rushes.media.limits import length_of
from rushes.media.poster import make_poster
from rushes.media.probe import probe
from rushes.video.frames import last_frame
from rushes.widgets.inputs import look
from support.requests import FOX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emulators.fal import FalEmulator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of memory are POSIX")


ROOM = 450_000_000
"""Bytes of memory that a reader may take beside the libraries."""

MILLIONS = 89_000_000


def film(width: int, height: int) -> bytes:
    """A video of one grey frame."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        options = {"preset": "ultrafast", "x264-params": "threads=1:lookahead-threads=1"}
        stream = container.add_stream("libx264", rate=24, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane in frame.planes:
            plane.update(b"\x80" * plane.buffer_size)
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


@pytest.fixture(scope="module")
def huge() -> bytes:
    """A video of 12,000 x 12,000 pixels: a frame takes 200 MB, and 400 MB as RGB."""
    return film(12_000, 12_000)


def number(data: bytearray, at: int, value: int) -> None:
    data[at : at + 4] = struct.pack(">I", value)


def claiming(*claims: tuple[bytes, int, int]) -> bytes:
    """A small video whose tables say other numbers: kind, place behind the kind, number."""
    data = bytearray(clip(ClipSpec(64, 64, 1)))
    for kind, place, value in claims:
        at = data.find(kind)
        while at != -1:
            number(data, at + place, value)
            at = data.find(kind, at + 1)
    return bytes(data)


def runs() -> bytes:
    """A video in fragments, one of which says that it has millions of frames."""
    file = io.BytesIO()
    with av.open(io.BytesIO(clip(ClipSpec(64, 64, 1)))) as source:
        options = {"movflags": "frag_keyframe+empty_moov"}
        with av.open(file, "w", format="mp4", options=options) as target:
            stream = target.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(video=0):
                if packet.dts is not None:
                    packet.stream = stream
                    target.mux(packet)
    data = bytearray(file.getvalue())
    number(data, data.find(b"trun") + 8, MILLIONS)
    return bytes(data)


CLAIMS: dict[str, Callable[[], bytes]] = {
    "sizes": lambda: claiming((b"stsz", 8, 1), (b"stsz", 12, MILLIONS)),
    "sizes in a table": lambda: claiming((b"stsz", 8, 0), (b"stsz", 12, MILLIONS)),
    "times": lambda: claiming((b"stts", 12, MILLIONS)),
    "samples in a chunk": lambda: claiming((b"stsc", 16, 2**31 - 1)),
    "chunks": lambda: claiming((b"stco", 8, MILLIONS)),
    "all": lambda: claiming(
        (b"stsz", 8, 1), (b"stsz", 12, MILLIONS), (b"stts", 12, MILLIONS), (b"stsc", 16, MILLIONS)
    ),
    "a fragment": runs,
    "a compressed index": lambda: clip(ClipSpec(64, 64, 1)).replace(b"udta", b"cmov"),
}

READERS = ("probe", "poster", "last_frame", "look", "fit", "length", "comparison", "widget")

READING = f"""
    import json, pathlib, resource, sys
    import av, numpy, rushes, rushes.comparison.stills, rushes.media.poster, rushes.widgets.inputs
    from PIL import Image, ImageOps
    from rushes.video.frames import last_frame
    from rushes.contract.errors import RushesError
    from rushes.media.inputs import freeze
    from rushes.media.limits import length_of
    from rushes.media.probe import probe

    def freeze_sound(path):
        found = freeze(path, "audio", parameter="audio", folder=path.parent / "inputs")
        raise RushesError("Problem: " + found.message)

    readers = {{
        "probe": probe,
        "poster": lambda path: rushes.media.poster.make_poster(path, path.with_name("poster.jpg")),
        "last_frame": last_frame,
        "look": lambda path: rushes.widgets.inputs.look(str(path)),
        "fit": rushes.media.fit,
        "length": length_of,
        "comparison": lambda path: rushes.comparison.stills.frames(
            {{"one": path, "other": path}}, path.with_name("frames.png")
        ),
        "widget": lambda path: rushes.compare(path, path),
        "freeze": freeze_sound,
    }}
    rushes.compare  # Loaded before the limit is set.
    import rushes.widgets.compare
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
    room = pages * resource.getpagesize() + {ROOM}
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    resource.setrlimit(resource.RLIMIT_CPU, (40, 40))
    for reader, path in json.loads(sys.argv[1]):
        try:
            readers[reader](pathlib.Path(path))
            said = "read it"
        except rushes.contract.errors.MediaError as error:
            said = f"MediaError: {{error}}"
        except RushesError as error:
            said = error.message
        except BaseException as error:
            said = f"{{type(error).__name__}}: {{error}}"
        print(json.dumps([reader, path, said]), flush=True)
"""


def read(*wanted: tuple[str, Path]) -> dict[tuple[str, Path], str]:
    """What a process that may take so much memory says of files: the error's class and words."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(READING),
            json.dumps([(name, str(path)) for name, path in wanted]),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    found = {(reader, type(wanted[0][1])(path)): said for reader, path, said in lines}
    died = f"died with {done.returncode}: {done.stderr[-400:]}"
    return {pair: found.get(pair, died) for pair in wanted}


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def said_of_huge(huge: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What every reader says of frames that are too large."""
    path = tmp_path_factory.mktemp("huge") / "huge.mp4"
    path.write_bytes(huge)
    lie = path.with_name("lie.mp4")
    lie.write_bytes(huge.replace(struct.pack(">HH", 12_000, 12_000), struct.pack(">HH", 320, 180)))
    found = read(*[(reader, path) for reader in READERS], ("poster", lie))
    return {reader if at == path else "lie": said for (reader, at), said in found.items()}


@pytest.fixture(scope="module")
def said_of_claims(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What `probe` says of each claim, and every reader of all together."""
    folder = tmp_path_factory.mktemp("claims")
    for name, make in CLAIMS.items():
        (folder / name).write_bytes(make())
    wanted = [("probe", folder / name) for name in CLAIMS]
    wanted += [(reader, folder / "all") for reader in READERS[1:]]
    found = read(*wanted)
    return {at.name if name == "probe" else name: said for (name, at), said in found.items()}


@on_linux
@pytest.mark.parametrize("reader", READERS)
def test_frames_that_are_too_large_are_not_decoded(said_of_huge, reader):
    """Every reader refuses them with their size, before a frame takes memory."""
    assert said_of_huge[reader].startswith("MediaError")
    assert "12000 x 12000" in said_of_huge[reader]


@on_linux
def test_a_file_that_lies_about_its_size_is_not_decoded(said_of_huge):
    """What the container says of the frames is not what counts."""
    assert said_of_huge["lie"].startswith("MediaError")


@on_linux
@pytest.mark.parametrize("claim", CLAIMS)
def test_tables_are_not_believed(said_of_claims, claim):
    """A file that names more samples than it has bytes is refused before room is made for them."""
    said = said_of_claims[claim]

    assert said.startswith("MediaError")
    assert "tables" in said or "index" in said


@on_linux
@pytest.mark.parametrize("reader", READERS[1:])
def test_no_reader_believes_tables(said_of_claims, reader):
    """Whatever opens a video looks at its claims first."""
    said = said_of_claims[reader]

    assert said.startswith("MediaError")
    assert "tables" in said


@on_linux
def test_large_pictures_of_a_page_are_not_decoded(tmp_path):
    """A picture of 0.5 MB does not take 1.6 GB for its thumbnail."""
    path = tmp_path / "large.png"
    Image.new("L", (13_300, 13_300)).save(path, compress_level=1)

    [said] = read(("look", path)).values()

    assert said.startswith("MediaError")
    assert "13300 x 13300" in said


@on_linux
def test_a_sound_in_the_guise_of_a_video_is_not_believed_either(tmp_path):
    """Whether an MP4 is only sound is looked up in its tables, before any reader."""
    path = tmp_path / "claims.m4a"
    path.write_bytes(CLAIMS["all"]())

    [said] = read(("freeze", path)).values()

    assert said.startswith("Problem")


def test_a_playlist_is_not_followed(tmp_path):
    """A text that names other files is no sound, whatever its name says."""
    (tmp_path / "clip.mp4").write_bytes(clip(ClipSpec(64, 64, 1)))
    path = tmp_path / "list.mp3"
    path.write_text("ffconcat version 1.0\nfile clip.mp4\nduration 5\n")

    with pytest.raises(MediaError):
        length_of(path)


# --- what has to stay possible ----------------------------------------------------------------


@on_linux
@pytest.mark.parametrize("size", [(7680, 4320), (4320, 7680)])
def test_an_8k_video_is_read(tmp_path, size):
    """The limit is above what services make."""
    path = tmp_path / "8k.mp4"
    path.write_bytes(film(*size))

    found = probe(path)
    make_poster(path, tmp_path / "8k.jpg")

    assert (found.width, found.height) == size
    with Image.open(tmp_path / "8k.jpg") as still:
        assert still.width == 640


def test_plain_sound_may_have_many_samples(tmp_path):
    """A MOV with PCM names every one of them."""
    path = tmp_path / "sound.mov"
    with av.open(str(path), "w") as target:
        pictures = target.add_stream("mjpeg", rate=1)
        pictures.width, pictures.height, pictures.pix_fmt = 16, 16, "yuvj420p"
        sound = target.add_stream("pcm_s16le", rate=48_000, layout="mono")
        for second in range(130):
            frame = av.VideoFrame(16, 16, "yuvj420p")
            frame.pts = second
            target.mux(pictures.encode(frame))
            tone = av.AudioFrame(format="s16", layout="mono", samples=48_000)
            tone.sample_rate, tone.pts = 48_000, second * 48_000
            target.mux(sound.encode(tone))
        target.mux(pictures.encode(None))
        target.mux(sound.encode(None))

    assert probe(path).seconds == pytest.approx(130)


@pytest.mark.parametrize("height", [320, 720])
def test_all_stills_have_the_colours_of_a_player(tmp_path, height):
    """From 720 lines on a video that does not say so is BT.709, in posters and last frames too."""
    path = tmp_path / "plain.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = height * 16 // 9 // 2 * 2, height, "yuv420p"
        frame = av.VideoFrame(stream.width, stream.height, "yuv420p")
        # (176, 64, 32) by the matrix that players take for this size.
        for plane, value in zip(
            frame.planes, (97, 97, 180) if height < 720 else (89, 103, 178), strict=True
        ):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    make_poster(path, tmp_path / "still.jpg")
    _, thumbnail = look(str(path))
    stills = [io.BytesIO((tmp_path / "still.jpg").read_bytes()), io.BytesIO(thumbnail)]

    for picture in (last_frame(path), *map(Image.open, stills)):
        middle = picture.getpixel((picture.width // 2, picture.height // 2))
        assert middle == pytest.approx((176, 64, 32), abs=5)


# --- jobs -------------------------------------------------------------------------------------


def kept(folder: Path) -> list[bytes]:
    """The videos in a library."""
    return [path.read_bytes() for path in folder.glob("*.mp4")]


def test_a_paid_video_that_is_too_large_is_kept(gen, monkeypatch, huge, tmp_path):
    """The job ends with where the file is, what it was, and that it was paid; it is kept."""
    monkeypatch.setitem(clips._cache, clips.TINY, huge)

    job = gen.submit(**FOX)
    with pytest.raises(MediaError, match=r"12000 x 12000.*kept.*billed"):
        job.result(60)

    assert len(kept(tmp_path / "media")) == 1
    assert kept(tmp_path / "media")[0].startswith(huge)


DEADLY = """
    import os, signal, sys
    import rushes.media.probe

    def die(path):
        os.kill(os.getpid(), signal.SIGKILL)

    if "rushes.media.trial" not in sys.orig_argv or "PYTHONTRIALSDIE" in os.environ:
        rushes.media.probe.probe = die  # As a decoder does that takes all the memory.
"""
"""What every Python process runs at its start; one that only measures may be spared."""

DYING = """
    import pathlib, sys
    import rushes
    from rushes.backends.fal import FalBackend
    from rushes.backends.protocol import Limits
    from rushes.engine import Timing
    home, media, key, queue, rest, api, job = sys.argv[1:]
    backend = FalBackend(key, queue_url=queue, rest_url=rest, api_url=api,
                         limits=Limits(poll_floor=0.05, first_poll=0.05))
    timing = Timing(lease=1.0, heartbeat=0.2, retry=0.05, watch=0.05, look_up=0.1)
    gen = rushes.VideoGen(backend, home=pathlib.Path(home), library=media, timing=timing)
    try:
        found = gen.job(job)
    except rushes.JobNotFound:
        found = gen.submit_as(job, dict(provider="seedance-2.0", mode="text-to-video", prompt="A"))
    found.result(60)
"""


@pytest.fixture
def deadly(tmp_path: Path) -> str:
    """A path with which processes that measure a video die of it."""
    folder = tmp_path / "deadly"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(textwrap.dedent(DEADLY))
    return os.pathsep.join((str(folder), *filter(None, [os.environ.get("PYTHONPATH")])))


def die_measuring(emulator: FalEmulator, folder: Path, job: str, path: str) -> int:
    """How a process ends that works on a job and dies while it measures the video."""
    from emulators.fal import FAL_KEY  # noqa: PLC0415 - beside the process that gets it

    urls = (emulator.queue_url, emulator.rest_url, emulator.api_url)
    arguments = [str(folder / "home"), str(folder / "media"), FAL_KEY, *urls, job]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(DYING), *arguments],
        check=False,
        capture_output=True,
        timeout=90,
        env=os.environ | {"RUSHES_HOME": str(folder / "home"), "PYTHONPATH": path},
    )
    return done.returncode


@pytest.mark.slow
@pytest.mark.parametrize("deaths", [1, 4])
def test_deaths_for_other_reasons_while_measuring_cost_nothing(
    emulator, tmp_path, make_gen, deadly, deaths
):
    """Kernels are restarted at any moment: the video itself ends no process that only measures."""
    for _ in range(deaths):
        assert die_measuring(emulator, tmp_path, "job-1", deadly) == -signal.SIGKILL

    result = make_gen().job("job-1").result(60)

    assert result.path.exists()
    assert len(emulator.jobs) == 1


@pytest.mark.slow
def test_a_video_that_ends_two_processes_ends_the_job(
    emulator, tmp_path, make_gen, deadly, monkeypatch
):
    """The second one does nothing else: the job ends, the file is kept, nothing is bought again."""
    assert die_measuring(emulator, tmp_path, "job-1", deadly) == -signal.SIGKILL
    monkeypatch.setenv("PYTHONPATH", deadly)
    monkeypatch.setenv("PYTHONTRIALSDIE", "1")
    job = make_gen().job("job-1")

    with pytest.raises(MediaError, match=r"2 processes.*kept.*billed"):
        job.result(60)

    assert job.state == "failed"
    assert len(kept(tmp_path / "media")) == 1
    assert len(emulator.jobs) == 1
