"""Logistic regression by Newton's method, with L2, in plain numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_ROUNDS = 60
_ENOUGH = 1e-8


def fit(x: Floats, y: Floats, weight: Floats, ridge: float) -> Floats:
    """Coefficients, the bias last; none is below 0.

    One that would be is set to 0, and the rest is fitted again: a reason for doubt never speaks
    for a claim.
    """
    active = np.ones(x.shape[1], bool)
    while True:
        found = _newton(x[:, active], y, weight, ridge)
        whole = np.zeros(x.shape[1] + 1)
        whole[:-1][active], whole[-1] = found[:-1], found[-1]
        falling = active & (whole[:-1] < 0)
        if not falling.any():
            return whole
        active &= ~falling


def _newton(x: Floats, y: Floats, weight: Floats, ridge: float) -> Floats:
    wide = np.column_stack([x, np.ones(len(x))])
    penalty = np.full(wide.shape[1], ridge)
    penalty[-1] = 0.0
    found = np.zeros(wide.shape[1])
    for _ in range(_ROUNDS):
        p = _share(wide @ found)
        gradient = wide.T @ (weight * (p - y)) + penalty * found
        curve = (wide * (weight * p * (1 - p))[:, None]).T @ wide + np.diag(penalty + 1e-9)
        step = np.linalg.solve(curve, gradient)
        found = found - step
        if np.abs(step).max() < _ENOUGH:
            break
    return found


def chances(wide: Floats, found: Floats) -> Floats:
    return _share(wide @ found)


def _share(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -40, 40))))
