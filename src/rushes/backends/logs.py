"""Keeping signatures out of the log of the HTTP library."""

from __future__ import annotations

import logging

import httpx


def hide_queries() -> None:
    """Have httpx log its requests without the query of their addresses.

    httpx writes each address as it is to its log at level INFO. The links of services are signed:
    whoever has one has the video, and with some services the right to upload.
    """
    # Adding the same function twice is adding it once.
    logging.getLogger("httpx").addFilter(_without_query)


def _without_query(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(
            str(item.copy_with(query=None)) if isinstance(item, httpx.URL) and item.query else item
            for item in record.args
        )
    return True
