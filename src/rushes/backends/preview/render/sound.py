"""The sound track: a quiet pad with plucked notes, and the reference sounds."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

import numpy as np

from rushes.backends.preview.render.inputs import SAMPLE_RATE, read_sound
from rushes.backends.preview.render.scene import chance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rushes.backends.preview.render.inputs import Sound
    from rushes.backends.preview.render.scene import Scene

PROGRESSIONS = (  # scale degrees of each chord's root; any of them may follow itself in a loop
    (0, 5, 3, 4),
    (0, 3, 5, 4),
    (0, 2, 3, 5),
    (5, 3, 0, 4),
)
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))
CHORD_SECONDS = 2.5
PEAK = 0.22
"""Loudest sample of the music alone, about -13 dB: it is company, not a concert."""


def sound_track(scene: Scene) -> Sound:
    """The whole sound of a take; shape (2, seconds * SAMPLE_RATE).

    A chord lasts 2.5 seconds, or a shot where there are shots, so that cuts are heard.

    Raises:
        UnreadableInput: when a reference sound cannot be read.
    """
    length = scene.seconds * SAMPLE_RATE
    dice = chance(
        "sound", scene.provider, scene.prompt, scene.seed, *(s.prompt for s in scene.shots)
    )
    music = _music(_chord_times(scene), length, dice)
    music *= PEAK / max(float(np.abs(music).max()), 1e-9)
    if scene.audios:
        # What the user brought is in front, the music steps back.
        music *= 0.4
        for path in scene.audios:
            music += _reference(path, length, 0.55 / len(scene.audios) ** 0.5)
    _fade(music, 0.35, 0.8)
    return np.clip(music, -0.98, 0.98)


def _chord_times(scene: Scene) -> list[float]:
    """When each chord begins, in seconds."""
    if not scene.shots:
        return [float(t) for t in np.arange(0, scene.seconds, CHORD_SECONDS)]
    times, at = [], 0
    for shot in scene.shots:
        times.append(float(at))
        at += shot.seconds
    return [time for time in times if time < scene.seconds]


def _music(times: list[float], length: int, dice: np.random.Generator) -> Sound:
    """Pad and arpeggio over chords that begin at `times`."""
    root = 45 + int(dice.integers(0, 9))  # MIDI number, from A2 on
    scale = SCALES[int(dice.integers(2))]
    degrees = PROGRESSIONS[int(dice.integers(len(PROGRESSIONS)))]
    step = float(dice.choice([0.25, 0.3125, 0.3125 * 4 / 3]))
    order = [int(n) for n in dice.permutation(5)]
    pad, notes = np.zeros((2, length), np.float32), np.zeros((2, length), np.float32)
    for number, time in enumerate(times):
        end = times[number + 1] if number + 1 < len(times) else length / SAMPLE_RATE
        chord = [_pitch(root, scale, degrees[number % 4] + third) for third in (0, 2, 4, 6, 7)]
        _pad(pad, chord, time, end)
        for beat in range(int((end - time) / step)):
            frequency = chord[order[beat % 5]] * 2
            place = 0.5 + 0.34 * np.sin(beat * 1.9 + number)
            _pluck(
                notes, frequency, time + beat * step, float(place), 0.5 + 0.5 * float(dice.random())
            )
    # Echoes from side to side give the plucked notes a room.
    echo = round(step * 1.5 * SAMPLE_RATE)
    for _ in range(3):
        if echo < length:
            notes[:, echo:] += 0.30 * notes[::-1, : length - echo]
    return pad + 0.5 * notes


def _pitch(root: int, scale: tuple[int, ...], degree: int) -> float:
    """The frequency of a scale degree, in hertz."""
    octave, place = divmod(degree, len(scale))
    return float(440 * 2 ** ((root + 12 * octave + scale[place] - 69) / 12))


def _pad(target: Sound, chord: list[float], begin: float, end: float) -> None:
    """A chord that swells in and dies away under the next one, in place."""
    attack, release = 0.35, 0.9
    first = round(begin * SAMPLE_RATE)
    last = min(target.shape[1], round((end + release) * SAMPLE_RATE))
    time = np.arange(last - first, dtype=np.float32) / SAMPLE_RATE
    envelope = np.clip(time / attack, 0, 1) * np.clip(
        (end - begin + release - time) / release, 0, 1
    )
    envelope = envelope * envelope * (3 - 2 * envelope)
    for side in range(2):
        tone = np.zeros_like(time)
        for number, frequency in enumerate(chord[:4]):
            # Detuned a little to each side: the beating is what makes it wide.
            turn = 2 * pi * frequency * (1 + 0.0011 * (1 if side else -1) * (number % 3 + 1))
            for partial, level in ((1, 1.0), (2, 0.28), (3, 0.09)):
                tone += level / (1 + 0.35 * number) * np.sin(np.float32(turn * partial) * time)
        target[side, first:last] += 0.16 * tone * envelope


def _pluck(target: Sound, frequency: float, begin: float, place: float, level: float) -> None:
    """A short note between left (0) and right (1), in place."""
    first = round(begin * SAMPLE_RATE)
    count = min(round(1.1 * SAMPLE_RATE), target.shape[1] - first)
    if count <= 0:
        return
    time = np.arange(count, dtype=np.float32) / SAMPLE_RATE
    # The last hundredth of a second goes down to nothing, or the end of the decay would click.
    envelope = (
        np.clip(time / 0.008, 0, 1) * np.exp(-4.2 * time) * np.clip((1.1 - time) / 0.01, 0, 1)
    )
    tone = np.sin(np.float32(2 * pi * frequency) * time)
    tone += 0.25 * np.sin(np.float32(4 * pi * frequency) * time) * np.exp(-5 * time)
    for side, share in enumerate((1 - place, place)):
        target[side, first : first + count] += level * share**0.5 * 0.5 * tone * envelope


def _reference(path: str, length: int, peak: float) -> NDArray[np.float32]:
    """A reference sound from the take's beginning on, brought to a level; shape (2, length)."""
    sound = read_sound(path, length / SAMPLE_RATE)
    loudest = float(np.abs(sound).max(initial=0.0))
    out = np.zeros((2, length), np.float32)
    # Silence stays silence: below this there is only noise to lift.
    if loudest > 1e-4:  # noqa: PLR2004 - see above.
        sound = sound * np.float32(peak / loudest)
        _fade(sound, 0.01, 0.03)
        out[:, : sound.shape[1]] = sound
    return out


def _fade(sound: Sound, rise: float, fall: float) -> None:
    """Fade in and out over some seconds, in place."""
    for seconds, part in ((rise, slice(None)), (fall, slice(None, None, -1))):
        count = min(round(seconds * SAMPLE_RATE), sound.shape[1])
        sound[:, part][:, :count] *= np.linspace(0, 1, count, dtype=np.float32) ** 1.5
