"""What a request costs, before anything is sent."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rushes.contract.results import Cost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.catalog import ProviderSpec
    from rushes.contract.params import VideoGenParams


@dataclass(frozen=True, kw_only=True, repr=False)
class Estimate:
    """The estimated cost of videos, before anything is sent.

    >>> print(gen.estimate(provider="kling-3.0-standard", prompt="A red fox", quantity=3))
    free

    Attributes:
        low: the lowest amount, in units of the currency; None if no price is known.
        high: the highest amount, which budgets count; None if no price is known.
        currency: ISO 4217 code.
        exact: whether the price list determines the cost, so that low and high are the same.
        reason: where the price comes from, and why it is not exact, in one sentence.
        date: the date of the price, ISO 8601; None if it cannot change.
        source: where the price comes from; None if no price is known.
        quantity: the number of videos.
    """

    low: float | None
    high: float | None
    currency: str = "USD"
    exact: bool
    reason: str
    date: str | None = None
    source: str | None = None
    quantity: int = 1

    @property
    def most(self) -> Cost | None:
        """The highest amount as a cost; None if no price is known."""
        if self.high is None:
            return None
        return Cost(
            amount=self.high,
            currency=self.currency,
            estimated=True,
            source=self.source,
            date=self.date,
        )

    def times(self, quantity: int) -> Estimate:
        """The estimate for several such videos."""
        return replace(
            self,
            low=None if self.low is None else round(self.low * quantity, 6),
            high=None if self.high is None else round(self.high * quantity, 6),
            quantity=self.quantity * quantity,
        )

    def __repr__(self) -> str:
        several = f" for {self.quantity} videos" if self.quantity > 1 else ""
        return f"<Estimate {self}{several}: {self.reason.rstrip('.')}>"

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return "price not known"
        if not self.high:
            return "free"
        sign = "$" if self.currency == "USD" else f"{self.currency} "
        low, high = f"{sign}{self.low:.2f}", f"{sign}{self.high:.2f}"
        return f"about {high}" if low == high else f"{low} to {high}"


def estimate_of(
    spec: ProviderSpec, params: VideoGenParams, backend: str, lengths: Mapping[str, float]
) -> Estimate:
    """The estimated cost of a request.

    Args:
        spec: the provider.
        params: the request.
        backend: the service.
        lengths: seconds of its videos and audio files by path, as far as they were measured.
    """
    price = spec.price_of(params, backend)
    if price is None:
        return _unknown(f"No price for {spec.id} at {backend} is known.")
    known, is_measured = _measured(spec, params, lengths)
    most = spec.assumed_input(params, price)
    # A row that says what it assumes means the most, however long the files are.
    if is_measured and not price.assumed_input_seconds:
        most = min(math.ceil(known), math.inf if most is None else most)
    if most is None:
        return _unknown(f"{spec.id} is billed by the length of the given video, which is unknown.")
    cost = spec.estimate(params, backend, input_seconds=most)
    if cost is None or not cost.is_believable:
        return _unknown(f"No price for {spec.id} at {backend} is known.")
    least = cost.amount
    if known < most:
        least = spec.amount(params, price, input_seconds=known)
    is_exact = least == cost.amount
    when = f", {cost.date}" if cost.date else ""
    reason = f"{cost.source}{when}"
    if not is_exact:
        reason += (
            f"; the given videos are billed by their length: the most counts {most:g} s of them, "
            f"the least what is known here"
        )
    return Estimate(
        low=least,
        high=cost.amount,
        currency=cost.currency,
        exact=is_exact,
        reason=f"{reason}.",
        date=cost.date,
        source=cost.source,
    )


def _unknown(reason: str) -> Estimate:
    return Estimate(low=None, high=None, exact=False, reason=reason)


def _measured(
    spec: ProviderSpec, params: VideoGenParams, lengths: Mapping[str, float]
) -> tuple[float, bool]:
    """Minimum seconds of the given videos, and whether these were all measured."""
    total, is_measured = 0.0, []
    for name, items in spec.media_of(params).items():
        # What an object shows is described, and not worked on.
        parameter = spec.parameters.get(name)
        if parameter is not None and parameter.medium == "video":
            least = parameter.min_clip_seconds or 0.0
            total += sum(lengths.get(item, least) for item in items)
            is_measured += [item in lengths for item in items]
    return total, bool(is_measured) and all(is_measured)
