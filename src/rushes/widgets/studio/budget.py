"""What the Studios of a library may spend, and have spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.contract.errors import InvalidParams, PolicyDenied, Problem
from rushes.journal import CURRENCY, Entry, JobState, Reservation, believed

if TYPE_CHECKING:
    from rushes.client import VideoGen
    from rushes.contract.params import VideoGenParams
    from rushes.contract.results import Cost
    from rushes.journal import JobRecord
    from rushes.plan import Plan

STUDIO_JOB = "studio-"
"""How the id of a job begins that a Studio has sent."""

BATCH = 2000
"""Jobs of earlier releases that are counted at once."""


class Budget:
    """A sum that the takes of a library's Studios may cost together.

    What was spent stands in the journal, so that neither running the cell again nor a restart
    makes it less, and two Studios of a library share it, also in two kernels. Each attempt counts:
    with its estimate while it is made, and where nobody knows whether it was bought; with its real
    cost once that is known. One that failed counts nothing.

    Args:
        gen: the client.
        limit: US dollars; None for any sum.

    Raises:
        InvalidParams: if the limit is not an amount of money.
    """

    def __init__(self, gen: VideoGen, limit: float | None) -> None:
        is_number = isinstance(limit, int | float) and not isinstance(limit, bool)
        if limit is not None and not (is_number and 0 <= limit < float("inf")):
            reason = "a budget is a sum in US dollars, 0 or more, e.g. 20 or 2.50."
            raise InvalidParams.of([Problem("budget", limit, reason)])
        self.limit = None if limit is None else float(limit)
        self._gen = gen
        self._account = str(gen.library)

    def plain(self) -> dict[str, float] | None:
        """As JSON for the page; None when any sum may be spent."""
        if self.limit is None:
            return None
        return {"limit": self.limit, "spent": round(self.spent(), 4)}

    def spent(self) -> float:
        """US dollars."""
        self._count_earlier()
        return self._gen.ledger.spent(self._account)

    def reservation(self, plan: Plan) -> Reservation:
        """The money for one attempt at a plan, to be reserved when it is put on record.

        Raises:
            PolicyDenied: when there is a limit and the price is not known.
        """
        return self._reserved(plan.provider, plan.backend, _dollars(plan.cost.most))

    def _reserved(self, provider: str, backend: str, cost: float | None) -> Reservation:
        if self.limit is not None:
            self._count_earlier()
            if cost is None:
                msg = (
                    f"The price of {provider} at {backend} in US dollars is not known, so "
                    f"the budget of ${self.limit:.2f} cannot hold it; nothing was sent. Add a "
                    f"price to its file, or make the Studio without budget=."
                )
                raise PolicyDenied(msg)
        return Reservation(account=self._account, amount=cost or 0.0, limit=self.limit)

    def reservation_again(self, record: JobRecord) -> Reservation:
        """The money for another attempt at an uncertain job; the earlier one keeps counting.

        Raises:
            PolicyDenied: when there is a limit and the price is not known.
        """
        if record.id.startswith(STUDIO_JOB):
            # Nothing is reserved for it yet where an earlier release sent it.
            self._gen.ledger.enter([self._entry(record)])
        cost = self._estimate(record.known_params, record.backend)
        return self._reserved(record.provider, record.backend, cost)

    def _estimate(self, params: VideoGenParams, backend: str) -> float | None:
        """US dollars; None when no price in them is known."""
        spec = self._gen.catalog.providers.get(params.provider)
        return _dollars(spec.estimate(params, backend)) if spec else None

    def _count_earlier(self) -> None:
        """Count what Studios of earlier releases spent, which reserved nothing."""
        journal = self._gen.ledger
        while found := journal.unaccounted(self._account, limit=BATCH):
            journal.enter([self._entry(record) for record in found])

    def _entry(self, record: JobRecord) -> Entry:
        # Not read as a result: there may be very many, once.
        actual = believed(record.result.get("cost")) if record.result is not None else None
        estimate = actual
        if estimate is None:
            estimate = self._estimate(record.known_params, record.backend) or 0.0
        is_free = record.result is None and (
            record.state is JobState.FAILED
            or (record.state is JobState.CANCELLED and record.remote_id is None)
        )
        amount = 0.0 if is_free else estimate
        return Entry(job=record, account=self._account, estimate=estimate, amount=amount)


def _dollars(cost: Cost | None) -> float | None:
    if cost is None or not cost.is_believable or (cost.amount and cost.currency != CURRENCY):
        return None
    return cost.amount
