"""Sentences that are right or wrong, each in its whole note, as examples for the fit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from attending.lines.documentation.fidelity.conversation import is_heading, sectioned
from attending.lines.documentation.fidelity.fitting.corpus import SEEDED, Visit
from attending.lines.documentation.fidelity.fitting.corruptions import Corrupted

CLEAN = "clean"
TOGETHER = 3  # errors in one note


@dataclass(frozen=True)
class Example:
    """One sentence in its note. ``kind``: "clean", or how it is wrong; ``maker``: by whom.

    ``whole``: of the note of a whole visit, on which budgets are counted.
    """

    visit: str
    section: str
    text: str
    kind: str
    maker: str
    whole: bool = True


@dataclass(frozen=True)
class Batch:
    """Notes of one visit, each with the places in it that are examples."""

    visit: Visit
    notes: tuple[tuple[tuple[tuple[str, str], ...], Mapping[int, Example]], ...]


def seeded(data: Path, visits: Mapping[str, Visit]) -> Iterator[Batch]:
    """The seeded errors of the public set: the clean note, then one note for each error."""
    for told in json.loads((data / SEEDED / "dev-train-valid.json").read_text()):
        if told["encounter_id"] not in visits:
            continue
        visit = visits[told["encounter_id"]]
        note = tuple(sectioned(iter(told["sentences"])))
        errors = [
            Corrupted(e["type"], e["index"], e["seeded"], added=e["original"] is None)
            for e in told["errors"]
        ]
        yield _batch(replace(visit, note=note), errors, "seeded")


def own(visits: Sequence[Visit], errors: Mapping[str, Sequence[Corrupted]]) -> Iterator[Batch]:
    for visit in visits:
        yield _batch(visit, errors[visit.id], "own")


def _batch(visit: Visit, errors: Sequence[Corrupted], maker: str) -> Batch:
    clean = {
        place: Example(visit.id, section, text, CLEAN, maker)
        for place, (section, text) in enumerate(visit.note)
        if text.strip() and not is_heading(text)
    }
    return Batch(visit, ((visit.note, clean), *(_wrong(visit, g, maker) for g in _apart(errors))))


def _apart(errors: Sequence[Corrupted]) -> Iterator[list[Corrupted]]:
    """Errors in groups for one note each, so that a sentence is wrong in one way only."""
    left = list(errors)
    while left:
        group: list[Corrupted] = []
        for error in left:
            if len(group) < TOGETHER and all(abs(error.place - g.place) > 1 for g in group):
                group.append(error)
        left = [error for error in left if not any(error is taken for taken in group)]
        yield sorted(group, key=lambda error: error.place)


def _wrong(
    visit: Visit, errors: Sequence[Corrupted], maker: str
) -> tuple[tuple[tuple[str, str], ...], Mapping[int, Example]]:
    note: list[tuple[str, str]] = []
    told: dict[int, Example] = {}
    begin = 0
    for error in errors:
        place = min(error.place, len(visit.note) - 1)
        note += visit.note[begin:place]
        told[len(note)] = Example(visit.id, visit.note[place][0], error.text, error.kind, maker)
        note.append((visit.note[place][0], error.text))
        begin = place if error.added else place + 1
    return (*note, *visit.note[begin:]), told
