"""What a budget costs: the share of errors found under it, makers of errors weighing alike."""

from __future__ import annotations

import numpy as np

from attending.lines.documentation.fidelity.fitting.budgets import found_within
from attending.lines.documentation.fidelity.fitting.examples import CLEAN, Example


def example(maker: str, kind: str) -> Example:
    return Example("v", "plan", "Rest.", kind, maker)


def test_counted_by_hand() -> None:
    examples = [
        example("seeded", "number"), example("seeded", "number"), example("seeded", "side"),
        example("seeded", "side"), example("own", "word"), example("own", CLEAN),
    ]  # fmt: skip
    doubts = np.asarray([0.9, 0.6, 0.2, 0.1, 0.6, 0.9])
    found = found_within(examples, doubts, {1.0: 0.9, 2.0: 0.6, 5.0: 0.15})
    assert found == {"1.0": 0.125, "2.0": 0.75, "5.0": 0.875}


def test_without_errors_nothing_is_found() -> None:
    assert found_within([example("own", CLEAN)], np.asarray([0.9]), {1.0: 0.5}) == {"1.0": 0.0}
