"""How sure a figure is: the bootstrap, by cluster where items belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from attending.assurance.measures.arrays import UNDEFINED, Indices, Numbers

REPEATS = 1_000
SEED = 20_261_121
LEVEL = 0.95


def resamples(groups: Sequence[str], repeats: int = REPEATS, seed: int = SEED) -> Iterator[Indices]:
    """Indices of items, whole groups drawn with replacement, the same for the same seed.

    Source: Efron 1979; by cluster, Field and Welsh 2007: what two sentences of one visit
    have in common would else be counted as evidence twice.
    """
    names, place = np.unique(np.asarray(groups), return_inverse=True)
    members = [np.flatnonzero(place == each) for each in range(len(names))]
    draw = np.random.default_rng(seed)
    for _ in range(repeats):
        chosen = draw.integers(0, len(members), len(members))
        yield np.concatenate([members[each] for each in chosen])


def draws(
    statistics: Callable[[Indices], Sequence[float]],
    groups: Sequence[str],
    repeats: int = REPEATS,
    seed: int = SEED,
) -> Numbers:
    """The statistics of every resample: one row a resample, one column a statistic."""
    found = [statistics(indices) for indices in resamples(groups, repeats, seed)]
    return np.asarray(found, dtype=np.float64)


def percentile_interval(drawn: Numbers, level: float = LEVEL) -> tuple[float, float]:
    """The middle share of what was drawn (Efron 1981). Resamples without a value are left out."""
    held = drawn[~np.isnan(drawn)]
    if not len(held):
        return UNDEFINED, UNDEFINED
    tail = (1 - level) / 2
    low, high = np.quantile(held, [tail, 1 - tail])
    return float(low), float(high)


def paired_interval(
    first: Callable[[Indices], float],
    second: Callable[[Indices], float],
    groups: Sequence[str],
    repeats: int = REPEATS,
    seed: int = SEED,
) -> tuple[float, float]:
    """Interval of first minus second, both read of the same resamples of the same items.

    Source: Efron and Tibshirani 1993, chapter 8: what both find hard cancels out.
    """
    drawn = draws(lambda indices: [first(indices) - second(indices)], groups, repeats, seed)
    return percentile_interval(drawn[:, 0])
