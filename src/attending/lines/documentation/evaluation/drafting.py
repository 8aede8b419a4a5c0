"""Drafts: a drafting engine of the line over dialogues, beside notes that people wrote.

ROUGE says how many words are shared, never whether a note is right: it is told with what the
guard flags in the same drafts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from attending.assurance.columns import Columns, Row
from attending.assurance.evaluation import Better, Drawing, Gauge, Reading, Request, Trial
from attending.assurance.measures.arrays import UNDEFINED
from attending.assurance.measures.text import edit_distance, rouge_l, rouge_n, words
from attending.assurance.offers import Offer, Offers
from attending.core.draft import Draft
from attending.core.errors import EngineFailed
from attending.core.line import ANSWERED, INSTEAD_OF, DraftingEngine
from attending.core.speech import Transcript, Utterance, Word
from attending.lines.documentation.corpora.dialogues import turns_of
from attending.lines.documentation.evaluation import flags, formats, judging, subjects
from attending.lines.documentation.evaluation.formats import Record
from attending.lines.documentation.evaluation.recordings import Recorded, recorded
from attending.lines.documentation.evaluation.subjects import Here
from attending.lines.documentation.evaluation.visits import band
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.rendition import to_json

FORMAT = "dialogues-with-notes"
KNOWN = ("CSV (dialogue, note) or (dialogue, section_text)", "a folder of notes and TextGrids")
SCORES = ("rouge-1", "rouge-2", "rouge-l", "length", "edits")
_WORD_SECONDS = 0.4
_LONGEST = 600  # words; beyond it the distance of edits is not counted


@dataclass(frozen=True)
class Asked:
    """A dialogue to draft from, and the note that somebody wrote of it."""

    turns: tuple[Turn, ...]
    reference: str
    sex: str = ""
    age: str = ""


class DraftTask:
    """Scores the notes of a drafting engine: the line's own, or a writer behind an endpoint."""

    name: str = "draft"

    def __init__(self, here: Here) -> None:
        self._here = here
        self.offers = Offers(tuple(map(subjects.engine_offer, here.line.engines)))

    @property
    def version(self) -> str:
        return subjects.scoring_version()

    def open(self, request: Request) -> Trial:
        offer = self.offers.chosen(request.subject, request.registered)
        files, beside, asked = _asked(request)
        jury = judging.jury(self._here.checks, self._here, request.off)
        return Trial(
            task=self.name,
            format=FORMAT,
            split=formats.split_of(request.dataset.name),
            version=subjects.scoring_version(),
            subject=offer.subject,
            aided=jury.subject.digest,
            files=files,
            beside=beside,
            items=tuple(asked),
            score=Writing(asked, self._engine(offer), jury).score,
            reading=DraftReading(),
        )

    def reading(self, format_: str) -> Reading:
        del format_
        return DraftReading()

    def _engine(self, offer: Offer) -> DraftingEngine:
        engines = self._here.line.engines
        return next(e for e in engines if subjects.engine_offer(e).known_as == offer.known_as)


def rendition_of(turns: Sequence[Turn]) -> bytes:
    """Turns as the rendition of a recording in which every word was heard clearly."""
    clock, utterances = 0, []
    for turn in turns:
        spoken = turn.text.split()
        timed = tuple(
            Word(word, (clock + i) * _WORD_SECONDS, (clock + i + 1) * _WORD_SECONDS, 1.0)
            for i, word in enumerate(spoken)
        )
        utterances.append(Utterance(turn.utterance, f"S-{turn.role}", turn.role, timed))
        clock += len(spoken)
    return to_json(Transcript(tuple(utterances), clock * _WORD_SECONDS))


@dataclass
class Writing:
    """An engine that drafts one dialogue after the other, and the guard that reads its drafts."""

    asked: dict[str, Asked]
    engine: DraftingEngine
    jury: judging.Jury
    heard: bool = False  # whether it has answered yet

    def score(self, item: str) -> tuple[Row, ...]:
        """Raises EngineFailed for a writer that has not answered once: it is not there."""
        visit = self.asked[item]
        drafted = self.engine.draft(rendition_of(visit.turns))
        unanswered = drafted.parameters.get(ANSWERED) == "false"
        self.heard = self.heard or not unanswered
        if not self.heard:
            raise EngineFailed(
                f"{self.engine.model.name} gave no answer.",
                remedy="See that its server runs, and answers within ATTENDING_TEXT_TIMEOUT; "
                "then run the command again: it goes on where it was.",
            )
        note = [(s.key, each.text) for s in drafted.draft.sections for each in s.statements]
        judged = self.jury.judge(note, visit.turns)
        self.jury.done()
        return (
            {
                "row": "0",
                "group": item,
                "sex": visit.sex,
                "age": visit.age,
                **_closeness(_text(drafted.draft), visit.reference),
                "statements": float(len(note)),
                "flags": float(sum(each.flagged for each in judged)),
                "fell-back": INSTEAD_OF in drafted.parameters,
                "unanswered": unanswered,
            },
        )


def _closeness(text: str, reference: str) -> Row:
    mine, theirs = words(text), words(reference)
    scores: dict[str, float | int | bool | str] = {
        "rouge-1": rouge_n(text, reference, 1).f1,
        "rouge-2": rouge_n(text, reference, 2).f1,
        "rouge-l": rouge_l(text, reference).f1,
        "length": len(mine) / max(1, len(theirs)),
    }
    if max(len(mine), len(theirs)) <= _LONGEST:
        scores["edits"] = edit_distance(mine, theirs) / max(1, len(mine), len(theirs))
    return scores


def _text(draft: Draft) -> str:
    return "\n".join(f"{s.title}\n{s.text}" for s in draft.sections if s.statements)


def _asked(request: Request) -> tuple[tuple[Path, ...], tuple[Path, ...], dict[str, Asked]]:
    """The files that are read, those beside them, and the dialogues in order."""
    if visits := recorded(request):
        files = tuple(path for visit in visits.values() for path in visit.files)
        return files, (), {name: _recorded(visit) for name, visit in visits.items()}
    files = formats.tables(request.dataset)
    for field in ("note", "section_text"):
        if found := formats.holding(files, "dialogue", field):
            people = _people(request)
            rows = formats.records(found[0])
            made = {
                f"{index}-{_name(row)}": _dialogue(row, field, people)
                for index, row in enumerate(rows)
            }
            return found[:1], (), made
    raise formats.refused(request.dataset, files, KNOWN)


def _recorded(visit: Recorded) -> Asked:
    (record,) = formats.records(visit.note)
    return Asked(visit.turns, str(record["note"]))


def _dialogue(row: Record, field: str, people: dict[str, Record]) -> Asked:
    person = people.get(_name(row), {})
    return Asked(
        turns_of(str(row["dialogue"])),
        str(row[field]),
        str(person.get("patient_gender") or "").strip(),
        band(str(person.get("patient_age") or "")),
    )


def _people(request: Request) -> dict[str, Record]:
    near = formats.neighbours(request.dataset, request.beside)
    found = formats.holding(near, "patient_gender")
    return {formats.visit_of(record): record for path in found for record in formats.records(path)}


def _name(row: Record) -> str:
    return formats.visit_of(row) or str(row.get("ID") or "")


class DraftReading:
    """How close drafts come to the notes, how long they are, and what the guard flags in them;

    and how many are another engine's, because the writer's answer could not be shown.
    """

    def prepared(self, scores: Columns) -> Columns:
        return scores

    def gauges(self, scores: Columns) -> tuple[Gauge, ...]:
        held = [name for name in SCORES if name in scores.values]
        return (
            *(
                Gauge(name, partial(_mean, name), better=_BETTER.get(name, "higher"))
                for name in held
            ),
            Gauge("flags-per-note", partial(_mean, "flags"), better="lower"),
            Gauge("flag-rate", _flag_rate, better="lower"),
            Gauge("fell-back", partial(_share, "fell-back"), better="lower"),
            Gauge("unanswered", partial(_share, "unanswered"), better="lower"),
            *(
                Gauge(f"rouge-l/{column}:{value}", partial(_mean_of, column, value),
                      partial(_count_of, column, value))
                for column in flags.SUBGROUPS
                for value in scores.kinds(column)
            ),
        )  # fmt: skip

    def drawings(self, scores: Columns) -> tuple[Drawing, ...]:
        rouge = [
            g for g in self.gauges(scores) if g.name.startswith("rouge-") and ":" not in g.name
        ]
        named = [Gauge(f"shared/{gauge.name}", gauge.read) for gauge in rouge]
        return (flags.bars("Words shared with the note that a person wrote (F1)", named, scores),)


_BETTER: dict[str, Better] = {"length": "none", "edits": "lower"}


def _mean(name: str, scores: Columns) -> float:
    values = scores.numbers(name)
    return float(np.nanmean(values)) if len(values) and not np.isnan(values).all() else UNDEFINED


def _mean_of(column: str, value: str, scores: Columns) -> float:
    return _mean("rouge-l", scores.take(np.asarray(scores.texts(column) == value)))


def _count_of(column: str, value: str, scores: Columns) -> int:
    return int((scores.texts(column) == value).sum())


def _share(column: str, scores: Columns) -> float:
    return float(scores.flags(column).mean()) if len(scores) else UNDEFINED


def _flag_rate(scores: Columns) -> float:
    total = scores.numbers("statements").sum()
    return float(scores.numbers("flags").sum() / total) if total else UNDEFINED
