"""Headers: which section of a note a stretch of conversation belongs to (MTS-Dialog)."""

from __future__ import annotations

from functools import partial

import numpy as np

from attending.assurance.columns import Columns, Row
from attending.assurance.evaluation import Drawing, Gauge, Reading, Request, Trial
from attending.assurance.measures.classes import accuracy, f1, macro_f1
from attending.assurance.offers import Offers
from attending.lines.documentation import headers
from attending.lines.documentation.evaluation import flags, formats, subjects
from attending.lines.documentation.evaluation.formats import Record

FORMAT = "dialogues-by-section"
KNOWN = ("CSV (section_header, dialogue)",)
FREQUENT = "most-frequent"


class HeadersTask:
    """Asks the shipped classifier; its peer says the most frequent section of all."""

    name: str = "headers"
    offers: Offers = Offers((subjects.peer("headers"), subjects.peer(FREQUENT)))

    @property
    def version(self) -> str:
        return subjects.scoring_version()

    def open(self, request: Request) -> Trial:
        subjects.turned_off(request.off, ())
        offer = self.offers.chosen(request.subject, request.registered)
        files = formats.tables(request.dataset)
        found = formats.holding(files, "section_header", "dialogue")
        if not found:
            raise formats.refused(request.dataset, files, KNOWN)
        rows = {str(index): record for index, record in enumerate(formats.records(found[0]))}
        return Trial(
            task=self.name,
            format=FORMAT,
            split=formats.split_of(found[0].name),
            version=subjects.scoring_version(),
            subject=offer.subject,
            files=found[:1],
            beside=(),
            items=tuple(rows),
            score=partial(_scored, rows, offer.name == FREQUENT),
            reading=HeadersReading(),
        )

    def reading(self, format_: str) -> Reading:
        del format_
        return HeadersReading()


def _scored(rows: dict[str, Record], plain: bool, item: str) -> tuple[Row, ...]:
    record, model = rows[item], headers.shipped()
    said = model.section("" if plain else str(record["dialogue"]))
    return ({"row": "0", "group": item, "true": str(record["section_header"]), "said": said},)


class HeadersReading:
    """Accuracy, macro-F1, and the F1 of each section."""

    def prepared(self, scores: Columns) -> Columns:
        return scores

    def gauges(self, scores: Columns) -> tuple[Gauge, ...]:
        return (
            Gauge("accuracy", lambda s: accuracy(s.texts("said"), s.texts("true"))),
            Gauge("macro-f1", lambda s: macro_f1(s.texts("said"), s.texts("true"))),
            *(
                Gauge(f"f1/{section}", partial(_f1, section), partial(_count, section))
                for section in scores.kinds("true")
            ),
        )

    def drawings(self, scores: Columns) -> tuple[Drawing, ...]:
        by_section = [g for g in self.gauges(scores) if g.name.startswith("f1/")]
        return (flags.bars("F1 of each section", by_section, scores),)


def _f1(section: str, scores: Columns) -> float:
    said, true = scores.texts("said") == section, scores.texts("true") == section
    return f1(np.asarray(said), np.asarray(true))


def _count(section: str, scores: Columns) -> int:
    return int((scores.texts("true") == section).sum())
