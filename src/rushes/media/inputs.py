"""Copies local inputs, so that they do not change until their job is sent, and after.

A job may be sent long after the cell that submitted it, by another process, when the user has
edited the image, moved the folder or closed the notebook. So everything that is not a link is
copied before the job is journaled, to a file named by its content.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import io
import os
import re
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import unquote_to_bytes, urlsplit

from rushes.catalog.kinds import MEDIA, REFERENCE_KINDS
from rushes.catalog.media import with_media
from rushes.contract.errors import MediaError, Problem
from rushes.contract.media_errors import unwritable
from rushes.contract.wording import visible
from rushes.io.atomic import sync_folder
from rushes.io.kind import ARTICLES, FORMATS, HEAD_BYTES, Kind, listed, other, sniff
from rushes.io.local import SERVICE_SCHEMES, BadPath, expanded, path_in, scheme_of
from rushes.io.private import open_private, private_folder
from rushes.io.regular import open_regular
from rushes.media.kind import kind_of
from rushes.media.name import slug
from rushes.video import pillow
from rushes.video.frames import last_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL.Image import Image

    from rushes.catalog.kinds import Kind as ParameterKind
    from rushes.io.kind import Medium

__all__ = ["freeze", "freeze_all", "last_frame"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BLOCK = 1024 * 1024
_SHOWN = 80
"""Most characters of a value that a problem shows."""


class _BadInputError(MediaError):
    """A value that cannot be used; the message is that of a `Problem`."""


def freeze_all(
    params_data: Mapping[str, Any],
    kinds: Mapping[str, ParameterKind],
    folder: Path,
    *,
    copy: bool = True,
    formats: Mapping[str, Sequence[str]] | None = None,
) -> tuple[dict[str, Any], list[Problem]]:
    """Copy every local input of a request.

    Args:
        params_data: the user's request, in either spelling.
        kinds: the kind of each parameter of its provider, by Python name, and of the fields of
            objects that have files, e.g. ``"keyframes.image"``.
        folder: receives the copies; see `rushes.io.folders.Folders.inputs`.
        copy: whether files are copied; otherwise the request can only be checked, not sent.
        formats: those that the provider accepts, by parameter, for messages.

    Returns:
        The request with links and absolute paths for all media, and every problem. A value of a
        wrong type is left for `VideoGenParams.read` to report.

    Raises:
        LibraryUnwritable: if the folder is not writable.
    """
    problems = list[Problem]()
    media = {name: MEDIA[kind] for name, kind in kinds.items() if kind in MEDIA}

    def one(value: Any, name: str, where: str) -> Any:
        if value is None:
            return None
        accepted = (formats or {}).get(name)
        result = freeze(
            value, media[name], parameter=where, folder=folder, copy=copy, formats=accepted
        )
        if isinstance(result, Problem):
            problems.append(result)
            return value
        return result

    lists = {name for name, kind in kinds.items() if kind in REFERENCE_KINDS}
    frozen = with_media(params_data, media, one, lists=lists)
    return frozen, problems


def freeze(
    value: Any,
    wanted: Medium,
    *,
    parameter: str,
    folder: Path,
    copy: bool = True,
    formats: Sequence[str] | None = None,
) -> str | Problem:
    """Copy one input.

    Args:
        value: a link (kept unchanged), a path or ``file:`` URI, a ``data:`` URI, bytes, a PIL
            image, or another take, i.e. anything with a ``path``: its file for a video, its last
            frame for an image.
        wanted: the required kind of media.
        parameter: the Python name of the parameter, with ``[i]`` in a list.
        folder: receives the copy as ``<digest>-<name>.<extension by content>``. The same content
            results in the same file.
        copy: whether a file is copied; if not, its own path is returned after a check.
        formats: those that are named if the value is something else; None for all of the medium.

    Returns:
        The link, or the absolute path of the copy; a problem if the value cannot be used.

    Raises:
        LibraryUnwritable: if the folder is not writable.
    """
    try:
        if isinstance(value, str) and _is_link(value):
            return value
        source, name = _open(value, wanted)
        with source:
            # A name that is not valid Unicode cannot be shown or stored, but that of a copy can.
            if not copy and (path := getattr(source, "name", None)) and _is_unicode(path):
                _kind(source, wanted, formats)
                return str(path)
            kind = _kind(source, wanted, formats)
            shown, kind = _as_displayed(source, kind)
            return str(_copy(shown, name, kind, folder))
    except _BadInputError as error:
        return Problem(parameter, _shown(value), error.message)


def path_of(text: str) -> Path | None:
    """The absolute path that a text means as an input; None for a link or a ``data:`` URI.

    Raises:
        MediaError: if it is anything else.
    """
    if scheme_of(text) == "data" or _is_link(text):
        return None
    return _to_path(text)


def _is_link(text: str) -> bool:
    """Whether a text is a link, which is kept unchanged."""
    scheme = scheme_of(text)
    if scheme not in (None, "file", "data") and _CONTROL.search(text):
        msg = f"{_shown(text)!r} contains a line break or another control character."
        raise _BadInputError(msg)
    if scheme in ("http", "https"):
        try:
            host = urlsplit(text).hostname
        except ValueError:
            host = None
        if not host:
            msg = f"{_shown(text)!r} is a link without a host."
            raise _BadInputError(msg)
        return True
    if scheme in SERVICE_SCHEMES:
        return True
    if scheme in (None, "file", "data"):
        return False
    msg = (
        f"{scheme}: links are not supported; give an http(s) link, a path, bytes or an image. "
        f"Download the file first, or create a signed https link to it."
    )
    raise _BadInputError(msg)


def _open(value: Any, wanted: Medium) -> tuple[BinaryIO, str]:
    """Open a value, and choose a name for it."""
    if isinstance(value, str):
        if scheme_of(value) == "data":
            return io.BytesIO(_data_uri(value)), wanted
        return _open_path(_to_path(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return io.BytesIO(bytes(value)), wanted
    if isinstance(value, os.PathLike):
        return _open_path(_absolute(value))
    if _is_pil_image(value):
        return io.BytesIO(_png(value)), wanted
    if hasattr(value, "path"):
        return _open_take(value.path, wanted)
    msg = (
        f"a {type(value).__name__} cannot be used; give an http(s) link, a path, bytes"
        f"{', a PIL image' if wanted == 'image' else ''} or another take."
    )
    raise _BadInputError(msg)


def _to_path(text: str) -> Path:
    """The absolute path in a text."""
    try:
        return path_in(text)
    except BadPath as error:
        raise _BadInputError(str(error)) from error


def _absolute(path: str | os.PathLike[str]) -> Path:
    """The absolute path of a path, whose name is not a URL, whatever it looks like."""
    return Path(os.path.abspath(expanded(path)))  # noqa: PTH100 - it drops ".."


def _open_path(path: Path) -> tuple[BinaryIO, str]:
    try:
        return open_regular(path), path.stem
    except FileNotFoundError as error:
        msg = f"{path} does not exist; check the path."
        raise _BadInputError(msg) from error
    except IsADirectoryError as error:
        msg = f"{path} is a folder; give one file."
        raise _BadInputError(msg) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        msg = f"{path} cannot be read: {reason}."
        raise _BadInputError(msg) from error


def _open_take(path: Any, wanted: Medium) -> tuple[BinaryIO, str]:
    """Open another take: its file, or its last frame."""
    if not isinstance(path, (str, os.PathLike)):
        msg = "this take has no file yet; wait for it to complete, or give a path."
        raise _BadInputError(msg)
    video = _absolute(path)
    if wanted != "image":
        return _open_path(video)
    _open_path(video)[0].close()
    try:
        return io.BytesIO(_png(last_frame(video))), f"{video.stem}-last-frame"
    except MediaError as error:
        raise _BadInputError(error.message) from error


def _data_uri(text: str) -> bytes:
    header, comma, payload = text.partition(",")
    if not comma:
        msg = "this data: URI is truncated: it has no comma."
        raise _BadInputError(msg)
    data = unquote_to_bytes(payload)
    if not header.lower().rstrip().endswith(";base64"):
        return data
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except binascii.Error as error:
        msg = "this data: URI is damaged: its base64 is invalid."
        raise _BadInputError(msg) from error


def _is_pil_image(value: Any) -> bool:
    """Whether a value is a PIL image, without importing PIL unnecessarily."""
    pil = sys.modules.get("PIL.Image")
    return pil is not None and isinstance(value, pil.Image)


def _png(image: Image) -> bytes:
    """An image as lossless PNG, rotated as it is displayed, which PNG does not record."""
    from PIL import ImageOps  # noqa: PLC0415 - only for images from memory

    data = io.BytesIO()
    try:
        with pillow.reading():
            pillow.within(image)
            pillow.plain(ImageOps.exif_transpose(image)).save(data, "PNG")
    except pillow.BrokenPicture as error:
        msg = f"this image {error.message}"
        raise _BadInputError(msg) from error
    return data.getvalue()


def _copy(source: BinaryIO, name: str, kind: Kind, folder: Path) -> Path:
    """Copy bytes to the folder, under a name with the digest of the content."""
    draft = folder / f".{secrets.token_hex(8)}"
    try:
        private_folder(folder)
        digest = hashlib.sha256()
        with open_private(draft, "xb") as file:
            while block := _read(source):
                digest.update(block)
                file.write(block)
            name16 = digest.hexdigest()[:16]
            kept = next(folder.glob(f"{name16}-*"), None)
            if kept is not None and kept.stat().st_size == file.tell():
                os.utime(kept)  # It is in use again.
                return kept.absolute()
            file.flush()
            os.fsync(file.fileno())
        target = folder / f"{name16}-{slug(name) or kind.medium}.{kind.extension}"
        draft.replace(target)
        sync_folder(folder)
        return target.absolute()
    except OSError as error:
        advice = "Or set RUSHES_HOME to another folder before VideoGen(). Nothing was sent."
        raise unwritable(folder, error, advice=advice) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def _as_displayed(source: BinaryIO, kind: Kind) -> tuple[BinaryIO, Kind]:
    """An image as the form shows it: not every service follows a camera's note to turn it."""
    if kind.medium != "image":
        return source, kind
    try:
        copy = pillow.as_displayed(source, kind)
    except pillow.BrokenPicture:
        copy = None  # `rushes.media.limits` reports it.
    source.seek(0)
    if copy is None:
        return source, kind
    return io.BytesIO(copy), kind if kind.extension == "jpg" else Kind("image", "png")


def _read(source: BinaryIO, size: int = _BLOCK) -> bytes:
    try:
        return source.read(size)
    except OSError as error:
        msg = f"it cannot be read completely: {error.strerror or type(error).__name__}."
        raise _BadInputError(msg) from error


def _kind(source: BinaryIO, wanted: Medium, formats: Sequence[str] | None) -> Kind:
    """The kind of a file, which must be of the wanted medium; the file is rewound."""
    head = _read(source, HEAD_BYTES)
    if not head:
        msg = "is an empty file; give another one."
        raise _BadInputError(msg)
    try:
        kind = kind_of(source)
        source.seek(0)
    except OSError as error:
        msg = f"it cannot be read completely: {error.strerror or type(error).__name__}."
        raise _BadInputError(msg) from error
    supported = f"supported are {listed(formats or FORMATS[wanted])}"
    if kind is None:
        found = other(head)
        said = f", but {found}" if found else ""
        msg = f"is not {ARTICLES[wanted]} by its content{said}; {supported}."
        raise _BadInputError(msg)
    if kind.medium == wanted:
        return kind
    msg = (
        f"is {ARTICLES[kind.medium]} by its content ({kind.name}), not {ARTICLES[wanted]}; "
        f"{supported}."
    )
    if wanted == "image" and kind.medium == "video":
        msg += " To use its last frame, give rushes.media.inputs.last_frame(path)."
    if wanted == "video" and sniff(head) != kind:
        msg = (
            f"has audio but no video track, so it is {ARTICLES['audio']} ({kind.name}), not "
            f"{ARTICLES['video']}; {supported}."
        )
    raise _BadInputError(msg)


def _is_unicode(path: Any) -> bool:
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: Any) -> Any:
    """A short representation of a value for a problem, without bytes."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"
    if isinstance(value, str):
        return visible(value if len(value) <= _SHOWN else f"{value[: _SHOWN - 3]}...")
    return value if isinstance(value, (int, float)) else str(value)[:_SHOWN]
