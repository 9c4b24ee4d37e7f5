"""The renderer of the preview backend, judged by the files that it writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from rushes.backends.preview.render import Scene, Shot, UnreadableInput, render

pytestmark = pytest.mark.slow

Make = Callable[[Scene], Path]

SIZES = [
    *[(864, 496), (752, 560), (640, 640), (560, 752), (496, 864), (992, 432)],
    *[(1280, 720), (1112, 834), (960, 960), (834, 1112), (720, 1280), (1470, 630)],
    *[(1920, 1080), (1664, 1248), (1440, 1440), (1248, 1664), (1080, 1920), (2206, 946)],
]
RED, GREEN, BLUE = (210, 30, 30), (30, 170, 40), (30, 40, 200)


def scene(prompt: str = "ocean waves at dawn", **changes: Any) -> Scene:
    """A small, short, silent take, with changes."""
    plain = Scene(
        provider="seedance-2.0",
        mode="text-to-video",
        width=432,
        height=240,
        seconds=1,
        prompt=prompt,
        seed=7,
        audio=False,
        camera_fixed=False,
        start_image=None,
        end_image=None,
        images=(),
        videos=(),
        audios=(),
        shots=(),
        negative_prompt=None,
        cfg_scale=None,
        shot_type=None,
    )
    return replace(plain, **changes)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Renders a scene into a file of its own."""
    count = iter(range(100))

    def made(subject: Scene) -> Path:
        target = tmp_path / f"take{next(count)}.mp4"
        render(subject, target, lambda _: None)
        return target

    return made


FEW = 4
"""Frames per second that are rendered soon."""


def frames(path: Path) -> np.ndarray:
    """All decoded frames; shape (frames, height, width, 3)."""
    with av.open(str(path)) as container:
        return np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])


def sound(path: Path) -> np.ndarray:
    """The decoded sound; shape (2, samples)."""
    with av.open(str(path)) as container:
        return np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean distance of two pictures, in shades of 255."""
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


def share_of(colour: tuple[int, int, int], frame: np.ndarray, within: int = 40) -> float:
    """How much of a frame is of a colour."""
    return float((np.abs(frame.astype(int) - colour).max(axis=2) < within).mean())


def picture(path: Path, size: tuple[int, int] = (640, 400)) -> str:
    """A file with a picture that is different everywhere."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    red = 120 + 100 * np.sin(x / 47)
    green = 120 + 100 * np.cos(y / 31)
    blue = 255 * x / size[0]
    Image.fromarray(np.stack([red, green, blue], axis=2).astype(np.uint8)).save(path)
    return str(path)


def plain_picture(path: Path, colour: tuple[int, int, int]) -> str:
    """A file with a picture of one colour."""
    Image.new("RGB", (320, 240), colour).save(path)
    return str(path)


def tone(path: Path, hertz: float, seconds: float) -> str:
    """A file with a pure tone."""
    rate = 44_100
    samples = np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate) * 12_000
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=rate)
        stream.codec_context.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples.astype(np.int16)[None], "s16", "mono")
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return str(path)


def colour_video(path: Path, colours: list[tuple[int, int, int]]) -> str:
    """A file with a video that shows each colour for half a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for colour in colours:
            for _ in range(12):
                flat = np.full((240, 320, 3), colour, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(flat)))
        container.mux(stream.encode(None))
    return str(path)


def check_container(path: Path, subject: Scene) -> None:
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        context = video.codec_context
        assert (video.width, video.height) == (subject.width, subject.height)
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert video.average_rate == video.guessed_rate == 24
        stamps = [float(f.pts * video.time_base) for f in container.decode(video=0)]
    assert stamps == pytest.approx([n / 24 for n in range(subject.seconds * 24)])
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize(("width", "height"), SIZES[:6])
def test_small_sizes(make: Make, width: int, height: int) -> None:
    """A file has exactly the pixels asked for, 24 even frames a second and its index in front."""
    subject = scene(width=width, height=height)
    check_container(make(subject), subject)


@pytest.mark.parametrize(("width", "height"), SIZES[6:])
def test_large_sizes(make: Make, width: int, height: int) -> None:
    """The same holds for 720p and 1080p."""
    subject = scene(width=width, height=height)
    check_container(make(subject), subject)


@pytest.mark.parametrize("seconds", [2, 4])
def test_length(make: Make, seconds: int) -> None:
    """A take of n seconds has n * 24 frames, and as much sound."""
    path = make(scene(seconds=seconds, audio=True))
    assert len(frames(path)) == seconds * 24
    with av.open(str(path)) as container:
        assert float(container.duration / av.time_base) == pytest.approx(seconds, abs=0.05)


@pytest.mark.parametrize("shots", [(), (Shot("a snowy forest", 1), Shot("a fire", 1))])
def test_a_moment_looks_the_same_at_any_frame_rate(make: Make, shots: tuple[Shot, ...]) -> None:
    """Fewer frames are the same film: its length, its sound and what is seen when."""
    subject = scene("the sea on a sunny day", seconds=2, audio=True, shots=shots)
    usual, quick = make(subject), make(replace(subject, frame_rate=FEW))
    seen, meant = frames(quick), frames(usual)[:: 24 // FEW]
    assert len(seen) == len(meant) == 2 * FEW
    assert max(map(difference, seen, meant)) < 4
    assert np.array_equal(sound(quick), sound(usual))


def test_few_frames_end_on_the_image(make: Make, tmp_path: Path) -> None:
    """Whatever the frame rate, the last frame is the end image."""
    end = plain_picture(tmp_path / "end.png", BLUE)
    subject = scene(mode="image-to-video", end_image=end, seconds=2, frame_rate=FEW)
    assert share_of(BLUE, frames(make(subject))[-1]) > 0.95


def test_odd_size_is_refused(tmp_path: Path) -> None:
    """An odd size is refused in plain words: 4:2:0 video cannot have it."""
    with pytest.raises(ValueError, match="must be even"):
        render(scene(width=433), tmp_path / "take.mp4", lambda _: None)


def test_sound_only_when_asked(make: Make) -> None:
    """There is a stereo AAC track if and only if the scene has audio."""
    with av.open(str(make(scene()))) as container:
        assert not container.streams.audio
    with av.open(str(make(scene(audio=True)))) as container:
        context = container.streams.audio[0].codec_context
        assert (context.name, context.layout.name, context.sample_rate) == ("aac", "stereo", 48000)


def test_sound_is_gentle(make: Make) -> None:
    """The music is audible, quiet, without clicks, and fades in and out."""
    samples = sound(make(scene(seconds=4, audio=True)))
    middle = samples[:, 48_000:144_000]
    assert 0.01 < np.sqrt((middle**2).mean()) < 0.2
    assert np.abs(samples).max() < 0.5
    assert np.abs(np.diff(samples)).max() < 0.05
    assert np.abs(samples[:, :2000]).max() < 0.02
    assert np.abs(samples[:, 4 * 48_000 - 2000 : 4 * 48_000]).max() < 0.02


@pytest.mark.parametrize(
    "prompt", ["night city in the rain", "pine forest, snow", "a campfire", "@Image1 in space"]
)
def test_same_scene_same_frames_in_another_process(make: Make, tmp_path: Path, prompt: str) -> None:
    """A scene gives the same frames and sound, bit for bit, in every process."""
    subject = scene(prompt, audio=True)
    if "@" in prompt:
        subject = replace(subject, images=(picture(tmp_path / "a.png"),))
    here = make(subject)
    there = tmp_path / "there.mp4"
    code = (
        "import json, sys; from pathlib import Path;"
        "from rushes.backends.preview.render import Scene, render;"
        "render(Scene.from_json(json.loads(sys.argv[1])), Path(sys.argv[2]), lambda _: None)"
    )
    arguments = [json.dumps(subject.to_json()), str(there)]
    subprocess.run([sys.executable, "-c", code, *arguments], check=True)
    assert sha256(frames(here)).digest() == sha256(frames(there)).digest()
    assert np.array_equal(sound(here), sound(there))


def test_json_round_trip() -> None:
    """A scene survives JSON."""
    subject = scene(shots=(Shot("a", 1), Shot("b", 2)), images=("a.png",), cfg_scale=0.3)
    assert Scene.from_json(subject.to_json()) == subject


@pytest.mark.parametrize("prompt", ["ocean waves at dawn", "silk", "a quiet thought", "portrait"])
def test_another_seed_is_another_picture(make: Make, prompt: str) -> None:
    """Two seeds are told apart at a glance."""
    one, other = (frames(make(scene(prompt, seed=seed)))[12] for seed in (1, 2))
    assert difference(one, other) > 6


def test_another_prompt_is_another_picture(make: Make) -> None:
    """Two prompts differ in colour, not in the caption alone."""
    sea = frames(make(scene("the sea on a sunny day")))[12]
    fire = frames(make(scene("a volcano on fire")))[12]
    assert difference(sea, fire) > 40
    red, _, blue = sea[:100].mean(axis=(0, 1)) - fire[:100].mean(axis=(0, 1))
    assert blue > red


def test_provider_is_part_of_the_picture(make: Make) -> None:
    """Two providers given one request do not show one picture."""
    one, other = (frames(make(scene(provider=p)))[12] for p in ("seedance-2.0", "kling-3.0"))
    assert difference(one, other) > 4


def shift_between(one: np.ndarray, other: np.ndarray) -> float:
    """How far a picture's columns have moved, in pixels, to the best whole pixel."""
    before, after = (f.mean(axis=2) for f in (one, other))
    costs = {}
    for step in range(-24, 25):
        moved = np.roll(after, step, axis=1)[:, 30:-30]
        costs[step] = float(np.abs(moved - before[:, 30:-30]).mean())
    return abs(min(costs, key=costs.__getitem__))


def test_fixed_camera_stands_still(make: Make) -> None:
    """A fixed camera leaves the land in its place, while light and clouds go on."""
    rows = slice(150, 180)
    fixed = frames(make(scene("mountains on a sunny day", seconds=3, camera_fixed=True)))
    moving = frames(make(scene("mountains on a sunny day", seconds=3)))
    assert shift_between(fixed[0][rows], fixed[-1][rows]) == 0
    assert shift_between(moving[0][rows], moving[-1][rows]) >= 5
    assert difference(fixed[0][25:90], fixed[-1][25:90]) > 0.8


@pytest.mark.parametrize("camera_fixed", [False, True])
def test_image_to_video_begins_and_ends_on_the_images(
    make: Make, tmp_path: Path, *, camera_fixed: bool
) -> None:
    """The first frame is the start image, the last is the end image, between them it moves."""
    start = picture(tmp_path / "start.png", (432, 240))
    end = picture(tmp_path / "end.jpg", (240, 432))
    subject = scene(mode="image-to-video", start_image=start, end_image=end, seconds=2)
    made = frames(make(replace(subject, camera_fixed=camera_fixed)))
    first = np.asarray(Image.open(start))
    tall = Image.open(end).resize((432, round(432 * 432 / 240)))
    top = (tall.height - 240) // 2
    last = np.asarray(tall.crop((0, top, 432, top + 240)))
    assert difference(made[0], first) < 4
    assert difference(made[-1], last) < 4
    assert difference(made[24], first) > 8
    assert difference(made[24], last) > 8


def test_start_image_alone_moves_unless_fixed(make: Make, tmp_path: Path) -> None:
    """With a start image alone the camera comes closer; a fixed one does not."""
    subject = scene(mode="image-to-video", start_image=picture(tmp_path / "start.png"), seconds=2)
    moving = frames(make(subject))
    fixed = frames(make(replace(subject, camera_fixed=True)))
    top = slice(40, 120)
    assert difference(moving[0][top], moving[-1][top]) > 5
    assert difference(fixed[0][top], fixed[-1][top]) < 3
    assert difference(fixed[0][top], fixed[24][top]) > 1


@pytest.mark.parametrize(("colour", "low", "high"), [((255,) * 3, 225, 255), ((0,) * 3, 0, 70)])
def test_grain_does_not_wrap_round(
    make: Make, tmp_path: Path, colour: tuple[int, int, int], low: int, high: int
) -> None:
    """A white picture has no black specks, a black one no white ones, even under the sheen."""
    start = plain_picture(tmp_path / "flat.png", colour)
    made = frames(make(scene(mode="image-to-video", start_image=start, seconds=2)))
    middle = made[:, 60:110]
    assert low <= middle.min()
    assert middle.max() <= high


def test_shots_are_cut_at_exact_frames(make: Make) -> None:
    """With shots, the picture changes wholly at 24 * seconds and nowhere else."""
    shots = (Shot("a snowy forest", 1), Shot("a fire", 2), Shot("a sunny meadow", 1))
    made = frames(make(scene("", seconds=4, shots=shots, shot_type="customize")))
    steps = [difference(made[n], made[n + 1]) for n in range(len(made) - 1)]
    cuts = [n + 1 for n, step in enumerate(steps) if step > 15]
    assert cuts == [24, 72]


def test_intelligent_shots_dissolve(make: Make) -> None:
    """The shot type "intelligent" dissolves for a third of a second from the cut on."""
    shots = (Shot("a snowy forest", 1), Shot("a fire", 1))
    made = frames(make(scene("", seconds=2, shots=shots, shot_type="intelligent")))
    whole = difference(made[23], made[40])
    steps = [difference(made[n], made[n + 1]) for n in range(len(made) - 1)]
    assert max(steps) < whole / 3
    assert 0.3 < difference(made[23], made[28]) / whole < 0.8


def test_shots_have_captions_of_their_own(make: Make) -> None:
    """The caption is set anew for each shot."""
    shots = (Shot("the same words", 1), Shot("the same words", 1))
    made = frames(make(scene("", seconds=2, shots=shots)))
    assert difference(made[12][150:220], made[36][150:220]) > 3


def test_shots_begin_with_a_new_chord(make: Make) -> None:
    """A cut is heard: the spectrum after it differs from the one before."""
    shots = (Shot("one", 2), Shot("two", 2))
    left = sound(make(scene("", seconds=4, shots=shots, audio=True)))[0]

    def spectrum(begin: float) -> np.ndarray:
        part = left[int(begin * 48_000) :][:36_000] * np.hanning(36_000)
        power = np.abs(np.fft.rfft(part))[:1500]
        return power / np.linalg.norm(power)

    within = float(spectrum(0.7) @ spectrum(1.2))
    across = float(spectrum(0.7) @ spectrum(3.0))
    assert across < within - 0.1


def test_reference_images_and_videos_are_seen(make: Make, tmp_path: Path) -> None:
    """Reference pictures and the frames of reference videos, as they play, are in the picture."""
    red = plain_picture(tmp_path / "red.png", RED)
    video = colour_video(tmp_path / "clip.mp4", [GREEN, BLUE])
    subject = scene("a night", mode="reference-to-video", images=(red,), videos=(video,))
    made = frames(make(replace(subject, seconds=2)))
    assert min(share_of(RED, made[n]) for n in (0, 24, 47)) > 0.05
    # Half a second each, and over again.
    for number, shown, hidden in ((6, GREEN, BLUE), (18, BLUE, GREEN), (30, GREEN, BLUE)):
        assert share_of(shown, made[number]) > 0.05
        assert share_of(hidden, made[number]) < 0.01


def test_many_references_fit(make: Make, tmp_path: Path) -> None:
    """Nine references of all shapes leave mark and caption free."""
    paths = []
    for number, size in enumerate([(100, 400), (400, 100), (300, 300)] * 3):
        Image.new("RGB", size, RED).save(tmp_path / f"{number}.png")
        paths.append(str(tmp_path / f"{number}.png"))
    made = frames(make(scene("night", mode="reference-to-video", images=tuple(paths))))
    assert share_of(RED, made[12]) > 0.02
    assert share_of(RED, made[12][:20]) == 0
    assert share_of(RED, made[12][190:]) == 0


def test_reference_sound_is_heard(make: Make, tmp_path: Path) -> None:
    """A reference tone stands out of the mix."""
    path = tone(tmp_path / "tone.wav", 3000, 2)
    subject = scene(mode="reference-to-video", seconds=2, audio=True)

    def level(samples: np.ndarray) -> float:
        part = samples[0][24_000:72_000] * np.hanning(48_000)
        return float(np.abs(np.fft.rfft(part))[2990:3010].max())

    with_tone = level(sound(make(replace(subject, audios=(path,)))))
    without = level(sound(make(subject)))
    assert with_tone > 20 * without


def test_negative_prompt_rules_a_mood_out(make: Make) -> None:
    """What the negative prompt names is not shown: without "ocean" there is no sea."""
    sea = frames(make(scene("ocean at night")))[12]
    dry = frames(make(scene("ocean at night", negative_prompt="ocean, sea")))[12]
    assert difference(sea[20:140], dry[20:140]) > 6


def test_cfg_scale_sets_the_strength_of_colour(make: Make) -> None:
    """The higher cfg_scale, the more vivid the picture."""

    def vividness(scale: float) -> float:
        frame = frames(make(scene("sunset in the desert", cfg_scale=scale)))[12]
        return float((frame.max(axis=2).astype(int) - frame.min(axis=2)).mean())

    assert vividness(0.0) < vividness(0.5) < vividness(1.0)


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "word " * 20_000,
        "x" * 100_000,
        "🦊🔥🌊",
        "富士山の夜明け",
        "مرحبا بالعالم, שלום",
        "a\x00b\x1b[31m\u202ec\ud800\n\t\r",
        "<script>alert(1)</script> {{x}} %s \\N",
        "é́́́́́́ Łódź straße",
    ],
    ids=["empty", "words", "word", "emoji", "cjk", "rtl", "control", "markup", "accents"],
)
def test_hostile_prompts(make: Make, prompt: str) -> None:
    """Any text makes a video, as a prompt, a shot's prompt, a negative prompt or a provider."""
    provider = prompt[:3000]
    assert len(frames(make(scene(prompt, provider=provider, negative_prompt=prompt)))) == 24
    assert len(frames(make(scene(prompt, shots=(Shot(prompt, 1),))))) == 24


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n broken", None])
@pytest.mark.parametrize("place", ["start_image", "end_image", "images", "videos", "audios"])
def test_unreadable_input_is_named(tmp_path: Path, place: str, content: bytes | None) -> None:
    """A file that is missing or broken is named in the error, together with the reason."""
    path = tmp_path / "broken.png"
    if content is not None:
        path.write_bytes(content)
    value = str(path) if place.endswith("image") else (str(path),)
    with pytest.raises(UnreadableInput) as caught:
        render(scene(audio=True, **{place: value}), tmp_path / "take.mp4", lambda _: None)
    assert caught.value.path == str(path)
    assert caught.value.reason
    assert str(path) in str(caught.value)


def test_wrong_kind_of_input(tmp_path: Path) -> None:
    """A sound given as a video, and a picture given as a sound, are unreadable too."""
    wave = tone(tmp_path / "tone.wav", 440, 1)
    still = plain_picture(tmp_path / "red.png", RED)
    for place, path in (("videos", wave), ("audios", still), ("images", wave)):
        with pytest.raises(UnreadableInput):
            render(scene(**{place: (path,)}), tmp_path / "take.mp4", lambda _: None)


def test_playlists_reach_no_further(tmp_path: Path) -> None:
    """A playlist in the guise of a video is not followed to an address."""
    path = tmp_path / "list.m3u8"
    path.write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(UnreadableInput):
        render(scene(videos=(str(path),)), tmp_path / "take.mp4", lambda _: None)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "CMYK", "I;16", "1"])
def test_pictures_of_every_mode(make: Make, tmp_path: Path, mode: str) -> None:
    """Pictures of any Pillow mode serve as a start image."""
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    if mode == "I;16":
        Image.fromarray(np.full((60, 90), 40_000, np.uint16)).save(path)
    else:
        Image.new("RGB", (90, 60), (200, 200, 200)).convert(mode).save(path)
    made = frames(make(scene(mode="image-to-video", start_image=str(path))))
    assert 120 < made[0].mean() < 256


def test_progress_rises_to_one(tmp_path: Path) -> None:
    """Progress starts at 0, never falls and ends at 1."""
    told: list[float] = []
    render(scene(seconds=2), tmp_path / "take.mp4", told.append)
    assert told[0] == 0
    assert told[-1] == 1
    assert told == sorted(told)


def test_an_error_of_the_listener_ends_the_work(tmp_path: Path) -> None:
    """An exception from the progress callback comes out: that is how a take is cancelled."""

    class Cancelled(Exception):
        pass

    def cancel(_: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        render(scene(), tmp_path / "take.mp4", cancel)


def test_name_of_the_target_is_free(tmp_path: Path) -> None:
    """The target may end in anything, as unfinished files do."""
    target = tmp_path / "take.mp4.part"
    render(scene(), target, lambda _: None)
    assert len(frames(target)) == 24


def test_memory_stays_bounded() -> None:
    """A long take needs no more memory than a short one: frames are not kept."""
    code = (
        "import sys, tempfile; from pathlib import Path; from support.memory import peak;"
        "sys.path.insert(0, sys.argv[1]); from test_render import render, scene;"
        "subject = scene(width=864, height=496, seconds=int(sys.argv[2]));"
        "render(subject, Path(tempfile.mkdtemp()) / 'take.mp4', lambda _: None);"
        "print(peak())"
    )

    def peak(seconds: int) -> int:
        arguments = [sys.executable, "-c", code, str(Path(__file__).parent), str(seconds)]
        env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(arguments, check=True, capture_output=True, text=True, env=env)
        return int(done.stdout)

    # Ten seconds of raw frames would be over 150 MB.
    assert peak(11) - peak(1) < 60_000_000
