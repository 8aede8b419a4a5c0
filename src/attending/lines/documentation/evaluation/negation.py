"""Negation and time of findings in report sentences (the NegEx and ConText sets)."""

from __future__ import annotations

from functools import partial

from attending.assurance.columns import Columns, Row
from attending.assurance.evaluation import Drawing, Gauge, Reading, Request, Trial
from attending.assurance.measures.classes import Hits, accuracy, hits, macro_f1
from attending.assurance.offers import Offers
from attending.lines.documentation.context import Assertion, assertion
from attending.lines.documentation.evaluation import formats, subjects
from attending.lines.documentation.evaluation.formats import Record
from attending.lines.documentation.evaluation.subjects import Here

FORMAT = "sentences"
NEGATED, HISTORICAL = "Negated", "Historical"
KNOWN = ("JSON lines {concept, sentence, negation, temporality}",)


class NegationTask:
    """Asks the check set, of each sentence, what it asserts of its concept."""

    name: str = "negation"

    def __init__(self, here: Here) -> None:
        self.offers = Offers((here.checks,))

    @property
    def version(self) -> str:
        return subjects.scoring_version()

    def open(self, request: Request) -> Trial:
        subjects.turned_off(request.off, ())
        offer = self.offers.chosen(request.subject, request.registered)
        files = formats.tables(request.dataset)
        found = formats.holding(files, "concept", "sentence", "negation")
        if not found:
            raise formats.refused(request.dataset, files, KNOWN)
        sentences = {
            f"{index}-{record.get('id', '')}": record
            for index, record in enumerate(formats.records(found[0]))
        }
        return Trial(
            task=self.name,
            format=FORMAT,
            split=formats.split_of(found[0].name),
            version=subjects.scoring_version(),
            subject=offer.subject,
            files=found[:1],
            beside=(),
            items=tuple(sentences),
            score=partial(_scored, sentences),
            reading=NegationReading(),
        )

    def reading(self, format_: str) -> Reading:
        del format_
        return NegationReading()


def _scored(sentences: dict[str, Record], item: str) -> tuple[Row, ...]:
    record = sentences[item]
    said: Assertion = assertion(str(record["sentence"]), str(record["concept"]))
    return (
        {
            "row": "0",
            "group": item,
            "negated": record["negation"] == NEGATED,
            "said_negated": said.negated,
            "time": str(record.get("temporality") or ""),
            "said_time": str(said.temporality),
        },
    )


class NegationReading:
    """F1 of what is denied; F1 of what is past, and over all classes of time."""

    def prepared(self, scores: Columns) -> Columns:
        return scores

    def gauges(self, scores: Columns) -> tuple[Gauge, ...]:
        negated = (
            Gauge("negation-f1", lambda s: _negation(s).f1, _denied),
            Gauge("negation-precision", lambda s: _negation(s).precision, _denied),
            Gauge("negation-recall", lambda s: _negation(s).recall, _denied),
        )
        if not scores.kinds("time"):
            return negated
        return (
            *negated,
            Gauge("temporality-f1", lambda s: _past(s).f1, _history),
            Gauge("temporality-precision", lambda s: _past(s).precision, _history),
            Gauge("temporality-recall", lambda s: _past(s).recall, _history),
            Gauge(
                "temporality-macro-f1", lambda s: macro_f1(s.texts("said_time"), s.texts("time"))
            ),
            Gauge(
                "temporality-accuracy", lambda s: accuracy(s.texts("said_time"), s.texts("time"))
            ),
        )

    def drawings(self, scores: Columns) -> tuple[Drawing, ...]:
        del scores
        return ()


def _negation(scores: Columns) -> Hits:
    return hits(scores.flags("said_negated"), scores.flags("negated"))


def _past(scores: Columns) -> Hits:
    return hits(scores.texts("said_time") == HISTORICAL, scores.texts("time") == HISTORICAL)


def _denied(scores: Columns) -> int:
    return int(scores.flags("negated").sum())


def _history(scores: Columns) -> int:
    return int((scores.texts("time") == HISTORICAL).sum())
