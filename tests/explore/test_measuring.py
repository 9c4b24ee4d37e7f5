"""What is measured of clips is true: it is known how they were made, or computed another way."""

from __future__ import annotations

import re
from contextlib import nullcontext
from fractions import Fraction
from itertools import groupby, pairwise

import av
import numpy as np
import pytest
import scipy
from PIL import Image

from media.odd_files import ALL
from rushes.contract.errors import MediaError
from rushes.video.analysis import measured
from rushes.video.likeness import SAME
from support.charts import HIGH, RATE, WIDE, chart, moving, scene, texture, tone

BLACK = np.full((HIGH, WIDE), 16, np.uint8)

SUFFIXES = [".mkv", ".mp4"]
"""Without loss, and as services encode."""


def frames_of(spans, fps=24):
    """Spans in frames."""
    return [tuple(round(float(at * fps), 1) for at in span) for span in spans]


SERVICES = [
    {"preset": "ultrafast", "crf": "23"},
    {"preset": "veryfast", "crf": "23", "tune": "zerolatency"},
    {"preset": "medium", "crf": "23"},
]
"""Of the encoder: the first two refine a still picture over many frames."""


# --- pictures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("first", "last"), [(0, 12), (10, 20), (7, 14), (30, 48)])
def test_a_freeze_is_found_to_the_frame(tmp_path, suffix, first, last):
    """From its first frame, to the first frame after it or the end of the take."""
    pictures = moving(48)
    pictures[first:last] = [pictures[first]] * (last - first)
    found = measured(chart(tmp_path / f"take{suffix}", pictures))

    assert frames_of(found.spans["frozen"]) == [(first, last)]
    assert found.values["frozen"] == pytest.approx((last - first) / 24, abs=0.002)


@pytest.mark.parametrize("fps", [24, 30, 50, 60])
def test_a_freeze_begins_where_motion_ended(tmp_path, fps):
    """And not when a fast encoder has ceased to refine the still picture, some frames later."""
    pictures = moving(70)
    pictures[24:51] = [pictures[24]] * 27
    options = {"preset": "veryfast", "crf": "23", "tune": "zerolatency"}
    found = measured(chart(tmp_path / "take.mp4", pictures, fps=fps, options=options))

    assert frames_of(found.spans["frozen"], fps) == [(24, 51)]


@pytest.mark.parametrize("speed", [0.1, 0.2, 0.35])
@pytest.mark.parametrize("settings", SERVICES)
def test_a_freeze_after_slow_motion_begins_where_it_ended(tmp_path, settings, speed):
    """Within two frames, although each frame of it changes as little as the refinement after it."""
    pictures = [texture(speed * min(index, 24)) for index in range(60)]
    found = measured(chart(tmp_path / "take.mp4", pictures, options=settings))

    ((first, last),) = frames_of(found.spans["frozen"])
    assert 22 <= first <= 26
    assert last == 60


@pytest.mark.parametrize("settings", SERVICES)
def test_live_grain_is_no_freeze_and_one_that_stops_is(tmp_path, settings):
    """Although nothing but the grain moved before."""
    rng = np.random.default_rng(1)
    still = texture(0)
    grainy = [
        (still + rng.normal(0, 4, still.shape)).clip(16, 235).round().astype(np.uint8)
        for _ in range(24)
    ]
    found = measured(chart(tmp_path / "take.mp4", grainy + grainy[-1:] * 36, options=settings))

    ((first, last),) = frames_of(found.spans["frozen"])
    assert 21 <= first <= 27
    assert last == 60


def test_two_pictures_that_stand_still_are_two_freezes(tmp_path):
    """Even where one follows the other at once."""
    pictures = [scene(0)] * 20 + [scene(1)] * 20
    found = measured(chart(tmp_path / "take.mp4", pictures))
    assert frames_of(found.spans["frozen"]) == [(0, 20), (20, 40)]


def test_motion_that_slows_down_is_no_freeze_yet(tmp_path):
    """It begins when nothing moves."""
    places = [0.7 * index for index in range(24)]
    places += [places[-1] + 0.6 * (1 - 0.75**step) for step in range(1, 9)]
    pictures = [scene(0, at) for at in [*places, *[places[-1] + 1] * 30]]
    found = measured(chart(tmp_path / "take.mkv", pictures))

    ((first, last),) = frames_of(found.spans["frozen"])
    assert (first, last) == (32, 62)


def test_a_short_stop_is_not_a_freeze(tmp_path):
    """Animation on twos shows every picture twice."""
    pictures = [picture for picture in moving(24) for _ in (0, 1)]
    assert measured(chart(tmp_path / "take.mkv", pictures)).spans["frozen"] == ()


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("at", [[1], [12], [5, 6, 40], [47]])
def test_cuts_are_found_to_the_frame(tmp_path, suffix, at):
    """The moment of each is that of the first frame after it."""
    pictures = [scene(sum(index >= cut for cut in at), 0.7 * index) for index in range(48)]
    found = measured(chart(tmp_path / f"take{suffix}", pictures))

    assert [round(24 * cut, 1) for cut in found.cuts] == at
    assert found.values["cuts"] == len(at)


def test_motion_after_a_freeze_is_no_cut(tmp_path):
    """However strong: it continues."""
    rng = np.random.default_rng(1)
    fast = [rng.integers(60, 200, (HIGH, WIDE)).astype(np.uint8) for _ in range(24)]
    assert measured(chart(tmp_path / "take.mkv", [fast[0]] * 12 + fast)).cuts == ()


def test_a_fade_is_no_cut_and_no_flicker(tmp_path):
    """Nor is it a change that jumps back and forth."""
    pictures = [
        (16 + (scene(0) - 16.0) * (1 - index / 60)).round().astype(np.uint8) for index in range(48)
    ]
    found = measured(chart(tmp_path / "take.mkv", pictures))

    assert found.cuts == ()
    assert found.values["flicker"] < 0.2


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("first", "last"), [(0, 5), (20, 21), (20, 30), (40, 48)])
def test_black_is_found_to_the_frame(tmp_path, suffix, first, last):
    """A single frame, too."""
    pictures = moving(48)
    pictures[first:last] = [BLACK] * (last - first)
    found = measured(chart(tmp_path / f"take{suffix}", pictures))

    assert frames_of(found.spans["black"]) == [(first, last)]


def test_flicker_is_how_far_the_brightness_jumps(tmp_path):
    """Six levels of video up and down are seven of 255."""
    pictures = [scene(0, 0.2 * index) // 2 + 60 + 6 * (index % 2) for index in range(48)]
    found = measured(chart(tmp_path / "take.mkv", [each.astype(np.uint8) for each in pictures]))

    light = np.array([each.mean() for each in pictures]) * 255 / 219
    expected = np.abs(np.diff(light, 2)).mean() / 2
    assert found.values["flicker"] == pytest.approx(expected, abs=0.01)
    assert found.values["flicker"] == pytest.approx(6 * 255 / 219, abs=0.1)


def test_motion_and_detail_are_those_of_the_recommendation(tmp_path):
    """ITU-T P.910, computed from the same pictures."""
    pictures = moving(24)
    found = measured(chart(tmp_path / "take.mkv", pictures))

    full = [(each.astype(float) - 16) * 255 / 219 for each in pictures]
    motion = [np.std(after - before) for before, after in pairwise(full)]
    assert found.values["motion"] == pytest.approx(np.mean(motion), rel=0.1, abs=0.3)
    assert found.values["detail"] == pytest.approx(
        np.mean([edges(each) for each in full]), rel=0.02
    )


def edges(picture):
    """The standard deviation of the picture behind a Sobel filter."""
    a, b, c = picture[:-2], picture[1:-1], picture[2:]
    across = (a[:, 2:] - a[:, :-2]) + 2 * (b[:, 2:] - b[:, :-2]) + (c[:, 2:] - c[:, :-2])
    down = (c[:, :-2] + 2 * c[:, 1:-1] + c[:, 2:]) - (a[:, :-2] + 2 * a[:, 1:-1] + a[:, 2:])
    return np.hypot(across, down).std()


def test_a_cut_is_not_motion(tmp_path):
    """The frame behind it does not count."""
    still = [scene(kind) for kind in (0, 1) for _ in range(12)]
    found = measured(chart(tmp_path / "take.mkv", still))
    assert found.values["motion"] == 0
    assert found.values["cuts"] == 1


def test_softer_is_more_blurred(tmp_path):
    """Each time the picture is smoothed, its edges are wider."""
    rng = np.random.default_rng(3)
    picture = np.kron(rng.integers(40, 220, (9, 16)), np.ones((10, 10)))
    blur = []
    for number in range(4):
        found = measured(chart(tmp_path / f"{number}.mkv", [picture.astype(np.uint8)] * 3))
        blur.append(found.values["blur"])
        for _ in range(2):
            picture = (picture + np.roll(picture, 1, 0) + np.roll(picture, 1, 1)) / 3
    assert blur == sorted(blur)
    assert blur[-1] > 1.3 * blur[0]


@pytest.mark.parametrize("wide", [1, 4, 8, 16])
def test_blur_is_the_width_of_edges(tmp_path, wide):
    """Behind the smoothing of Canny's detector, computed from the same slopes."""
    at = np.arange(WIDE)
    slope = ((at % 40 - (20 - wide) / 2) / wide).clip(0, 1)
    line = (np.where(at // 40 % 2, 1 - slope, slope) * 150 + 40).round()
    found = measured(chart(tmp_path / "take.mkv", [np.tile(line, (HIGH, 1)).astype(np.uint8)]))

    assert found.values["blur"] == pytest.approx(np.mean(slopes(line)), rel=0.05)


def slopes(line):
    """The pixels of each rise and fall, smoothed by the sums of Canny's five rows."""
    smooth = np.floor(np.convolve(line, np.array([17, 38, 49, 38, 17]) / 159, "same"))[4:-4]
    steps = np.sign(np.diff(smooth))
    return [len(list(same)) for sign, same in groupby(steps) if sign]


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (720, 1280)])
def test_takes_of_different_resolutions_compare(tmp_path, size):
    """The same scene has the same numbers, apart from rounding."""
    small = size[0] * 9 // 18 if size[0] == 1280 else size[0] // (3 if size[0] == 1920 else 2)
    narrow = (small, round(small * size[1] / size[0]))
    found = []
    for number, each in enumerate((size, narrow)):
        factor = each[0] / 160
        pictures = [stretched(scene(0, 0.7 * index), factor, each) for index in range(8)]
        found.append(measured(chart(tmp_path / f"{number}.mkv", pictures)).values)
    for name in ("motion", "detail", "blur"):
        assert found[0][name] == pytest.approx(found[1][name], rel=0.15, abs=0.2), name


def stretched(picture, factor, size):
    image = Image.fromarray(picture)
    whole = (round(image.width * factor), round(image.height * factor))
    return np.asarray(image.resize(whole, Image.Resampling.BICUBIC).resize(size))


def test_moments_are_those_of_a_take_with_a_varying_rate(tmp_path):
    """Each frame has its own time."""
    steps = [0, 1, 3, 4, 8, 9, 15, 16, 17, 20]
    pictures = [*moving(4), *moving(6, kind=1)]
    found = measured(chart(tmp_path / "take.mkv", pictures, steps=steps))

    assert [round(24 * at, 1) for at in found.pictures.times] == steps
    assert [round(24 * at, 1) for at in found.cuts] == [8]


def test_each_series_has_a_number_for_each_frame(tmp_path):
    """None where there is none, e.g. motion before the first frame."""
    found = measured(chart(tmp_path / "take.mkv", moving(24)))
    assert {len(numbers) for numbers in found.pictures.series.values()} == {24}
    assert found.pictures.series["motion"][0] is None


def test_one_frame_is_measured(tmp_path):
    """It has no motion, and is not frozen."""
    found = measured(chart(tmp_path / "take.mkv", moving(1)))
    assert "motion" not in found.values
    assert found.values["detail"] > 0
    assert found.spans["frozen"] == ()


@pytest.mark.parametrize("odd", ALL["clips"], ids=lambda odd: odd.name)
def test_an_odd_file_is_measured_or_refused_in_words(tmp_path, odd):
    """Damaged, variable, deep, transparent, turned, tiny: numbers within reason, or a sentence."""
    path = tmp_path / odd.name
    path.write_bytes(odd.make())
    # The first half of some can be played.
    may_be_refused = odd.first is None or odd.size is None
    with pytest.raises(MediaError, match=re.escape(str(path))) if may_be_refused else nullcontext():
        found = measured(path)
        if may_be_refused:
            raise MediaError(str(path))
    if may_be_refused:
        return
    assert found.pictures.times == tuple(sorted(set(found.pictures.times)))
    assert len(found.pictures.times) >= 1
    assert all(
        0 <= found.values[name] <= 255 for name in ("motion", "detail") if name in found.values
    )
    for spans in found.spans.values():
        assert all(0 <= start <= end <= max(60, found.seconds + 1) for start, end in spans)


# --- two pictures -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(320, 180), (400, 180), (180, 320)])
def test_the_first_frame_is_compared_with_the_middle_of_the_start_image(tmp_path, size):
    """A larger image of another shape: services cut it, too."""
    take = chart(tmp_path / "take.mkv", moving(3))
    shape = scene(0, 0.0)
    image = Image.fromarray(shape).resize((WIDE * 2, HIGH * 2))
    canvas = Image.new("L", (max(size[0], image.width), max(size[1], image.height)), 90)
    canvas.paste(image, ((canvas.width - image.width) // 2, (canvas.height - image.height) // 2))
    is_same = canvas.size == image.size
    canvas.convert("RGB").save(tmp_path / "start.png")
    other = scene(2, 0.0)
    Image.fromarray(other).convert("RGB").save(tmp_path / "other.png")

    alike = measured(take, image=tmp_path / "start.png").values["start"]
    unlike = measured(take, image=tmp_path / "other.png").values["start"]
    assert unlike < 0.6
    assert alike > (0.6 if is_same else unlike)


def test_likeness_is_structural_similarity(tmp_path):
    """Of blocks of 8 x 8 pixels, computed from the same pictures."""
    rng = np.random.default_rng(5)
    first = scene(0)
    noisy = (first + rng.normal(0, 12, first.shape)).clip(16, 235).round().astype(np.uint8)
    take = chart(tmp_path / "take.mkv", [noisy])
    full = ((first.astype(float) - 16) * 255 / 219).round().clip(0, 255).astype(np.uint8)
    Image.fromarray(full).convert("RGB").save(tmp_path / "start.png")

    found = measured(take, image=tmp_path / "start.png").values["start"]
    assert found == pytest.approx(ssim(first, noisy), abs=0.01)


def ssim(one, other):
    values = []
    for y in range(0, one.shape[0] - 7, 4):
        for x in range(0, one.shape[1] - 7, 4):
            a, b = (each[y : y + 8, x : x + 8].astype(float).ravel() for each in (one, other))
            c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
            covariance = ((a - a.mean()) * (b - b.mean())).sum() / 63
            values.append(
                (2 * a.mean() * b.mean() + c1)
                / (a.mean() ** 2 + b.mean() ** 2 + c1)
                * (2 * covariance + c2)
                / (a.var(ddof=1) + b.var(ddof=1) + c2)
            )
    return np.mean(values)


def test_a_take_is_like_itself(tmp_path):
    """As like as can be, at every frame."""
    take = chart(tmp_path / "take.mkv", moving(12))
    found = measured(take, against=take)
    assert found.pictures.series["xpsnr"] == (SAME,) * 12


def test_more_noise_is_less_alike(tmp_path):
    """And a copy of half the rate or size is compared frame by frame at the same moments."""
    rng = np.random.default_rng(7)
    pictures = moving(12)
    take = chart(tmp_path / "take.mkv", pictures)
    likeness = []
    for noise in (2, 6, 18):
        noisy = [
            (p + rng.normal(0, noise, p.shape)).clip(16, 235).astype(np.uint8) for p in pictures
        ]
        other = chart(tmp_path / f"{noise}.mkv", noisy)
        likeness.append(measured(take, against=other).values["xpsnr"])
    assert likeness == sorted(likeness, reverse=True)

    half = chart(tmp_path / "half.mkv", pictures[::2], fps=12)
    series = measured(take, against=half).pictures.series["xpsnr"]
    assert series[::2] == (SAME,) * 6
    assert max(series[1::2]) < SAME


@pytest.mark.parametrize("fps", [24, 60])
def test_likeness_to_another_take_is_that_of_the_paper(tmp_path, fps):
    """XPSNR, computed from the same pictures; the first frame is preceded by itself."""
    rng = np.random.default_rng(3)
    pictures = moving(6)
    noisy = [
        (each + rng.normal(0, 6, each.shape) * (np.arange(WIDE) > 80)).clip(16, 235).round()
        for each in pictures
    ]
    take = chart(tmp_path / "take.mkv", pictures, fps=fps)
    other = chart(tmp_path / "other.mkv", [each.astype(np.uint8) for each in noisy], fps=fps)

    found = measured(take, against=other).pictures.series["xpsnr"]

    steady = [pictures[0], pictures[0], *pictures]
    expected = [
        xpsnr(steady[at : at + 3], error, fps=fps)
        for at, error in enumerate(np.array(noisy) - pictures)
    ]
    assert found == pytest.approx(expected, abs=0.001)


def xpsnr(last, error, *, fps):
    """Of a picture and the two before it, as C. R. Helmrich et al. define it for small ones.

    "XPSNR: A low-complexity extension of the perceptually weighted peak signal-to-noise ratio for
    high-resolution video quality assessment", ICASSP 2020.
    """
    earliest, before, now = (each.astype(float) for each in last)
    high, wide = now.shape
    share = high * wide / (3840 * 2160)
    block = 4 * int(32 * share**0.5 + 0.5)
    sharp = np.zeros_like(now)
    a, b, c = now[:-2], now[1:-1], now[2:]
    beside = b[:, :-2] + b[:, 2:] + a[:, 1:-1] + c[:, 1:-1]
    corners = a[:, :-2] + a[:, 2:] + c[:, :-2] + c[:, 2:]
    sharp[1:-1, 1:-1] = abs(12 * b[:, 1:-1] - 2 * beside - corners)
    moved = abs(now - before) if fps < 32 else abs(now - 2 * before + earliest)
    weights, errors = [], []
    columns = range(0, wide, block)
    for y in range(0, high, block):
        for x in columns:
            place = np.s_[y : y + block, x : x + block]
            inside = np.s_[
                max(1, y) : min(y + block, high - 1), max(1, x) : min(x + block, wide - 1)
            ]
            weights.append(1 / max(4, sharp[inside].mean() + 2 * moved[place].mean()))
            errors.append((error[place] ** 2).sum())
    smoothed = less_than_around(weights, len(columns))
    weighted = np.dot(smoothed, errors) * (16 * 2**7 / share**0.5) ** 0.5
    return 10 * np.log10(255**2 * high * wide / weighted)


def less_than_around(weights, wide):
    """No weight is above all of those around it, one after the other."""
    found = [*weights]
    for at in range(1, len(found)):
        row, column = divmod(at, wide)
        if column == 0:
            around = [found[at - 2]]
        else:
            around = [found[at], *([found[at - 2]] if column > 1 else [])]
        if row and at > wide:
            around.append(found[at - 1 - wide])
        found[at - 1] = min(found[at - 1], max(around))
    found[-1] = min(found[-1], max(found[-2], found[-1 - wide]))
    return found


def test_frames_after_the_end_of_the_other_take_are_not_compared(tmp_path):
    """There is nothing to compare them with."""
    take = chart(tmp_path / "take.mkv", moving(12))
    other = chart(tmp_path / "other.mkv", moving(7))
    series = measured(take, against=other).pictures.series["xpsnr"]
    assert [number is None for number in series] == [False] * 7 + [True] * 5


# --- sound --------------------------------------------------------------------------------------


def loudness(sound):
    """Integrated loudness by ITU-R BS.1770-4 at 48 kHz, of mono or stereo."""
    shelf = (
        [1.53512485958697, -2.69169618940638, 1.19839281085285],
        [1, -1.69065929318241, 0.73248077421585],
    )
    high = [1.0, -2.0, 1.0], [1, -1.99004745483398, 0.99007225036621]
    lfilter = scipy.signal.lfilter
    weighted = lfilter(*high, lfilter(*shelf, sound, axis=1), axis=1)
    length, hop = round(0.4 * RATE), round(0.1 * RATE)
    starts = range(0, weighted.shape[1] - length + 1, hop)
    power = np.array([(weighted[:, at : at + length] ** 2).mean(axis=1).sum() for at in starts])
    level = -0.691 + 10 * np.log10(np.maximum(power, 1e-12))
    gate = -0.691 + 10 * np.log10(power[level > -70].mean()) - 10
    return -0.691 + 10 * np.log10(power[(level > -70) & (level > gate)].mean())


def noise(seconds, level, seed=1):
    return np.random.default_rng(seed).normal(0, level, round(seconds * RATE)).clip(-1, 1)


SOUNDS = {
    "a tone": np.stack([tone(3, 0.1)]),
    "a tone in stereo": np.stack([tone(3, 0.1), tone(3, 0.1)]),
    "a tone on one side": np.stack([tone(3, 0.3), 0 * tone(3, 0.3)]),
    "noise": np.stack([noise(4, 0.05), noise(4, 0.05, 2)]),
    "noise with pauses": np.stack(
        [np.concatenate([noise(1, 0.1), 0 * noise(1, 1), noise(2, 0.02)])]
    ),
    "low and loud": np.stack([tone(2, 0.8, hertz=60)]),
    "high": np.stack([tone(2, 0.2, hertz=8000)]),
}


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_loudness_is_that_of_the_recommendation(tmp_path, name, suffix):
    """Within 0.1 LU of BS.1770, computed another way from what a player hears."""
    pictures = moving(round(24 * SOUNDS[name].shape[1] / RATE))
    path = chart(tmp_path / f"take{suffix}", pictures, SOUNDS[name])
    assert measured(path).values["loudness"] == pytest.approx(loudness(heard(path)), abs=0.1)


def heard(path):
    """What a player hears of a clip."""
    with av.open(str(path)) as film:
        blocks = [
            frame.to_ndarray().reshape(-1, frame.layout.nb_channels).T
            if frame.format.is_packed
            else frame.to_ndarray()
            for frame in film.decode(audio=0)
        ]
        return np.concatenate(blocks, axis=1)


@pytest.mark.parametrize(("layout", "expected"), [(1, -3.01), (2, 0.0)])
def test_a_full_tone_is_as_loud_as_the_recommendation_says(tmp_path, layout, expected):
    """A sine of 997 Hz at full scale on one channel has -3.01 LUFS, on two 0.0."""
    sound = np.stack([tone(3, 1.0)] * layout)
    found = measured(chart(tmp_path / "take.mkv", moving(72), sound))
    assert found.values["loudness"] == pytest.approx(expected, abs=0.1)


def test_the_loudness_does_not_depend_on_the_sample_rate(tmp_path):
    """44.1 kHz as well as 48."""
    found = []
    for rate in (44_100, 48_000):
        sound = np.stack([tone(2, 0.25, rate=rate)])
        found.append(measured(chart(tmp_path / f"{rate}.mkv", moving(48), sound, sound_rate=rate)))
    one, other = (each.values["loudness"] for each in found)
    assert one == pytest.approx(other, abs=0.05)


def test_a_silent_part_is_found(tmp_path):
    """Within a hundredth of a second."""
    sound = np.concatenate([tone(0.7, 0.3), np.zeros(round(0.6 * RATE)), tone(0.7, 0.3)])[None]
    found = measured(chart(tmp_path / "take.mkv", moving(48), sound))
    ((start, end),) = found.spans["silent"]
    assert (start, end) == (pytest.approx(0.7, abs=0.01), pytest.approx(1.3, abs=0.01))


def test_what_follows_the_sound_is_silent(tmp_path):
    """The pictures continue without it."""
    found = measured(chart(tmp_path / "take.mkv", moving(48), tone(1, 0.3)[None]))
    assert found.spans["silent"] == ((pytest.approx(1.0, abs=0.01), pytest.approx(2.0, abs=0.01)),)
    assert found.values["silent"] == pytest.approx(1.0, abs=0.02)


def test_a_silent_sound_has_no_loudness(tmp_path):
    """It is silent from end to end."""
    found = measured(chart(tmp_path / "take.mkv", moving(24), np.zeros((1, RATE))))
    assert "loudness" not in found.values
    assert found.values["silent"] == pytest.approx(1.0, abs=0.01)


def test_clipped_samples_are_counted(tmp_path):
    """Those at full scale; the peak says how far beyond it the sound would go."""
    wave = 1.5 * tone(2, 1.0, hertz=200)
    sound = wave.clip(-1, 1)[None]
    found = measured(chart(tmp_path / "take.mkv", moving(48), sound))
    share = 100 * (np.abs(sound) >= 0.999).mean()
    assert found.values["clipped"] == pytest.approx(share, abs=0.1)
    assert found.values["peak"] > 0


def test_the_peak_is_between_samples(tmp_path):
    """A sine whose samples miss its crest: three decibels more than the largest sample."""
    wave = 0.5 * np.sin(2 * np.pi * np.arange(2 * RATE) / 4 + np.pi / 4) * np.hanning(2 * RATE)
    found = measured(chart(tmp_path / "take.mkv", moving(48), wave[None]))
    assert np.abs(wave).max() == pytest.approx(0.3536, abs=0.001)
    assert found.values["peak"] == pytest.approx(20 * np.log10(0.5), abs=0.1)


def test_a_take_without_sound_has_no_numbers_of_one(tmp_path):
    """They are absent, not zero."""
    found = measured(chart(tmp_path / "take.mkv", moving(24)))
    assert not {"loudness", "peak", "silent", "clipped"} & set(found.values)


def test_times_count_from_the_first_frame(tmp_path):
    """Whatever time stamp that has in the file."""
    pictures = [*moving(12), *moving(12, kind=1)]
    late = measured(chart(tmp_path / "late.mkv", pictures, steps=[48 + n for n in range(24)]))
    assert late.pictures.times[0] == 0
    assert [round(24 * at, 1) for at in late.cuts] == [12]
    assert late.seconds == pytest.approx(1.0, abs=0.01)


def test_odd_rates_are_exact(tmp_path):
    """A freeze at 23.976 frames per second begins at its frame."""
    pictures = moving(48)
    pictures[11:25] = [pictures[11]] * 14
    found = measured(chart(tmp_path / "take.mp4", pictures, fps=Fraction(24000, 1001)))
    assert frames_of(found.spans["frozen"], Fraction(24000, 1001)) == [(11, 25)]


@pytest.mark.parametrize("fps", [50, 60, Fraction(60000, 1001)])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_fast_takes_are_measured_to_the_frame(tmp_path, suffix, fps):
    """Cuts, a black part, flicker and a freeze."""
    pictures = moving(60)
    pictures[20:41] = [pictures[20]] * 21
    pictures[45:] = [scene(1, 0.7 * index) for index in range(45, 60)]
    pictures[52:55] = [BLACK] * 3
    found = measured(chart(tmp_path / f"take{suffix}", pictures, fps=fps))

    assert frames_of(found.spans["frozen"], fps) == [(20, 41)]
    assert frames_of(found.spans["black"], fps) == [(52, 55)]
    assert [round(float(cut * fps), 1) for cut in found.cuts] == [45, 52, 55]
    assert len(found.pictures.times) == 60

    light = [scene(0, 0.1 * index) // 2 + 60 + 6 * (index % 2) for index in range(60)]
    jumping = measured(chart(tmp_path / "jumping.mkv", light, fps=fps))
    assert jumping.values["flicker"] == pytest.approx(6 * 255 / 219, abs=0.1)


def test_frames_that_need_no_scaling_keep_their_times(tmp_path):
    """They are tagged as they are measured, and do not begin at zero."""
    path = tmp_path / "take.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = WIDE, HIGH, "yuv420p"
        stream.codec_context.color_range = 1
        for index, picture in enumerate(moving(12)):
            planes = np.full((HIGH * 3 // 2, WIDE), 128, np.uint8)
            planes[:HIGH] = picture
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.color_range, frame.pts, frame.time_base = 1, 48 + index, Fraction(1, 24)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    found = measured(path)
    assert [round(24 * at, 1) for at in found.pictures.times] == list(range(12))
    assert found.seconds == pytest.approx(0.5, abs=0.01)
