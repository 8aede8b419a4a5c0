"""Both fits as commands run them: the table of words, and the combined score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from attending.core.support import SupportModel
from attending.lines.documentation.fidelity.association import Association
from attending.lines.documentation.fidelity.combined import JUDGED, LEXICAL
from attending.lines.documentation.fidelity.fitting import corpus, guard, words
from attending.lines.documentation.fidelity.fitting.corpus import Visit
from attending.lines.documentation.fidelity.fitting.corruptions import corruptions
from attending.lines.documentation.fidelity.fitting.examples import Batch, own, seeded
from attending.lines.documentation.fidelity.fitting.guard import Row
from attending.lines.documentation.fidelity.fitting.remembered import RememberedJudge
from attending.lines.documentation.fidelity.measured import Conversation

SEED = 20261121
EACH = 1  # own corruptions of each kind, of each note
_MTS_VALID = "MTS-Dialog-ValidationSet.csv"


def learn_words(data: Path) -> Association:
    """The table of words, from the training parts of MTS-Dialog and ACI-Bench."""
    learned = words.learn(corpus.mts_visits(data), corpus.aci_visits(data, "train"))
    return replace(learned, facts=_facts(_word_files(data), {"rounds": words.ROUNDS}))


def fit_guard(data: Path, judge: SupportModel | None, memory: Path | None) -> dict[str, Any]:
    """The combined score as its document.

    Fitted on the validation parts alone: the judge, the table of words and what signals learned
    come from the training parts, where they know too much. judge: None for words alone. memory: a folder that keeps the judge's verdicts between fits. Raises EngineFailed.
    """
    asked = RememberedJudge(judge, memory) if judge and memory else judge
    rows = list(_rows(data, asked))
    facts = {
        "judge": f"{judge.name} {judge.version}" if judge else LEXICAL,
        "examples": len(rows),
        "seed": SEED,
    }
    combined, _ = guard.fitted(rows, _facts(_guard_files(data), facts))
    return combined.document()


def kind(judge: SupportModel | None) -> str:
    return JUDGED if judge else LEXICAL


def _rows(data: Path, judge: SupportModel | None) -> Iterator[Row]:
    valid = corpus.aci_visits(data, "valid")
    yield from rows(_batches(data, valid), judge, None)
    exchanges = [v for v in corpus.mts_visits(data, _MTS_VALID) if v.note]
    for row in rows(own(exchanges, corruptions(exchanges, SEED, 1)), judge, None):
        yield replace(row, example=replace(row.example, whole=False))


def _batches(data: Path, visits: Sequence[Visit]) -> Iterator[Batch]:
    """Seeded errors of the public set, and our own in the same notes."""
    made = list(seeded(data, {visit.id: visit for visit in visits}))
    yield from made
    notes = [batch.visit for batch in made]
    for batch in own(notes, corruptions(notes, SEED, EACH)):
        yield Batch(batch.visit, batch.notes[1:])  # the clean note is there already


def rows(
    batches: Iterator[Batch], judge: SupportModel | None, table: Association | None
) -> Iterator[Row]:
    """Every example measured, in its own note."""
    conversations: dict[str, Conversation] = {}
    for batch in batches:
        conversation = conversations.setdefault(
            batch.visit.id, Conversation(batch.visit.turns, judge, association=table)
        )
        for note, examples in batch.notes:
            measured = conversation.measured(note)
            for place, example in examples.items():
                if place in measured:
                    yield Row(example, measured[place].features)


def _word_files(data: Path) -> list[Path]:
    return [data / corpus.MTS / "MTS-Dialog-TrainingSet.csv", data / corpus.ACI / "train.csv"]


def _guard_files(data: Path) -> list[Path]:
    return [
        data / corpus.SEEDED / "dev-train-valid.json",
        data / corpus.ACI / "valid.csv",
        data / corpus.MTS / _MTS_VALID,
    ]


def _facts(files: Sequence[Path], more: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "files": [file.name for file in files],
        "digest": corpus.digest(files),
        "made": date.today().isoformat(),  # noqa: DTZ011 - the day as a person reads it
        "licence": "derived from ACI-Bench and MTS-Dialog, CC BY 4.0",
        **more,
    }
