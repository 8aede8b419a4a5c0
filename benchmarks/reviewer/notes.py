"""Notes of ACI-Bench test1 with seeded errors, as drafts with evidence.

The notes are people's; a modelled drafter cuts them into statements, links each as the product
links what a model writes, and errs where an error was seeded.
"""

from __future__ import annotations

import csv
import json
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attending.core.draft import Draft
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.lines.documentation.evaluation.drafted import modelled
from attending.lines.documentation.evaluation.notes import sectioned

ERRORS_A_NOTE = 3
SECONDS_A_WORD = 0.4  # 150 words a minute
_TURN = re.compile(r"\[(\w+)]\s*(\S.*)")
_ROLES = {"doctor": Role.CLINICIAN, "patient": Role.PATIENT}


@dataclass(frozen=True)
class SeededNote:
    """``wrong``: the ids of the statements that are in error."""

    transcript: Transcript
    draft: Draft
    wrong: frozenset[str]

    @property
    def words(self) -> int:
        return sum(len(section.text.split()) for section in self.draft.sections)


def seeded_notes(data: Path, seed: int = 20261121) -> list[SeededNote]:
    """All forty, with the same errors each time."""
    scribe = data / "scribe"
    with (scribe / "aci-bench/clinicalnlp_taskB_test1.csv").open(newline="") as rows:
        dialogues = {row["encounter_id"]: row["dialogue"] for row in csv.DictReader(rows)}
    notes = json.loads((scribe / "seeded-errors/test1.json").read_text())
    chance = random.Random(seed)
    return [_seeded(each, heard(dialogues[each["encounter_id"]]), chance) for each in notes]


def heard(dialogue: str) -> Transcript:
    """A line of ACI-Bench for each turn: "[doctor] hi , andrew ."."""
    clock = 0.0
    utterances: list[Utterance] = []
    for who, said in _TURN.findall(dialogue):
        words = []
        for text in said.split():
            words.append(Word(text, round(clock, 2), round(clock + 0.3, 2), 0.95))
            clock += SECONDS_A_WORD
        role = _ROLES.get(who, Role.UNKNOWN)
        utterances.append(Utterance(f"u{len(utterances) + 1}", who, role, tuple(words)))
    return Transcript(tuple(utterances), clock)


def _seeded(told: dict[str, Any], transcript: Transcript, chance: random.Random) -> SeededNote:
    """Errors of one sentence each, no two in the same."""
    sentences: dict[float, str] = dict(enumerate(told["sentences"]))
    wrong: list[float] = []
    for error in chance.sample(told["errors"], k=len(told["errors"])):
        place = error["index"] if error["original"] else error["index"] - 0.5  # inserted before it
        if len(wrong) < ERRORS_A_NOTE and place not in wrong:
            sentences[place] = error["seeded"]
            wrong.append(place)
    order = sorted(sentences)
    made = modelled(sectioned(sentences[place] for place in order), transcript)
    ids = {place: made.ids[at] for at, place in enumerate(order) if at in made.ids}
    return SeededNote(
        transcript, made.draft, frozenset(ids[place] for place in wrong if place in ids)
    )
