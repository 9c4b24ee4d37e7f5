"""What a client says about money: what was spent, and what is left on an account."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING

from rushes.blocking import wait
from rushes.spend import day, spend_of

if TYPE_CHECKING:
    import datetime as dt
    from concurrent.futures import Future

    from rushes.backends.protocol import Balance
    from rushes.engine import Engine
    from rushes.spend import Spend

LONGEST = 60.0
"""Seconds that a blocking question to a service takes."""


class Accounts:
    """The part of a client that reads sums and balances."""

    _engine: Engine

    @abstractmethod
    def _must_be_open(self) -> None:
        """Raise an error if the client is closed."""

    @abstractmethod
    def _payer(self, backend: str | None) -> str:
        """The service whose balance is asked for."""

    def spend(self, *, since: dt.date | str | None = None) -> Spend:
        """What was spent, and is reserved, for all jobs of this home folder.

        >>> gen.spend()
        <Spend today $0.00; in all $0.00>

        Args:
            since: the first day that counts, e.g. ``"2026-11-01"``; None counts all. Days are
                those on which jobs were submitted, in UTC.

        Raises:
            InvalidParams: if `since` is not a day.
            PolicyDenied: if there is a policy that cannot be used.
        """
        self._must_be_open()
        first = day("since", since)
        rows = self._engine.money.spending(self._engine.journal)
        return spend_of(rows, self._engine.policies.caps(), first)

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
