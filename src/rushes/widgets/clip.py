"""What a comparison knows of a file, so that its page shows the frames that exports have."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rushes.contract.media_errors import unreadable
from rushes.media.probe import probe

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.media.probe import Clip
    from rushes.widgets import messages


def clip_facts(path: Path) -> messages.compare.ClipFacts:
    """Measure a video; once for as long as its file does not change.

    Raises:
        MediaError: if it is not a playable video.
        Unreadable: if the system denies reading it.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    clip = _measured(path, found.st_mtime_ns, found.st_size)
    return {
        "start": clip.start,
        "seconds": clip.seconds,
        "fps": clip.fps,
        "isSteady": clip.is_steady,
        "codec": clip.codec_name,
    }


@lru_cache(maxsize=64)
def _measured(path: Path, _modified: int, _size: int) -> Clip:
    return probe(path)
