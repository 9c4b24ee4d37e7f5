"""What the Studios of a library may spend, and have spent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rushes.contract.errors import InvalidParams, PolicyDenied, Problem
from rushes.journal.ledger import studio_cap

if TYPE_CHECKING:
    from rushes.client import VideoGen
    from rushes.journal import Cap


class Budget:
    """A sum that the takes of a library's Studios may cost together.

    It is a cap of the journal, like those of a policy, so neither running the cell again nor a
    restart makes less of what was spent, and two Studios of a library share it, also in two
    kernels.

    Args:
        gen: the client.
        limit: US dollars; None for any sum.

    Attributes:
        account: the library's; takes of its Studios count there, with and without a limit.
        limit: US dollars, if there is a limit.
        caps: the same, as the journal holds it.

    Raises:
        InvalidParams: if the limit is not an amount of money.
    """

    def __init__(self, gen: VideoGen, limit: float | None) -> None:
        is_number = isinstance(limit, int | float) and not isinstance(limit, bool)
        if limit is not None and not (is_number and 0 <= limit < float("inf")):
            reason = "a budget is a sum in US dollars, 0 or more, e.g. 20 or 2.50."
            raise InvalidParams.of([Problem("budget", limit, reason)])
        self.account = str(gen.library)
        self.limit = None if limit is None else float(limit)
        self.caps: tuple[Cap, ...] = ()
        if self.limit is not None:
            self.caps = (replace(studio_cap(self.account, self.limit), error=PolicyDenied),)
        self._gen = gen

    def plain(self) -> dict[str, float] | None:
        """As JSON for the page; None when any sum may be spent."""
        if not self.caps:
            return None
        return {"limit": self.caps[0].limit, "spent": round(self._gen.spent(self.account), 4)}
