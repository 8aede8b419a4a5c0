"""What the loop carries besides the case: sources, encounters, runs, releases, failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from attending.core.case import CaseState, ModelUse, ReleaseState, SourceState
from attending.core.entry import Action, PatientIdentity
from attending.core.ids import (
    UUID,
    BlobId,
    CaptureId,
    CaseId,
    EncounterId,
    FailureId,
    PatientId,
    PrincipalId,
    ReleaseId,
    RunId,
    SignatureId,
    SourceId,
    TargetId,
    TenantId,
)


class Purpose(StrEnum):
    """What a patient agrees to, each by itself."""

    RECORD = "record"
    ASSISTANCE = "assistance"
    TRAINING = "training"
    INCIDENTAL = "incidental"


class Step(StrEnum):
    """The jobs of the loop, by the names of the queue."""

    LISTEN = "listen"
    TEND = "tend"
    DECODE = "decode"
    INFER = "infer"
    PROPOSE = "propose"
    SWEEP = "sweep"
    RELEASE = "release"
    NOTIFY = "notify"


@dataclass(frozen=True)
class Job:
    """Says: advance ``subject`` from ``version``. Ids only: a queue is no place for content."""

    step: Step
    tenant: TenantId
    subject: CaptureId | SourceId | CaseId | ReleaseId | BlobId
    version: int


@dataclass(frozen=True)
class Tenant:
    id: TenantId
    name: str
    demo: bool


@dataclass(frozen=True)
class Target:
    id: TargetId
    kind: str
    address: str
    name: str


@dataclass(frozen=True)
class Patient:
    id: PatientId
    target: TargetId
    identity: PatientIdentity


@dataclass(frozen=True)
class Encounter:
    id: EncounterId
    patient: PatientId
    target: TargetId
    reference: str  # in the record system, or ""
    started_at: datetime


@dataclass(frozen=True)
class Source:
    id: SourceId
    encounter: EncounterId
    patient: PatientId
    line: str
    media_type: str
    digest: str
    size: int
    blob: str
    hints: tuple[str, ...]


def blob_key(blob: BlobId) -> str:
    """Where a source's content lies below its tenant."""
    return f"sources/{blob}"


@dataclass(frozen=True)
class Progress:
    """Where a source stands. ``done`` is 0..1 within the present state."""

    state: SourceState
    version: int
    done: float
    reason: str


@dataclass(frozen=True)
class Run:
    """One execution of one pinned model version on one input. Immutable."""

    id: RunId
    source: SourceId
    model: ModelUse
    parameters: Mapping[str, str]
    input_digest: str
    output: bytes
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True)
class CaseHead:
    """A case without its content: what a worklist shows."""

    id: CaseId
    encounter: EncounterId
    source: SourceId
    line: str
    state: CaseState
    version: int
    reason: str
    opened_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Release:
    id: ReleaseId
    case: CaseId
    encounter: EncounterId
    signature: SignatureId
    target: TargetId
    action: Action
    digest: str
    state: ReleaseState
    version: int
    attempts: int
    reference: str
    resource: Mapping[str, Any] | None
    reason: str
    untouched: bool  # given up, and the record is known to hold nothing of it
    changed_at: datetime


@dataclass(frozen=True)
class Handover:
    """A failure that one person gave to another. ``note`` may name the patient."""

    giver: PrincipalId
    owner: PrincipalId
    note: str
    at: datetime


@dataclass(frozen=True)
class Deliveries:
    """What the database knows of the deliveries to one record system.

    waiting: not written yet; oldest: since when the first of them. retried: of those, tried
    before and failed in passing. failed: that wait for a person. reason: the code of the last failure.
    """

    target: TargetId
    last_written: datetime | None
    last_failed: datetime | None
    reason: str
    waiting: int
    oldest: datetime | None
    retried: int
    failed: int


@dataclass(frozen=True)
class Failure:
    """Work that waits for a person. ``explanation`` may hold a record system's words.

    tries: how often the step failed for it, over all that was tried. handed: the last time
    that it was given to somebody.
    """

    id: FailureId
    encounter: EncounterId
    subject: str  # source, case, release or capture
    subject_id: UUID
    step: str
    code: str
    explanation: str
    state: str  # open or closed
    resolution: str
    owner: PrincipalId | None
    opened_at: datetime
    tries: int = 0
    handed: Handover | None = None


@dataclass(frozen=True)
class Queued:
    """A job that waits, or is being done. tries: that failed. due: not before; None for now."""

    step: Step
    subject: UUID
    tries: int
    since: datetime
    due: datetime | None
    doing: bool


@dataclass(frozen=True)
class TimelineEvent:
    """A step of a state machine (``kind`` "state") or a piece of work ("span")."""

    at: datetime
    kind: str
    name: str
    process: str
    seconds: float | None
    outcome: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """Which entries of the chain are looked for; what is empty asks for nothing.

    since, until: numbers of entries, the first and one past the last.
    """

    since: int = 1
    until: int | None = None
    actor: str = ""
    action: str = ""
    subjects: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Found:
    """``looked_to``: the lowest number that was looked at; below it, more may fit."""

    entries: tuple[ChainEntry, ...]
    looked_to: int


@dataclass(frozen=True)
class ChainEntry:
    """One link of the audit chain: the text, and the hash over it and the link before."""

    seq: int
    entry: str
    hash: bytes
