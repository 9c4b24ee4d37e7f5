"""What this package and the HTTP libraries log: no secrets, and nothing that acts on a terminal."""

from __future__ import annotations

import logging
import re

from rushes.backends.key import redact_all
from rushes.contract.wording import on_one_line, visible

LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)
"""A filter on a logger does not apply to its child loggers."""

QUERY = re.compile(r"[?#][^\s'\"<>]+")
USER = re.compile(r"//[^\s'\"/@]+@")

SECRET_HEADER = re.compile(
    r"""(\(b'(?:set-cookie|authorization|proxy-authorization)',\s)"""
    r"""b(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""",
    re.IGNORECASE,
)
"""A header of a reply, as httpcore logs it."""


def clean_logs() -> None:
    """Keep secrets out of logs, and have a record of this package be one line of plain text.

    httpx writes each address as it is to its log at level INFO, and httpcore each reply's headers
    at level DEBUG. The links of services are signed: anyone who has one has the video, and
    with some services the right to upload.
    """
    for name in LOGGERS:
        # Adding the same function twice has no effect.
        logging.getLogger(name).addFilter(_without_secrets)
    logging.getLogger("rushes").addFilter(_on_one_line)


def _without_secrets(record: logging.LogRecord) -> bool:
    said = record.getMessage()
    plain = SECRET_HEADER.sub(r"\1***", USER.sub("//***@", QUERY.sub("?***", said)))
    plain = redact_all(plain)
    if plain != said:
        record.msg, record.args = plain, ()
    return True


def _on_one_line(record: logging.LogRecord) -> bool:
    """A service's words could forge a record of their own, or move the cursor of a terminal."""
    record.msg, record.args = on_one_line(redact_all(record.getMessage())), ()
    if record.exc_info and not record.exc_text:
        # Formatters use this text if it exists.
        record.exc_text = visible(redact_all(_TRACEBACKS.formatException(record.exc_info)))
    return True


_TRACEBACKS = logging.Formatter()
