"""An HTML file that needs nothing but itself: its style, its script and its films are inside."""

from __future__ import annotations

import base64
import hashlib
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, BinaryIO

from rushes.contract.media_errors import unreadable
from rushes.io.kind import HEAD_BYTES, sniff
from rushes.io.regular import open_regular
from rushes.media.output import replacing, writing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIME = {"webm": "video/webm", "mkv": "video/x-matroska"}
"""By the extension of the kind; browsers take everything else for an MP4."""

BLOCK = 3 * 256 * 1024
"""Bytes of video in memory at once; a multiple of three for base64."""


class OneFile:
    """Writes the file, part by part.

    Args:
        file: the file.
        goal: what it will be called, for errors.
    """

    def __init__(self, file: BinaryIO, goal: Path) -> None:
        self._file = file
        self._goal = goal

    def put(self, text: str) -> None:
        """Write a text.

        Raises:
            MediaError: if it cannot be written.
        """
        # A prompt may contain an unpaired surrogate, which a file cannot.
        self._write(text.encode("utf-8", "replace"))

    def embed(self, path: Path) -> None:
        """Write the bytes of a video as base64, block by block.

        Raises:
            MediaError: if it cannot be read, or the file not be written.
        """
        try:
            with open_regular(path) as film:
                while block := film.read(BLOCK):
                    self._write(base64.b64encode(block))
        except OSError as error:
            raise unreadable(path, error) from error

    def _write(self, data: bytes) -> None:
        with writing(self._goal):
            self._file.write(data)


@contextmanager
def one_file(goal: Path) -> Iterator[OneFile]:
    """A file that replaces the one at a path when all of it is written.

    Raises:
        MediaError: if it cannot be written.
    """
    with replacing(goal) as draft:
        with writing(goal):
            file = draft.open("wb")
        try:
            yield OneFile(file, goal)
        finally:
            with writing(goal):
                file.close()


def head(title: str, style: str, script: str = "", *, sources: str) -> str:
    """The beginning of a page, up to its body; only its own style and script may run.

    Args:
        title: plain text.
        style: of the page, as it stands between its tags.
        script: the same.
        sources: directives that say where films and pictures may come from.
    """
    code = f"script-src {digest(script)}; " if script else ""
    policy = (
        f"default-src 'none'; {sources}; style-src {digest(style)}; {code}"
        f"base-uri 'none'; form-action 'none'"
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f'<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n"
    )


def digest(text: str) -> str:
    """The source expression of a style or script for the policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def mime_of(path: Path) -> str:
    """The media type of a video."""
    with open_regular(path) as file:
        kind = sniff(file.read(HEAD_BYTES))
    return MIME.get(kind.extension if kind else "", "video/mp4")


def megabytes(size: int) -> str:
    """A size in words."""
    return f"{size / 1_000_000:.1f} MB"
