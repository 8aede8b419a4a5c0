"""How well a score puts what is wrong above what is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attending.assurance.measures.arrays import UNDEFINED, Flags, Numbers


def auroc(scores: Numbers, positive: Flags) -> float:
    """Area under the receiver operating characteristic.

    Meaning: how often a positive item scores above a negative one, ties counted half.
    Formula: (sum of the positives' mid-ranks - P(P+1)/2) / (P * N).
    Source: Hanley and McNeil 1982; the Mann-Whitney statistic. 0..1, 0.5 is chance;
    undefined (nan) without both classes.
    """
    count = int(positive.sum())
    others = len(positive) - count
    if not count or not others:
        return UNDEFINED
    ranked = float(_mid_ranks(scores)[positive].sum())
    return (ranked - count * (count + 1) / 2) / (count * others)


def average_precision(scores: Numbers, positive: Flags) -> float:
    """Area under the precision-recall steps.

    Meaning: the precision at each recall that is reached, weighed by the recall gained.
    Formula: sum over distinct thresholds, falling, of (R_n - R_{n-1}) * P_n.
    Source: Zhu 2004; without interpolation, as in most toolkits. nan without positives.
    """
    total = int(positive.sum())
    if not total:
        return UNDEFINED
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(positive[order])
    last = np.append(np.diff(scores[order]) != 0, True)  # the end of each run of ties
    at = np.flatnonzero(last)
    precision = hits[at] / (at + 1)
    gained = np.diff(np.concatenate([[0], hits[at]])) / total
    return float((precision * gained).sum())


@dataclass(frozen=True)
class AtBudget:
    """``limit``: an item is flagged if its score is above it. ``flagged``: share of clean items."""

    recall: float
    limit: float
    flagged: float


def recall_at_budget(wrong: Numbers, clean: Numbers, budget: float) -> AtBudget:
    """Recall of what is wrong while at most a share of what is right is flagged.

    Meaning: of the errors, how many a reader is shown who accepts that budget of false flags.
    Formula: with the clean scores falling, limit = the (floor(budget * N) + 1)-th; recall =
    share of the errors' scores above it. Ties at the limit are not flagged, so that the
    budget holds exactly. Source: sensitivity at fixed specificity (Pepe 2003).
    budget: 0..1. nan without errors, or without clean items.
    """
    if not len(wrong) or not len(clean):
        return AtBudget(UNDEFINED, UNDEFINED, UNDEFINED)
    allowed = int(np.floor(budget * len(clean) + 1e-9))
    falling = np.sort(clean)[::-1]
    limit = float(falling[allowed]) if allowed < len(clean) else float("-inf")
    return AtBudget(float((wrong > limit).mean()), limit, float((clean > limit).mean()))


def roc_points(scores: Numbers, positive: Flags) -> tuple[tuple[float, float], ...]:
    """The curve behind ``auroc``: (share of negatives, share of positives) at or above each score."""
    count = int(positive.sum())
    others = len(positive) - count
    if not count or not others:
        return ()
    order = np.argsort(-scores, kind="stable")
    at = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    true = np.cumsum(positive[order])[at] / count
    false = np.cumsum(~positive[order])[at] / others
    return ((0.0, 0.0), *((float(x), float(y)) for x, y in zip(false, true, strict=True)))


def _mid_ranks(scores: Numbers) -> Numbers:
    """Ranks from 1; equal scores share the mean of theirs."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middle: Numbers = (ends - (counts - 1) / 2).astype(np.float64)
    return middle[place]
