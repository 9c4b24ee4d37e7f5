"""Where Kling is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.errors import NoBackend

if TYPE_CHECKING:
    from collections.abc import Mapping

REGIONS = {
    "singapore": "https://api-singapore.klingai.com",
    "beijing": "https://api-beijing.klingai.com",
}
"""Outside and inside China. A key belongs to one of them."""

USUAL = REGIONS["singapore"]


def address_in(environment: Mapping[str, str]) -> str:
    """The base of the service: ``KLING_BASE_URL``, else that of ``KLING_REGION``.

    Raises:
        NoBackend: when the region does not exist, or the address is none of the web.
    """
    region = environment.get("KLING_REGION", "").strip() or "singapore"
    url = environment.get("KLING_BASE_URL", "").strip() or REGIONS.get(region)
    if url is None:
        msg = f"KLING_REGION is {region!r}; it has to be one of {', '.join(REGIONS)}."
        raise NoBackend(msg)
    if not url.startswith(("https://", "http://")):
        msg = f"KLING_BASE_URL is {url!r}; it has to begin with https://."
        raise NoBackend(msg)
    return url
