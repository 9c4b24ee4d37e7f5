"""Measures a media file in a process of its own, which may end of it.

Run as ``python -m rushes.media.trial VIDEO``, or with ``audio`` or ``video`` after the file, which
is then played to its end. It says nothing: what counts is that it comes to an end.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from rushes.media.playing import played
from rushes.media.poster import make_poster
from rushes.media.probe import probe


def main(video: Path) -> None:
    """Do with a video all that is done with one that was downloaded; an exception is an end too."""
    with suppress(Exception):
        probe(video)
    with suppress(Exception), TemporaryDirectory() as folder:
        make_poster(video, Path(folder) / "poster.jpg")


def play(file: Path, medium: str) -> None:
    """Do with an input what is done before it is sent; an exception is an end too."""
    with suppress(Exception):
        played(file, "audio" if medium == "audio" else "video")


if __name__ == "__main__":
    match sys.argv[1:]:
        case [video]:
            main(Path(video))
        case [file, medium]:
            play(Path(file), medium)
