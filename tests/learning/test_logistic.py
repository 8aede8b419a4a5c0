"""Logistic regression over features that hold or not."""

from __future__ import annotations

import numpy as np

from attending.learning.logistic import ALWAYS, design, fit, held_by, probabilities

_ITEMS = [[ALWAYS, "a"]] * 6 + [[ALWAYS, "b"]] * 6
_LABELS = np.array([True] * 5 + [False] + [False] * 5 + [True])


def test_a_feature_that_tells_gets_the_share_of_its_labels() -> None:
    columns = design(_ITEMS, [str(index) for index in range(12)], least=2)
    rows = columns.matrix(_ITEMS)
    weights = fit(rows, _LABELS, held_by(columns.columns, 1e-6))
    assert np.allclose(probabilities(rows @ weights), [5 / 6] * 6 + [1 / 6] * 6, atol=1e-3)


def test_held_strongly_the_weights_stay_where_they_began() -> None:
    columns = design(_ITEMS, [str(index) for index in range(12)], least=2)
    begin = np.array([2.0 if name == "b" else 0.0 for name in columns.columns])
    held = np.full(len(columns.columns), 1e6)
    assert np.allclose(fit(columns.matrix(_ITEMS), _LABELS, held, begin), begin, atol=1e-3)


def test_a_feature_of_one_group_is_no_column_and_is_ignored() -> None:
    columns = design([["rare", "often"], ["rare", "often"], ["often"]], ["x", "x", "y"], least=2)
    assert set(columns.columns) == {"often"}
    assert columns.matrix([["rare"]]).tolist() == [[0.0]]
