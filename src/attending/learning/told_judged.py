"""A large judge's report as a document, and in words. No text of any note stands in either."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from attending.learning.judged import Beside, Figure, JudgeReport
from attending.learning.recalibration import LEAST, LEAST_OF_EACH, Recalibration

NOTHING = (
    "No verdict of a large judge is kept here. Name its endpoint for the inference process "
    "(ATTENDING_JUDGE_ENDPOINT, ATTENDING_JUDGE_MODEL), and the share of statements that it "
    "looks at (ATTENDING_JUDGE_SHARE): its verdicts on drafts stand here from then on."
)


def judge_document(made: Iterable[JudgeReport], since: datetime) -> dict[str, Any]:
    """For ``--json``; a figure of nothing is null."""
    return {"since": since.isoformat(), "reports": [_report(each) for each in made]}


def suggestion(made: JudgeReport) -> str:
    """What a recalibration would do; it is never done by itself."""
    found = made.suggested
    if found is None:
        return (
            f"Too few for a recalibration: it needs {LEAST} statements, and {LEAST_OF_EACH} each "
            "that the judge doubts and that it does not."
        )
    if not found.is_needed:
        return f"The doubt needs no recalibration, as far as {found.n} statements show."
    return _suggested(found)


def _suggested(found: Recalibration) -> str:
    return (
        f"Recalibrated to the judge: slope {_three(found.slope)}, intercept "
        f"{_three(found.intercept)}, by {found.n} statements. Calibration error "
        f"{found.ece:.3f}, then {found.ece_after:.3f} on the same statements; flags at a doubt of "
        f"{found.warns_from:.2f}: {found.before}, then {found.after}. Nothing was changed."
    )


def _three(value: tuple[float, float, float]) -> str:
    return f"{value[0]:.2f} ({value[1]:.2f} to {value[2]:.2f})"


def shown(figure: Figure) -> str:
    """As "0.91 (0.85 to 0.96)"; "–" for a figure of nothing."""
    if math.isnan(figure.value):
        return "–"
    if math.isnan(figure.low):
        return f"{figure.value:.2f}"
    return _three((figure.value, figure.low, figure.high))


def _report(made: JudgeReport) -> dict[str, Any]:
    return {
        "judge": made.judge,
        "score": made.score,
        "rows": [_row(each) for each in made.rows],
        "bins": [asdict(each) for each in made.bins],
        "checks": {
            name: {**asdict(each), "precision": _held(each.precision), "recall": _held(each.recall)}
            for name, each in made.checks.items()
        },
        "recalibration": asdict(made.suggested) if made.suggested else None,
        "suggestion": suggestion(made),
    }


def _row(each: Beside) -> dict[str, Any]:
    return {
        "kind": str(each.kind),
        "of": each.of,
        "n": each.n,
        "doubted": each.doubted,
        "warned": each.warned,
        "missed": each.missed,
        **{
            name: {"value": _held(f.value), "low": _held(f.low), "high": _held(f.high)}
            for name, f in each.figures.items()
        },
    }


def _held(value: float) -> float | None:
    return None if math.isnan(value) else value
