"""Seeded errors: reference notes, and the same notes with one sentence made wrong at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from attending.assurance.columns import Columns, Row
from attending.assurance.evaluation import Drawing, Gauge, Request, Trial
from attending.core.errors import InvalidInput
from attending.lines.documentation.evaluation import clean, flags, formats, subjects
from attending.lines.documentation.evaluation.formats import Record
from attending.lines.documentation.evaluation.judging import Jury
from attending.lines.documentation.evaluation.notes import Line, sectioned
from attending.lines.documentation.evaluation.visits import Visit, visits

FORMAT = "seeded-errors"
FIELDS = ("encounter_id", "sentences", "errors")


def trial(request: Request, file: Path, jury: Jury) -> Trial:
    """Raises InvalidInput: no dialogue of one of the notes, or an error that names no sentence."""
    held = formats.records(file)
    notes = dict(zip(formats.numbered(map(formats.visit_of, held)), held, strict=True))
    sources = {str(record.get("source") or "") for record in notes.values()}
    near = formats.neighbours(request.dataset, request.beside)
    named = tuple(path for path in near if path.name in sources)
    wanted = [formats.visit_of(record) for record in held]
    found = visits((*named, *near), wanted)
    if set(wanted) - found.by_id.keys():
        raise formats.missing("dialogues", request.dataset)
    return Trial(
        task="guard",
        format=FORMAT,
        split=formats.split_of(file.name),
        version=subjects.scoring_version(),
        subject=jury.subject,
        aided=jury.aided,
        files=(file,),
        beside=found.files,
        items=tuple(notes),
        score=partial(_scored, notes, found.by_id, jury),
        reading=SeededReading(),
    )


@dataclass(frozen=True)
class SeededReading:
    """All errors, each type alone, who the patient is, and where in the note they stand."""

    def prepared(self, scores: Columns) -> Columns:
        return scores

    def gauges(self, scores: Columns) -> tuple[Gauge, ...]:
        return (
            *flags.whole(),
            *clean.gauges(scores),
            *flags.by_type(scores),
            *flags.by_subgroup(scores),
            *flags.by_section(scores),
        )

    def drawings(self, scores: Columns) -> tuple[Drawing, ...]:
        return flags.drawings(scores)


def _scored(
    notes: dict[str, Record], by_id: dict[str, Visit], jury: Jury, item: str
) -> tuple[Row, ...]:
    """A row for each sentence of the clean note, and for each error in its place.

    The first says too what all checks find in the clean note.
    """
    record = notes[item]
    visit = by_id[formats.visit_of(record)]
    lines = sectioned(str(sentence) for sentence in record["sentences"])
    about = {"group": visit.id, "sex": visit.sex, "age": visit.age}
    about["source"] = str(record.get("source") or "")
    first, *rest = _clean_rows(lines, visit, jury, about)
    rows = [{**first, **clean.met(lines, visit.turns, jury.checks)}, *rest]
    for number, error in enumerate(record["errors"]):
        note, at = with_error(lines, error)
        judged = jury.judge(note, visit.turns)[at]
        told: Row = {"row": f"e{number}", "wrong": True, "type": str(error["type"]), **about}
        rows.append({**told, flags.SECTION: note[at][0], **judged.row()})
    jury.done()
    return tuple(rows)


def _clean_rows(
    lines: Sequence[Line], visit: Visit, jury: Jury, about: dict[str, str]
) -> tuple[Row, ...]:
    judged = jury.judge([(line.section, line.text) for line in lines], visit.turns)
    kept = [index for index, line in enumerate(lines) if not line.heading]
    return tuple(
        {
            "row": f"s{i}",
            "wrong": False,
            "first": i == kept[0],
            flags.SECTION: lines[i].section,
            **about,
            **judged[i].row(),
        }
        for i in kept
    )


def with_error(lines: Sequence[Line], error: Record) -> tuple[list[tuple[str, str]], int]:
    """The note with one error in it, and where; an error without an original is put in.

    Raises InvalidInput if it points at no sentence.
    """
    note, at = [(line.section, line.text) for line in lines], int(error["index"])
    if not 0 <= at < len(note):
        raise InvalidInput(
            "An error points outside its note.",
            remedy="Check that `index` counts `sentences` from 0.",
        )
    inserted = error.get("original") is None
    place = at + 1 if inserted and lines[at].heading else at  # below a heading, not above it
    rest = note[place if inserted else place + 1 :]
    return [*note[:place], (note[at][0], str(error["seeded"])), *rest], place
