"""Notes by systems, of each the share of sentences that is flagged; and wrong patients' notes.

Nobody said which sentence is wrong. The reference notes beside another visit's dialogue are
wrong for certain, and bound what a guard can do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from attending.assurance.columns import Columns, Row
from attending.assurance.evaluation import Better, Drawing, Gauge, Request, Trial
from attending.assurance.measures.arrays import UNDEFINED
from attending.lines.documentation.evaluation import flags, formats, subjects
from attending.lines.documentation.evaluation.judging import Jury
from attending.lines.documentation.evaluation.notes import lines_of
from attending.lines.documentation.evaluation.visits import Visit, visits
from attending.lines.documentation.fidelity.whole import whole

FORMAT = "notes"
FIELDS = (("note", "encounter_id"), ("note", "id"))
REFERENCE, WRONG_PATIENT = "reference", "wrong-patient"
_BETTER: dict[str, Better] = {REFERENCE: "lower", WRONG_PATIENT: "higher"}


@dataclass(frozen=True)
class Given:
    """A note to judge, beside a visit: its own, or a wrong one."""

    system: str
    note: str
    visit: Visit


def trial(request: Request, files: tuple[Path, ...], jury: Jury) -> Trial:
    """Raises InvalidInput: no dialogue of one of the notes."""
    given, beside = notes(request, files)
    return Trial(
        task="guard",
        format=FORMAT,
        split=formats.split_of(request.dataset.name),
        version=subjects.scoring_version(),
        subject=jury.subject,
        aided=jury.aided,
        files=files,
        beside=beside,
        items=tuple(given),
        score=partial(_scored, given, jury),
        reading=PublishedReading(),
    )


def notes(request: Request, files: tuple[Path, ...]) -> tuple[dict[str, Given], tuple[Path, ...]]:
    """Every note by "system/visit", and the files with their dialogues."""
    written = {
        (path.stem, name): (formats.visit_of(record), str(record["note"]))
        for path in files
        for held in (formats.records(path),)
        for name, record in zip(formats.numbered(map(formats.visit_of, held)), held, strict=True)
    }
    wanted = list(dict.fromkeys(visit for visit, _ in written.values()))
    near = formats.neighbours(request.dataset, request.beside)
    # The references are in files of their own, and rarely in the folder of the systems' files,
    # which repeat the dialogues, too.
    apart = sorted((p for p in near if p not in files), key=lambda p: p.parent == files[0].parent)
    found = visits((*apart, *files), wanted)
    if set(wanted) - found.by_id.keys():
        raise formats.missing("dialogues", request.dataset)
    given = {
        f"{system}/{name}": Given(system, note, found.by_id[visit])
        for (system, name), (visit, note) in written.items()
    }
    own = set(found.files).isdisjoint(files)
    return {**given, **_reference(wanted, found.by_id, own=own)}, found.files


def _reference(wanted: list[str], by_id: dict[str, Visit], *, own: bool) -> dict[str, Given]:
    """The reference notes beside their own dialogue, and beside the next visit's."""
    right = {f"{REFERENCE}/{v}": Given(REFERENCE, by_id[v].note, by_id[v]) for v in wanted}
    wrong = {
        f"{WRONG_PATIENT}/{v}": Given(WRONG_PATIENT, by_id[v].note, by_id[other])
        for v, other in zip(wanted, [*wanted[1:], wanted[0]], strict=True)
        if v != other
    }
    return {**(right if own else {}), **wrong}


def _scored(given: dict[str, Given], jury: Jury, item: str) -> tuple[Row, ...]:
    each = given[item]
    lines = [line for line in lines_of(each.note) if not line.heading]
    judged = jury.judge([(line.section, line.text) for line in lines], each.visit.turns)
    jury.done()
    note = whole([found.flagged for found in judged], [found.surprise for found in judged])
    about = {"group": each.visit.id, "system": each.system}
    return tuple(
        {
            "row": str(i),
            "first": i == 0,
            "foreign": note.foreign,
            "reason": " ".join(found.reasons[:1]),
            **about,
            **found.row(),
        }
        for i, found in enumerate(judged)
    )


@dataclass(frozen=True)
class PublishedReading:
    """By system: the share of sentences that is flagged, and findings a note.

    foreign: the share of notes of which so much is doubted that they may be another patient's.
    """

    def prepared(self, scores: Columns) -> Columns:
        return scores

    def gauges(self, scores: Columns) -> tuple[Gauge, ...]:
        found = []
        for system in scores.kinds("system"):
            better = _BETTER.get(system, "none")
            of = partial(_of, system)
            found += [
                Gauge(f"flagged/{system}", partial(_flagged, of), partial(_size, of), better),
                Gauge(
                    f"findings-per-note/{system}", partial(_a_note, of), partial(_notes, of), better
                ),
                Gauge(f"foreign/{system}", partial(_foreign, of), partial(_notes, of), better),
            ]
        return tuple(found)

    def drawings(self, scores: Columns) -> tuple[Drawing, ...]:
        gauges = [g for g in self.gauges(scores) if g.name.startswith("flagged/")]
        return (flags.bars("Share of sentences flagged, by system", gauges, scores),)


def _of(system: str, scores: Columns) -> Columns:
    return scores.take(np.asarray(scores.texts("system") == system))


def _flagged(of: partial[Columns], scores: Columns) -> float:
    kept = of(scores)
    return float(kept.flags("flagged").mean()) if len(kept) else UNDEFINED


def _a_note(of: partial[Columns], scores: Columns) -> float:
    kept = of(scores)
    notes = kept.flags("first").sum()
    return float(kept.flags("flagged").sum() / notes) if notes else UNDEFINED


def _foreign(of: partial[Columns], scores: Columns) -> float:
    kept = of(scores)
    notes = kept.take(kept.flags("first"))
    return float(notes.flags("foreign").mean()) if len(notes) else UNDEFINED


def _explained(of: partial[Columns], scores: Columns) -> float:
    """Of the flags, the share that comes with a reason in words."""
    kept = of(scores)
    flagged = kept.take(kept.flags("flagged"))
    return float((flagged.texts("reason") != "").mean()) if len(flagged) else UNDEFINED


def _flags(of: partial[Columns], scores: Columns) -> int:
    return int(of(scores).flags("flagged").sum())


def _size(of: partial[Columns], scores: Columns) -> int:
    return len(of(scores))


def _notes(of: partial[Columns], scores: Columns) -> int:
    return int(of(scores).flags("first").sum())
