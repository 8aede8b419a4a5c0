"""Puts a case together from the API's answers, as the document of ``--json``."""

from __future__ import annotations

import time
from collections import defaultdict

from attending.demo.client import Api, Json
from attending.demo.document import (
    CaseForm,
    DecisionForm,
    EventForm,
    EvidenceForm,
    FindingForm,
    NoteDocument,
    RecordForm,
    SectionForm,
    SignatureForm,
    StatementForm,
    TranscriptForm,
    UtteranceForm,
    WordForm,
)

STEPS = ("intake", "decode", "infer", "guard")
SIGNED_STEPS = (*STEPS, "sign", "release")
_SETTLE = 5.0  # seconds for the last spans to arrive
_POLL = 0.1


def document_of(api: Api, case: str, signed: Json | None = None) -> NoteDocument:
    """Everything about a case; with its signature, also what stands in the record."""
    told = api.get(f"/v1/cases/{case}")
    steps = SIGNED_STEPS if signed else STEPS
    events = _settled(api, told["encounter"], steps)
    return NoteDocument(
        case=CaseForm(
            id=told["id"],
            state=told["state"],
            version=told["version"],
            encounter=told["encounter"],
            address=f"{api.installation.web_url}/cases/{case}",
        ),
        transcript=_transcript(api.get(f"/v1/cases/{case}/rendition")),
        sections=[_section(section) for section in told["sections"]],
        timeline=events,
        seconds=_seconds(events),
        signature=_signature(signed) if signed else None,
        record=_record(told) if signed else None,
    )


def _settled(api: Api, encounter: str, steps: tuple[str, ...]) -> list[EventForm]:
    """The timeline, once the spans of all steps have arrived or are overdue."""
    deadline = time.monotonic() + _SETTLE
    while True:
        told = api.get(f"/v1/encounters/{encounter}/timeline")["events"]
        events = [EventForm.model_validate(event) for event in told]
        present = {event.name for event in events}
        if present >= set(steps) or time.monotonic() > deadline:
            return events
        time.sleep(_POLL)


def _seconds(events: list[EventForm]) -> dict[str, float]:
    """Wall time by step; a step that was tried again counts every try."""
    taken: dict[str, float] = defaultdict(float)
    for event in events:
        if event.seconds is not None:
            taken[event.name] += event.seconds
    return dict(taken)


def _transcript(rendition: Json) -> TranscriptForm:
    return TranscriptForm(
        duration=rendition["duration"],
        language=rendition["language"],
        utterances=[_utterance(each) for each in rendition["utterances"]],
    )


def _utterance(told: Json) -> UtteranceForm:
    words = [WordForm(**word) for word in told["words"]]
    return UtteranceForm(
        id=told["id"],
        speaker=told["speaker"],
        role=told["role"],
        start=words[0].start,
        end=words[-1].end,
        text=" ".join(word.text for word in words),
        words=words,
    )


def _section(told: Json) -> SectionForm:
    decision = told["decision"]
    return SectionForm(
        key=told["key"],
        title=told["title"],
        statements=[_statement(each, told["findings"]) for each in told["statements"]],
        decision=DecisionForm.model_validate(decision) if decision else None,
    )


def _statement(told: Json, findings: list[Json]) -> StatementForm:
    return StatementForm(
        id=told["id"],
        text=told["text"],
        by=told["by"],
        human=told["human"],
        evidence=[EvidenceForm.model_validate(span) for span in told["evidence"]],
        findings=[
            FindingForm.model_validate(finding)
            for finding in findings
            if finding["statement"] == told["id"]
        ],
    )


def _signature(signed: Json) -> SignatureForm:
    return SignatureForm(
        signer=signed["signer"],
        meaning=signed["entry"]["meaning"],
        digest=signed["digest"],
        signed_at=signed["signed_at"],
        action=signed["action"],
    )


def _record(told: Json) -> RecordForm:
    last = told["releases"][-1]
    return RecordForm(reference=last["reference"], resource=last["resource"])
