"""Which tier each person has, as the tokens say, for who cannot wait for the answer."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from rushes.contract.errors import RushesError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes.gateway.register import Owner, Register
    from rushes.gateway.rules import Rules

log = logging.getLogger("rushes")

EVERY = 5.0
"""Seconds after which a tier that was changed counts."""

LAST = 5.0
"""Seconds that the end waits for the register."""


class Tiers:
    """Remembers the tiers, and reads them again now and then, in a thread of its own.

    Args:
        register: has the tokens.
        rules: say what the tiers mean; their file is read again, too.
        changed: called when either is another than before.
    """

    def __init__(self, register: Register, rules: Rules, changed: Callable[[], None]) -> None:
        self._register = register
        self._rules = rules
        self._changed = changed
        self._written = rules.written()
        self._known: dict[Owner, str | None] = {}
        # Everybody who was ever asked for.
        self._asked: set[Owner] = set()
        self._due = threading.Event()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="rushes-tiers", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._is_over = True
        self._due.set()
        if self._thread.ident is not None:
            self._thread.join(LAST)

    def of(self, owner: Owner) -> tuple[bool, str | None]:
        """Whether the tier of a person is known yet, and its name; returns at once."""
        if owner in self._known:
            return True, self._known[owner]
        self._asked.add(owner)
        self._due.set()
        return False, None

    def _run(self) -> None:
        while not self._is_over:
            self._due.clear()
            # What was known holds until it can be read.
            try:
                self._read()
            except RushesError as error:
                log.info("the tiers cannot be read: %s", error.message)
            except Exception:
                log.exception("the tiers cannot be read")
            self._due.wait(EVERY)

    def _read(self) -> None:
        # A person without a valid token has no tier.
        found = dict.fromkeys(set(self._asked)) | self._register.tiers()
        if found != self._known or self._rules.written() is not self._written:
            self._known, self._written = found, self._rules.written()
            self._changed()
