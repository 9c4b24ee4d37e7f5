"""How loud a take is along its length."""

from __future__ import annotations

import av
import numpy as np
import pytest

from rushes.comparison.waveform import MOST_SPANS, waveform
from rushes.contract.errors import MediaError
from support.numbered import numbered


def film_with(path, loudness, rate=48_000, seconds=4.0):
    """A film whose sound has a loudness, 0 to 1, at each of its moments."""
    with av.open(str(path), "w") as box:
        pictures = box.add_stream("libx264", rate=24)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        codec = "pcm_s16le" if path.suffix == ".mov" else "aac"
        sound = box.add_stream(codec, rate=rate, layout="mono")
        for number in range(int(24 * seconds)):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts = number
            box.mux(pictures.encode(frame))
        moments = np.arange(int(rate * seconds)) / rate
        wave = np.sin(2 * np.pi * 440 * moments) * [loudness(at) for at in moments]
        frame = av.AudioFrame.from_ndarray(
            (wave * 32767).astype(np.int16)[None], format="s16", layout="mono"
        )
        frame.sample_rate = rate
        for stream, part in ((pictures, None), (sound, frame), (sound, None)):
            box.mux(stream.encode(part))
    return path


def test_each_span_is_as_loud_as_its_loudest_sample(tmp_path):
    """Silence, a loud second, and a quieter one, at their moments."""
    levels = [0.0, 0.8, 0.2, 0.0]
    film = film_with(tmp_path / "film.mov", lambda at: levels[min(3, int(at))])
    found = waveform(film)
    assert found.rate == 100
    middles = [found.peaks[int((second + 0.5 - found.start) * found.rate)] for second in range(4)]
    assert middles == pytest.approx([0, 0.8 * 255, 0.2 * 255, 0], abs=6)


def test_the_length_is_that_of_the_sound(tmp_path):
    """A span for each hundredth of a second."""
    film = film_with(tmp_path / "film.mov", lambda _: 0.5, seconds=2.5)
    assert len(waveform(film).peaks) == pytest.approx(250, abs=1)


def test_a_long_take_has_no_more_spans_than_a_screen_has_pixels(tmp_path):
    """Its spans are longer instead."""
    film = film_with(tmp_path / "film.mov", lambda _: 0.5, rate=8000, seconds=90)
    found = waveform(film)
    assert len(found.peaks) <= MOST_SPANS
    assert len(found.peaks) / found.rate == pytest.approx(90, rel=0.02)


def test_a_take_without_sound_has_none(tmp_path):
    """And says so."""
    with pytest.raises(MediaError, match="no sound"):
        waveform(numbered(tmp_path, 0).path)


def test_each_channel_counts(tmp_path):
    """What is heard on one side alone is as loud as it is there."""
    path = tmp_path / "film.mov"
    with av.open(str(film_with(path, lambda _: 0.8, seconds=1.0))) as source:
        samples = np.concatenate([f.to_ndarray()[0] for f in source.decode(audio=0)])
    sided = tmp_path / "sided.mov"
    with av.open(str(path)) as source, av.open(str(sided), "w") as target:
        pictures = target.add_stream_from_template(source.streams.video[0])
        sound = target.add_stream("pcm_s16le", rate=48_000, layout="stereo")
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = pictures
                target.mux(packet)
        both = np.stack([samples, np.zeros_like(samples)], axis=1).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(both, format="s16", layout="stereo")
        frame.sample_rate = 48_000
        for part in (frame, None):
            target.mux(sound.encode(part))

    assert waveform(sided).peaks[50] == pytest.approx(0.8 * 255, abs=6)


def test_sound_is_drawn_where_it_is_heard(tmp_path):
    """A recording that pauses goes on at the time of its stamps, as in an export."""
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as box:
        pictures = box.add_stream("libx264", rate=24)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        sound = box.add_stream("pcm_s16le", rate=48_000, layout="mono")
        for number in range(72):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts = number
            box.mux(pictures.encode(frame))
        box.mux(pictures.encode(None))
        for second in (0, 2):
            wave = np.full((1, 48_000), 16_000, np.int16)
            frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48_000, second * 48_000
            box.mux(sound.encode(frame))
        box.mux(sound.encode(None))

    found = waveform(path)

    loud = [found.peaks[int((at - found.start) * found.rate)] > 100 for at in (0.5, 1.5, 2.5)]
    assert loud == [True, False, True]
