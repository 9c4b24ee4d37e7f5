"""Reads links and response headers, without exposing secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx

from rushes.contract.media_errors import BadDownload
from rushes.io.headers import date_of
from rushes.io.place import Place, place_of

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.io.site import Site

WEB = frozenset({"http", "https"})
PORTS = 65_536

_NUMBER = re.compile(r"[0-9]{1,18}")
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")
_SAFE_AGE = 60.0
"""Seconds. A file may change twice within the second of its date; after this it is reliable."""


def shown(url: httpx.URL) -> str:
    """A link as messages may show it: without query (it may contain a signature) and user."""
    return f"{url.host}{url.path}"


def read_link(url: str, target: Path, site: Site | None) -> httpx.URL:
    """A service's link to a video.

    Args:
        url: the link.
        target: the file to write, for messages.
        site: where the service is, if known.

    Raises:
        BadDownload: if it is not a link, or leads where the service may not lead.
    """
    try:
        link = httpx.URL(url)
    except httpx.InvalidURL:
        link = httpx.URL("")
    is_web = link.scheme in ("", *WEB)
    if is_web and not (link.host and 0 < (link.port or 1) < PORTS):
        msg = f"The service returned an invalid link, so {target} could not be downloaded."
        raise BadDownload(msg)
    if is_web and site is not None and not site.may_link(link.host):
        msg = (
            f"{shown(link)} (for {target}) was not requested: {link.host} is "
            f"{place_of(link.host).value}, and the service is not there."
        )
        raise BadDownload(msg)
    return link


def may_follow(first: httpx.URL, here: httpx.URL, there: httpx.URL, site: Site) -> bool:
    """Whether a redirect may be followed.

    Args:
        first: the link from the service.
        here: the URL that redirects.
        there: the target.
        site: where the service is.
    """
    if there.scheme not in WEB:
        return there.scheme == first.scheme == here.scheme
    if not there.host:
        return False
    place = place_of(there.host)
    if first.scheme in WEB and not place.is_reachable_from(site.place):
        return False
    return not (here.scheme == "https" and there.scheme == "http" and place is not Place.MACHINE)


def strong_validator(headers: httpx.Headers) -> str | None:
    """The value for a later ``If-Range``; None if there is no safe one."""
    etag: str = headers.get("etag", "").strip()
    if len(etag) > 2 and etag.startswith('"') and etag.endswith('"'):  # noqa: PLR2004 - quotes
        return etag
    modified, now = date_of(headers, "last-modified"), date_of(headers)
    if modified is not None and now is not None and now - modified >= _SAFE_AGE:
        return str(headers["last-modified"]).strip()
    return None


def content_length(headers: httpx.Headers) -> int | None:
    """Length of the body in bytes, if given."""
    text = headers.get("content-length", "").strip()
    return int(text) if _NUMBER.fullmatch(text) else None


def content_range(headers: httpx.Headers) -> tuple[int, int, int | None] | None:
    """First byte, last byte and total length (None if unknown) of a partial body."""
    found = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if found is None:
        return None
    first, last, total = found.groups()
    return int(first), int(last), None if total == "*" else int(total)
