"""Confidence intervals of proportions."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


def wilson(share: float, count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The score interval of a proportion.

    It is valid for few votes and for shares near 0 and 1, unlike the normal approximation, and
    never leaves 0 to 1. From E. B. Wilson, "Probable inference, the law of
    succession, and statistical inference", Journal of the American Statistical Association 22
    (1927), 209-212; recommended by R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872.

    Args:
        share: the observed share, 0 to 1.
        count: the number of observations; with 0, every share is possible.
        confidence: probability that the true share is inside.
    """
    if not count:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    weight = z * z / count
    middle = share + weight / 2
    reach = z * sqrt(share * (1 - share) / count + weight / (4 * count))
    low, high = (middle - reach) / (1 + weight), (middle + reach) / (1 + weight)
    # Rounding must not put a share of 0 or 1 outside.
    return min(share, max(0.0, low)), max(share, min(1.0, high))
