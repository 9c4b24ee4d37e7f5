"""Plays a video or audio file to its end: whether that is possible, and how long it takes.

A service decodes what it is sent, after the job is accepted. A file that is damaged, cut or of
another length than it declares is found here first.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from rushes.contract.media_errors import unreadable
from rushes.media.probe import probe
from rushes.video.frames import demuxed, opened, reading, unplayable, watched

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from av.audio.stream import AudioStream
    from av.container import InputContainer

    from rushes.contract.errors import MediaError

MOST_DECODED = 2_000_000_000
"""Pixels of a video that are decoded: 30 seconds of 1080p at 30 frames per second. In a larger one
only the key frames are."""

LONGEST_DECODED = 600.0
"""Seconds of an audio file that are decoded; the rest is only read."""

SOUND = "audio file"

LOST = 0.5
"""Seconds of an audio file that may be missing or undecodable: encoders round, and tags at the end
may look like audio."""

_EXACT = frozenset({"flac", "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})
"""Demuxers that know how long a file should be; the others estimate it from the bit rate."""


def played(path: Path, medium: Literal["video", "audio"], *, decode: bool = True) -> float:
    """Seconds of a video or audio file that can be played to its end.

    Args:
        path: the file.
        medium: what it has to be.
        decode: whether all frames of a video are decoded, not only the first one.

    Raises:
        MediaError: if it is neither, or damaged, or truncated. The message starts with the path.
        TooLarge: if its frames exceed the limits for decoding.
        Unreadable: if the system denies reading it.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    # A form checks the same file with every keystroke in the prompt.
    return _played(path, medium, decode, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=256)
def _played(path: Path, medium: str, decode: bool, size: int, written_at: int) -> float:  # noqa: ARG001, FBT001 - key of the cache
    if medium == "audio":
        return _sound(path)
    clip = probe(path)
    if decode:
        _decode(path, round(clip.width * clip.height * clip.fps * clip.seconds))
    return clip.seconds


def _decode(path: Path, pixels: int) -> None:
    """Decode a video to its end."""
    import av  # noqa: PLC0415 - heavy

    with opened(path) as (film, stream), watched(path, stream) as check:
        if pixels > MOST_DECODED:
            stream.codec_context.skip_frame = "NONKEY"
        begun = False
        for packet in film.demux(stream):
            at = float((packet.pts or 0) * (stream.time_base or 0))
            try:
                frames = packet.decode()
            except av.error.InvalidDataError as error:
                if begun:
                    raise _damaged(path, "video", at) from error
                continue
            check()
            for frame in frames:
                # A clip that was cut between key frames may begin with frames that lack others.
                begun = begun or not frame.is_corrupt
                if begun and frame.is_corrupt:
                    raise _damaged(path, "video", frame.time or 0.0)


def _sound(path: Path) -> float:
    with reading(path, SOUND), demuxed(path) as file:
        stream = next(iter(file.streams.audio), None)
        if stream is None:
            raise unplayable(path, "it has no audio track", SOUND)
        seconds, declared = _listened(path, file, stream), _declared(file, stream)
    if not seconds:
        raise unplayable(path, "none of its audio can be decoded", SOUND)
    if declared is not None and declared - seconds > LOST:
        reason = f"it is truncated: it declares {declared:.1f} s and has {seconds:.1f} s"
        raise unplayable(path, reason, SOUND)
    return seconds


def _declared(file: InputContainer, stream: AudioStream) -> float | None:
    """The length that the file declares, in seconds; None if it does not."""
    if file.format.name not in _EXACT or not stream.duration or not stream.time_base:
        return None
    return float(stream.duration * stream.time_base)


def _listened(path: Path, file: InputContainer, stream: AudioStream) -> float:
    """Read the audio to its end, and decode the first minutes of it."""
    import av  # noqa: PLC0415 - heavy

    base: Fraction | int = stream.time_base or 0
    first = last = None
    heard = lost = 0.0
    for packet in file.demux(stream):
        lasts = float((packet.duration or 0) * base)
        if packet.pts is not None and packet.size:
            first = packet.pts * base if first is None else first
            last = packet.pts * base + (packet.duration or 0) * base
        if heard > LONGEST_DECODED:
            continue
        try:
            heard += sum(frame.samples / frame.sample_rate for frame in packet.decode())
        except av.error.InvalidDataError as error:
            lost += lasts
            if lost > LOST:
                raise _damaged(path, SOUND, heard) from error
    # Stamps also count pauses that were not recorded; not every format has them.
    spanned = float(last - first) if first is not None and last is not None else 0.0
    return spanned if heard > LONGEST_DECODED or spanned - heard > LOST else heard


def _damaged(path: Path, what: str, at: float) -> MediaError:
    return unplayable(path, f"it is damaged at {max(at, 0):.1f} s", what)
