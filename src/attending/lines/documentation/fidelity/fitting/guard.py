"""Fits the combined score: which measures of a claim tell that it is wrong, and by how much."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from attending.lines.documentation.fidelity.combined import BUDGET, Combined
from attending.lines.documentation.fidelity.features import NAMES, vector
from attending.lines.documentation.fidelity.fitting.budgets import found_within
from attending.lines.documentation.fidelity.fitting.examples import CLEAN, Example
from attending.lines.documentation.fidelity.fitting.logistic import Floats, chances, fit

BUDGETS = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0)  # flags on a clean note
MOST_FLAGGED = 0.05  # of clean sentences, up to the usual budget
PREVALENCE = 0.10  # of sentences that are wrong, for which the doubt is calibrated
FOLDS = 5
RIDGE = 0.03
_BINS = 10


@dataclass(frozen=True)
class Row:
    """An example with what was measured of it."""

    example: Example
    features: Mapping[str, float]


def fitted(rows: Sequence[Row], facts: Mapping[str, object]) -> tuple[Combined, Floats]:
    """The score, and of each row the doubt by a fit that saw nothing of its visit."""
    names = _names(rows)
    x, y, weight = _matrix(rows, names)
    held_out = np.empty(len(rows))
    fold = _folds(rows)
    for each in range(FOLDS):
        seen = fold != each
        found = fit(x[seen], y[seen], weight[seen], RIDGE)
        held_out[~seen] = chances(np.column_stack([x[~seen], np.ones((~seen).sum())]), found)
    whole = fit(x, y, weight, RIDGE)
    rounded = {name: round(float(w), 4) for name, w in zip(names, whole, strict=False)}
    weights = {name: weight for name, weight in rounded.items() if weight}
    kept = thresholds(rows, held_out)
    measures = {
        "ece": round(reliability_error(held_out, y, weight), 4),
        "recall": recalls(rows, held_out),
        "found": found_within([row.example for row in rows], held_out, kept),
    }
    combined = Combined(round(float(whole[-1]), 4), weights, kept, {**facts, **measures})
    return combined, held_out


def _names(rows: Sequence[Row]) -> list[str]:
    signals = {name for row in rows for name in row.features} - set(NAMES)
    return [*sorted(signals), *NAMES]


def _matrix(rows: Sequence[Row], names: Sequence[str]) -> tuple[Floats, Floats, Floats]:
    x = np.asarray([vector(row.features, names) for row in rows])
    y = np.asarray([float(row.example.kind != CLEAN) for row in rows])
    return x, y, _weights(rows)


def _weights(rows: Sequence[Row]) -> Floats:
    """Wrong sentences weigh as their prevalence; within them each maker's kinds alike.

    Makers weigh alike, and kinds of a maker by the root of their number, so that a rare kind
    is heard and does not rule.
    """
    groups = [(row.example.maker, row.example.kind) for row in rows]
    counted = Counter(groups)
    clean = sum(n for (_, kind), n in counted.items() if kind == CLEAN)
    roots: dict[str, float] = defaultdict(float)
    for (maker, kind), n in counted.items():
        if kind != CLEAN:
            roots[maker] += n**0.5
    wrong = clean * PREVALENCE / (1 - PREVALENCE) / len(roots)
    return np.asarray(
        [
            1.0 if kind == CLEAN else wrong * counted[maker, kind] ** -0.5 / roots[maker]
            for maker, kind in groups
        ]
    )


def _folds(rows: Sequence[Row]) -> Floats:
    visits = sorted({row.example.visit for row in rows})
    place = {visit: index % FOLDS for index, visit in enumerate(visits)}
    return np.asarray([place[row.example.visit] for row in rows])


def thresholds(rows: Sequence[Row], doubts: Floats) -> dict[float, float]:
    """By budget the least doubt that flags no more than that on a clean note, in the mean.

    Counted on whole notes; up to the usual budget no more than 5 % of their sentences.
    """
    clean = [
        (row.example.visit, doubt)
        for row, doubt in zip(rows, doubts, strict=True)
        if row.example.kind == CLEAN and row.example.whole
    ]
    ordered = sorted((doubt for _, doubt in clean), reverse=True)
    notes = len({visit for visit, _ in clean})
    found = {}
    for budget in BUDGETS:
        allowed = int(budget * notes)
        if budget <= BUDGET:
            allowed = min(allowed, int(MOST_FLAGGED * len(ordered)))
        at = ordered[min(allowed, len(ordered) - 1)]
        found[budget] = round(float(np.nextafter(at, 1.0)) + 1e-4, 4)
    return found


def recalls(rows: Sequence[Row], doubts: Floats) -> dict[str, float]:
    """By maker and kind, the share that is found where 5 % of the clean sentences are flagged."""
    clean = np.sort(
        [d for row, d in zip(rows, doubts, strict=True) if _of(row, CLEAN) and row.example.whole]
    )
    at = clean[::-1][int(MOST_FLAGGED * len(clean))]
    found: dict[str, list[bool]] = defaultdict(list)
    for row, doubt in zip(rows, doubts, strict=True):
        if not _of(row, CLEAN):
            found[row.example.maker].append(bool(doubt > at))
            found[f"{row.example.maker}: {row.example.kind}"].append(bool(doubt > at))
    return {name: round(sum(told) / len(told), 3) for name, told in sorted(found.items())}


def _of(row: Row, kind: str) -> bool:
    return row.example.kind == kind


def reliability_error(doubts: Floats, wrong: Floats, weight: Floats) -> float:
    """The expected calibration error: mean distance of doubt and share of wrong, ten bins."""
    return sum(
        abs(share_wrong - mean) * part
        for mean, share_wrong, part in reliability(doubts, wrong, weight)
    )


def reliability(
    doubts: Floats, wrong: Floats, weight: Floats
) -> Iterator[tuple[float, float, float]]:
    """Of each bin the mean doubt, the share of wrong, and its part of all."""
    places = np.minimum((doubts * _BINS).astype(int), _BINS - 1)
    for each in range(_BINS):
        mass = weight * (places == each)
        if mass.sum():
            yield (
                float(mass @ doubts / mass.sum()),
                float(mass @ wrong / mass.sum()),
                float(mass.sum() / weight.sum()),
            )
