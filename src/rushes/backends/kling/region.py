"""Where Kling is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.backends.address import base_of
from rushes.contract.errors import NoBackend

if TYPE_CHECKING:
    from rushes.backends.key import Variables

REGIONS = {
    "singapore": "https://api-singapore.klingai.com",
    "beijing": "https://api-beijing.klingai.com",
}
"""Outside and inside China. A key belongs to one of them."""

USUAL = REGIONS["singapore"]


def address_in(environment: Variables) -> str:
    """The base of the service: ``KLING_BASE_URL``, else that of ``KLING_REGION``.

    Raises:
        NoBackend: when the region does not exist, or a key may not go to the address.
    """
    region = environment.text("KLING_REGION") or "singapore"
    url = environment.text("KLING_BASE_URL") or REGIONS.get(region)
    if url is None:
        msg = f"KLING_REGION is {region!r}; it has to be one of {', '.join(REGIONS)}."
        raise NoBackend(msg)
    return base_of(url, "KLING_BASE_URL")
