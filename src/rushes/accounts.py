"""What a client says about money: what was spent, and what is left on an account."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING, overload

from rushes.awaiting import awaited
from rushes.blocking import wait
from rushes.breakdown import breakdown_of, groups_of
from rushes.part import Part
from rushes.spend import day, spend_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from concurrent.futures import Future

    from rushes.backends.protocol import Balance
    from rushes.breakdown import Breakdown, Group
    from rushes.spend import Spend

LONGEST = 60.0
"""Seconds that a blocking question to a service takes."""


class Accounts(Part):
    """The part of a client that reads sums and balances."""

    @abstractmethod
    def _payer(self, backend: str | None) -> str:
        """The service whose balance is asked for."""

    @overload
    def spend(self, *, by: None = None, since: dt.date | str | None = None) -> Spend: ...

    @overload
    def spend(
        self, *, by: Group | Sequence[Group], since: dt.date | str | None = None
    ) -> Breakdown: ...

    def spend(
        self,
        *,
        by: Group | Sequence[Group] | None = None,
        since: dt.date | str | None = None,
    ) -> Spend | Breakdown:
        """What was spent, and is reserved, for all jobs of this home folder.

        >>> gen.spend()
        <Spend today $0.00; in all $0.00>
        >>> gen.spend(by="sweep", since="last week").total.reserved
        0.0

        Args:
            by: how amounts are grouped, which are then billed, estimated and reserved sums:
                ``"provider"``, ``"backend"``, ``"mode"``, ``"day"``, ``"month"``, ``"sweep"``,
                ``"library"``, or several of these. None shows an overview.
            since: the first day that counts, e.g. ``"2026-11-01"``, ``"yesterday"`` or
                ``"last week"``; None counts all. Days are those on which jobs were submitted, in
                UTC.

        Raises:
            InvalidParams: if `since` is not a day, or `by` is not one of these.
            PolicyDenied: if there is a policy that cannot be used.
        """
        self._must_be_open()
        first = day("since", since)
        if by is not None:
            self._engine.money.count_earlier(self._engine.journal)
            return breakdown_of(self._engine.journal, groups_of(by), first)
        rows = self._engine.money.spending(self._engine.journal)
        return spend_of(rows, self._engine.policies.caps(), first)

    @awaited("balance_sync")
    async def balance(self, backend: str | None = None) -> Balance:
        """What is left on the account at a service.

        Runway, fal (with a key of the scope *Admin*) and gateways offer that.

        >>> try:
        ...     await gen.balance()
        ... except rushes.NoBackend as error:
        ...     print(error)
        The balance is not offered by preview; look it up in your account there.

        Args:
            backend: the service, if not the client's. Without either, the only configured one
                that offers it.

        Raises:
            NoBackend: if the service is not configured, or does not offer that.
            RushesError: if the service refuses it, or cannot be reached.
        """
        return await asyncio.wrap_future(self._balance(backend))

    def balance_sync(self, backend: str | None = None) -> Balance:
        """The blocking twin of `balance`."""
        return wait(self._balance(backend), LONGEST)

    def _balance(self, backend: str | None) -> Future[Balance]:
        self._must_be_open()
        return self._engine.call(self._engine.balance(self._payer(backend)))
