"""The guard: a task whose dataset says by its form what is asked."""

from __future__ import annotations

from attending.assurance.evaluation import Reading, Request, Trial
from attending.core.support import SupportModel
from attending.lines.documentation.evaluation import (
    formats,
    judging,
    published,
    recordings,
    seeded,
    subjects,
    summaries,
    vitals,
)

KNOWN = (
    "seeded errors as JSON [{encounter_id, source, sentences, errors}]",
    "scored summaries as CSV (Dialogue, Automatic Summary) with manual scores",
    "notes as CSV (encounter_id, note), or a folder of such files, one a system",
    "a folder of notes (JSON) and TextGrids with recognisers' texts",
    "phrases as JSON lines {text, implausible}",
)
_READINGS: dict[str, Reading] = {
    seeded.FORMAT: seeded.SeededReading(),
    summaries.FORMAT: summaries.SummariesReading(),
    published.FORMAT: published.PublishedReading(),
    recordings.FORMAT: recordings.RecordingsReading(),
    vitals.FORMAT: vitals.PhrasesReading(),
}


class GuardTask:
    """Scores every sentence that a guard judges; ``support`` is the shipped guard's model."""

    name: str = "guard"
    subjects: tuple[str, ...] = judging.SUBJECTS

    def __init__(self, support: SupportModel | None) -> None:
        self._support = support

    @property
    def version(self) -> str:
        return subjects.scoring_version()

    def open(self, request: Request) -> Trial:
        files = formats.tables(request.dataset)
        jury = judging.jury(request.subject, self._support, request.off)
        if visits := recordings.recorded(request):
            return recordings.trial(request, visits, jury)
        if found := formats.holding(files, *seeded.FIELDS):
            return seeded.trial(request, found[0], jury)
        if found := formats.holding(files, *summaries.FIELDS):
            return summaries.trial(request, found[0], jury)
        for fields in published.FIELDS:
            if found := formats.holding(files, *fields):
                return published.trial(request, found, jury)
        if found := formats.holding(files, *vitals.FIELDS):
            return vitals.trial(request, found[0])
        raise formats.refused(request.dataset, files, KNOWN)

    def reading(self, format_: str) -> Reading:
        return _READINGS[format_]
