"""What a small model of a few figures would say of items that it was not fitted on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from attending.assurance.measures.arrays import Flags, Indices, Numbers
from attending.assurance.measures.intervals import SEED
from attending.assurance.measures.ranking import auroc

FOLDS = 5
REPEATS = 20
RIDGE = 1.0  # on standardised features
_ROUNDS = 30
_SETTLED = 1e-8


def cross_validated_auroc(
    features: Numbers, positive: Flags, groups: Sequence[str], seed: int = SEED
) -> float:
    """AUROC of ``out_of_fold``: what the figures tell together, on items not fitted on."""
    return auroc(out_of_fold(features, positive, groups, seed), positive)


def out_of_fold(
    features: Numbers, positive: Flags, groups: Sequence[str], seed: int = SEED
) -> Numbers:
    """The mean log-odds of each item by logistic models that were fitted without its group.

    features: one row an item. Source: Stone 1974; 20 times 5 folds of whole groups, those
    with a positive dealt out evenly, so that no fold is left without one.
    """
    names, place = np.unique(np.asarray(groups), return_inverse=True)
    draw = np.random.default_rng(seed)
    total = np.zeros(len(positive))
    for _ in range(REPEATS):
        for held in _dealt(names, place, positive, draw):
            rest = ~held
            total[held] += _fitted(features[rest], positive[rest])(features[held])
    return total / REPEATS


def _dealt(
    names: NDArray[np.str_], place: Indices, positive: Flags, draw: np.random.Generator
) -> Iterator[Flags]:
    """Which items each fold holds back."""
    order = draw.permutation(len(names))
    bearing = np.array([positive[place == each].any() for each in range(len(names))])
    dealt = np.concatenate([order[bearing[order]], order[~bearing[order]]])
    fold_of = np.empty(len(names), dtype=np.intp)
    fold_of[dealt] = np.arange(len(names)) % FOLDS
    for each in range(FOLDS):
        held: Flags = fold_of[place] == each
        if held.any() and not held.all():
            yield held


def _fitted(features: Numbers, positive: Flags) -> Callable[[Numbers], Numbers]:
    """Ridge logistic regression by Newton's method: what it gives is log-odds."""
    mean, spread = features.mean(axis=0), features.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)

    def design(figures: Numbers) -> Numbers:
        return np.hstack([np.ones((len(figures), 1)), (figures - mean) / scale])

    known, weights = design(features), np.zeros(features.shape[1] + 1)
    penalty = np.diag([1e-9, *([RIDGE] * features.shape[1])])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(known @ weights, -30, 30)))
        slope = known.T @ (chance - positive) + penalty @ weights
        bend = (known * (chance * (1 - chance))[:, None]).T @ known + penalty
        step = np.linalg.solve(bend, slope)
        weights = weights - step
        if np.abs(step).max() < _SETTLED:
            break
    return lambda figures: design(figures) @ weights
