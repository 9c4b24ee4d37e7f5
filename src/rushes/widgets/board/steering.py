"""How far the sweep of a board is, and what a person can do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.contract.wording import visible
from rushes.explore.sweep import to_retry
from rushes.journal import SweepState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.explore.progress import SweepProgress
    from rushes.explore.sweep import Sweep
    from rushes.journal import CellRecord, JobRecord
    from rushes.widgets import messages

DOT = " \N{MIDDLE DOT} "


def standing(sweep: Sweep, jobs: Sequence[JobRecord | None]) -> messages.sweep.SweepStanding:
    """Money and time of a sweep, and what can be done with it.

    Args:
        sweep: the sweep.
        jobs: of each cell; None where there is none.
    """
    pairs = zip(sweep.cells, jobs, strict=True)
    again = [cell for cell, job in pairs if job is not None and to_retry([job])]
    facts = [visible(fact) for fact in sweep.facts()]
    return {"facts": facts, "offers": _offers(sweep, sweep.progress, again)}


def _offers(
    sweep: Sweep, found: SweepProgress, again: Sequence[CellRecord]
) -> list[messages.sweep.SweepOffer]:
    """What can be done now; what spends money says how much."""
    if found.state is None:
        return [{"action": "run", "label": f"Run{DOT}{sweep.cost}"}]
    offers: list[messages.sweep.SweepOffer] = []
    if found.waiting and found.state is SweepState.RUNNING:
        offers.append({"action": "pause", "label": "Pause"})
    elif found.waiting:
        cost = found.waiting_cost
        price = f"{DOT}about ${cost:.2f}" if cost else ""
        offers.append({"action": "resume", "label": f"Continue{price}"})
    if found.under_way or (found.waiting and found.state is SweepState.RUNNING):
        offers.append({"action": "cancel", "label": "Cancel"})
    if again:
        costs = [cell.estimate for cell in again]
        total = None if None in costs else sum(cost or 0.0 for cost in costs)
        price = f"{DOT}price not known" if total is None else f"{DOT}about ${total:.2f}"
        label = f"Try {len(again)} again{'' if total == 0 else price}"
        offers.append({"action": "retry", "label": label})
    return offers
