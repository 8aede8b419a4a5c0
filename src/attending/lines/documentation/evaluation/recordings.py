"""The same notes beside what people wrote down of a visit, and beside what a recogniser heard.

PriMock57: notes as JSON, TextGrids of both speakers; a recogniser's text is plain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from attending.assurance.columns import Columns, Row
from attending.assurance.evaluation import Drawing, Gauge, Request, Trial
from attending.assurance.measures.arrays import UNDEFINED
from attending.assurance.measures.ranking import recall_at_budget
from attending.lines.documentation.corpora.dialogues import textgrid_turns, turns_of
from attending.lines.documentation.evaluation import flags, formats, subjects
from attending.lines.documentation.evaluation.errors import seeded
from attending.lines.documentation.evaluation.judging import Jury
from attending.lines.documentation.evaluation.notes import Line, lines_of
from attending.lines.documentation.fidelity.claims import Turn

FORMAT = "recordings"
HUMAN = "human"
DEFAULT = "whisper"  # of several recognisers, those whose name holds it
_HEARD = "_conversation_transcript.txt"


@dataclass(frozen=True)
class Recorded:
    """A visit: its note, its speakers' TextGrids, and recognisers' texts by recogniser."""

    note: Path
    heard: dict[str, Path]

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        stem = self.note.with_suffix("")
        return textgrid_turns(
            stem.with_name(f"{stem.name}_doctor.TextGrid"),
            stem.with_name(f"{stem.name}_patient.TextGrid"),
        )

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.note, *sorted(self.note.parent.glob(f"{self.note.stem}_*.TextGrid")))


def recorded(request: Request) -> dict[str, Recorded]:
    """Visits of a folder by name, with those recognisers' texts that are found; {} if none."""
    if not request.dataset.is_dir():
        return {}
    notes = [p for p in sorted(request.dataset.glob("*.json")) if _has_speakers(p)]
    recognisers = _recognisers(request)
    return {
        note.stem: Recorded(
            note,
            {folder.name: path for folder in recognisers
             if (path := folder / f"{note.stem}{_HEARD}").exists()},
        )
        for note in notes
    }  # fmt: skip


def trial(request: Request, visits: dict[str, Recorded], jury: Jury) -> Trial:
    """Raises InvalidInput: no recogniser's text for any of the visits."""
    both = {name: visit for name, visit in visits.items() if visit.heard}
    if not both:
        raise formats.missing("recognisers' texts", request.dataset)
    return Trial(
        task="guard",
        format=FORMAT,
        split="train",  # PriMock57 has no split; the guard was fitted on other sets
        version=subjects.scoring_version(),
        subject=jury.subject,
        aided=jury.aided,
        files=tuple(path for visit in both.values() for path in visit.files),
        beside=tuple(path for visit in both.values() for path in visit.heard.values()),
        items=tuple(both),
        score=partial(_scored, both, jury),
        reading=RecordingsReading(),
    )


def _scored(visits: dict[str, Recorded], jury: Jury, item: str) -> tuple[Row, ...]:
    visit = visits[item]
    heard = {name: turns_of(path.read_text("utf-8")) for name, path in visit.heard.items()}
    said = " ".join(turn.text for turn in visit.turns)
    note = [(line.section, line.text) for line in written(visit) if not line.heading]
    errors = seeded([text for _, text in note], said)
    rows: list[Row] = []
    for source, turns in {HUMAN: visit.turns, **heard}.items():
        about = {"group": item, "source": source}
        for i, found in enumerate(jury.judge(note, turns)):
            rows.append({"row": f"{source}/s{i}", "wrong": False, **about, **found.row()})
        for number, error in enumerate(errors):
            changed = [*note[: error.index], (note[error.index][0], error.text),
                       *note[error.index + 1 :]]  # fmt: skip
            told: Row = {"row": f"{source}/e{number}", "wrong": True, "type": error.kind, **about}
            rows.append({**told, **jury.judge(changed, turns)[error.index].row()})
    jury.done()
    return tuple(rows)


def written(visit: Recorded) -> tuple[Line, ...]:
    """The sentences of a visit's note."""
    (record,) = formats.records(visit.note)
    return lines_of(str(record["note"]))


@dataclass(frozen=True)
class RecordingsReading:
    """Flags and recall by source, and what a recogniser's text costs against the human one."""

    def prepared(self, scores: Columns) -> Columns:
        return scores

    def gauges(self, scores: Columns) -> tuple[Gauge, ...]:
        sources = scores.kinds("source")
        costs = (_cost(source) for source in sources if source != HUMAN)
        return tuple(gauge for found in (*map(_of_source, sources), *costs) for gauge in found)

    def drawings(self, scores: Columns) -> tuple[Drawing, ...]:
        gauges = [g for g in self.gauges(scores) if g.name.startswith("flag-rate/")]
        return (
            flags.bars("Clean sentences flagged, by what the visit is read from", gauges, scores),
        )


def _of_source(source: str) -> Iterator[Gauge]:
    at = partial(_rows_of, source)
    yield Gauge(f"flag-rate/{source}", partial(_rate, at, False), partial(_n, at, False), "lower")
    yield Gauge(f"recall/{source}", partial(_rate, at, True), partial(_n, at, True))
    yield Gauge(f"recall-at-5/{source}", partial(_at_budget, at), partial(_n, at, True))


def _cost(source: str) -> Iterator[Gauge]:
    """How much worse: more clean sentences flagged, fewer errors found."""
    here, human = partial(_rows_of, source), partial(_rows_of, HUMAN)
    yield Gauge(
        f"flag-rate-added/{source}",
        lambda s: _rate(here, False, s) - _rate(human, False, s), partial(_n, here, False), "lower",
    )  # fmt: skip
    yield Gauge(
        f"recall-lost/{source}",
        lambda s: _rate(human, True, s) - _rate(here, True, s), partial(_n, here, True), "lower",
    )  # fmt: skip
    yield Gauge(
        f"recall-at-5-lost/{source}",
        lambda s: _at_budget(human, s) - _at_budget(here, s), partial(_n, here, True), "lower",
    )  # fmt: skip


def _rows_of(source: str, scores: Columns) -> Columns:
    return scores.take(np.asarray(scores.texts("source") == source))


def _rate(of: partial[Columns], wrong: bool, scores: Columns) -> float:
    kept = of(scores)
    chosen = kept.flags("flagged")[kept.flags("wrong") == wrong]
    return float(chosen.mean()) if len(chosen) else UNDEFINED


def _at_budget(of: partial[Columns], scores: Columns) -> float:
    kept = of(scores)
    doubts, wrong = kept.numbers("doubt"), kept.flags("wrong")
    return recall_at_budget(doubts[wrong], doubts[~wrong], 0.05).recall


def _n(of: partial[Columns], wrong: bool, scores: Columns) -> int:
    return int((of(scores).flags("wrong") == wrong).sum())


def _has_speakers(note: Path) -> bool:
    return (note.with_name(f"{note.stem}_doctor.TextGrid")).exists()


def _recognisers(request: Request) -> list[Path]:
    """Folders of recognisers' texts: beside the dataset, or where ``beside`` says."""
    place = request.beside or request.dataset.parent
    folders = [place, *place.glob("*/"), *place.glob("*/*/")]
    holding = sorted({f for f in folders if next(f.glob(f"*{_HEARD}"), None)})
    usual = [folder for folder in holding if DEFAULT in folder.name.lower()]
    return usual or holding
