"""`rushes.media.fit` and the exports harm no file, whatever goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from PIL import Image

import rushes
from emulators.clips import ClipSpec, clip
from rushes.comparison import contact_sheet, frames, page, side_by_side
from rushes.contract.errors import InvalidParams, MediaError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEFORE = b"what somebody else keeps here"

REFUSALS = (MediaError, InvalidParams)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A clip of two seconds in a folder of its own."""
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "sub").mkdir()
    path = folder / "clip.mp4"
    path.write_bytes(clip(ClipSpec(96, 64, 2)))
    return path


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture in a folder of its own."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    path = folder / "photo.jpg"
    Image.effect_noise((160, 120), 60).convert("RGB").save(path)
    return path


def _by_dots(source: Path) -> Path:
    (source.parent / "sub").mkdir(exist_ok=True)
    return source.parent / "sub" / ".." / source.name


def _by_symlink(source: Path) -> Path:
    link = source.with_name(f"link{source.suffix}")
    link.symlink_to(source)
    return link


def _by_hard_link(source: Path) -> Path:
    link = source.with_name(f"hard{source.suffix}")
    link.hardlink_to(source)
    return link


def _by_linked_folder(source: Path) -> Path:
    folder = source.parent.with_name("elsewhere")
    folder.symlink_to(source.parent)
    return folder / source.name


SPELLINGS = {
    "its name": lambda source: source,
    "dots": _by_dots,
    "a link": _by_symlink,
    "a hard link": _by_hard_link,
    "a linked folder": _by_linked_folder,
}


def content(folder: Path) -> dict[str, bytes]:
    """All files below a folder, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("medium", ["film", "photo"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_source_is_never_the_target(request, medium, spelling):
    """However the target is spelled, a copy onto the source is refused and nothing changes."""
    source = request.getfixturevalue(medium)
    target = SPELLINGS[spelling](source)
    before = content(source.parent)

    with pytest.raises(REFUSALS, match="source itself"):
        rushes.media.fit(source, target, max_side=40)

    assert content(source.parent) == before


def cut_off(film: Path) -> Path:
    film.write_bytes(film.read_bytes()[:-2000])
    return film


def no_film(film: Path) -> Path:
    film.write_bytes(film.read_bytes()[:40])
    return film


FAILURES: dict[str, tuple[Callable[[Path], Path], dict[str, Any]]] = {
    "nothing from there on": (lambda film: film, {"start": 99}),
    "a source that is cut off": (cut_off, {}),
    "a source that is broken": (no_film, {}),
    "a source that is missing": (lambda film: film.with_name("other.mp4"), {}),
    "a wish that makes no sense": (lambda film: film, {"seconds": -1}),
    "a size that clips cannot have": (lambda film: film, {"max_megabytes": 0.001}),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_what_stood_at_the_target_stays_when_a_copy_fails(film, failure):
    """A failure leaves what had the name, and no draft."""
    spoil, wishes = FAILURES[failure]
    source = spoil(film)
    target = film.with_name("keep.mp4")
    target.write_bytes(BEFORE)
    before = content(film.parent)

    with pytest.raises(REFUSALS):
        rushes.media.fit(source, target, **wishes)

    assert content(film.parent) == before


def test_a_copy_that_fails_leaves_nothing(film):
    """Neither a draft nor an empty file stays where none was."""
    with pytest.raises(REFUSALS):
        rushes.media.fit(film, film.with_name("new.mp4"), start=99)

    assert list(content(film.parent)) == ["clip.mp4"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of a file's size")
@pytest.mark.parametrize("medium", ["film", "photo"])
@pytest.mark.parametrize("ends", ["with an error", "with the process"])
def test_a_disk_that_is_full_costs_nothing(request, medium, ends):
    """When a copy cannot be written to its end, what had its name stays as it was."""
    source = request.getfixturevalue(medium)
    target = source.with_name(f"keep{source.suffix}")
    target.write_bytes(BEFORE)
    script = f"""
        import signal, sys
        import rushes
        if {ends!r} == "with the process":
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        # Python takes half a file of bytecode for a whole one, and every later process reads it.
        sys.dont_write_bytecode = True
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
        rushes.media.fit(sys.argv[1], sys.argv[2])
    """

    done = run(script, source, target)

    assert (done.returncode < 0) == (ends == "with the process")
    assert ends == "with the process" or "MediaError" in done.stderr
    assert target.read_bytes() == BEFORE


@pytest.mark.parametrize("medium", ["film", "photo"])
def test_an_existing_file_is_replaced_as_a_whole(request, medium):
    """A target that was named is replaced, through a draft."""
    source = request.getfixturevalue(medium)
    target = source.with_name(f"keep{source.suffix}")
    target.write_bytes(BEFORE)
    other = target.with_name("other name")
    other.hardlink_to(target)

    assert rushes.media.fit(source, target) == target

    assert target.read_bytes() != BEFORE
    assert other.read_bytes() == BEFORE


def test_a_link_is_never_written_through(photo):
    """A link as target is replaced; what it led to stays."""
    precious = photo.with_name("precious.txt")
    precious.write_bytes(BEFORE)
    link = photo.with_name("link.jpg")
    link.symlink_to(precious)

    rushes.media.fit(photo, link)

    assert precious.read_bytes() == BEFORE
    assert not link.is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_what_is_no_file_is_no_target(photo):
    """A pipe under the target's name is refused, at once, and stays."""
    pipe = photo.with_name("pipe.jpg")
    os.mkfifo(pipe)

    done = run("import sys, rushes; rushes.media.fit(sys.argv[1], sys.argv[2])", photo, pipe)

    assert done.returncode == 1
    assert "not a file" in done.stderr
    assert pipe.is_fifo()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_what_is_no_file_is_no_target_of_an_export(film):
    """Exports refuse a pipe as well, and do not replace it."""
    pipe = film.with_name("pipe.png")
    os.mkfifo(pipe)

    with pytest.raises(REFUSALS):
        frames([film, film], pipe)

    assert pipe.is_fifo()


@pytest.mark.parametrize("target", [".", "sub"])
def test_a_folder_is_no_target(film, target):
    """A folder is named as such."""
    with pytest.raises(REFUSALS, match="folder"):
        rushes.media.fit(film, film.parent / target)


# --- names ------------------------------------------------------------------------------------


def test_two_sources_of_one_name_keep_two_copies(tmp_path):
    """The copy of photo.png does not replace that of photo.jpg."""
    for ending, colour in (("jpg", "red"), ("png", "blue")):
        Image.new("RGB", (40, 30), colour).save(tmp_path / f"photo.{ending}")

    copies = [rushes.media.fit(tmp_path / f"photo.{ending}") for ending in ("jpg", "png")]

    colours = [Image.open(copy).convert("RGB").getpixel((0, 0)) for copy in copies]
    assert [np.argmax(colour) for colour in colours] == [0, 2]


def test_a_file_of_the_default_name_stays(photo):
    """What a person called photo-fit.jpg is theirs."""
    theirs = photo.with_name("photo-fit.jpg")
    theirs.write_bytes(BEFORE)

    copy = rushes.media.fit(photo)

    assert copy.name == "photo-fit-2.jpg"
    assert theirs.read_bytes() == BEFORE


def test_a_link_of_the_default_name_stays(photo):
    """A link with the default name is neither replaced nor written through."""
    theirs = photo.with_name("photo-fit.jpg")
    theirs.symlink_to(photo)
    before = photo.read_bytes()

    copy = rushes.media.fit(photo, max_side=10)

    assert (photo.read_bytes(), theirs.is_symlink()) == (before, True)
    assert copy.name == "photo-fit-2.jpg"


@pytest.mark.parametrize("medium", ["film", "photo"])
def test_the_same_copy_again_is_the_same_file(request, medium):
    """Running a cell again piles up no copies."""
    source = request.getfixturevalue(medium)

    copies = {rushes.media.fit(source, max_side=32) for _ in range(3)}

    assert len(copies) == 1


@pytest.mark.parametrize("stem", ["x" * 245, "\N{CJK UNIFIED IDEOGRAPH-6620}" * 80])
def test_a_long_name_is_shortened(photo, stem):
    """The copy of a file whose name is as long as the system allows has a name."""
    source = photo.rename(photo.with_name(f"{stem}.jpg"))

    copy = rushes.media.fit(source)

    assert copy.name.endswith("-fit.jpg")


@pytest.mark.parametrize(
    ("medium", "name"),
    [
        ("photo", "small.png"),
        ("photo", "small.mp4"),
        ("photo", "small"),
        ("film", "c.webm"),
        ("film", "frame.jpg"),
        ("film", "noext"),
        ("film", "c.wav"),
    ],
)
def test_a_name_of_another_kind_is_refused(request, medium, name):
    """No JPEG is called .png; the message says which ending fits."""
    source = request.getfixturevalue(medium)
    before = content(source.parent)

    with pytest.raises(REFUSALS, match=r"\.(jpg|mp4)"):
        rushes.media.fit(source, source.with_name(name))

    assert content(source.parent) == before


@pytest.mark.parametrize("name", ["small.JPG", "small.jpeg"])
def test_usual_endings_are_taken(photo, name):
    """In any case and spelling."""
    assert rushes.media.fit(photo, photo.with_name(name)).name == name


def test_a_folder_that_is_missing_is_made(photo):
    """As for an export."""
    target = photo.parent / "no" / "such" / "x.jpg"

    assert rushes.media.fit(photo, target) == target


@pytest.mark.parametrize("name", ["take2:fox", "~x", "-i", "%03d", "a#b?c"])
def test_names_mean_nothing_else(film, monkeypatch, name):
    """A name that looks like an address or a pattern is a name."""
    monkeypatch.chdir(film.parent)
    film.rename(f"{name}.mp4")
    given = f"./{name}.mp4" if name.startswith("~") else f"{name}.mp4"

    assert rushes.media.fit(given, seconds=1).name == f"{name}-fit.mp4"


# --- wishes -----------------------------------------------------------------------------------

NAN = float("nan")


@pytest.mark.parametrize("medium", ["film", "photo"])
@pytest.mark.parametrize(
    "wish",
    [
        {"max_side": 0},
        {"max_side": -5},
        {"max_side": NAN},
        {"max_side": 10.5},
        {"max_side": "1280"},
        {"max_side": True},
        {"max_megabytes": 0},
        {"max_megabytes": -1},
        {"max_megabytes": NAN},
        {"max_megabytes": float("inf")},
        {"max_megabytes": "9"},
        {"start": -1},
        {"start": NAN},
        {"start": None},
        {"start": "1"},
        {"seconds": 0},
        {"seconds": -0.5},
        {"seconds": NAN},
        {"seconds": "2"},
    ],
    ids=str,
)
def test_wishes_that_mean_nothing_are_refused(request, medium, wish):
    """With the argument's name, and without work."""
    source = request.getfixturevalue(medium)
    [name] = wish

    script = f"""
        import sys, rushes
        nan, inf = float("nan"), float("inf")
        try:
            rushes.media.fit(sys.argv[1], **{wish!r})
        except (rushes.contract.errors.MediaError, rushes.contract.errors.InvalidParams) as error:
            print(error)
    """
    if wish == {"max_megabytes": 0}:  # Did not end, once.
        said = run(script, source).stdout
    else:
        with pytest.raises(REFUSALS) as caught:
            rushes.media.fit(source, **wish)
        said = str(caught.value)

    assert name in said


@pytest.mark.parametrize("size", [(600, 400), (2, 2), (1, 1000)])
def test_a_size_that_cannot_be_reached_ends(tmp_path, size):
    """An image that cannot be made so small is refused in the end."""
    path = tmp_path / "noise.png"
    Image.effect_noise(size, 90).convert("RGB").save(path)
    script = """
        import sys, rushes
        try:
            rushes.media.fit(sys.argv[1], max_megabytes=0.0001)
        except rushes.contract.errors.MediaError as error:
            print(error)
    """

    assert "cannot be made smaller" in run(script, path).stdout


def test_megabytes_of_a_clip_are_refused(film):
    """What is not heeded is not taken: the message says what makes a clip smaller."""
    with pytest.raises(REFUSALS, match=r"max_megabytes.*seconds.*max_side"):
        rushes.media.fit(film, max_megabytes=0.01)


# --- odd sources ------------------------------------------------------------------------------


def test_a_cover_is_no_picture_of_a_sound(tmp_path, film):
    """A song with a cover becomes a WAV."""
    song = tmp_path / "song.mp3"
    cover = tmp_path / "cover.jpg"
    Image.new("RGB", (32, 32), "red").save(cover)
    with av.open(str(film)) as source, av.open(str(cover)) as art, av.open(str(song), "w") as made:
        sound = made.add_stream("mp3", rate=44_100, layout="stereo")
        picture = made.add_stream_from_template(art.streams.video[0])
        picture.disposition = av.stream.Disposition.attached_pic
        [packet, *_] = [packet for packet in art.demux(video=0) if packet.size]
        packet.stream = picture
        made.mux(packet)
        for frame in source.decode(audio=0):
            made.mux(sound.encode(frame))
        made.mux(sound.encode(None))

    copy = rushes.media.fit(song, seconds=1)

    assert copy.name == "song-fit.wav"
    with av.open(str(copy)) as file:
        assert [stream.type for stream in file.streams] == ["audio"]


def test_the_length_of_a_sound_is_kept(tmp_path, film):
    """A block of sound that would be too long is cut, not dropped."""
    path = tmp_path / "tone.wav"
    with av.open(str(film)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream("pcm_s16le", rate=44_100, layout="mono")
        for frame in source.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))

    copy = rushes.media.fit(path, seconds=0.5)

    with av.open(str(copy)) as file:
        assert sum(frame.samples for frame in file.decode(audio=0)) == 22_050


def test_a_picture_of_too_many_pixels_is_refused(tmp_path):
    """By its header, in a sentence of this package."""
    path = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(path)

    with pytest.raises(REFUSALS, match="20000"):
        rushes.media.fit(path)


def test_a_sentence_says_what_is_cut_off(film):
    """A video of which the end is missing is not shortened silently."""
    with pytest.raises(MediaError, match="truncated"):
        rushes.media.fit(cut_off(film))


@pytest.mark.parametrize("given", [None, 3, "a\0b.mp4", "~nobody-of-that-name/x.mp4", b"\xff.mp4"])
def test_what_is_no_path_is_refused(given):
    """Whatever is given as a source, the error is one of this package."""
    with pytest.raises(REFUSALS):
        rushes.media.fit(given)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_a_pipe_is_no_source(tmp_path):
    """It is refused at once."""
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)

    done = run("import sys, rushes; rushes.media.fit(sys.argv[1])", pipe)

    assert "MediaError" in done.stderr


# --- exports ----------------------------------------------------------------------------------

EXPORTS = {
    "film": (side_by_side, "out.mp4"),
    "sheet": (contact_sheet, "out.png"),
    "frames": (frames, "out.png"),
    "page": (page, "out.html"),
}


@pytest.mark.parametrize("kind", EXPORTS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_export_never_replaces_a_take(film, kind, spelling):
    """However its path is spelled."""
    export, _ = EXPORTS[kind]
    target = SPELLINGS[spelling](film)
    before = content(film.parent)

    with pytest.raises(REFUSALS):
        export({"one": film, "other": film}, target)

    assert content(film.parent) == before


@pytest.mark.parametrize("kind", EXPORTS)
def test_an_export_that_fails_leaves_what_was_there(film, kind):
    """A take that is broken in the middle costs nobody a file."""
    export, name = EXPORTS[kind]
    broken = film.with_name("broken.mp4")
    broken.write_bytes(film.read_bytes()[:-2000])
    target = film.with_name(name)
    target.write_bytes(BEFORE)
    before = content(film.parent)

    with pytest.raises(REFUSALS):
        export({"one": film, "other": broken}, target)

    assert content(film.parent) == before


@pytest.mark.parametrize("kind", EXPORTS)
def test_an_export_may_have_a_long_name(film, kind):
    """Its draft has a name that every system allows."""
    export, name = EXPORTS[kind]
    long = "\N{CJK UNIFIED IDEOGRAPH-6620}" * 80 + name

    assert export({"one": film, "other": film}, film.with_name(long)).name == long


def run(script: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    """Run a script that may take so much time and memory and no more."""
    limits = """
        try:
            import resource
            resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
        except ImportError:
            pass
    """
    code = textwrap.dedent(limits) + textwrap.dedent(script)
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
