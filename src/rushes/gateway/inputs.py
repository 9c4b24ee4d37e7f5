"""What a request from outside may name: public links, data URIs, and files uploaded before.

The catalog's own reader takes paths of this machine, because it is made for the user of the
machine. Here a path would be another person's file, so everything is refused that is not one of
these three.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.catalog.kinds import MEDIA
from rushes.catalog.media import places_in, with_media
from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.params import is_local
from rushes.contract.wording import shown
from rushes.engine.trial import survives
from rushes.io.atomic import sync_folder
from rushes.io.place import Place, place_of_url
from rushes.io.private import open_private, private_folder
from rushes.media.inputs import freeze_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from rushes.catalog.kinds import Kind
    from rushes.engine import Engine
    from rushes.gateway.callers import Caller

SCHEME = "rushes-input"

REFERENCE = re.compile(rf"{SCHEME}:([0-9a-f]{{64}})")
"""How a request names a file that was uploaded: by the SHA-256 of its content."""

LINK = re.compile(r"https?://", re.IGNORECASE)

KEPT = 7 * 86_400.0
"""Seconds for which an uploaded file can be named."""


LONGEST_TRIAL = 60.0
"""Seconds for which a video or a sound may be played to find out whether it can be."""

TRIALS = 2
"""Files that are tried at once, each in a process of its own."""

MOST_TRIED = 10_000
"""Files that are remembered as tried."""


class TooLarge(Exception):
    """An upload has more bytes than are accepted; nothing was kept."""


class Inputs:
    """The inputs of all callers.

    Uploads are kept by caller: who knows the digest of a file does not get at its content.

    Args:
        engine: has the catalog, and the folder for the inputs of jobs.
        largest: bytes of an upload.
    """

    def __init__(self, engine: Engine, *, largest: int) -> None:
        self.largest = largest
        self._engine = engine
        self._uploads = engine.folders.home / "uploads"
        self._turns = threading.BoundedSemaphore(TRIALS)
        self._tried: set[str] = set()

    def read(self, caller: Caller, params: Mapping[str, Any]) -> dict[str, Any]:
        """A request with its local media copied to the folder of inputs.

        The same request gives the same values, so that a repeated one can be recognized.

        Raises:
            InvalidParams: names every input that cannot be used.
        """
        kinds = self._engine.catalog.kinds(params.get("provider"))
        problems = list[Problem]()
        names = {name for name, kind in kinds.items() if kind in MEDIA}
        data = with_media(
            params, names, lambda item, _, where: self._one(caller, where, item, problems)
        )
        if not problems:
            data, problems = freeze_all(data, kinds, self._engine.folders.inputs)
        if not problems:
            problems = list(self._unplayable(data, kinds))
        if problems:
            raise InvalidParams.of(problems)
        return data

    def _unplayable(self, data: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Iterator[Problem]:
        """Each file that a process of its own does not play to its end in time.

        This process plays it after that, too, and is known to survive it then.
        """
        media = {name: MEDIA[kind] for name, kind in kinds.items() if kind in MEDIA}
        for name, medium in media.items():
            if medium == "image":
                continue
            for where, item in places_in(data, name):
                if not isinstance(item, str) or not is_local(item) or item in self._tried:
                    continue
                with self._turns:
                    is_playable = survives(Path(item), seconds=LONGEST_TRIAL, medium=medium)
                if not is_playable:
                    words = (
                        f"the file cannot be played within {LONGEST_TRIAL:.0f} s; give a shorter "
                        f"or a smaller one."
                    )
                    yield Problem(where, Path(item).name, words)
                    continue
                if len(self._tried) >= MOST_TRIED:
                    self._tried.clear()
                self._tried.add(item)

    def _one(self, caller: Caller, name: str, item: Any, problems: list[Problem]) -> Any:
        """An input, with the path of an upload in place of its name."""
        if not isinstance(item, str):
            return item  # The catalog says what it should be.
        text = item.strip()
        if text[:5].lower() == "data:":
            return text
        if LINK.match(text):
            place = place_of_url(text)
            if place is Place.WEB:
                return text
            words = f"{shown(text)} leads to {place.value}; give a public link, or upload the file."
        elif match := REFERENCE.fullmatch(text):
            path = self._path(caller, match[1])
            if path.is_file():
                return str(path)
            words = f"{text} is not uploaded, or too long ago; upload the file again."
        else:
            words = (
                f"{shown(text)} is not an input of a gateway; give a public http(s) link, a data: "
                f"URI, or {SCHEME}: with the SHA-256 of an uploaded file."
            )
        problems.append(Problem(name, item, words))
        return None

    # --- uploads ---------------------------------------------------------------------------

    def has(self, caller: Caller, sha256: str) -> bool:
        """Whether a caller has uploaded a file; it is kept for another while if so."""
        try:
            os.utime(self._path(caller, sha256))
        except OSError:
            return False
        return True

    async def keep(self, caller: Caller, sha256: str, chunks: AsyncIterator[bytes]) -> bool:
        """Keep an upload.

        Args:
            caller: whose it is.
            sha256: of the content, in lower-case hexadecimal digits.
            chunks: the content.

        Returns:
            False if the content has another digest; then nothing is kept.

        Raises:
            TooLarge: if it is larger than is accepted.
            OSError: if it cannot be written.
        """
        target = self._path(caller, sha256)
        private_folder(self._uploads)
        private_folder(target.parent)
        draft, size, found = target.parent / f".{secrets.token_hex(8)}", 0, hashlib.sha256()
        try:
            with open_private(draft, "xb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > self.largest:
                        raise TooLarge
                    found.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if found.hexdigest() != sha256:
                return False
            draft.replace(target)
            sync_folder(target.parent)
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()
        return True

    def clear(self) -> None:
        """Remove uploads that nobody has named for a while; jobs have copies of their own."""
        before = time.time() - KEPT
        for path in self._uploads.glob("*/*"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()

    def _path(self, caller: Caller, sha256: str) -> Path:
        return Path(self._uploads, caller.inner_id("uploads"), sha256)
