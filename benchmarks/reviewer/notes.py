"""Notes of ACI-Bench test1 with seeded errors, as drafts with evidence.

The notes are people's; a modelled drafter cuts them into statements, links each to the
utterances that hold its rarest words, and errs where an error was seeded.
"""

from __future__ import annotations

import csv
import json
import math
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attending.core.draft import Draft, Statement, Text
from attending.core.evidence import TimeSpan
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.lines.documentation.soap import Part, note

ERRORS_A_NOTE = 3
SECONDS_A_WORD = 0.4  # 150 words a minute
UTTERANCES_A_STATEMENT = 4
ENOUGH = 2.5  # of shared rarity, for a statement to cite an utterance
_WORD = re.compile(r"[a-z0-9]+")
_TURN = re.compile(r"\[(\w+)]\s*(\S.*)")
_NUMBERS = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
}
_ROLES = {"doctor": Role.CLINICIAN, "patient": Role.PATIENT}
# The first that a heading holds says where its sentences go.
_HEADINGS = {
    "COMPLAINT": Part.CHIEF_COMPLAINT,
    "CC": Part.CHIEF_COMPLAINT,
    "PRESENT": Part.HISTORY,
    "HPI": Part.HISTORY,
    "SUBJECTIVE": Part.HISTORY,
    "RESULTS": Part.RESULTS,
    "EXAM": Part.EXAMINATION,
    "VITALS": Part.EXAMINATION,
    "REVIEW": Part.REVIEW_OF_SYSTEMS,
    "PLAN": Part.PLAN,
    "INSTRUCTIONS": Part.PLAN,
    "ASSESSMENT": Part.ASSESSMENT,
    "IMPRESSION": Part.ASSESSMENT,
    "MEDICATIONS": Part.MEDICATIONS,
    "ALLERGIES": Part.ALLERGIES,
    "HISTORY": Part.PAST_HISTORY,
}
_LONGEST_HEADING = 6  # words


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
    linked = _Links(transcript)
    parts: dict[Part, list[Statement]] = {}
    part, ids = Part.HISTORY, {}
    for place in sorted(sentences):
        text = sentences[place]
        if _is_heading(text):
            part = _part(text)
            continue
        standing = parts.setdefault(part, [])
        ids[place] = f"{part}.{len(standing) + 1}"
        standing.append(linked.statement(ids[place], text))
    draft = note({part: tuple(statements) for part, statements in parts.items()})
    return SeededNote(transcript, draft, frozenset(ids[each] for each in wrong if each in ids))


def _is_heading(text: str) -> bool:
    return text.isupper() and len(text.split()) <= _LONGEST_HEADING


def _part(heading: str) -> Part:
    return next((part for word, part in _HEADINGS.items() if word in heading), Part.HISTORY)


class _Links:
    """Which utterances a sentence rests on: those that share its rarest words."""

    def __init__(self, transcript: Transcript) -> None:
        self._words = {each: _stems(each.text) for each in transcript.utterances}
        known = Counter(word for words in self._words.values() for word in words)
        self._rarity = {word: math.log(1 + len(self._words) / n) for word, n in known.items()}

    def statement(self, name: str, text: str) -> Statement:
        cited = self._cited(_stems(text))
        spans = tuple(TimeSpan(u.start, u.end, "audio", u.id, u.text) for u in cited)
        roles = {u.role.value for u in cited}
        by = Role.CLINICIAN.value if Role.CLINICIAN in roles else next(iter(roles), None)
        return Statement(name, Text(text), spans, by)

    def _cited(self, wanted: frozenset[str]) -> Sequence[Utterance]:
        cited: list[Utterance] = []
        while len(cited) < UTTERANCES_A_STATEMENT:
            best = max(self._words, key=lambda each: self._shared(wanted, each))
            if self._shared(wanted, best) < ENOUGH:
                break
            cited.append(best)
            wanted -= self._words[best]
        return cited

    def _shared(self, wanted: frozenset[str], utterance: Utterance) -> float:
        return sum(self._rarity[word] for word in wanted & self._words[utterance])


def _stems(text: str) -> frozenset[str]:
    """The first six letters of each word; numbers as digits."""
    return frozenset(_NUMBERS.get(word, word[:6]) for word in _WORD.findall(text.lower()))
