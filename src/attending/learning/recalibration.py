"""What would make a doubt mean what a judge finds: a slope and an intercept on its log-odds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attending.assurance.measures.arrays import Flags, Indices, Numbers
from attending.assurance.measures.calibration import ece
from attending.assurance.measures.intervals import draws, percentile_interval
from attending.learning.logistic import fit, probabilities

LEAST = 100  # statements, below which nothing is suggested
LEAST_OF_EACH = 10  # that the judge doubts, and that it does not
_HELD = 1e-3  # how strongly slope 1 and intercept 0 are held: as a thousandth of a statement
_EDGE = 1e-4  # doubts are held this far from 0 and 1


@dataclass(frozen=True)
class Recalibration:
    """``doubt' = 1 / (1 + exp(-(intercept + slope * log-odds of the doubt)))``, and its effect.

    Each with its 95 % interval, low and high. n: statements that it rests on. warns_from: the
    doubt that is kept to. before, after: of these statements, how many lie above it, as they
    are and recalibrated. ece, ece_after: over the statements that it was fitted on.
    """

    n: int
    slope: tuple[float, float, float]
    intercept: tuple[float, float, float]
    warns_from: float
    before: int
    after: int
    ece: float
    ece_after: float

    @property
    def is_needed(self) -> bool:
        """Whether slope 1 with intercept 0, which change nothing, lie outside of an interval."""
        (_, low, high), (_, least, most) = self.slope, self.intercept
        return not (low <= 1 <= high and least <= 0 <= most)


def recalibrated(
    doubts: Numbers, doubted: Flags, groups: Sequence[str], warns_from: float, repeats: int
) -> Recalibration | None:
    """By logistic regression (Platt 1999); None for too few statements. Groups: as resampled."""
    wrong = int(doubted.sum())
    if len(doubted) < LEAST or min(wrong, len(doubted) - wrong) < LEAST_OF_EACH:
        return None
    odds = _odds(doubts)
    slope, intercept = _fitted(odds, doubted)
    drawn = draws(lambda at: _drawn(odds, doubted, at), groups, repeats)
    after = probabilities(intercept + slope * odds)
    return Recalibration(
        n=len(doubted),
        slope=(slope, *percentile_interval(drawn[:, 0])),
        intercept=(intercept, *percentile_interval(drawn[:, 1])),
        warns_from=warns_from,
        before=int((doubts >= warns_from).sum()),
        after=int((after >= warns_from).sum()),
        ece=ece(doubts, doubted),
        ece_after=ece(after, doubted),
    )


def _odds(doubts: Numbers) -> Numbers:
    held = np.clip(doubts, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(held / (1 - held)))


def _drawn(odds: Numbers, doubted: Flags, at: Indices) -> tuple[float, float]:
    return _fitted(odds[at], doubted[at])


def _fitted(odds: Numbers, doubted: Flags) -> tuple[float, float]:
    rows = np.column_stack([odds, np.ones(len(odds))])
    slope, intercept = fit(rows, doubted, np.full(2, _HELD), np.asarray([1.0, 0.0]))
    return float(slope), float(intercept)
