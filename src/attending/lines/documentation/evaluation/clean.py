"""What a clinician meets on a note that is right: the findings of all checks, as on the page.

The note is a person's, presented as a draft (``drafted``). What people wrote is not always
right, so that some of what is met is true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from attending.assurance.columns import Columns, Row
from attending.assurance.evaluation import Gauge
from attending.assurance.measures.arrays import UNDEFINED
from attending.core.draft import Severity
from attending.core.line import Check
from attending.lines.documentation.evaluation.drafted import modelled
from attending.lines.documentation.evaluation.drafting import rendition_of
from attending.lines.documentation.evaluation.notes import Line
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.rendition import from_json
from attending.loop.guard import guard

_PATIENCE = timedelta(minutes=10)  # for one check: nobody waits, and the machine may be busy
_ALL, _TO_OPEN = "met", "to-open"
_BY = "met/"  # before a check's name


def met(lines: Sequence[Line], turns: Sequence[Turn], checks: Sequence[Check]) -> Row:
    """How many findings all checks make, how many of them are to be opened, and each check's.

    Nothing without checks.
    """
    if not checks:
        return {}
    rendition = rendition_of(turns)
    draft = modelled(lines, from_json(rendition)).draft
    found = guard(checks, rendition, draft, limit=_PATIENCE).findings
    counted = Counter(finding.check for finding in found)
    serious = sum(finding.severity is Severity.SERIOUS for finding in found)
    return {
        _ALL: float(len(found)),
        _TO_OPEN: float(serious),
        **{f"{_BY}{check.name}": float(counted[check.name]) for check in checks},
    }


def gauges(scores: Columns) -> tuple[Gauge, ...]:
    """In the mean of clean notes; none where no check was asked."""
    if _ALL not in scores.values:
        return ()
    named = {
        "all-findings-per-clean-note": _ALL,
        "to-open-per-clean-note": _TO_OPEN,
        **{
            f"all-findings-per-clean-note/{column.removeprefix(_BY)}": column
            for column in scores.values
            if column.startswith(_BY)
        },
    }
    return tuple(
        Gauge(name, partial(_mean, column), _notes, better="lower")
        for name, column in named.items()
    )


def _mean(column: str, scores: Columns) -> float:
    """Of the notes: the first row of each. A note that is drawn twice counts twice."""
    counts = scores.numbers(column)[scores.flags("first")]
    return float(counts.mean()) if len(counts) else UNDEFINED


def _notes(scores: Columns) -> int:
    return int(scores.flags("first").sum())
