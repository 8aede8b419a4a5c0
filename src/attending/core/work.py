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
    subject: SourceId | CaseId | ReleaseId | BlobId
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
class Failure:
    """Work that waits for a person. ``explanation`` may hold a record system's words."""

    id: FailureId
    encounter: EncounterId
    subject: str  # source, case or release
    subject_id: UUID
    step: str
    code: str
    explanation: str
    state: str  # open or closed
    resolution: str
    owner: PrincipalId | None
    opened_at: datetime


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
class ChainEntry:
    """One link of the audit chain: the text, and the hash over it and the link before."""

    seq: int
    entry: str
    hash: bytes
