"""Notes as reviews left them, made up: first a good model, then one that grew worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from attending.core.case import DecisionKind, ModelUse
from attending.core.draft import Finding, Severity, Statement, Text
from attending.core.evidence import TimeSpan
from attending.core.ids import CaseId, PatientId
from attending.core.learned import ReviewedNote, ReviewedSection, TrainingConsent

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEARD = (TimeSpan(1, 2, quote="take five milligrams"),)


def said(name: str, text: str, *, human: bool = False) -> Statement:
    return Statement(name, Text(text), () if human else HEARD, human=human)


def found(statement: str, check: str = "unheard-number") -> Finding:
    return Finding(check, "plan", statement, Severity.SERIOUS, "Why.", "5 mg")


DOSE, REST, BACK = said("p.1", "Take 5 mg daily."), said("p.2", "Rest."), said("p.3", "Come back.")
MENDED = said("p.r1.1", "Take 50 mg daily.", human=True)
ADDED = said("p.r1.2", "Call if it is worse at night.", human=True)
PLAN = ReviewedSection(
    "plan",
    "Plan",
    (DOSE, REST, BACK),
    (MENDED, BACK, ADDED),
    DecisionKind.EDIT,
    "",
    (found("p.1"), found("p.3", "unsure-words"), found("", "full-section")),
)
KEPT = replace(PLAN, signed=PLAN.drafted, kind=DecisionKind.ACCEPT)
STRUCK = replace(PLAN, signed=(), kind=DecisionKind.REJECT, reason="It was not said")
GRANTED = TrainingConsent(granted=True, at=NOW)


def note(*sections: ReviewedSection, days: float = 0, **changed: object) -> ReviewedNote:
    at = NOW + timedelta(days=days)
    usual = ReviewedNote(
        case=CaseId(uuid4()),
        patient=PatientId(uuid4()),
        line="documentation",
        model=ModelUse("infer", "extractive", "3"),
        drafted_at=at - timedelta(hours=1),
        seen_at=at - timedelta(seconds=90),
        signed_at=at,
        retracted=False,
        consent=GRANTED,
        sections=sections or (PLAN,),
    )
    return replace(usual, **changed)  # type: ignore[arg-type]


def worsening() -> tuple[ReviewedNote, ...]:
    """Eighty notes; from the forty-first on, two of three are changed."""
    good = [note(KEPT, days=day) for day in range(-80, -40)]
    return (*good, *(note(PLAN if day % 3 else STRUCK, days=day) for day in range(-40, 0)))
