"""What the Studios of a library may spend, and have spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.contract.errors import InvalidParams, PolicyDenied, Problem
from rushes.journal import Cap

if TYPE_CHECKING:
    from rushes.client import VideoGen


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
        caps: the limit, if there is one.

    Raises:
        InvalidParams: if the limit is not an amount of money.
    """

    def __init__(self, gen: VideoGen, limit: float | None) -> None:
        is_number = isinstance(limit, int | float) and not isinstance(limit, bool)
        if limit is not None and not (is_number and 0 <= limit < float("inf")):
            reason = "a budget is a sum in US dollars, 0 or more, e.g. 20 or 2.50."
            raise InvalidParams.of([Problem("budget", limit, reason)])
        self.account = str(gen.library)
        self.caps: tuple[Cap, ...] = () if limit is None else (_cap(self.account, float(limit)),)
        self._gen = gen

    def plain(self) -> dict[str, float] | None:
        """As JSON for the page; None when any sum may be spent."""
        if not self.caps:
            return None
        return {"limit": self.caps[0].limit, "spent": round(self._gen.spent(self.account), 4)}


def _cap(account: str, limit: float) -> Cap:
    return Cap(
        name=f"the budget of ${limit:.2f}",
        limit=limit,
        account=account,
        advice="Make a shorter take, or raise budget= and run the cell again.",
        error=PolicyDenied,
    )
