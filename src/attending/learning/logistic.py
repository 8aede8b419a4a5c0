"""Logistic regression over features that either hold or not, with a ridge penalty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ALWAYS = "always"  # the feature that holds everywhere: its weight is not held small
_STEPS = 50
_ENOUGH = 1e-5  # change of the weights at which a fit has ended


@dataclass(frozen=True)
class Design:
    """Features as columns of zeros and ones; one row an item."""

    columns: Mapping[str, int]

    def matrix(self, items: Sequence[Iterable[str]]) -> Floats:
        made = np.zeros((len(items), len(self.columns)))
        for row, names in enumerate(items):
            made[row, [self.columns[name] for name in names if name in self.columns]] = 1.0
        return made


def design(items: Sequence[Collection[str]], groups: Sequence[str], least: int) -> Design:
    """Columns for the features that hold in at least so many groups, in order of name.

    groups: what each item belongs to, as its sentence: a feature counts once in each.
    """
    pairs = {(group, name) for group, names in zip(groups, items, strict=True) for name in names}
    counts = Counter(name for _, name in pairs)
    kept = sorted(name for name, count in counts.items() if count >= least or name == ALWAYS)
    return Design({name: column for column, name in enumerate(kept)})


def fit(
    rows: Floats, labels: npt.NDArray[np.bool_], held: Floats, start: Floats | None = None
) -> Floats:
    """Weights that make the labels most likely, by Newton's steps. Deterministic.

    held: how strongly each column's weight is held at ``start``: what was known before (or 0).
    """
    known = np.zeros(rows.shape[1]) if start is None else start
    weights = known.copy()
    wanted = labels.astype(float)
    for _ in range(_STEPS):
        chance = probabilities(rows @ weights)
        slope = rows.T @ (chance - wanted) + held * (weights - known)
        spread = np.maximum(chance * (1 - chance), 1e-9)
        bend = (rows.T * spread) @ rows + np.diag(held)
        step = np.linalg.solve(bend, slope)
        weights -= step * min(1.0, 10.0 / max(1e-12, float(np.abs(step).max())))
        if float(np.abs(step).max()) < _ENOUGH:
            break
    return weights


def held_by(columns: Mapping[str, int], strength: float) -> Floats:
    """The same strength for every column but the one that always holds."""
    held = np.full(len(columns), strength)
    if ALWAYS in columns:
        held[columns[ALWAYS]] = 1e-6
    return held


def probabilities(scores: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scores, -35.0, 35.0))))
