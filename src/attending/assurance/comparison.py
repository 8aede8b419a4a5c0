"""Two evaluations of the same data side by side: which is better, and is that sure?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attending.assurance.columns import Columns, Row, columns
from attending.assurance.evaluation import Gauge, Reading
from attending.assurance.measures.arrays import Indices
from attending.assurance.measures.intervals import draws, percentile_interval
from attending.assurance.result import Measure, Result
from attending.core.errors import InvalidInput


@dataclass(frozen=True)
class Difference:
    """One measure of A and of B. low, high: of A minus B, 95 %.

    paired: drawn from the same items; else the intervals of both are set against each other.
    better: "A" or "B" if the difference lies beyond its interval, else "".
    """

    measure: str
    first: Measure
    second: Measure
    low: float
    high: float
    paired: bool
    better: str

    @property
    def value(self) -> float:
        return self.first.value - self.second.value


def comparable(first: Result, second: Result) -> None:
    """Raises InvalidInput unless both are of one task and of the same content."""
    if (first.task, first.format) != (second.task, second.format):
        raise InvalidInput(
            f"The one is a result of {first.task}, the other of {second.task}.",
            remedy="Compare two results of the same task, over the same kind of data.",
        )
    if first.digest != second.digest:
        raise InvalidInput(
            "The two were not evaluated on the same data.",
            remedy="Evaluate both over one dataset; its digest says that it is the same.",
        )


def paired(
    results: tuple[Result, Result], rows: tuple[Sequence[Row], Sequence[Row]], reading: Reading
) -> tuple[Difference, ...]:
    """Every measure that both have, by bootstrap over the items that both scored."""
    one, other = _aligned(*rows)
    first, second = reading.prepared(columns(one)), reading.prepared(columns(other))
    both = results[0].measures.keys() & results[1].measures.keys()
    gauges = [gauge for gauge in reading.gauges(first) if gauge.name in both]
    drawn = draws(
        lambda chosen: _differences(gauges, first, second, chosen),
        [str(group) for group in first.texts("group")],
    )
    return tuple(
        _difference(results, gauge.name, percentile_interval(drawn[:, index]), paired=True)
        for index, gauge in enumerate(gauges)
    )


def unpaired(results: tuple[Result, Result]) -> tuple[Difference, ...]:
    """Of two documents alone: the widest difference that both intervals leave possible."""
    first, second = results
    return tuple(
        _difference(results, name, (one.low - other.high, one.high - other.low), paired=False)
        for name, one in first.measures.items()
        if (other := second.measures.get(name))
    )


def _aligned(one: Sequence[Row], other: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    mine = {(str(row["item"]), str(row["row"])): row for row in one}
    theirs = {(str(row["item"]), str(row["row"])): row for row in other}
    keys = [key for key in mine if key in theirs]
    if not keys:
        raise InvalidInput("The two have no scored item in common.")
    return [mine[key] for key in keys], [theirs[key] for key in keys]


def _differences(
    gauges: Sequence[Gauge], first: Columns, second: Columns, chosen: Indices
) -> list[float]:
    one, other = first.take(chosen), second.take(chosen)
    return [gauge.read(one) - gauge.read(other) for gauge in gauges]


def _difference(
    results: tuple[Result, Result], name: str, interval: tuple[float, float], *, paired: bool
) -> Difference:
    low, high = interval
    first, second = (result.measures[name] for result in results)
    direction = {"higher": 1, "lower": -1}.get(results[0].better.get(name, ""), 0)
    sure = 0 if np.isnan(low) or low <= 0 <= high else int(np.sign(low))
    better = {1: "A", -1: "B"}.get(direction * sure, "")
    return Difference(name, first, second, low, high, paired, better)
