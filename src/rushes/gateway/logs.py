"""How the gateway logs: words for people, or JSON for programs; never a secret."""

from __future__ import annotations

import json
import logging
import re
import time
from typing import TYPE_CHECKING, Any, Literal

from rushes.backends.logs import clean_logs
from rushes.gateway.access import REQUEST

if TYPE_CHECKING:
    from collections.abc import Mapping

Form = Literal["text", "json"]

SECRETS = re.compile(r"rsh_[A-Za-z0-9_-]{20,}|(?<=[?&]sig=)[\w-]+|(?<=Bearer )\S+", re.IGNORECASE)
"""Tokens and signatures of links. Services' keys are kept out where they are used."""


def start_logging(form: Form) -> None:
    """Log to standard error from now on.

    Args:
        form: ``"text"`` for people, ``"json"`` for programs: an object on each line.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    for name in ("rushes", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    clean_logs()


class JsonFormatter(logging.Formatter):
    """One object a line: at, level, logger, message, and what belongs to the call."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        facts: Mapping[str, Any] = getattr(record, "facts", {})
        line = {
            "at": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request": REQUEST.get(),
            **facts,
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        known = {name: value for name, value in line.items() if value is not None}
        return _clean(json.dumps(known, default=str))


class TextFormatter(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        words = f"{_time(record)} {record.levelname.lower()} {record.getMessage()}"
        if record.exc_info:
            words = f"{words}\n{self.formatException(record.exc_info)}"
        return _clean(words)


def _time(record: logging.LogRecord) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))


def _clean(text: str) -> str:
    return SECRETS.sub("[secret]", text)
