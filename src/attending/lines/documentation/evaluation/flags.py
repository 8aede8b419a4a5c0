"""How well a guard tells wrong sentences from right ones: the gauges that its tasks share.

The scores hold ``doubt``, ``flagged``, ``wrong``, and ``type`` where something is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from attending.assurance.columns import Columns
from attending.assurance.evaluation import Drawing, Gauge
from attending.assurance.measures.arrays import UNDEFINED, Flags
from attending.assurance.measures.calibration import brier, ece, reliability
from attending.assurance.measures.intervals import draws, percentile_interval
from attending.assurance.measures.ranking import (
    auroc,
    average_precision,
    recall_at_budget,
    roc_points,
)

BUDGETS = (5, 10)  # percent of the clean sentences
SUBGROUPS = ("sex", "age")
SECTION = "section"  # of the note, in which a sentence stands
_ONE = 1


def whole() -> tuple[Gauge, ...]:
    """Over all sentences: ranking, calibration, recall at a budget and as shipped."""
    wrong = partial(_share, "wrong")
    return (
        *(_at_budget(budget, "", _wrong) for budget in BUDGETS),
        Gauge("recall", partial(_flagged, _wrong), wrong),
        Gauge("flag-rate", partial(_flagged, _clean), _cleans, better="lower"),
        Gauge("findings-per-clean-note", _findings_a_note, _notes, better="lower"),
        Gauge("auroc", lambda s: auroc(s.numbers("doubt"), s.flags("wrong"))),
        Gauge("average-precision", lambda s: average_precision(s.numbers("doubt"), _wrong(s))),
        Gauge("ece", lambda s: ece(s.numbers("doubt"), s.flags("wrong")), better="lower"),
        Gauge("brier", lambda s: brier(s.numbers("doubt"), s.flags("wrong")), better="lower"),
    )


def by_type(scores: Columns) -> tuple[Gauge, ...]:
    """Recall of each type of error, its clean sentences those of all."""
    found = []
    for kind in scores.kinds("type"):
        among = partial(_of, "type", kind)
        found += [_at_budget(budget, f"/{kind}", among) for budget in BUDGETS]
        found.append(Gauge(f"recall/{kind}", partial(_flagged, among), partial(_size, among)))
    return tuple(found)


def by_subgroup(scores: Columns) -> tuple[Gauge, ...]:
    """Recall and flags as shipped, and recall at the first budget, by who the patient is, and
    by the file that the visits come from, where there are several.
    """
    found = []
    several = [c for c in ("source",) if len(scores.kinds(c)) > _ONE]
    for column in (*SUBGROUPS, *several):
        for value in scores.kinds(column):
            inside = partial(_of, column, value)
            wrong, clean = partial(_both, inside, _wrong), partial(_both, inside, _clean)
            name = f"/{column}:{value}"
            found += [
                _at_budget(BUDGETS[0], name, wrong),
                Gauge(f"recall{name}", partial(_flagged, wrong), partial(_size, wrong)),
                Gauge(f"flag-rate{name}", partial(_flagged, clean), partial(_size, clean), "lower"),
            ]
    return tuple(found)


def by_section(scores: Columns) -> tuple[Gauge, ...]:
    """Recall and flags as shipped, by the section of the note that a sentence stands in."""
    found = []
    for value in scores.kinds(SECTION):
        inside = partial(_of, SECTION, value)
        wrong, clean = partial(_both, inside, _wrong), partial(_both, inside, _clean)
        name = f"/{SECTION}:{value}"
        found += [
            Gauge(f"recall{name}", partial(_flagged, wrong), partial(_size, wrong)),
            Gauge(f"flag-rate{name}", partial(_flagged, clean), partial(_size, clean), "lower"),
        ]
    return tuple(found)


def drawings(scores: Columns) -> tuple[Drawing, ...]:
    """Recall by type, the reliability diagram, the curve."""
    gauges = [g for g in by_type(scores) if g.name.startswith(f"recall-at-{BUDGETS[0]}/")]
    bins = reliability(scores.numbers("doubt"), scores.flags("wrong"))
    return (
        bars(f"Recall at {BUDGETS[0]} % flagged clean sentences, by type of error", gauges, scores),
        Drawing(
            "reliability",
            "Reliability of the doubt",
            points=tuple((each.said, each.true, float(each.count)) for each in bins),
        ),
        Drawing(
            "roc",
            "Wrong sentences against clean ones",
            points=roc_points(scores.numbers("doubt"), scores.flags("wrong")),
        ),
    )


def bars(title: str, gauges: list[Gauge], scores: Columns) -> Drawing:
    """A bar for each gauge, named by what follows the slash."""
    if not gauges:
        return Drawing("bars", title)
    drawn = draws(
        lambda chosen: [gauge.read(scores.take(chosen)) for gauge in gauges],
        [str(group) for group in scores.texts("group")],
        repeats=200,
    )
    return Drawing(
        "bars",
        title,
        tuple(gauge.name.partition("/")[2] for gauge in gauges),
        tuple(
            (gauge.read(scores), *percentile_interval(drawn[:, index]))
            for index, gauge in enumerate(gauges)
        ),
    )


Among = Callable[[Columns], Flags]


def _at_budget(budget: int, suffix: str, among: Among) -> Gauge:
    return Gauge(
        f"recall-at-{budget}{suffix}", partial(_recall, budget / 100, among), partial(_size, among)
    )


def _recall(budget: float, among: Among, scores: Columns) -> float:
    doubts = scores.numbers("doubt")
    return recall_at_budget(doubts[among(scores)], doubts[_clean(scores)], budget).recall


def _flagged(among: Among, scores: Columns) -> float:
    kept = among(scores)
    return float(scores.flags("flagged")[kept].mean()) if kept.any() else UNDEFINED


def _findings_a_note(scores: Columns) -> float:
    """Flagged clean sentences, per note. A note that is drawn twice counts twice."""
    clean = _clean(scores)
    notes = scores.flags("first")[clean].sum()
    return float(scores.flags("flagged")[clean].sum() / notes) if notes else UNDEFINED


def _notes(scores: Columns) -> int:
    return int(scores.flags("first").sum())


def _wrong(scores: Columns) -> Flags:
    return scores.flags("wrong")


def _clean(scores: Columns) -> Flags:
    return ~scores.flags("wrong")


def _of(column: str, value: str, scores: Columns) -> Flags:
    inside: Flags = np.asarray(scores.texts(column) == value)
    return inside


def _both(one: Among, other: Among, scores: Columns) -> Flags:
    return one(scores) & other(scores)


def _size(among: Among, scores: Columns) -> int:
    return int(among(scores).sum())


def _share(column: str, scores: Columns) -> int:
    return int(scores.flags(column).sum())


def _cleans(scores: Columns) -> int:
    return int(_clean(scores).sum())
