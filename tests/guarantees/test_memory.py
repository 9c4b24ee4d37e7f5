"""No picture or video takes more than 1 GiB of memory, however it is made."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import textwrap
import zlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import pytest
from PIL import Image

from emulators.clips import ClipSpec, clip
from rushes.contract.media_errors import TooLarge
from rushes.media.poster import make_poster
from rushes.media.probe import probe
from rushes.video import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from _pytest.mark import ParameterSet

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

GIBIBYTE = 1 << 30

SQUARE = (7071, 7071)
"""Just within the limit for pictures."""

READING = """
    import json, pathlib, sys
    import av, numpy, PIL.Image
    import rushes.backends.preview.render.inputs as preview
    from rushes.contract.errors import RushesError
    from rushes.media.fitting import fit
    from rushes.media.inputs import freeze
    from rushes.media.playing import played
    from rushes.media.poster import make_poster
    from rushes.media.probe import probe
    from rushes.video import pillow
    from rushes.video.frames import last_frame
    from rushes.widgets.inputs import look
    from support.memory import peak

    reader, path = sys.argv[1], pathlib.Path(sys.argv[2])
    beside = path.with_name(f"{path.stem}-{reader}")
    PIL.Image.MAX_IMAGE_PIXELS = None
    readers = {
        "look": lambda: look(str(path)),
        "decodable": lambda: pillow.is_decodable(path),
        "freeze": lambda: freeze(
            PIL.Image.open(path), "image", parameter="image", folder=path.parent / "inputs"
        ),
        "fit a picture": lambda: fit(path, beside.with_suffix(".jpg"), max_side=500),
        "preview": lambda: preview.read_image(str(path)),
        "probe": lambda: probe(path),
        "poster": lambda: make_poster(path, beside.with_suffix(".jpg")),
        "last frame": lambda: last_frame(path),
        "played": lambda: played(path, "video"),
        "fit a clip": lambda: fit(path, beside.with_suffix(".mp4"), seconds=1),
        "preview a clip": lambda: preview.Footage(str(path)),
    }
    try:
        readers[reader]()
        said = "read it"
    except (RushesError, preview.UnreadableInput) as error:
        said = f"{type(error).__name__}: {error}"
    print(json.dumps([said, peak()]))
"""


def peak_of(reader: str, path: Path) -> tuple[str, int]:
    """What a reader says of a file in a process of its own, and the most memory it took."""
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(READING), reader, str(path)]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300, env=env)
    said, peak = json.loads(done.stdout)
    return said, peak


# --- pictures -----------------------------------------------------------------------------------


def deep_png(path: Path) -> None:
    """A PNG with 16 bits in each of four channels, which Pillow cannot write."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    width, height = SQUARE
    packing = zlib.compressobj(1)
    rows = [packing.compress(bytes(1 + width * 8)) for _ in range(height)]
    header = struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", b"".join([*rows, packing.flush()]))
        + chunk(b"IEND", b"")
    )


def picture(mode: str, size: tuple[int, int] = SQUARE, **options: Any) -> Callable[[Path], None]:
    return lambda path: Image.new(mode, size).save(path, **options)


def moving(mode: str, **options: Any) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        first, second = Image.new(mode, (8000, 6000)), Image.new(mode, (8000, 6000), 3)
        first.save(path, save_all=True, append_images=[second], **options)

    return make


FAST_WEBP = {"lossless": True, "quality": 0, "method": 0}

PICTURES: dict[str, Callable[[Path], None]] = {
    "rgba.png": picture("RGBA", compress_level=1),
    "sixteen.png": picture("I;16", compress_level=1),
    "deep.png": deep_png,
    "progressive.jpg": picture("RGB", progressive=True),
    "print.jpg": picture("CMYK"),
    "float.tif": picture("F", compression="tiff_adobe_deflate"),
    "integer.tif": picture("I", compression="tiff_adobe_deflate"),
    "plain.bmp": picture("RGB"),
    "clear.webp": picture("RGBA", (16_383, 3051), **FAST_WEBP),
    "moving.webp": moving("RGBA", **FAST_WEBP),
    "moving.gif": moving("P"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("memory")


PICTURE_READERS = ("look", "decodable", "freeze", "fit a picture", "preview")

VIDEO_READERS = (
    *("probe", "poster", "look", "last frame", "played", "fit a clip", "preview a clip"),
)


def pairs(names: Iterable[str], readers: Sequence[str]) -> Iterator[ParameterSet]:
    """Every file with every reader; all but one reader of each file are left to `make soak`."""
    for number, name in enumerate(names):
        for reader in readers:
            is_first = reader == readers[number % len(readers)]
            marks = () if is_first else pytest.mark.soak
            yield pytest.param(name, reader, marks=marks, id=f"{name}-{reader}")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "reader"), [*pairs(PICTURES, PICTURE_READERS)])
def test_a_picture_takes_little(folder, name, reader):
    """In every mode and format, at the most pixels that are decoded."""
    path = folder / name
    if not path.exists():
        PICTURES[name](path)

    _, peak = peak_of(reader, path)

    assert peak < GIBIBYTE


# --- videos -------------------------------------------------------------------------------------

X264 = (
    "ref=16:bframes=8:b-pyramid=normal:keyint=300:scenecut=0:threads=1:lookahead-threads=1:"
    "sync-lookahead=0:rc-lookahead=0"
)
"""A decoder has to keep as many frames as any may."""

VIDEOS: dict[str, tuple[str, int, int]] = {
    "8k": ("yuv420p", 8192, 4320),
    "colourful": ("yuv444p10le", 3840, 2160),
}


def black(path: Path, form: str, width: int, height: int) -> None:
    with av.open(str(path), "w", format="mp4") as target:
        options = {"preset": "ultrafast", "x264-params": X264}
        stream = target.add_stream("libx264", rate=24, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, form
        for number in range(40):
            frame = av.VideoFrame(width, height, form)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.pts = number
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "reader"), [*pairs(VIDEOS, VIDEO_READERS)])
def test_a_video_takes_little(folder, name, reader):
    """However many frames it makes a decoder keep; it is measured all the same."""
    path = folder / f"{name}.mp4"
    if not path.exists():
        black(path, *VIDEOS[name])

    said, peak = peak_of(reader, path)

    assert peak < GIBIBYTE
    if reader == "probe":
        assert said == "read it"


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A video whose frames count as large."""
    path = tmp_path / "large.mp4"
    path.write_bytes(clip(ClipSpec(64, 64, 1)))
    monkeypatch.setattr(frames, "LARGE_FRAME", 1)
    monkeypatch.setattr("rushes.media.probe.LARGE_FRAME", 1)
    return path


def test_a_decoder_that_takes_too_much_is_stopped(large, tmp_path, monkeypatch):
    """It is asked after each packet; the video is measured without it."""
    monkeypatch.setattr(frames, "MOST_GROWTH", -1)

    for read in (frames.last_frame, lambda path: make_poster(path, tmp_path / "still.jpg")):
        with pytest.raises(TooLarge, match="memory"):
            read(large)
    assert probe(large).width == 64


@pytest.fixture
def changing(tmp_path: Path) -> Path:
    """A video whose second half has other frames than the first."""
    path = tmp_path / "changing.webm"
    with av.open(str(path), "w", format="webm") as target:
        stream = target.add_stream("libvpx-vp9", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        target.mux(_packets(stream, stream.codec_context, 0))
        richer = av.CodecContext.create("libvpx-vp9", "w")
        richer.width, richer.height, richer.pix_fmt = 64, 64, "yuv444p"
        richer.framerate, richer.time_base = 24, Fraction(1, 24)
        target.mux(_packets(stream, richer, 24))
    return path


def _packets(stream: Any, encoder: Any, first: int) -> list[Any]:
    """A second of black."""
    images = [av.VideoFrame(64, 64, encoder.pix_fmt) for _ in range(24)]
    for number, image in enumerate(images):
        for plane in image.planes:
            plane.update(bytes(plane.buffer_size))
        image.pts, image.time_base = number, Fraction(1, 24)
    packets = [packet for image in [*images, None] for packet in encoder.encode(image)]
    for packet in packets:
        packet.stream, packet.time_base = stream, Fraction(1, 24)
        packet.pts = packet.dts = packet.pts + first
    return packets


def test_a_video_that_changes_its_format_midway_is_measured_again(changing, monkeypatch):
    """What it declares says nothing of the frames that follow."""
    with frames.opened(changing) as (film, stream):
        assert len(list(frames.decoded(changing, film, stream))) == 48
    monkeypatch.setattr(frames, "MOST_FRAME", 64 * 64 * 2)

    with frames.opened(changing) as (film, stream), pytest.raises(TooLarge, match="yuv444p"):
        list(frames.decoded(changing, film, stream))


def test_decoders_share_what_they_may_take(large, monkeypatch):
    """Nine takes that are compared take no more than one; later ones start afresh."""
    taken = 0
    monkeypatch.setattr(frames.memory, "in_use", lambda: taken)
    monkeypatch.setattr(frames, "MOST_GROWTH", 100)
    with frames.opened(large) as (_, first), frames.opened(large) as (_, second):
        with frames.watched(large, first):
            taken = 60
            with frames.watched(large, second) as check:
                check()
                taken = 101
                with pytest.raises(TooLarge):
                    check()
        with frames.watched(large, second) as check:
            taken = 201
            check()


def test_large_frames_are_measured_like_others(large, monkeypatch):
    """One frame decoded alone gives the same numbers."""
    found = probe(large)
    monkeypatch.setattr("rushes.media.probe.LARGE_FRAME", 1 << 40)

    assert probe(large) == found


@pytest.mark.parametrize(
    ("form", "size"), [("yuv420p", 6144), ("yuv444p10le", 24_576), ("rgb24", 12_288)]
)
def test_a_frame_is_measured_in_bytes(form, size):
    """Colour and depth count, not only pixels."""

    class Stream:
        class codec_context:  # noqa: N801 - as PyAV names it
            width = height = 64
            format = av.VideoFormat(form, 64, 64)

    assert frames.frame_bytes(Stream) == size
