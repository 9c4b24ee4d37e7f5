"""What the Studios of a library may spend, and have spent."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rushes.errors import InvalidParams, PolicyDenied, Problem
from rushes.journal import JobState
from rushes.results import VideoGenResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.client import VideoGen
    from rushes.journal import JobRecord
    from rushes.results import Cost

CURRENCY = "USD"

STUDIO_JOB = "studio-"
"""How the id of a job begins that a Studio has sent."""

CENT = 0.01


class Budget:
    """A sum that the takes of a library's Studios may cost together.

    What was spent is read from the journal, so that neither running the cell again nor a restart
    makes it less. A take counts with its real cost once that is known, with its estimate while it
    is made, is uncertain or was cancelled at the service; one that failed counts nothing.

    Args:
        gen: the client.
        limit: US dollars.

    Raises:
        InvalidParams: when the limit is no sum of money.
    """

    def __init__(self, gen: VideoGen, limit: float) -> None:
        is_number = isinstance(limit, int | float) and not isinstance(limit, bool)
        if not is_number or not 0 <= limit < float("inf"):
            reason = "a budget is a sum in US dollars, 0 or more, e.g. 20 or 2.50."
            raise InvalidParams.of([Problem("budget", limit, reason)])
        self.limit = float(limit)
        self._gen = gen
        self._lock = threading.Lock()

    def plain(self) -> dict[str, float]:
        """As JSON for the page."""
        return {"limit": self.limit, "spent": round(self.spent(), 4)}

    def spent(self) -> float:
        """US dollars."""
        records = self._gen.engine.journal.select(folder=str(self._gen.library))
        costs = [self._cost(record) for record in records if record.id.startswith(STUDIO_JOB)]
        return sum(cost.amount for cost in costs if cost and cost.currency == CURRENCY)

    @contextmanager
    def reserve(self, params: Any, backend: str | None = None) -> Iterator[None]:
        """Hold the budget while a request is sent in the body of a ``with`` statement.

        Raises:
            PolicyDenied: when the budget does not allow it; nothing was sent.
            InvalidParams: what is wrong with the request.
            NoBackend: no service for the provider is set up.
        """
        request, name = self._gen.check(params, backend=backend, copy=False)
        cost = self._gen.catalog.providers[request.provider].estimate(request, name)
        with self._lock:
            self._allow(cost, f"{request.provider} at {name}")
            yield

    def _allow(self, cost: Cost | None, what: str) -> None:
        if cost is None or (cost.amount and cost.currency != CURRENCY):
            msg = (
                f"The price of {what} in US dollars is not known, so the budget of "
                f"${self.limit:.2f} cannot hold it; nothing was sent. Add a price to its file, or "
                f"make the Studio without budget=."
            )
            raise PolicyDenied(msg)
        spent = self.spent()
        if spent + cost.amount > self.limit + CENT / 100:
            msg = (
                f"This take costs about ${cost.amount:.2f}, and ${spent:.2f} of the budget of "
                f"${self.limit:.2f} is spent, so nothing was sent. Make a shorter take, or raise "
                f"budget= and run the cell again."
            )
            raise PolicyDenied(msg)

    def _cost(self, record: JobRecord) -> Cost | None:
        if record.result is not None:
            return VideoGenResult.model_validate(record.result).cost
        spec = self._gen.catalog.providers.get(record.provider)
        is_free = record.state is JobState.FAILED or (
            record.state is JobState.CANCELLED and record.remote_id is None
        )
        if spec is None or is_free:
            return None
        return spec.estimate(record.typed_params, record.backend)
