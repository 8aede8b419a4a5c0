"""Real hallucinations: automatic summaries that people scored (MTS-Dialog)."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from attending.assurance.columns import Columns, Row
from attending.assurance.evaluation import Drawing, Gauge, Request, Trial
from attending.assurance.measures.folds import out_of_fold
from attending.assurance.measures.ranking import auroc, average_precision, roc_points
from attending.core.errors import InvalidInput
from attending.lines.documentation.corpora.dialogues import turns_of
from attending.lines.documentation.evaluation import formats, subjects
from attending.lines.documentation.evaluation.formats import Record
from attending.lines.documentation.evaluation.judging import Jury
from attending.lines.documentation.evaluation.notes import lines_of
from attending.lines.documentation.fidelity.whole import whole

FORMAT = "scored-summaries"
FIELDS = ("Dialogue", "Automatic Summary")
SCORES = ("HallucinationRate", "OmissionRate")
FEATURES = ("highest", "unsaid", "words")


def trial(request: Request, file: Path, jury: Jury) -> Trial:
    """Raises InvalidInput: no scores beside it, or not a score for each summary."""
    near = formats.neighbours(request.dataset, request.beside)
    scored = formats.holding(near, *SCORES)
    if not scored:
        raise formats.missing("manual scores", request.dataset)
    summaries, people = formats.records(file), formats.records(scored[0])
    if len(summaries) != len(people):
        raise InvalidInput(
            f"{file.name} has {len(summaries)} summaries, {scored[0].name} {len(people)} scores.",
            remedy="Give both with a row for each summary, in the same order.",
        )
    pairs = {str(i): pair for i, pair in enumerate(zip(summaries, people, strict=True))}
    return Trial(
        task="guard",
        format=FORMAT,
        split=formats.split_of(file.name),
        version=subjects.scoring_version(),
        subject=jury.subject,
        aided=jury.aided,
        files=(file,),
        beside=scored[:1],
        items=tuple(pairs),
        score=partial(_scored, pairs, jury),
        reading=SummariesReading(),
    )


def _scored(pairs: dict[str, tuple[Record, Record]], jury: Jury, item: str) -> tuple[Row, ...]:
    summary, scores = pairs[item]
    dialogue, text = str(summary["Dialogue"]), str(summary["Automatic Summary"])
    written = [(line.section, line.text) for line in lines_of(text)]
    judged = jury.judge(written, turns_of(dialogue))
    jury.done()
    doubts = [each.doubt for each in judged] or [0.0]
    note = whole([each.flagged for each in judged], [each.surprise for each in judged])
    return (
        {
            "row": "0",
            "group": hashlib.sha256(dialogue.encode()).hexdigest()[:16],
            "wrong": float(scores["HallucinationRate"]) > 0,
            "omission": float(scores["OmissionRate"]),
            "highest": max(doubts),
            "unsaid": note.unsaid,
            "flagged": any(each.flagged for each in judged),
            "words": math.log1p(len(text.split())),
        },
    )


@dataclass(frozen=True)
class SummariesReading:
    """Summaries with a hallucination against those without.

    auroc: by the highest doubt of a sentence, and /unsaid: by how much of the summary nothing
    in the talk accounts for, nothing fitted. auroc-cross-validated: a small model of both and of
    the length, on dialogues that it was not fitted on, beside the same of length alone; the gain
    is drawn from the same summaries.
    """

    def prepared(self, scores: Columns) -> Columns:
        wrong = scores.flags("wrong")
        if not wrong.any() or wrong.all():
            return scores
        groups = [str(group) for group in scores.texts("group")]
        features = np.stack([scores.numbers(name) for name in FEATURES], axis=1)
        return scores.with_(
            fitted=out_of_fold(features, wrong, groups),
            length=out_of_fold(features[:, -1:], wrong, groups),
            doubts=out_of_fold(features[:, :-1], wrong, groups),
        )

    def gauges(self, scores: Columns) -> tuple[Gauge, ...]:
        fitted = (
            Gauge("auroc-cross-validated", partial(_auroc, "fitted")),
            Gauge("auroc-doubts-cross-validated", partial(_auroc, "doubts")),
            Gauge("auroc-length-cross-validated", partial(_auroc, "length")),
            Gauge("gain-over-length", partial(_gain, "fitted", "length")),
            Gauge("gain-over-length/doubts", partial(_gain, "doubts", "length")),
        )
        return (
            *(fitted if "fitted" in scores.values else ()),
            Gauge("auroc", partial(_auroc, "highest")),
            Gauge("auroc/unsaid", partial(_auroc, "unsaid")),
            Gauge("auroc-length", partial(_auroc, "words")),
            Gauge("gain-over-length/highest", partial(_gain, "highest", "words")),
            Gauge("gain-over-length/unsaid", partial(_gain, "unsaid", "words")),
            Gauge("average-precision", _precision, lambda s: int(s.flags("wrong").sum())),
            Gauge("recall", partial(_flagged, True), lambda s: int(s.flags("wrong").sum())),
            Gauge("flag-rate", partial(_flagged, False), lambda s: int((~s.flags("wrong")).sum()),
                  "lower"),
        )  # fmt: skip

    def drawings(self, scores: Columns) -> tuple[Drawing, ...]:
        points = roc_points(scores.numbers("highest"), scores.flags("wrong"))
        return (Drawing("roc", "Summaries with a hallucination against the others", points=points),)


def _auroc(column: str, scores: Columns) -> float:
    return auroc(scores.numbers(column), scores.flags("wrong"))


def _gain(column: str, than: str, scores: Columns) -> float:
    return _auroc(column, scores) - _auroc(than, scores)


def _precision(scores: Columns) -> float:
    return average_precision(scores.numbers("highest"), scores.flags("wrong"))


def _flagged(wrong: bool, scores: Columns) -> float:
    kept = scores.flags("wrong") == wrong
    return float(scores.flags("flagged")[kept].mean()) if kept.any() else float("nan")
