"""Phrases with values: those that no living patient has, or that were misheard, and plain ones.

JSON lines {text, implausible}. Each phrase is a statement that quotes the conversation word by
word, so that nothing but its values can be at fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from attending.assurance.columns import Columns, Row
from attending.assurance.evaluation import Drawing, Gauge, Request, Trial
from attending.assurance.measures.arrays import UNDEFINED
from attending.core.draft import Draft, Severity, Statement, Text
from attending.core.errors import InvalidInput
from attending.core.evidence import TimeSpan
from attending.core.line import Check
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.lines.documentation.checks import CHECKS
from attending.lines.documentation.checks.vitals import ImplausibleValues
from attending.lines.documentation.evaluation import formats, subjects
from attending.lines.documentation.evaluation.formats import Record
from attending.lines.documentation.evaluation.judging import Jury
from attending.lines.documentation.rendition import to_json
from attending.lines.documentation.soap import Part, note

FORMAT = "phrases"
FIELDS = ("text", "implausible")
_WORD_SECONDS = 0.4
T = TypeVar("T")


def trial(request: Request, file: Path, jury: Jury) -> Trial:
    """The check of values is asked: what others say of a phrase is not counted.

    Raises InvalidInput for a subject that has no such check.
    """
    if not jury.checks:
        raise InvalidInput(
            f"{jury.subject.name} does not look at values, and these phrases hold nothing else.",
            remedy="Evaluate the check set: give no --subject.",
        )
    phrases = {str(index): record for index, record in enumerate(formats.records(file))}
    asked = ImplausibleValues.name
    checks = tuple(c for c in CHECKS if c.name == asked and asked not in request.off)
    return Trial(
        task="guard",
        format=FORMAT,
        split=formats.split_of(file.name),
        version=subjects.scoring_version(),
        subject=jury.subject,
        files=(file,),
        beside=(),
        items=tuple(phrases),
        score=partial(_scored, phrases, checks),
        reading=PhrasesReading(),
    )


def _scored(phrases: dict[str, Record], checks: tuple[Check, ...], item: str) -> tuple[Row, ...]:
    text = str(phrases[item]["text"])
    rendition, draft = _quoted(text)
    found = [f for check in checks for f in check.examine(rendition, draft)]
    named = [finding.check for finding in found if finding.severity is not Severity.INFO]
    return (
        {
            "row": "0",
            "group": item,
            "wrong": bool(phrases[item]["implausible"]),
            "type": str(phrases[item].get("what") or ""),
            "flagged": bool(named),
            "reasons": " ".join(named),
        },
    )


def _quoted(text: str) -> tuple[bytes, Draft]:
    """The phrase as a clinician said it, and a note that quotes it."""
    words = tuple(
        Word(word, index * _WORD_SECONDS, (index + 1) * _WORD_SECONDS, 1.0)
        for index, word in enumerate(text.split())
    )
    said = Utterance("u1", "S1", Role.CLINICIAN, words)
    span = TimeSpan(said.start, said.end, "audio", said.id, text)
    statement = Statement("s1", Text(text), (span,), Role.CLINICIAN)
    return to_json(Transcript((said,), said.end)), note({Part.EXAMINATION: (statement,)})


@dataclass(frozen=True)
class PhrasesReading:
    """Recall of implausible values, and plain ones that are flagged."""

    def prepared(self, scores: Columns) -> Columns:
        return scores

    def gauges(self, scores: Columns) -> tuple[Gauge, ...]:
        return (
            Gauge("recall", partial(_rate, True), partial(_count, True)),
            Gauge("flag-rate", partial(_rate, False), partial(_count, False), "lower"),
            *(
                gauge
                for kind in scores.kinds("type")
                for gauge in (
                    Gauge(
                        f"recall/{kind}",
                        partial(_of, kind, _rate, True),
                        partial(_of, kind, _count, True),
                    ),
                    Gauge(
                        f"flag-rate/{kind}",
                        partial(_of, kind, _rate, False),
                        partial(_of, kind, _count, False),
                        "lower",
                    ),
                )
            ),
        )

    def drawings(self, scores: Columns) -> tuple[Drawing, ...]:
        del scores
        return ()


def _of(kind: str, read: Callable[[bool, Columns], T], wrong: bool, scores: Columns) -> T:
    return read(wrong, scores.take(np.asarray(scores.texts("type") == kind)))


def _rate(wrong: bool, scores: Columns) -> float:
    kept = scores.flags("wrong") == wrong
    return float(scores.flags("flagged")[kept].mean()) if kept.any() else UNDEFINED


def _count(wrong: bool, scores: Columns) -> int:
    return int((scores.flags("wrong") == wrong).sum())
