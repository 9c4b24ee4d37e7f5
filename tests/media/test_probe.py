"""Measuring videos, and finding those that cannot be played to their end."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from PIL import Image

from emulators.clips import ClipSpec, clip
from media.odd_files import OPEN_GROUPS, REFRESHING, beheaded
from rushes.contract.errors import MediaError
from rushes.contract.media_errors import LibraryUnwritable, Unreadable
from rushes.media.poster import make_poster
from rushes.media.probe import Clip, probe
from rushes.video.frames import decoded, last_frame, opened
from support.films import boxes, film, sound, trimmed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FASTSTART = {"movflags": "faststart"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "v.mp4"


def test_a_clip_is_measured(path: Path) -> None:
    """Length, size, rate, sound and codec come from the file."""
    data = clip(ClipSpec(width=320, height=180, seconds=3))
    path.write_bytes(data)
    assert probe(path) == Clip(
        seconds=3.0,
        width=320,
        height=180,
        fps=24.0,
        has_audio=True,
        bytes=len(data),
        codec="h264",
    )


def test_the_length_is_that_of_the_pictures(path: Path) -> None:
    """Frames over rate, exactly, also for rates that are no whole number, and without sound."""
    rate = Fraction(30000, 1001)
    path.write_bytes(film([100] * 31, rate=rate))
    measured = probe(path)
    assert measured.seconds == float(31 / rate)
    assert measured.fps == float(rate)
    assert not measured.has_audio


def test_an_unsteady_rate_is_measured_from_time_stamps(path: Path) -> None:
    """Frames over time, on average."""
    path.write_bytes(film([100] * 4, steps=[0, 1, 2, 47]))
    assert probe(path).seconds == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(
    ("container", "codec", "options", "name"),
    [
        ("mp4", "libx264", {}, "h264"),
        ("mp4", "libx264", FASTSTART, "h264"),
        ("mp4", "libx264", {"movflags": "frag_keyframe+empty_moov"}, "h264"),
        ("mov", "libx264", {}, "h264"),
        ("webm", "libvpx-vp9", {}, "vp9"),
        ("webm", "libvpx", {}, "vp8"),
        ("mp4", "libsvtav1", {}, "av1"),
        ("mp4", "libx265", {}, "hevc"),
    ],
)
def test_every_container_is_measured_alike(
    path: Path, container: str, codec: str, options: dict[str, str], name: str
) -> None:
    """Two seconds are two seconds, wherever the index stands and whatever the time base is."""
    path.write_bytes(film([100] * 48, container=container, codec=codec, options=options))
    measured = probe(path)
    assert measured.seconds == pytest.approx(2.0, abs=0.001)
    assert measured.fps == pytest.approx(24.0, abs=0.01)
    assert measured.codec == name


def test_a_single_frame_is_a_video(path: Path) -> None:
    """Decoders may hold the only frame back until the end."""
    path.write_bytes(film([100]))
    assert probe(path).seconds == pytest.approx(1 / 24)


def test_a_turned_video_is_measured_as_it_is_shown(path: Path) -> None:
    """Phones store portrait videos lying."""
    path.write_bytes(film([100] * 3, rotation=90))
    measured = probe(path)
    assert (measured.width, measured.height) == (36, 64)
    assert last_frame(path).size == (36, 64)


@pytest.mark.parametrize(
    ("aspect", "rotation", "size"),
    [
        (Fraction(64, 45), 0, (91, 36)),
        (Fraction(8, 9), 0, (64, 40)),
        (Fraction(64, 45), 90, (36, 91)),
        (Fraction(1, 100), 0, (64, 36)),
    ],
)
def test_pixels_that_are_not_square_are_measured_as_shown(path, aspect, rotation, size):
    """One side is stretched, as players do; an impossible shape is ignored."""
    path.write_bytes(film([100] * 3, aspect=aspect, rotation=rotation))
    measured = probe(path)
    assert (measured.width, measured.height) == size
    assert last_frame(path).size == size
    make_poster(path, path.with_suffix(".jpg"))
    with Image.open(path.with_suffix(".jpg")) as image:
        assert image.size == size


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ({}, 0),
        ({"movflags": "frag_keyframe+empty_moov"}, 2),
        ({"movflags": "dash"}, 2),
        ({"use_editlist": "0"}, 2),
    ],
    ids=["edit list", "fragments", "dash", "no edit list"],
)
def test_the_first_timestamp_is_that_of_the_first_frame(path, options, start):
    """Without an edit list, a file with reordered frames starts later than 0."""
    path.write_bytes(film([100] * 48, options=options, encoder="bframes=2:b-pyramid=1:keyint=24"))
    measured = probe(path)
    assert measured.start == pytest.approx(start / 24)
    assert (measured.seconds, measured.fps) == (2.0, 24.0)


def test_a_recording_that_starts_late_is_as_long_as_its_frames(path: Path) -> None:
    """The time before its first frame is not counted."""
    path.write_bytes(film([100] * 24, container="matroska", steps=range(120, 144)))
    measured = probe(path)
    assert (measured.start, measured.seconds, measured.fps) == (5.0, 1.0, 24.0)


@pytest.mark.parametrize("shown", [0.5, 1.0, 1.25])
def test_frames_that_an_edit_list_hides_do_not_count(path: Path, shown: float) -> None:
    """A clip that a phone trimmed has the length that is shown, and is not called truncated."""
    path.write_bytes(trimmed(film([100] * 48), shown))
    measured = probe(path)
    assert (measured.seconds, measured.fps) == (pytest.approx(shown, abs=0.001), 24.0)


@pytest.mark.parametrize(
    ("steps", "is_steady"),
    [
        ([*range(24)], True),
        ([*range(20), 22, 23], True),
        ([n * 3 + (n % 3) for n in range(24)], False),
    ],
)
def test_frames_are_steady_where_none_is_off_the_grid(path: Path, steps, is_steady) -> None:
    """A missing frame leaves the others where they are."""
    path.write_bytes(film([16 + n for n in range(len(steps))], steps=steps))

    assert probe(path).is_steady is is_steady


@pytest.mark.parametrize("start", [0.25, 0.75])
def test_frames_that_are_only_decoded_do_not_count(path: Path, start: float) -> None:
    """A cut between two key frames keeps those before it, marked as not to be shown."""
    data = bytearray(film([100] * 48))
    entry = data.index(b"elst") + 12
    data[entry : entry + 8] = struct.pack(">II", round((2 - start) * 1000), round(start * 12288))
    path.write_bytes(data)
    measured = probe(path)
    assert (measured.seconds, measured.fps) == (pytest.approx(2 - start, abs=0.001), 24.0)


@pytest.mark.parametrize("is_large", [False, True], ids=["small", "large"])
@pytest.mark.parametrize(
    ("cut", "count"),
    [((OPEN_GROUPS, 21), 48), ((REFRESHING, 12), 47)],
    ids=["open group", "refreshing"],
)
def test_frames_that_lack_others_do_not_count(path, monkeypatch, cut, count, is_large):
    """A clip that was cut begins with the first frame that players show, as exports do."""
    if is_large:
        monkeypatch.setattr("rushes.media.probe.LARGE_FRAME", 0)
    path.write_bytes(beheaded(*cut))
    measured = probe(path)
    with opened(path) as (file, stream):
        stamps = [float(frame.time) for frame in decoded(path, file, stream)]
    assert (len(stamps), measured.seconds, measured.fps) == (count, count / 24, 24.0)
    assert measured.start == stamps[0] > 0


def test_a_missing_frame_does_not_change_the_rate(path: Path) -> None:
    """The rate is what the timestamps of the other frames say; the length includes the hole."""
    path.write_bytes(film([100] * 46, steps=[*range(10), *range(12, 48)]))
    measured = probe(path)
    assert (measured.seconds, measured.fps) == (2.0, 24.0)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001)])
@pytest.mark.parametrize(("container", "codec"), [("mp4", "libx264"), ("webm", "libvpx-vp9")])
def test_a_rate_is_exact(path, rate, container, codec):
    """Also where timestamps are rounded to milliseconds."""
    path.write_bytes(film([100] * 50, rate=rate, container=container, codec=codec))
    measured = probe(path)
    assert measured.fps == float(rate)
    assert measured.seconds == float(50 / rate)


def test_uncompressed_black_is_no_hole(path: Path) -> None:
    """All bytes of such a frame are zeros."""
    with av.open(str(path), "w", format="mov") as target:
        stream = target.add_stream("rawvideo", rate=24)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "rgb24"
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
            frame.pts = number
            target.mux(stream.encode(frame))
    assert probe(path).seconds == 3 / 24


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("options", [{}, FASTSTART], ids=["index-last", "index-first"])
def test_a_truncated_file_is_no_video(path: Path, share: float, options: dict[str, str]) -> None:
    """With its index first it looks fine from the start, but its end is missing."""
    data = film([30, 60, 90] * 16, options=options)
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(MediaError, match=r"v\.mp4 is not a playable video"):
        probe(path)


def test_a_lying_container_is_found_by_its_packets(path: Path) -> None:
    """The boxes are made to fit a truncated file, yet the last frames are not there."""
    data = bytearray(film([30, 60, 90] * 16, options=FASTSTART))
    kind, start, end = boxes(bytes(data))[-1]
    assert kind == b"mdat"
    cut = (start + end) // 2
    data[start : start + 4] = (cut - start).to_bytes(4)
    path.write_bytes(data[:cut])
    with pytest.raises(MediaError, match=r"broken at frame|it declares"):
        probe(path)


def test_a_hole_of_zeros_is_found(path: Path) -> None:
    """What a crash may leave: right length, right structure, no content."""
    data = bytearray(film([30, 60, 90] * 16, options=FASTSTART))
    _, start, end = boxes(bytes(data))[-1]
    middle = (start + end) // 2
    data[middle:end] = bytes(end - middle)
    path.write_bytes(data)
    with pytest.raises(MediaError, match="broken at frame"):
        probe(path)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: b"", "empty"),
        (lambda: b"<html></html>", "web page"),
        (lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "it is a playlist of links"),
        (
            lambda: b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08moov\0\0\0\x08mdat",
            "not a playable video",
        ),
        (lambda: sound("ipod", "aac"), "no video track"),
        (lambda: sound("mp4", "aac", cover=True), "no video track"),
    ],
    ids=["empty", "page", "playlist", "hollow", "sound", "cover"],
)
def test_what_is_no_video_says_why(path: Path, data: Callable[[], bytes], reason: str) -> None:
    """The error names the file and the reason; playlists are never followed."""
    path.write_bytes(data())
    with pytest.raises(MediaError, match=reason) as caught:
        probe(path)
    assert str(path) in str(caught.value)
    assert not isinstance(caught.value, Unreadable)


def test_pictures_that_cannot_be_decoded_are_none(path: Path) -> None:
    """The packets are there and are not empty, but no decoder understands them."""
    data = bytearray(film([30, 60, 90] * 4, options=FASTSTART))
    _, start, end = boxes(bytes(data))[-1]
    data[start + 8 : end] = b"\x55" * (end - start - 8)
    path.write_bytes(data)
    with pytest.raises(MediaError, match="not a playable video"):
        probe(path)
    with pytest.raises(MediaError, match="not a playable video"):
        make_poster(path, path.with_suffix(".jpg"))
    with pytest.raises(MediaError, match="not a playable video"):
        last_frame(path)
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_a_file_that_cannot_be_read_is_not_called_broken(path: Path) -> None:
    """Whether it is a video is not known then."""
    with pytest.raises(Unreadable):
        probe(path)
    with pytest.raises(Unreadable):
        last_frame(path)


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_a_poster_is_made(path: Path, suffix: str, tmp_path: Path) -> None:
    """In the format of its name, as wide as asked, in a folder that is made."""
    path.write_bytes(clip(ClipSpec(width=320, height=180, seconds=1)))
    target = tmp_path / "posters" / f"v{suffix}"
    make_poster(path, target, width=160)
    with Image.open(target) as image:
        assert image.size == (160, 90)
        assert image.format == ("JPEG" if suffix == ".jpg" else "WEBP")
    assert [item.name for item in target.parent.iterdir()] == [target.name]


def test_a_small_video_is_not_enlarged(path: Path, tmp_path: Path) -> None:
    """A poster shows no more than the video has."""
    path.write_bytes(film([100]))
    make_poster(path, tmp_path / "v.jpg")
    with Image.open(tmp_path / "v.jpg") as image:
        assert image.size == (64, 36)


def test_a_poster_skips_a_black_beginning(path: Path, tmp_path: Path) -> None:
    """A film that fades in is not shown as a black box."""
    path.write_bytes(film([16] * 10 + [180] * 10))
    make_poster(path, tmp_path / "v.jpg")
    with Image.open(tmp_path / "v.jpg") as image:
        assert image.convert("L").getpixel((30, 18)) > 150


def test_a_black_film_has_a_poster_too(path: Path, tmp_path: Path) -> None:
    """The brightest early frame is as good as it gets."""
    path.write_bytes(film([16, 24, 16]))
    make_poster(path, tmp_path / "v.jpg")
    assert (tmp_path / "v.jpg").exists()


def test_a_poster_that_cannot_be_written_says_so(path: Path, tmp_path: Path) -> None:
    """A file is in the way of the folder."""
    path.write_bytes(film([100]))
    (tmp_path / "posters").write_bytes(b"")
    with pytest.raises(LibraryUnwritable, match="posters"):
        make_poster(path, tmp_path / "posters" / "v.jpg")


def test_the_last_frame_is_the_last(path: Path) -> None:
    """Not that of the last keyframe."""
    path.write_bytes(film([20] * 29 + [200]))
    image = last_frame(path)
    assert image.convert("L").getpixel((30, 18)) > 180
    assert image.size == (64, 36)


@pytest.mark.parametrize(("container", "codec"), [("webm", "libvpx-vp9"), ("mp4", "libx264")])
def test_the_last_frame_is_found_without_a_known_length(
    path: Path, container: str, codec: str
) -> None:
    """In WebM, and in fragments, the stream itself does not say how long it is."""
    options = {"movflags": "frag_keyframe+empty_moov"} if container == "mp4" else {}
    greys = [20] * 29 + [200]
    path.write_bytes(film(greys, container=container, codec=codec, options=options))
    assert last_frame(path).convert("L").getpixel((30, 18)) > 150


def test_nothing_is_said_on_the_terminal(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """FFmpeg's own messages about broken files are not shown to anybody."""
    data = film([30, 60, 90] * 16, options=FASTSTART)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(MediaError):
        probe(path)
    assert capfd.readouterr() == ("", "")
