"""Pictures, clips and sounds that a page gives to the kernel, and what a page may know of them."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.catalog.kinds import MEDIA
from rushes.contract.errors import MediaError, Problem
from rushes.contract.media_errors import unwritable
from rushes.contract.wording import on_one_line, visible
from rushes.io.kind import HEAD_BYTES, other
from rushes.io.local import path_in
from rushes.io.private import open_private, private_folder
from rushes.io.regular import open_regular
from rushes.media.inputs import freeze
from rushes.media.kind import kind_of
from rushes.media.limits import length_of
from rushes.media.name import slug
from rushes.video import pillow
from rushes.video.colours import display_of
from rushes.video.frames import decoded, opened, picture

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST = 1 << 30
"""Bytes of a file that is sent through the page; a larger one is given by its path."""

DRAFT = ".upload-"
"""How the folder of a file begins that is still being sent."""

STALE = 7 * 86_400.0
"""Seconds after which a file that never came to its end is forgotten."""

MOST_BYTES = 4 << 30
"""Bytes of all files together that are still being sent; beyond it the oldest is forgotten."""

MOST_DRAFTS = 100
"""Files that are being sent at the same time."""

PART = "part"
"""Name of a file that is being sent, in its folder."""

THUMBNAIL = 320
"""Longer side of the picture that stands for a file, in pixels."""


class Inputs:
    """The files of one home's ``inputs`` folder, as pages send them.

    Args:
        folder: where they are kept, named by their content.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def receive(self, upload: str, *, offset: int, size: int, data: bytes) -> int:
        """Take in a piece of a file.

        A piece at the wrong offset is dropped: the page continues from the answer.

        Args:
            upload: names the file, the same after an interruption.
            offset: where the piece belongs.
            size: bytes of the whole file.
            data: the piece; empty to ask only.

        Returns:
            How many bytes are there.

        Raises:
            MediaError: when the file is empty or too large.
        """
        if not 0 < size <= LARGEST:
            msg = (
                "The file is empty."
                if size <= 0
                else "The file is larger than 1 GB; give its path."
            )
            raise MediaError(msg)
        draft = self._draft(upload)
        with self._lock:
            try:
                return self._append(draft, offset, size, data)
            except OSError as error:
                advice = "Or give the file's path. Nothing was sent."
                raise unwritable(self._folder, error, advice=advice) from error

    def _append(self, draft: Path, offset: int, size: int, data: bytes) -> int:
        have = draft.stat().st_size if draft.exists() else 0
        if data and offset == have and have + len(data) <= size:
            self._make_room(draft.parent, have + len(data))
            private_folder(self._folder)
            private_folder(draft.parent)
            with open_private(draft, "ab") as file:
                file.write(data)
            have += len(data)
        return have

    def finish(self, upload: str, *, name: str, kind: str) -> str:
        """Keep a file that is complete, by its content.

        Args:
            upload: as for `receive`.
            name: the file's own name.
            kind: of the field that it is for, e.g. ``"images"``.

        Returns:
            Its path.

        Raises:
            MediaError: if it is not a file of that kind; it is then deleted.
        """
        draft = self._draft(upload)
        named = draft.with_name(slug(Path(name.replace("\\", "/")).stem) or "file")
        with self._lock:
            try:
                if draft.exists():
                    draft.replace(named)
                return self._kept(named, kind, name)
            finally:
                shutil.rmtree(draft.parent, ignore_errors=True)

    def borrow(self, result: Any, kind: str) -> str:
        """What a finished take gives to a field: its last frame as an image, else its file.

        Raises:
            MediaError: when it has no such thing to give.
        """
        return self._kept(result, kind, "this take")

    def _kept(self, value: Any, kind: str, name: str) -> str:
        medium = MEDIA.get(kind)
        if medium is None:
            msg = f"A field of the kind {kind} takes no files."
            raise MediaError(msg)
        kept = freeze(value, medium, parameter=kind, folder=self._folder)
        if isinstance(kept, Problem):
            msg = f"{name} {kept.message}" if kept.message.startswith("is ") else kept.message
            raise MediaError(msg)
        return kept

    def _draft(self, upload: str) -> Path:
        digest = hashlib.sha256(upload.encode()).hexdigest()[:24]
        return self._folder / f"{DRAFT}{digest}" / PART

    def _make_room(self, kept: Path, size: int) -> None:
        """Forget drafts that are old, and the oldest beyond the most that drafts may take."""
        others = [_draft_of(path) for path in self._folder.glob(f"{DRAFT}*") if path != kept]
        now = time.time()
        for number, (written_at, taken, folder) in enumerate(sorted(others, reverse=True), 1):
            size += taken
            if size > MOST_BYTES or number >= MOST_DRAFTS or now - written_at > STALE:
                shutil.rmtree(folder, ignore_errors=True)
                size -= taken


def _draft_of(folder: Path) -> tuple[float, int, Path]:
    """When a file that is being sent last grew, its bytes so far, and its folder."""
    for path in (folder / PART, folder):
        with suppress(OSError):
            found = path.stat()
            return found.st_mtime, found.st_size, folder
    return 0.0, 0, folder


def look(text: str) -> tuple[dict[str, Any], bytes | None]:
    """What is known of a file, and a small JPEG of it where there is something to see.

    Args:
        text: its path, absolute or relative to the notebook's folder.

    Raises:
        MediaError: if the file does not exist, or is not an image, video or audio file.
    """
    try:
        path = path_in(text)
        with open_regular(path) as file:
            unread = other(file.read(HEAD_BYTES))
            kind = kind_of(file)
            size = os.fstat(file.fileno()).st_size
    except (OSError, ValueError, RuntimeError) as error:
        msg = f"The file {visible(text)} does not exist on the kernel's machine."
        raise MediaError(msg) from error
    if kind is None:
        said = f" ({unread})" if unread else ""
        msg = f"{_name(path)} is not an image, video or audio file of a supported format{said}."
        raise MediaError(msg)
    facts: dict[str, Any] = {"name": _name(path), "bytes": size}
    if kind.medium != "image":
        facts["seconds"] = round(length_of(path, decode=False), 2)
    if kind.medium == "audio":
        return facts, None
    found = _image(path) if kind.medium == "image" else _first_frame(path)
    if found is None:
        return facts, None
    shown, (facts["width"], facts["height"]) = found
    data = io.BytesIO()
    shown.convert("RGB").save(data, "JPEG", quality=80)
    return facts, data.getvalue()


def _name(path: Path) -> str:
    """A file's own name, without the digest by which it is kept."""
    return on_one_line(re.sub(r"^[0-9a-f]{16}-", "", path.name))


def _image(path: Path) -> tuple[Image, tuple[int, int]] | None:
    """A small copy of a picture, and how large it is itself; None if only a service can read it."""
    try:
        return pillow.thumbnail(path, THUMBNAIL)
    except MediaError as error:
        msg = f"{_name(path)} {error.message}"
        raise MediaError(msg) from error


def _first_frame(path: Path) -> tuple[Image, tuple[int, int]] | None:
    """A small picture of a video, and how large it is itself."""
    with opened(path) as (film, stream):
        for frame in decoded(path, film, stream):
            display = display_of(stream)
            shown = picture(frame, display, THUMBNAIL)
            shown.thumbnail((THUMBNAIL, THUMBNAIL))
            return shown, display.size(frame)
    return None
