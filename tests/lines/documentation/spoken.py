"""Transcripts for tests, made from plain text with times of our own."""

from __future__ import annotations

import json
from pathlib import Path

from attending.core.case import Case, CaseState, Decision, Revision
from attending.core.draft import Draft, Section, Statement, Text
from attending.core.evidence import TimeSpan
from attending.core.ids import CaseId, EncounterId, PatientId, SourceId, TenantId, fresh
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.lines.documentation.soap import Part, note

DATA = Path(__file__).parent / "data"
SECONDS_A_WORD = 0.4


def transcript(*turns: tuple[Role, str], confidence: float = 0.95) -> Transcript:
    """Utterances u1, u2, … one after another, every word 0.3 s long."""
    utterances, clock = [], 0.0
    for number, (role, text) in enumerate(turns, 1):
        words = []
        for word in text.split():
            words.append(Word(word, round(clock, 2), round(clock + 0.3, 2), confidence))
            clock += SECONDS_A_WORD
        utterances.append(Utterance(f"u{number}", f"S-{role}", role, tuple(words)))
    return Transcript(tuple(utterances), round(clock, 2))


def consultation(name: str) -> Transcript:
    """A consultation of ``data``: a JSON list of [role, text]."""
    turns = json.loads((DATA / name).read_text(encoding="utf-8"))
    return transcript(*((Role(role), text) for role, text in turns))


def quoting(heard: Transcript, text: str, part: Part = Part.PLAN) -> Draft:
    """A note with one statement, which cites all of the first utterance."""
    first = heard.utterances[0]
    span = TimeSpan(first.start, first.end, "audio", first.id, first.text)
    return one(Statement(f"{part}.1", Text(text), (span,), first.role.value), part)


def one(statement: Statement, part: Part = Part.PLAN) -> Draft:
    return note({part: (statement,)})


def section(draft: Draft, part: Part) -> tuple[str, ...]:
    found: Section = draft.section(part)
    return tuple(statement.text for statement in found.statements)


def case_of(
    draft: Draft | None,
    decisions: tuple[Decision, ...] = (),
    revisions: tuple[Revision, ...] = (),
) -> Case:
    """A case in review with this draft."""
    return Case(
        CaseId(fresh()),
        TenantId(fresh()),
        PatientId(fresh()),
        EncounterId(fresh()),
        SourceId(fresh()),
        "documentation",
        CaseState.IN_REVIEW,
        2,
        draft=draft,
        decisions=decisions,
        revisions=revisions,
    )
