"""Keeping signatures, cookies and keys out of the logs of the HTTP libraries."""

from __future__ import annotations

import logging
import re

from rushes.backends.secret import redact_all

LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)
"""A filter of a logger does not hold for the loggers below it."""

QUERY = re.compile(r"[?#][^\s'\"<>]+")
USER = re.compile(r"//[^\s'\"/@]+@")

SECRET_HEADER = re.compile(
    r"""(\(b'(?:set-cookie|authorization|proxy-authorization)',\s)"""
    r"""b(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""",
    re.IGNORECASE,
)
"""One of the headers of a reply, as httpcore writes them."""


def hide_queries() -> None:
    """Have the HTTP libraries log without what opens something.

    httpx writes each address as it is to its log at level INFO, and httpcore each reply's headers
    at level DEBUG. The links of services are signed: whoever has one has the video, and with some
    services the right to upload.
    """
    for name in LOGGERS:
        # Adding the same function twice is adding it once.
        logging.getLogger(name).addFilter(_without_secrets)


def _without_secrets(record: logging.LogRecord) -> bool:
    said = record.getMessage()
    plain = SECRET_HEADER.sub(r"\1***", USER.sub("//***@", QUERY.sub("?***", said)))
    plain = redact_all(plain)
    if plain != said:
        record.msg, record.args = plain, ()
    return True
