"""Who did what: a line of JSON for each in a file that only grows, or a row in the database."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any, Literal

from rushes.contract.errors import JournalError
from rushes.io.private import open_private

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.gateway.callers import Caller
    from rushes.gateway.register import Register

log = logging.getLogger("rushes")

FILE = "audit.jsonl"

Action = Literal["submit", "cancel", "read"]


class Audit:
    """The file, which is opened for each line, so that it can be moved away at any time.

    Args:
        home: the gateway's home.
        register: has the audit in place of the file, where several processes write it.
    """

    def __init__(self, home: Path, register: Register | None = None) -> None:
        self.path = home / FILE
        self._register = register

    def note(
        self,
        caller: Caller,
        action: Action,
        what: str,
        *,
        address: str | None,
        cost: float | None = None,
    ) -> None:
        """Add a line. What was done is done, so one that cannot be written is only logged.

        Args:
            caller: who did it.
            action: what.
            what: the caller's id of the job; of a list whose jobs it has.
            address: where the call came from.
            cost: US dollars, as estimated.
        """
        now = time.time()
        line = {
            "person": caller.person,
            "app": caller.app,
            "token": caller.token_id,
            "action": action,
            "job": what,
            "cost": cost,
            "address": address,
        }
        known: dict[str, Any] = {name: value for name, value in line.items() if value is not None}
        try:
            if self._register is not None:
                self._register.note({"at": now} | known)
                return
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
            with open_private(self.path, "ab") as file:
                file.write(json.dumps({"at": at} | known).encode() + b"\n")
        except (OSError, JournalError) as error:
            log.warning("the audit cannot be written: %s; it lacks %s", error, known)
