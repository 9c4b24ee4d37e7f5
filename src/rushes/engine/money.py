"""What an attempt may cost: its price by the catalog, the caps that hold, and what was spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.journal import Entry, JobState, Reservation, believed

if TYPE_CHECKING:
    from rushes.catalog import Catalog
    from rushes.journal import AsyncJournal, Cap, JobRecord, Journal, Spending
    from rushes.policy import Policies

BATCH = 2000
"""Jobs of earlier releases that are priced at once."""


class Money:
    """Prepares what the journal reserves for attempts, and reads what they cost.

    Args:
        catalog: the prices.
        policies: the caps that hold for every attempt.
    """

    def __init__(self, catalog: Catalog, policies: Policies) -> None:
        self.policies = policies
        self._catalog = catalog
        self._is_counted = False

    def hold(self, journal: Journal, job: JobRecord, money: Reservation) -> Reservation:
        """The money for a new job.

        Args:
            journal: counts what is spent.
            job: the job.
            money: the estimate, and the caps of its sender.

        Raises:
            PolicyDenied: when a policy cannot be read, or does not allow the job.
        """
        found = self.policies.apply(job, money)
        if found.caps:
            self.count_earlier(journal)
        return found

    async def hold_again(
        self,
        journal: AsyncJournal,
        job: JobRecord,
        *,
        account: str | None = None,
        caps: tuple[Cap, ...] = (),
    ) -> Reservation:
        """The money for another attempt at an uncertain job; the earlier one keeps counting.

        Args:
            journal: counts what is spent.
            job: the job.
            account: whose money it is; None for that of the attempt before.
            caps: those of its sender.

        Raises:
            PolicyDenied: when a policy cannot be read, or does not allow the job.
        """
        money = Reservation(estimate=self.price(job), account=account, caps=caps)
        found = self.policies.apply(job, money)
        await journal.apply(self.count_earlier)
        return found

    def price(self, job: JobRecord) -> float | None:
        """US dollars that an attempt at a job costs by the catalog; None if unknown."""
        spec = self._catalog.providers.get(job.provider)
        cost = spec.estimate(job.known_params, job.backend) if spec else None
        return None if cost is None else cost.dollars

    def spent(self, journal: Journal, account: str) -> float:
        """What an account has reserved and spent, in US dollars."""
        self.count_earlier(journal)
        return journal.spent(account)

    def spending(self, journal: Journal, since: str | None = None) -> list[Spending]:
        """What all attempts have reserved and spent, from a day on."""
        self.count_earlier(journal)
        return journal.spending(since)

    def count_earlier(self, journal: Journal) -> None:
        """Count the jobs of earlier releases, which reserved nothing."""
        if self._is_counted:
            return
        while found := journal.unpriced(limit=BATCH):
            journal.enter([self._entry(job) for job in found])
        journal.count_earlier()
        self._is_counted = True

    def _entry(self, job: JobRecord) -> Entry:
        # Not read as a result: there may be very many, once.
        actual = believed(job.result.get("cost")) if job.result is not None else None
        estimate = (self.price(job) or 0.0) if actual is None else actual
        is_free = job.result is None and (
            job.state is JobState.FAILED
            or (job.state is JobState.CANCELLED and job.remote_id is None)
        )
        return Entry(job=job, estimate=estimate, amount=0.0 if is_free else estimate)
