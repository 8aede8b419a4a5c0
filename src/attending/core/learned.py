"""What a review taught: a note as it was drafted, beside what was signed of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from attending.core.case import DecisionKind, ModelUse
from attending.core.draft import Finding, Statement
from attending.core.guarding import Judgement
from attending.core.ids import CaseId, PatientId


@dataclass(frozen=True)
class ReviewedSection:
    """signed: what was signed of it; empty if it was rejected. reason: the clinician's words.

    findings: on the draft, which the reviewer was shown.
    """

    key: str
    title: str
    drafted: tuple[Statement, ...]
    signed: tuple[Statement, ...]
    kind: DecisionKind
    reason: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class TrainingConsent:
    """The patient's last word on training, at the time of asking."""

    granted: bool
    at: datetime


@dataclass(frozen=True)
class ReviewedNote:
    """A note up to its first signature; what was amended later is not in it.

    model: that drafted it. seen_at: when something of it was first on a reviewer's screen.
    retracted: it was taken back out of the record later. consent: None if nobody asked.
    """

    case: CaseId
    patient: PatientId
    line: str
    model: ModelUse
    drafted_at: datetime
    seen_at: datetime
    signed_at: datetime
    retracted: bool
    consent: TrainingConsent | None
    sections: tuple[ReviewedSection, ...]


@dataclass(frozen=True)
class JudgedStatement:
    """A drafted statement that a large judge looked at.

    model: that drafted it, name and version. warned: the other checks that found something
    there, CAUTION or worse.
    """

    case: CaseId
    model: str
    judgement: Judgement
    warned: frozenset[str]
    at: datetime
