"""Copies that fit."""

from __future__ import annotations

import av
import pytest
from PIL import Image

import rushes
from emulators.clips import ClipSpec, clip
from rushes.contract.errors import MediaError
from rushes.media.limits import length_of
from rushes.media.probe import probe


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(clip(ClipSpec(320, 180, 4)))
    return path


def test_a_clip_is_trimmed(film):
    """To the frame, with its sound, and the source stays as it is."""
    before = film.read_bytes()

    copy = rushes.media.fit(film, start=1, seconds=2)

    assert copy == film.with_name("film-fit.mp4")
    found = probe(copy)
    assert found.seconds == pytest.approx(2.0, abs=0.05)
    assert length_of(copy) == pytest.approx(2.0, abs=0.05)
    assert found.has_audio
    assert film.read_bytes() == before


def test_a_clip_is_made_smaller(film):
    """In its own shape, with even sides."""
    found = probe(rushes.media.fit(film, max_side=101))

    assert (found.width, found.height) == (100, 56)
    assert found.codec == "h264"


def test_a_trimmed_clip_shows_what_it_should(film):
    """The bar sweeps from left to right over four seconds; the second half begins in the middle."""
    copy = rushes.media.fit(film, start=2, seconds=1)

    with av.open(str(copy)) as file:
        first = next(file.decode(video=0)).to_ndarray(format="gray")
    brightest = first.mean(axis=0).argmax()
    assert brightest == pytest.approx(160, abs=12)


def test_a_sound_is_trimmed(tmp_path, film):
    """It becomes a WAV, which every service takes."""
    path = tmp_path / "tone.wav"
    with av.open(str(film)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream("pcm_s16le", rate=48_000, layout="mono")
        resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000)
        for frame in source.decode(audio=0):
            for sound in resampler.resample(frame):
                target.mux(stream.encode(sound))
        target.mux(stream.encode(None))

    copy = rushes.media.fit(path, seconds=1.5)

    assert copy.suffix == ".wav"
    assert length_of(copy) == pytest.approx(1.5, abs=0.05)


def test_an_image_is_made_smaller(tmp_path):
    """In pixels."""
    path = tmp_path / "a.png"
    Image.new("RGB", (400, 200), "red").save(path)

    with Image.open(rushes.media.fit(path, max_side=100)) as image:
        assert image.size == (100, 50)
        assert image.format == "JPEG"


def test_an_image_is_made_lighter(tmp_path):
    """In bytes: by quality first, then by size."""
    path = tmp_path / "noise.png"
    Image.effect_noise((600, 600), 90).convert("RGB").save(path)

    copy = rushes.media.fit(path, max_megabytes=0.03)

    assert copy.stat().st_size <= 30_000


def test_transparency_is_kept(tmp_path):
    """A JPEG has none, so it stays a PNG."""
    path = tmp_path / "a.png"
    Image.new("RGBA", (40, 40), (255, 0, 0, 100)).save(path)

    assert rushes.media.fit(path, max_side=20).suffix == ".png"


@pytest.mark.parametrize(
    "wishes", [{"start": -1}, {"seconds": 0}, {"start": float("nan")}, {"start": 99}]
)
def test_impossible_times_are_refused(film, wishes):
    """And nothing is left behind."""
    with pytest.raises(MediaError):
        rushes.media.fit(film, **wishes)

    assert list(film.parent.iterdir()) == [film]


def test_the_source_is_never_overwritten(film):
    """Even if the copy is to have its name."""
    with pytest.raises(MediaError, match="source itself"):
        rushes.media.fit(film, film)


@pytest.mark.parametrize("content", [None, b"plain text"])
def test_what_is_no_media_is_named(tmp_path, content):
    """A missing file, or one of another kind."""
    path = tmp_path / "a.txt"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(MediaError, match=r"a\.txt"):
        rushes.media.fit(path)
