"""Halves and the control chart, each against something that was worked out elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from attending.learning.chart import ALLOWED, BASELINE, WEIGHT, Scale, chart, run_length, width
from attending.learning.comparison import halves, mann_whitney


def test_mann_whitney_as_the_books_have_it() -> None:
    # By hand: U, its variance with the correction for ties, and for continuity.
    assert mann_whitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]) == pytest.approx(0.012185780, abs=1e-8)
    assert mann_whitney([1, 1, 2, 3], [1, 2, 2, 4]) == pytest.approx(0.6489418, abs=1e-6)
    assert mann_whitney([1, 1], [1, 1]) == 1.0


def test_halves_of_a_change_and_of_none() -> None:
    changed = halves([0.0, 0.1, 0.2, 0.1] * 6 + [0.8, 0.9, 1.0, 0.9] * 6)
    assert changed is not None
    assert changed.difference == pytest.approx(0.8)
    assert 0.7 < changed.low < changed.difference < changed.high < 0.9
    assert changed.p < 0.001
    still = halves([0.0, 0.1, 0.2, 0.1] * 12)
    assert still is not None
    assert still.low < 0 < still.high
    assert still.p > 0.5
    assert halves([1.0, 2.0, 3.0]) is None
    assert halves([0.0, 0.1, 0.2, 0.1] * 12) == still  # the same figures twice


@pytest.mark.parametrize(
    ("weight", "times"), [(0.4, 3.054), (0.25, 2.998), (0.2, 2.962), (0.1, 2.814), (0.05, 2.615)]
)
def test_run_lengths_are_those_that_were_published(weight: float, times: float) -> None:
    """Lucas and Saccucci (1990): limits, in deviations of the average, that are left once in 500."""
    limit = times * (weight / (2 - weight)) ** 0.5
    assert run_length(limit, weight) == pytest.approx(500, rel=0.05)


def test_a_smaller_baseline_has_wider_limits() -> None:
    assert width(ALLOWED, 20) > width(ALLOWED, 50) > width(ALLOWED, 1000)
    ideal = 2.814 * (WEIGHT / (2 - WEIGHT)) ** 0.5
    assert width(1 / 500, 100_000) == pytest.approx(ideal, rel=0.01)


Draw = Callable[[np.random.Generator, int], np.ndarray]
PROCESSES: dict[str, Draw] = {
    "normal": lambda chance, n: chance.normal(size=n),
    "skewed": lambda chance, n: chance.exponential(size=n),
    "shares": lambda chance, n: chance.beta(8, 1, size=n),
    "yes or no": lambda chance, n: (chance.random(n) < 0.3).astype(float),
}


def rate(draw: Draw, baseline: int, *, repeats: int = 120, length: int = 300) -> float:
    chance, alarms = np.random.default_rng(1), 0
    for _ in range(repeats):
        made = chart(draw(chance, baseline + length).tolist(), baseline)
        assert made is not None
        alarms += len(made.alarms)
    return alarms / (repeats * length)


@pytest.mark.parametrize("baseline", [BASELINE, 100])
@pytest.mark.parametrize("process", PROCESSES)
def test_false_alarms_are_about_those_that_were_allowed(process: str, baseline: int) -> None:
    """By simulation: baselines are drawn, too, and the values are not normal."""
    assert 0.3 * ALLOWED < rate(PROCESSES[process], baseline) < 1.8 * ALLOWED


def test_a_change_is_seen_soon() -> None:
    chance = np.random.default_rng(2)
    seen = []
    for _ in range(40):
        before, after = chance.normal(size=60), chance.normal(1.0, size=60)
        made = chart([*before.tolist(), *after.tolist()], 60)
        assert made is not None
        seen.append(made.alarms[0] if made.alarms else 60)
    assert np.median(seen) < 20


def test_too_few_notes_have_no_chart() -> None:
    assert chart([1.0] * 100, BASELINE - 1) is None
    made = chart([1.0] * 100, BASELINE)
    assert made is not None
    assert made.alarms == ()


def test_a_score_is_of_the_middle_rank() -> None:
    scale = Scale((1.0, 2.0, 2.0, 3.0))
    assert scale.score(2.0) == pytest.approx(0.0)
    assert scale.score(1.0) == pytest.approx(-scale.score(3.0))
