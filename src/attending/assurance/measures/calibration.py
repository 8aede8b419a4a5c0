"""Whether a probability means what it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attending.assurance.measures.arrays import UNDEFINED, Flags, Numbers

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Items whose probability lies in [low, high): how many, what was said, what was so."""

    low: float
    high: float
    count: int
    said: float  # mean probability
    true: float  # share of positives


def reliability(probabilities: Numbers, positive: Flags, bins: int = BINS) -> tuple[Bin, ...]:
    """The bins of a reliability diagram, of equal width; empty ones are left out.

    Source: DeGroot and Fienberg 1983. The last bin holds 1.0, too.
    """
    place = np.minimum((probabilities * bins).astype(np.intp), bins - 1)
    return tuple(
        Bin(
            each / bins,
            (each + 1) / bins,
            int(inside.sum()),
            float(probabilities[inside].mean()),
            float(positive[inside].mean()),
        )
        for each in range(bins)
        if (inside := place == each).any()
    )


def ece(probabilities: Numbers, positive: Flags, bins: int = BINS) -> float:
    """Expected calibration error: how far what is said lies from what is so, on average.

    Formula: sum over bins of n_b / n * |mean probability - share of positives|.
    Source: Naeini et al. 2015. 0..1, 0 is best; it grows with bins in small samples.
    """
    if not len(positive):
        return UNDEFINED
    found = reliability(probabilities, positive, bins)
    return sum(each.count * abs(each.said - each.true) for each in found) / len(positive)


def brier(probabilities: Numbers, positive: Flags) -> float:
    """Mean squared distance of probability and truth. Source: Brier 1950. 0..1, 0 is best."""
    if not len(positive):
        return UNDEFINED
    return float(np.mean((probabilities - positive) ** 2))
