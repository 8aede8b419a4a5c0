"""Series as a document, and in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from attending.learning.chart import BASELINE
from attending.learning.series import Series


def document(made: Iterable[Series], notes: int, since: datetime, allowed: float) -> dict[str, Any]:
    """For ``--json``. No text of any note: numbers, times and the ids of cases."""
    return {
        "since": since.isoformat(),
        "notes": notes,
        "allowed_false_alarms": allowed,
        "series": [_series(each) for each in made],
    }


def _series(each: Series) -> dict[str, Any]:
    chart = each.chart
    return {
        "model": each.model,
        "kind": str(each.kind),
        "of": each.of,
        "measure": each.measure,
        "n": len(each.values),
        "mean": each.mean,
        "halves": asdict(each.halves) if each.halves else None,
        "chart": {
            "baseline": chart.baseline,
            "limit": chart.limit,
            "levels": [point.level for point in chart.points],
            "alarms": [{"case": a.case, "at": a.at.isoformat()} for a in each.alarms],
        }
        if chart
        else None,
        "values": [[v.at.isoformat(), v.value] for v in each.values],
    }


def verdict(each: Series) -> str:
    """What the control chart says."""
    if each.chart is None:
        return f"too few notes: it begins after {2 * BASELINE}"
    if not each.alarms:
        return "no change"
    first = each.alarms[0].at
    return f"changed since {first:%Y-%m-%d}"
