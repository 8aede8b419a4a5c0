"""What ``attending note --json`` and ``attending demo --once --json`` print.

The JSON Schema of NoteDocument is printed by ``attending schema`` and explained in
docs/note-document.md.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class WordForm(BaseModel):
    text: str
    start: float = Field(description="Seconds from the beginning of the recording.")
    end: float
    confidence: float = Field(ge=0, le=1)


class UtteranceForm(BaseModel):
    id: str
    speaker: str
    role: str = Field(description="clinician, patient or unknown.")
    start: float
    end: float
    text: str
    words: list[WordForm]


class TranscriptForm(BaseModel):
    duration: float = Field(description="Seconds of recording.")
    language: str
    utterances: list[UtteranceForm] = Field(description="Empty: no speech was found.")


class EvidenceForm(BaseModel):
    """A span of the source; which fields are set depends on the kind."""

    kind: str = Field(description="time, text or region.")
    start: float | None = None
    end: float | None = None
    utterance: str | None = None
    quote: str = ""


class FindingForm(BaseModel):
    check: str
    severity: str = Field(description="info, caution or serious.")
    explanation: str


class StatementForm(BaseModel):
    id: str
    text: str
    by: str | None = Field(None, description="Whose words it rests on.")
    human: bool = Field(description="Written by a clinician in review.")
    evidence: list[EvidenceForm]
    findings: list[FindingForm]


class DecisionForm(BaseModel):
    kind: str = Field(description="accept, edit or reject.")
    reason: str
    at: datetime


class SectionForm(BaseModel):
    key: str
    title: str
    statements: list[StatementForm]
    decision: DecisionForm | None = None


class CaseForm(BaseModel):
    id: UUID
    state: str
    version: int
    encounter: UUID
    address: str = Field(description="Where a clinician reviews it.")


class EventForm(BaseModel):
    at: datetime
    kind: str = Field(description="state: a step of a state machine; span: a piece of work.")
    name: str
    process: str
    seconds: float | None
    outcome: str


class SignatureForm(BaseModel):
    signer: str
    meaning: str
    digest: str
    signed_at: datetime
    action: str


class RecordForm(BaseModel):
    reference: str
    resource: dict[str, Any] = Field(description="As read back from the record system.")


class NoteDocument(BaseModel):
    """One recording's way through the loop, as far as it went."""

    case: CaseForm
    transcript: TranscriptForm
    sections: list[SectionForm]
    timeline: list[EventForm]
    seconds: dict[str, float] = Field(description="Wall time of each step of the loop.")
    signature: SignatureForm | None = Field(None, description="With `attending demo --once`.")
    record: RecordForm | None = Field(None, description="With `attending demo --once`.")
