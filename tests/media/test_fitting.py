"""Copies that fit."""

from __future__ import annotations

import contextlib
import random
import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

import rushes
from emulators.clips import ClipSpec, clip
from rushes.comparison import Entry, side_by_side
from rushes.contract.errors import MediaError, RushesError
from rushes.media.limits import length_of
from rushes.media.probe import probe
from rushes.video.frames import last_frame
from rushes.video.sound import SAMPLE_RATE, between, placed
from support.films import film as plain_film, sound, trimmed
from support.numbered import numbered, pictures, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


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


# --- times ------------------------------------------------------------------------------------


def frames_of(path: Path) -> list[tuple[float, int]]:
    """When each frame of a copy is shown, and the number that it carries."""
    return [(float(time), read(luma)[1]) for time, luma in pictures(path)]


@pytest.mark.parametrize(
    "options",
    [
        {"movflags": "frag_keyframe+empty_moov"},
        {"movflags": "dash"},
        {"use_editlist": "0"},
    ],
    ids=["fragments", "dash", "no edit list"],
)
def test_a_clip_is_cut_by_its_own_time(tmp_path, options):
    """Zero is its first frame, also if the file's time starts later."""
    path = tmp_path / "film.mp4"
    encoder = "bframes=2:b-pyramid=1:keyint=24"
    path.write_bytes(plain_film(range(20, 116, 2), options=options, encoder=encoder))

    copy = rushes.media.fit(path, start=0.5, seconds=1)

    found = probe(copy)
    assert (found.start, found.seconds, found.fps) == (0, 1.0, 24.0)
    with av.open(str(copy)) as file:
        first = next(file.decode(video=0)).to_ndarray()[:36].mean()
    assert first == pytest.approx(20 + 2 * 12, abs=1)


def test_a_recording_that_starts_late_is_copied_from_its_first_frame(tmp_path):
    """The five seconds before it are not part of it."""
    path = tmp_path / "film.mkv"
    path.write_bytes(plain_film([100] * 48, container="matroska", steps=range(120, 168)))

    assert probe(rushes.media.fit(path, seconds=1)).seconds == 1.0


def test_a_variable_rate_is_kept(tmp_path):
    """Every frame is shown when it was, to the millisecond."""
    steps = [0, 1, 2, 6, 7, 12, 13, 14, 20]
    take = numbered(tmp_path, 0, rate=24, count=len(steps), steps=steps)

    copy = rushes.media.fit(take.path)

    times, numbers = zip(*frames_of(copy), strict=True)
    assert times == pytest.approx([step / 24 for step in steps], abs=0.001)
    assert list(numbers) == list(range(len(steps)))


def test_a_part_of_a_variable_rate_is_exact(tmp_path):
    """It starts with what is on screen then, and ends in the middle of a frame."""
    steps = [0, 1, 2, 6, 7, 12, 13, 14, 20]
    take = numbered(tmp_path, 0, rate=24, count=len(steps), steps=steps)

    copy = rushes.media.fit(take.path, start=4.8 / 24, seconds=6 / 24)

    times, numbers = zip(*frames_of(copy), strict=True)
    assert list(numbers) == [2, 3, 4]
    assert times == pytest.approx([0, 1.2 / 24, 2.2 / 24], abs=0.001)
    assert probe(copy).seconds == pytest.approx(6 / 24, abs=0.001)


@pytest.mark.parametrize(
    ("rate", "count", "seconds", "kept"),
    [(Fraction(1, 10), 6, 15, 15), (Fraction(1), 4, 1.5, 1.5), (Fraction(1), 4, 9, 4)],
)
def test_the_length_is_kept_where_frames_last_long(tmp_path, rate, count, seconds, kept):
    """The last frame is shortened."""
    path = tmp_path / "slides.mp4"
    path.write_bytes(plain_film([60] * count, rate=rate))

    copy = rushes.media.fit(path, seconds=seconds)

    assert length_of(copy) == pytest.approx(kept, abs=0.001)
    assert probe(copy).seconds == pytest.approx(kept, abs=0.001)


@pytest.mark.parametrize("rate", [24, 25, Fraction(24000, 1001), 30, Fraction(60000, 1001), 120])
@pytest.mark.parametrize("seconds", [0.3, 0.75, 1])
def test_the_length_is_never_exceeded(tmp_path, rate, seconds):
    """Whatever the rate."""
    take = numbered(tmp_path, 0, rate=rate, count=200)

    copy = rushes.media.fit(take.path, seconds=seconds)

    assert seconds - 1 / 90 < length_of(copy) <= seconds + 1e-6


def test_hidden_frames_stay_hidden(tmp_path):
    """What an edit list cuts off is not in the copy."""
    path = tmp_path / "film.mp4"
    path.write_bytes(trimmed(plain_film([100] * 48), 1.25))

    assert probe(rushes.media.fit(path)).seconds == 1.25


# --- shapes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_video_stands_upright(tmp_path, turn):
    """The copy needs no note about it, and its sides are those that are displayed."""
    take = numbered(tmp_path, 0, size=(160, 96), rotation=turn)

    copy = rushes.media.fit(take.path)

    found = probe(copy)
    assert (found.width, found.height) == take.size_shown
    with av.open(str(copy)) as file:
        assert next(file.decode(video=0)).rotation == 0
    luma = pictures(copy)[7][1]
    assert read(np.rot90(luma, -turn // 90)) == (0, 7)


@pytest.mark.parametrize(
    ("facts", "max_side", "size"),
    [
        ({"size": (720, 576), "aspect": Fraction(64, 45)}, None, (1024, 576)),
        ({"size": (720, 576), "aspect": Fraction(64, 45)}, 512, (512, 288)),
        ({"size": (720, 480), "aspect": Fraction(8, 9)}, None, (720, 540)),
        ({"size": (720, 576), "aspect": Fraction(64, 45), "rotation": 90}, 512, (288, 512)),
        ({"size": (160, 90), "rotation": 270}, 80, (44, 80)),
    ],
)
def test_a_copy_has_the_shape_that_is_displayed(tmp_path, facts, max_side, size):
    """In square pixels; the maximum is that of the displayed sides."""
    path = tmp_path / "film.mp4"
    path.write_bytes(plain_film([100] * 3, **facts))

    found = probe(rushes.media.fit(path, max_side=max_side))

    assert (found.width, found.height) == size


# --- sound ------------------------------------------------------------------------------------


def with_tones(path: Path, tones: Sequence[tuple[float, float]], begin: float = 0.0) -> Path:
    """A film of 3 s whose audio sounds during these times, and has no packets outside them."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = 64, 36, "yuv420p"
        audio = file.add_stream("pcm_s16le", rate=48_000, layout="mono")
        for number in range(72):
            frame = av.VideoFrame.from_ndarray(np.full((54, 64), 90, np.uint8), format="yuv420p")
            frame.pts, frame.time_base = number + round(begin * 24), Fraction(1, 24)
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
        for first, last in tones:
            for start in range(round(first * 48_000), round(last * 48_000), 960):
                wave = (12_000 * np.sin(np.arange(start, start + 960) / 10)).astype(np.int16)
                block = av.AudioFrame.from_ndarray(wave[None], format="s16", layout="mono")
                block.sample_rate, block.pts = 48_000, start + round(begin * 48_000)
                block.time_base = Fraction(1, 48_000)
                file.mux(audio.encode(block))
    return path


def heard(path: Path) -> list[tuple[float, float]]:
    """When a file sounds, to a hundredth of a second."""
    start = Fraction(probe(path).start).limit_denominator(100_000)
    [data] = between(placed(path, start), [0, 6 * SAMPLE_RATE])
    loud = np.abs(data[0]).reshape(-1, 480).max(axis=1) > 0.05
    edges = np.flatnonzero(np.diff([0, *loud.astype(int), 0])) / 100
    return [(float(a), float(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize("begin", [0.0, 5.0])
@pytest.mark.parametrize(
    ("wishes", "times"),
    [
        ({}, [(1.0, 1.5), (2.0, 2.5)]),
        ({"start": 0.5}, [(0.5, 1.0), (1.5, 2.0)]),
        ({"start": 1.25, "seconds": 1}, [(0.0, 0.25), (0.75, 1.0)]),
        ({"seconds": 0.75}, []),
    ],
    ids=["whole", "later", "part", "silent part"],
)
def test_sound_stays_in_its_place(tmp_path, begin, wishes, times):
    """It starts when it did, and keeps its gaps."""
    path = with_tones(tmp_path / "film.mkv", [(1, 1.5), (2, 2.5)], begin)
    assert np.ravel(heard(path)) == pytest.approx([1.0, 1.5, 2.0, 2.5], abs=0.02)

    copy = rushes.media.fit(path, **wishes)

    found = heard(copy) if probe(copy).has_audio else []
    assert np.ravel(found) == pytest.approx(np.ravel(times), abs=0.03)


def test_an_export_keeps_the_gaps_of_its_audio(tmp_path):
    """As a copy does; a take that starts late in its file starts at 0."""
    path = with_tones(tmp_path / "film.mkv", [(1, 1.5), (2, 2.5)], 5.0)

    export = side_by_side([Entry("a", path=path)], tmp_path / "out.mp4", audible=0)

    assert np.ravel(heard(export)) == pytest.approx([1.0, 1.5, 2.0, 2.5], abs=0.03)


def test_sound_before_the_first_frame_is_cut_off(tmp_path):
    """The copy starts with the picture."""
    path = with_tones(tmp_path / "film.mkv", [(0.2, 0.6)], 1.0)
    late = tmp_path / "late.mkv"
    with av.open(str(path)) as source, av.open(str(late), "w") as target:
        streams = {part: target.add_stream_from_template(part) for part in source.streams}
        for packet in source.demux():
            if packet.size:
                if packet.stream.type == "video":
                    shift = round(Fraction(1, 2) / packet.time_base)
                    packet.pts += shift
                    packet.dts = None if packet.dts is None else packet.dts + shift
                packet.stream = streams[packet.stream]
                target.mux(packet)

    [(first, last)] = heard(rushes.media.fit(late))

    assert (first, last) == pytest.approx((0.0, 0.1), abs=0.03)


def test_sound_may_outlast_the_picture(tmp_path):
    """Unless the length is limited."""
    path = with_tones(tmp_path / "film.mkv", [(0, 4)])

    whole, part = rushes.media.fit(path), rushes.media.fit(path, seconds=2)

    assert np.ravel(heard(whole)) == pytest.approx([0, 4], abs=0.03)
    assert np.ravel(heard(part)) == pytest.approx([0, 2], abs=0.03)


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1", "7.1"])
@pytest.mark.parametrize("rate", [8_000, 22_050, 96_000])
def test_a_sound_of_any_layout_is_taken(tmp_path, layout, rate):
    """It becomes a stereo WAV of exactly the length that it had."""
    path = tmp_path / "tone.wav"
    channels = av.AudioLayout(layout).nb_channels
    with av.open(str(path), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=rate, layout=layout)
        wave = np.zeros((1, rate * channels), np.int16)
        block = av.AudioFrame.from_ndarray(wave, format="s16", layout=layout)
        block.sample_rate = rate
        file.mux(stream.encode(block))

    with av.open(str(rushes.media.fit(path))) as file:
        found = sum(frame.samples for frame in file.decode(audio=0))
        assert found == pytest.approx(44_100, abs=30)
        assert file.streams.audio[0].channels == 2


@pytest.mark.parametrize(
    ("container", "codec", "suffix"),
    [("ipod", "aac", "m4a"), ("ogg", "libopus", "ogg"), ("flac", "flac", "flac"),
     ("mp3", "libmp3lame", "mp3"), ("webm", "libopus", "webm"), ("mp4", "aac", "mp4")],
)  # fmt: skip
def test_a_sound_of_any_format_becomes_a_wav(tmp_path, container, codec, suffix):
    """Also in a container that usually has a video."""
    path = tmp_path / f"tone.{suffix}"
    path.write_bytes(sound(container, codec))

    assert rushes.media.fit(path).suffix == ".wav"


# --- images -----------------------------------------------------------------------------------


def colour_of(path: Path) -> Any:
    with Image.open(path) as image:
        assert "icc_profile" not in image.info
        return image.convert("RGB").getpixel((image.width // 2, image.height // 2))


DISPLAY_P3 = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def p3_profile() -> bytes:
    """A Display P3 profile: that of sRGB with other primaries."""
    profile = bytearray(DISPLAY_P3)
    primaries = {
        b"rXYZ": (0.51512, 0.2412, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.1571, 0.06657, 0.78407),
    }
    for tag, values in primaries.items():
        entry = profile.index(tag)
        offset = struct.unpack_from(">I", profile, entry + 4)[0] + 8
        struct.pack_into(">3i", profile, offset, *(round(value * 65536) for value in values))
    return bytes(profile)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tiff"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_colours_of_a_profile_are_kept(tmp_path, suffix, mode):
    """They are converted to sRGB, which services assume."""
    if (suffix, mode) == ("jpg", "RGBA"):
        pytest.skip("JPEG has no transparency")
    path = tmp_path / f"a.{suffix}"
    colour = (200, 60, 60) if mode == "RGB" else (200, 60, 60, 255)
    Image.new(mode, (32, 32), colour).save(path, icc_profile=p3_profile(), quality=100)

    assert colour_of(rushes.media.fit(path)) == pytest.approx((217, 42, 52), abs=4)


def test_a_profile_of_another_kind_is_ignored(tmp_path):
    """And one that is broken."""
    for profile in (b"broken", DISPLAY_P3):
        path = tmp_path / "a.jpg"
        Image.new("L", (32, 32), 100).save(path, icc_profile=profile)

        assert colour_of(rushes.media.fit(path)) == pytest.approx((100, 100, 100), abs=1)


@pytest.mark.parametrize(
    ("mode", "value", "suffix", "colour"),
    [
        ("1", 1, "png", (255, 255, 255)),
        ("L", 90, "png", (90, 90, 90)),
        ("LA", (90, 255), "png", (90, 90, 90)),
        ("P", 7, "png", (7, 7, 7)),
        ("I;16", 30_000, "png", (117, 117, 117)),
        ("I;16B", 30_000, "tiff", (117, 117, 117)),
        ("I", 30_000, "tiff", (117, 117, 117)),
        ("F", 0.5, "tiff", (128, 128, 128)),
        ("CMYK", (0, 255, 255, 0), "jpg", (255, 0, 0)),
        ("LAB", (137, 128, 128), "tiff", (128, 128, 128)),
        ("YCbCr", (128, 128, 128), "jpg", (128, 128, 128)),
        ("RGBA", (9, 90, 200, 255), "webp", (9, 90, 200)),
    ],
)
def test_an_image_of_any_mode_keeps_its_look(tmp_path, mode, value, suffix, colour):
    """With eight bits per channel; none becomes white or black."""
    path = tmp_path / f"a.{suffix}"
    image = Image.new(mode, (32, 32), value)
    if mode == "P":
        image.putpalette([level for level in range(256) for _ in range(3)])
    image.save(path)

    assert colour_of(rushes.media.fit(path)) == pytest.approx(colour, abs=3)


def test_sixteen_bits_are_scaled(tmp_path):
    """A ramp stays a ramp."""
    path = tmp_path / "ramp.png"
    ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (8, 1))
    Image.fromarray(ramp).save(path)

    with Image.open(rushes.media.fit(path)) as image:
        row = np.asarray(image.convert("L"))[4].astype(int)
    assert row == pytest.approx(np.linspace(0, 255, 64), abs=4)


@pytest.mark.parametrize("mode", ["P", "1", "RGB"])
@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_a_palette_is_scaled_like_other_images(tmp_path, mode, suffix):
    """Stripes of one pixel become grey."""
    path = tmp_path / f"stripes.{suffix}"
    stripes = np.tile(np.array([0, 255], np.uint8), (400, 200))
    Image.fromarray(stripes).convert("RGB").convert(mode).save(path)

    grey = colour_of(rushes.media.fit(path, max_side=100))

    assert grey == pytest.approx((128, 128, 128), abs=8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_copied_upright(tmp_path, orientation):
    """In each of the eight orientations of a camera."""
    path = tmp_path / "a.jpg"
    stored = Image.new("RGB", (60, 40), "white")
    stored.paste("red", (0, 0, 30, 20))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(path, exif=exif, quality=95)
    corner = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0), (1, 0), (1, 1), (0, 1)][orientation - 1]

    with Image.open(rushes.media.fit(path)) as image:
        assert image.size == ((60, 40) if orientation < 5 else (40, 60))
        place = tuple((side - 1) * part for side, part in zip(image.size, corner, strict=True))
        red, green, _ = image.getpixel(place)
        assert red - green > 100
        assert not image.getexif().get(0x0112)


@pytest.mark.parametrize("suffix", ["webp", "avif", "gif", "png"])
def test_the_first_picture_of_an_animation_is_copied(tmp_path, suffix):
    """A start image is one picture."""
    path = tmp_path / f"a.{suffix}"
    first, second = (Image.new("RGB", (32, 32), colour) for colour in ("red", "blue"))
    first.save(path, save_all=True, append_images=[second], duration=100)

    red, green, blue = colour_of(rushes.media.fit(path))
    assert red - max(green, blue) > 220


# --- odd files --------------------------------------------------------------------------------


def test_a_title_in_any_encoding_is_no_obstacle(tmp_path):
    """Old files have titles that are not UTF-8."""
    path = tmp_path / "film.mkv"
    data = plain_film([100] * 6, container="matroska")
    assert b"Lavf" in data
    path.write_bytes(data.replace(b"Lavf", b"Lav\xe9"))

    assert probe(rushes.media.fit(path)).seconds == 0.25


def test_an_unknown_codec_is_refused(tmp_path):
    """By name, not by an error of the decoder."""
    path = tmp_path / "film.mp4"
    path.write_bytes(plain_film([100] * 6).replace(b"avc1", b"zzzz"))

    for read_it in (rushes.media.fit, probe):
        with pytest.raises(MediaError, match="codec is unknown"):
            read_it(path)


def test_a_video_that_breaks_in_the_middle_is_refused(tmp_path):
    """Its path is named, and no copy is left."""
    path = tmp_path / "film.mp4"
    data = bytearray(plain_film([30, 60, 90] * 16, encoder="keyint=4"))
    place = data.index(b"mdat") + 4
    middle = place + (data.index(b"moov") - place) // 2
    data[middle : middle + 400] = b"\xff" * 400
    path.write_bytes(data)

    try:
        rushes.media.fit(path)
    except MediaError as error:
        assert "film.mp4" in str(error)  # noqa: PT017 - x264 may also hide the damage
        assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("codec", "form", "suffix"),
    [
        ("libx264", "yuv422p10le", "mp4"),
        ("libx264", "yuv444p", "mp4"),
        ("libx265", "yuv420p10le", "mp4"),
        ("prores_ks", "yuv422p10le", "mov"),
        ("prores_ks", "yuva444p10le", "mov"),
        ("mjpeg", "yuvj420p", "mov"),
        ("png", "rgba", "mov"),
        ("rawvideo", "rgb24", "mov"),
        ("ffv1", "gray16le", "mkv"),
        ("ffv1", "yuv420p", "mkv"),
        ("libvpx-vp9", "yuva420p", "webm"),
    ],
)
@pytest.mark.parametrize("size", [(64, 36), (321, 181)])
def test_a_video_of_any_format_becomes_h264(tmp_path, codec, form, suffix, size):
    """In 4:2:0 with 8 bits and an even size, in the colours that it had."""
    if form != "rgb24" and size[0] % 2 and "444" not in form and codec != "png":
        size = (320, 182)
    path = tmp_path / f"film.{suffix}"
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = *size, form
        for number in range(6):
            grey = np.full((size[1], size[0], 3), 180, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24").reformat(format=form)
            frame.pts, frame.time_base = number, Fraction(1, 24)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))

    copy = rushes.media.fit(path)

    found = probe(copy)
    assert (found.width, found.height) == (size[0] & ~1, size[1] & ~1)
    assert (found.codec, found.seconds) == ("h264", 0.25)
    with av.open(str(copy)) as file:
        assert file.streams.video[0].codec_context.pix_fmt == "yuv420p"
    assert np.asarray(last_frame(copy)).mean() == pytest.approx(180, abs=2)


def test_a_video_that_changes_its_size_keeps_the_first(tmp_path):
    """Later frames are scaled."""
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mjpeg", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuvj420p"
        other = av.CodecContext.create("mjpeg", "w")
        other.width, other.height, other.pix_fmt = 32, 48, "yuvj420p"
        other.time_base = Fraction(1, 24)
        for number in range(12):
            size = (36, 64, 3) if number < 6 else (48, 32, 3)
            frame = av.VideoFrame.from_ndarray(np.full(size, 90, np.uint8), format="rgb24")
            frame = frame.reformat(format="yuvj420p")
            frame.pts, frame.time_base = number, Fraction(1, 24)
            for packet in (stream if number < 6 else other).encode(frame):
                packet.stream = stream
                file.mux(packet)

    found = probe(rushes.media.fit(path))
    assert (found.width, found.height, found.seconds) == (64, 36, 0.5)


def test_random_damage_never_raises_an_error_of_another_package(tmp_path):
    """Whatever a few wrong bytes do, the error says so in this package's words."""
    chance = random.Random(7)
    sources = [
        numbered(tmp_path, 0, count=12, tone=440).path.read_bytes(),
        plain_film([30, 60, 90] * 4, container="webm", codec="libvpx-vp9"),
        *(sound(*kind) for kind in (("ogg", "libopus"), ("flac", "flac"), ("mp3", "libmp3lame"))),
    ]
    for form in ("png", "jpeg", "webp", "gif", "tiff", "bmp", "avif"):
        Image.effect_noise((64, 48), 50).convert("RGB").save(tmp_path / "image", form)
        sources.append((tmp_path / "image").read_bytes())
    path = tmp_path / "damaged"
    for _ in range(60):
        data = bytearray(chance.choice(sources))
        for _ in range(chance.choice([1, 3, 10, 50])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        target = tmp_path / f"copy.{chance.choice(['mp4', 'wav', 'jpg'])}"
        with contextlib.suppress(RushesError):
            rushes.media.fit(path, target, seconds=1)
        with contextlib.suppress(RushesError):
            side_by_side([Entry("a", path=path)], tmp_path / "film.mp4", audible=0, end=0.5)


def test_two_pixels_are_enough_for_an_export(tmp_path):
    """A label that is larger than the picture is cut off."""
    path = tmp_path / "film.mp4"
    path.write_bytes(plain_film([100] * 3, size=(2, 2)))

    assert probe(side_by_side([Entry("a", path=path)], tmp_path / "out.mp4")).width == 2


@pytest.mark.parametrize("suffix", ["m4a", "mp4"])
def test_a_cover_does_not_make_a_video(tmp_path, suffix):
    """Whatever the name of the file."""
    path = tmp_path / f"song.{suffix}"
    path.write_bytes(sound("mp4", "aac", cover=True))

    assert rushes.media.fit(path).suffix == ".wav"


def test_a_picture_for_printing_is_converted_by_its_profile(tmp_path):
    """The profile of a press does not stay in an RGB copy."""
    path = tmp_path / "a.jpg"
    Image.new("CMYK", (32, 32), (0, 200, 200, 0)).save(path, icc_profile=DISPLAY_P3)

    red, green, blue = colour_of(rushes.media.fit(path))
    assert red - max(green, blue) > 150
