"""Who did what, in a file that only grows: one line of JSON for each."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Literal

from rushes.io.private import open_private

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.gateway.callers import Caller

log = logging.getLogger("rushes")

FILE = "audit.jsonl"

Action = Literal["submit", "cancel"]


class Audit:
    """The file, which is opened for each line, so that it can be moved away at any time.

    Args:
        home: the gateway's home.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / FILE

    def note(
        self,
        caller: Caller,
        action: Action,
        job_id: str,
        *,
        address: str | None,
        cost: float | None = None,
    ) -> None:
        """Add a line. What was done is done, so a full disk is only logged.

        Args:
            caller: who did it.
            action: what.
            job_id: the caller's id of the job.
            address: where the call came from.
            cost: US dollars, as estimated.
        """
        line = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "person": caller.person,
            "app": caller.app,
            "token": caller.token_id,
            "action": action,
            "job": job_id,
            "cost": cost,
            "address": address,
        }
        known = {name: value for name, value in line.items() if value is not None}
        try:
            with open_private(self.path, "ab") as file:
                file.write(json.dumps(known).encode() + b"\n")
        except OSError as error:
            log.warning("%s cannot be written: %s", self.path, error)
