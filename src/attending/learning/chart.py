"""A control chart that is designed from the false alarms that are allowed.

An exponentially weighted moving average (EWMA) with fixed limits. How wide the limits are
follows from how seldom a process that did not change may raise an alarm: the average run
length is computed by the Markov chain of Brook and Evans (1972), as Lucas and Saccucci
(1990) do for this chart, and the width is solved for. Each value counts by its rank among
those of the baseline (its normal score), since shares and times are not normal.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist, fmean, pstdev

import numpy as np

WEIGHT = 0.1  # of the newest value
ALLOWED = 1 / 500  # false alarms, of all notes
BASELINE = 20  # notes that the chart needs before it begins
_STATES = 41  # of the Markov chain; odd, so that it begins in the middle of one
_NORMAL = NormalDist()
_AT = np.linspace(-9, 9, 36_001)
_CDF = (_AT, np.array([_NORMAL.cdf(at) for at in _AT.tolist()]))  # numpy has none of its own
_HERMITE = np.polynomial.hermite.hermgauss(7)  # nodes and weights of a normal mean


@dataclass(frozen=True)
class Point:
    """level: of the average, in standard deviations of a value."""

    level: float
    is_alarm: bool


@dataclass(frozen=True)
class Chart:
    """baseline: how many values it learnt from; points: of those after them.

    limit: alarms are levels beyond plus and minus it. allowed: false alarms, of all values.
    """

    baseline: int
    limit: float
    allowed: float
    points: tuple[Point, ...]

    @property
    def alarms(self) -> tuple[int, ...]:
        """Places among the points."""
        return tuple(place for place, each in enumerate(self.points) if each.is_alarm)


def chart(values: Sequence[float], baseline: int, allowed: float = ALLOWED) -> Chart | None:
    """None while the baseline has too few values. After an alarm the average begins anew."""
    if baseline < BASELINE:
        return None
    scale = Scale.of(values[:baseline])
    limit = width(allowed, baseline)
    level, points = 0.0, []
    for value in values[baseline:]:
        level += WEIGHT * (scale.score(value) - level)
        is_alarm = abs(level) > limit
        points.append(Point(level, is_alarm))
        level = 0.0 if is_alarm else level
    return Chart(baseline, limit, allowed, tuple(points))


@dataclass(frozen=True)
class Scale:
    """Normal scores by a baseline: about 0, and as far apart as if no values were alike.

    Where most values are alike, their scores hardly vary: they are blown up, but no more than
    twice, or each rare value would be an alarm.
    """

    known: tuple[float, ...]  # sorted
    middle: float = 0.0
    deviation: float = 1.0

    @classmethod
    def of(cls, baseline: Sequence[float]) -> Scale:
        plain = cls(tuple(sorted(baseline)))
        scores = [plain.score(value) for value in baseline]
        untied = cls(tuple(range(len(baseline))))
        usual = pstdev(untied.score(place) for place in untied.known)
        return cls(plain.known, fmean(scores), max(pstdev(scores) / usual, 0.5))

    def score(self, value: float) -> float:
        """Of ties, the middle rank."""
        below, upto = bisect_left(self.known, value), bisect_right(self.known, value)
        place = ((below + upto) / 2 + 0.5) / (len(self.known) + 1)
        return (_NORMAL.inv_cdf(place) - self.middle) / self.deviation


@lru_cache(maxsize=512)
def width(allowed: float, baseline: int, weight: float = WEIGHT) -> float:
    """The limit at which one value of 1/allowed is a false alarm, on average.

    A baseline of few values lies beside the truth by chance, and the chart then drifts to one
    side: the limit is wide enough for what that costs on average.
    """
    low, high = 0.01, 3.0
    while high - low > 1e-5:  # noqa: PLR2004 - finer than the chain
        middle = (low + high) / 2
        if false_alarms(middle, baseline, weight) > allowed:
            low = middle
        else:
            high = middle
    return high


def false_alarms(limit: float, baseline: int, weight: float = WEIGHT) -> float:
    """Of all values of a process that does not change: over all baselines that it could have."""
    shifts = _HERMITE[0] * (2 / baseline) ** 0.5
    rates = [1 / run_length(limit, weight, shift) for shift in shifts]
    return float(np.dot(_HERMITE[1], rates) / np.pi**0.5)


def run_length(limit: float, weight: float = WEIGHT, shift: float = 0.0) -> float:
    """Values until the first alarm, on average, if each is normal around ``shift``."""
    step = 2 * limit / _STATES
    middles = -limit + step * (np.arange(_STATES) + 0.5)
    # From the middle of one state: what the next value has to be, to end at a state's edge.
    edges = -limit + step * np.arange(_STATES + 1)
    needed = (edges[None, :] - (1 - weight) * middles[:, None]) / weight - shift
    reached = np.diff(np.interp(needed, _CDF[0], _CDF[1]), axis=1)
    lengths: np.ndarray = np.linalg.solve(np.eye(_STATES) - reached, np.ones(_STATES))
    return float(lengths[_STATES // 2])
