"""What a budget of flags costs: how many errors are found under it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from attending.lines.documentation.fidelity.fitting.examples import CLEAN, Example
from attending.lines.documentation.fidelity.fitting.logistic import Floats


def found_within(
    examples: Sequence[Example], doubts: Floats, thresholds: Mapping[float, float]
) -> dict[str, float]:
    """By budget the share, 0..1, of wrong sentences that are flagged; makers of errors weigh alike.

    doubts: by a fit that did not see the sentence's visit.
    """
    by_maker: dict[str, list[float]] = defaultdict(list)
    for example, doubt in zip(examples, doubts, strict=True):
        if example.kind != CLEAN:
            by_maker[example.maker].append(float(doubt))
    return {
        str(budget): round(_mean([_share(found, at) for found in by_maker.values()]), 3)
        for budget, at in thresholds.items()
    }


def _share(doubts: Sequence[float], at: float) -> float:
    return _mean([float(doubt >= at) for doubt in doubts])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
