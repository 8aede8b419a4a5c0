"""The first half of a series against the second: nothing pairs the two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

REPEATS = 2000
SEED = 20261121
LEVEL = 0.95


@dataclass(frozen=True)
class Halves:
    """Means of both halves; difference: second less first, with its bootstrap interval.

    p: of the Mann-Whitney test, two-sided, by the normal approximation with ties.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float
    n_first: int
    n_second: int


def halves(values: Sequence[float]) -> Halves | None:
    """None for fewer than two values in a half. The same values give the same figures."""
    middle = len(values) // 2
    before, after = np.array(values[:middle], float), np.array(values[middle:], float)
    if middle < 2:  # noqa: PLR2004 - nothing varies in one value
        return None
    low, high = _interval(before, after)
    return Halves(
        first=float(before.mean()),
        second=float(after.mean()),
        difference=float(after.mean() - before.mean()),
        low=low,
        high=high,
        p=mann_whitney(before, after),
        n_first=len(before),
        n_second=len(after),
    )


def _interval(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    chance = np.random.default_rng(SEED)
    drawn = [chance.choice(half, (REPEATS, len(half))).mean(axis=1) for half in (after, before)]
    low, high = np.quantile(drawn[0] - drawn[1], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def mann_whitney(one: Sequence[float] | np.ndarray, other: Sequence[float] | np.ndarray) -> float:
    """1.0 where all values are alike."""
    first, second = np.asarray(one, float), np.asarray(other, float)
    n, m = len(first), len(second)
    total = n + m
    joined = np.concatenate([first, second])
    _, places, counts = np.unique(joined, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]  # of ties, the middle one
    above = ranks[:n].sum() - n * (n + 1) / 2
    ties = float(((counts**3) - counts).sum()) / (total * (total - 1))
    variance = n * m / 12 * (total + 1 - ties)
    if variance <= 0:
        return 1.0
    distance = max(abs(above - n * m / 2) - 0.5, 0.0) / math.sqrt(variance)
    return math.erfc(distance / math.sqrt(2))
