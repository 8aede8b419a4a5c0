"""The public sets that the guard is fitted on, read from the folder that holds them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from attending.lines.documentation.corpora.dialogues import turns_of
from attending.lines.documentation.corpora.visits import Written, aci_bench, mts_dialog
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.fidelity.conversation import cut_note, section_of

ACI = "scribe/aci-bench"
MTS = "scribe/mts-dialog"
SEEDED = "scribe/seeded-errors"


@dataclass(frozen=True)
class Visit:
    """A conversation, and the note that people wrote of it: (section key, sentence)."""

    id: str
    turns: tuple[Turn, ...]
    note: tuple[tuple[str, str], ...]


def aci_visits(data: Path, part: str) -> tuple[Visit, ...]:
    """Whole visits of ACI-Bench. part: "train" or "valid"."""
    return tuple(map(_read, aci_bench(data / ACI / f"{part}.csv")))


def mts_visits(data: Path, file: str = "MTS-Dialog-TrainingSet.csv") -> tuple[Visit, ...]:
    """Short exchanges of MTS-Dialog, each with the part of a note that was made of it."""
    return tuple(map(_read, mts_dialog(data / MTS / file)))


def _read(written: Written) -> Visit:
    note = cut_note(written.note, section_of(written.heading))
    return Visit(written.id, turns_of(written.dialogue), note)


def digest(paths: Sequence[Path]) -> str:
    """sha256 over the files' own digests, in the order given."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
