"""Logistic regression by Newton's method, with L2, in plain numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_ROUNDS = 60
_ENOUGH = 1e-8


def fit(x: Floats, y: Floats, weight: Floats, ridge: float, least: Floats) -> Floats:
    """Coefficients, the bias last. least: of each column the least that it may have.

    One that would be less is set to that, and the rest is fitted again: a reason for doubt,
    of which at least 0 is asked, never speaks for a claim.
    """
    active = np.ones(x.shape[1], bool)
    while True:
        given = x[:, ~active] @ least[~active]
        found = _newton(x[:, active], y, weight, ridge, given)
        whole = np.append(least, found[-1])
        whole[:-1][active] = found[:-1]
        falling = active & (whole[:-1] < least)
        if not falling.any():
            return whole
        active &= ~falling


def _newton(x: Floats, y: Floats, weight: Floats, ridge: float, given: Floats) -> Floats:
    """given: of each row the log-odds that other columns are known to add."""
    wide = np.column_stack([x, np.ones(len(x))])
    penalty = np.full(wide.shape[1], ridge)
    penalty[-1] = 0.0
    found = np.zeros(wide.shape[1])
    for _ in range(_ROUNDS):
        p = _share(wide @ found + given)
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
