"""What a request costs, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rushes.contract.results import Cost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.catalog import ProviderSpec
    from rushes.contract.params import VideoGenParams


@dataclass(frozen=True, kw_only=True)
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
    most = spec.estimate(params, backend)
    if price is None or most is None or not most.is_believable:
        reason = f"No price for {spec.id} at {backend} is known."
        return Estimate(low=None, high=None, exact=False, reason=reason)
    known = min(_billed(spec, params, lengths), price.assumed_input_seconds)
    least = spec.amount(params, price, input_seconds=known)
    is_exact = least == most.amount
    when = f", {most.date}" if most.date else ""
    reason = f"{most.source}{when}"
    if not is_exact:
        reason += (
            f"; reference videos are billed by their length: the most counts "
            f"{price.assumed_input_seconds:g} s of them, the least what is known here"
        )
    return Estimate(
        low=least,
        high=most.amount,
        currency=most.currency,
        exact=is_exact,
        reason=f"{reason}.",
        date=most.date,
        source=most.source,
    )


def _billed(spec: ProviderSpec, params: VideoGenParams, lengths: Mapping[str, float]) -> float:
    """Minimum seconds of reference video."""
    total = 0.0
    for name, items in spec.media_of(params).items():
        parameter = spec.parameters[name]
        if parameter.kind == "videos":
            least = parameter.min_clip_seconds or 0.0
            total += sum(lengths.get(item, least) for item in items)
    return total
