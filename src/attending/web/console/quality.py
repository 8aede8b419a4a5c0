"""How well drafts do, as reviews show it: for a safety officer, in numbers and pictures.

Nothing of any note's text stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response

from attending.core.ports import Unit
from attending.learning import told_judged
from attending.learning.chart import ALLOWED, BASELINE
from attending.learning.judged import JudgeReport, judge_reports
from attending.learning.outcomes import MEASURES, WHOLE, Measure
from attending.learning.series import Kind, Series, series
from attending.learning.told import verdict
from attending.web.console.pages import page_router
from attending.web.console.plots import Plot, plot
from attending.web.console.visit import Officer, Visit

router = page_router("/quality")
NOTES = 1_000  # that the page reads at most, the latest
STATEMENTS = 2_000  # that a large judge looked at, likewise
REPEATS = 200  # of the bootstrap, while somebody waits; `attending learn judge` draws more
PERIODS = (30, 90, 365)  # days
Days = Annotated[Literal["30", "90", "365"], Query()]
Model = Annotated[str, Query(max_length=300)]


@dataclass(frozen=True)
class Row:
    series: Series
    measure: Measure
    title: str
    verdict: str
    plot: Plot


@dataclass(frozen=True)
class QualityPage:
    """model: the one that is shown. rows: of its series, by what they are of."""

    days: int
    notes: int
    all_notes: bool
    models: tuple[str, ...]
    model: str
    rows: Mapping[Kind, tuple[Row, ...]]
    judged: tuple[JudgeReport, ...]
    one_in: int = round(1 / ALLOWED)
    begins: int = 2 * BASELINE
    periods: tuple[int, ...] = PERIODS

    @property
    def whole(self) -> list[Row]:
        return [row for row in self.rows[Kind.SECTION] if row.series.of == WHOLE]

    @property
    def sections(self) -> list[Row]:
        return [row for row in self.rows[Kind.SECTION] if row.series.of != WHOLE]

    @property
    def changed(self) -> list[Row]:
        return [row for rows in self.rows.values() for row in rows if row.series.alarms]


@router.get("")
def show_quality(visit: Officer, days: Days = "90", model: Model = "") -> Response:
    made = visit.desk.read(lambda unit, _by: _page(visit, unit, int(days), model))
    return visit.page("quality.html", page=made, told=told_judged)


def _page(visit: Visit, unit: Unit, days: int, wanted: str) -> QualityPage:
    since = datetime.now(UTC) - timedelta(days=days)
    notes = unit.learning.reviewed(since, NOTES)
    made = series(notes)
    models = tuple(sorted({each.model for each in made}))
    model = wanted if wanted in models else (models[-1] if models else "")
    names = {**_names(visit), **{s.key: s.title for note in notes for s in note.sections}}
    shown = [each for each in made if each.model == model]
    judged = unit.learning.judged(since, STATEMENTS)
    return QualityPage(
        days=days,
        notes=len(notes),
        all_notes=len(notes) < NOTES,
        models=models,
        model=model,
        rows={
            kind: tuple(_row(each, names) for each in shown if each.kind is kind) for kind in Kind
        },
        judged=judge_reports(judged, REPEATS),
    )


def _row(each: Series, names: Mapping[str, str]) -> Row:
    title = "The note" if each.of == WHOLE else names.get(each.of, each.of.replace("_", " "))
    return Row(each, MEASURES[each.measure], title, verdict(each), plot(each))


def _names(visit: Visit) -> Mapping[str, str]:
    """Of the checks, as they are called."""
    lines = visit.desk.parts.loop.lines.values()
    return {check.name: check.card.title for line in lines for check in line.checks}
