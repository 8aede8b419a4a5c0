"""The guard: a task whose dataset says by its form what is asked."""

from __future__ import annotations

from attending.assurance.evaluation import Reading, Request, Trial
from attending.assurance.offers import Offers
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
from attending.lines.documentation.evaluation.subjects import Here

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
    """Scores every sentence of a note: the check set, the judge alone, or a plain peer."""

    name: str = "guard"

    def __init__(self, here: Here) -> None:
        self._here = here
        self.offers = Offers((here.checks, *here.judges, subjects.peer(judging.LEXICAL)))

    @property
    def version(self) -> str:
        return subjects.scoring_version()

    def open(self, request: Request) -> Trial:
        files = formats.tables(request.dataset)
        jury = judging.jury(
            self.offers.chosen(request.subject, request.registered), self._here, request.off
        )
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
            return vitals.trial(request, found[0], jury)
        raise formats.refused(request.dataset, files, KNOWN)

    def reading(self, format_: str) -> Reading:
        return _READINGS[format_]
