"""What the loop asks of the world. Each port is kept by an adapter, wired in app.py.

A Unit is one transaction of one tenant: all that is done through it commits together,
a job's effect, the change of state and the next job too.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from attending.core.case import (
    Case,
    CaseState,
    Decided,
    Decision,
    ReleaseState,
    Revision,
    SourceState,
    View,
)
from attending.core.checkpoint import Checkpoint
from attending.core.draft import Draft, Finding
from attending.core.entry import PatientIdentity, Signature
from attending.core.identity import Principal, ProofVerifier
from attending.core.ids import (
    CaseId,
    EncounterId,
    FailureId,
    PatientId,
    PauseId,
    PrincipalId,
    ReleaseId,
    RunId,
    SignatureId,
    SourceId,
    TargetId,
    TenantId,
)
from attending.core.line import Row
from attending.core.pause import Pause, SignedResumption, Standing, Stop, Waiting
from attending.core.trust import SignedStatement, Trusted
from attending.core.work import (
    CaseHead,
    ChainEntry,
    Encounter,
    Failure,
    Job,
    Patient,
    Progress,
    Purpose,
    Release,
    Run,
    Source,
    Target,
    Tenant,
    TimelineEvent,
)


class People(Protocol):
    """Tenants, principals, targets, patients and what they agreed to."""

    def tenant(self) -> Tenant: ...
    def principal(self, issuer: str, subject: str) -> Principal | None: ...
    def principal_by_id(self, principal: PrincipalId) -> Principal: ...
    def principals(self) -> tuple[Principal, ...]: ...
    def targets(self) -> tuple[Target, ...]: ...
    def target(self, target: TargetId) -> Target: ...
    def add_patient(
        self, patient: PatientId, target: TargetId, identity: PatientIdentity
    ) -> None: ...
    def patient(self, patient: PatientId) -> Patient: ...
    def patients(self, after: PatientId | None, limit: int) -> tuple[Patient, ...]:
        """By id, which says nothing of them: their names are sealed."""
        ...

    def record_consent(
        self, patient: PatientId, purpose: Purpose, *, granted: bool, by: PrincipalId
    ) -> None: ...
    def consents(self, patient: PatientId) -> Mapping[Purpose, bool]:
        """The last word on each purpose; a purpose nobody asked about is absent."""
        ...

    def add_encounter(self, encounter: Encounter, by: PrincipalId) -> None: ...
    def encounter(self, encounter: EncounterId) -> Encounter: ...
    def encounters(
        self, before: tuple[datetime, EncounterId] | None, limit: int
    ) -> tuple[Encounter, ...]:
        """The latest begun first."""
        ...


class Intake(Protocol):
    """Sources, their states, and the runs on them."""

    def add_source(self, source: Source, by: PrincipalId) -> None: ...
    def source(self, source: SourceId) -> Source: ...
    def find_source(self, encounter: EncounterId, line: str, digest: str) -> Source | None: ...
    def names_blob(self, blob: str) -> bool:
        """Whether a source's content lies there. Waits for whoever asks this in a transaction

        that is under way, and then holds up others: it is not removed while it enters.
        """
        ...

    def progress(self, source: SourceId, *, lock: bool = False) -> Progress: ...
    def advance_source(
        self, source: SourceId, seen: int, state: SourceState, reason: str = ""
    ) -> int:
        """One step from version ``seen``; the new version. Raises Conflict."""
        ...

    def report_progress(self, source: SourceId, version: int, done: float) -> None: ...
    def add_run(self, run: Run) -> None: ...
    def run(self, source: SourceId, step: str) -> Run | None: ...
    def run_by_id(self, run: RunId) -> Run: ...
    def keep_rows(self, source: SourceId, rows: Mapping[str, tuple[Row, ...]]) -> None: ...


class Cases(Protocol):
    """Cases and all that reviewing leaves."""

    def open_case(self, case: CaseId, source: Source) -> None: ...
    def head(self, case: CaseId, *, lock: bool = False) -> CaseHead: ...
    def head_by_source(self, source: SourceId) -> CaseHead: ...
    def case(self, case: CaseId, *, lock: bool = False) -> Case: ...
    def worklist(
        self, states: tuple[CaseState, ...], before: tuple[datetime, CaseId] | None, limit: int
    ) -> tuple[CaseHead, ...]: ...
    def of_encounter(self, encounter: EncounterId) -> tuple[CaseHead, ...]: ...
    def advance(self, case: CaseId, seen: int, state: CaseState, reason: str = "") -> int:
        """One step from version ``seen``; the new version. Raises Conflict."""
        ...

    def propose(
        self,
        case: CaseId,
        patient: PatientId,
        run: RunId,
        draft: Draft,
        found: tuple[Finding, ...],
    ) -> None: ...
    def add_view(self, case: Case, view: View) -> None: ...
    def add_decision(self, case: Case, decision: Decision) -> None: ...
    def decided_since(self, by: PrincipalId, since: datetime) -> tuple[Decided, ...]:
        """What this person decided in any case since a log-in, or a signature if that is later.

        Oldest first, at most 200.
        """
        ...

    def add_revision(self, case: Case, revision: Revision) -> None: ...
    def add_rejection(self, case: Case, version: int, reason: str, by: PrincipalId) -> None:
        """Why the whole draft was rejected; the case's ``reason`` from now on."""
        ...


class Signing(Protocol):
    """Signatures and their releases: the outbox."""

    def add_signature(self, case: Case, version: int, signature: Signature) -> None: ...
    def signature(self, signature: SignatureId) -> Signature: ...
    def signatures(self, case: CaseId) -> tuple[Signature, ...]: ...
    def add_release(self, release: ReleaseId, signature: Signature, case: CaseId) -> None: ...
    def release(self, release: ReleaseId, *, lock: bool = False) -> Release: ...
    def releases(self, case: CaseId) -> tuple[Release, ...]: ...
    def advance_release(
        self, release: ReleaseId, seen: int, state: ReleaseState, reason: str = ""
    ) -> int: ...
    def give_up_release(
        self, release: ReleaseId, seen: int, reason: str, *, untouched: bool
    ) -> int: ...
    def complete_release(
        self, release: Release, seen: int, reference: str, resource: Mapping[str, Any]
    ) -> int: ...


class Pauses(Protocol):
    """What was stopped, and let go again. Acts are only ever added."""

    def standing(self) -> tuple[Standing, ...]:
        """What stops work now, this clinic's own and the installation's; without reasons."""
        ...

    def stands(self, pause: PauseId) -> bool:
        """Waits for a resumption that is under way, and then holds up others."""
        ...

    def pauses(self) -> tuple[Pause, ...]:
        """The same as ``standing``, with who and why; oldest first."""
        ...

    def models(self) -> tuple[tuple[str, str], ...]:
        """Name and version of every model that ever ran here."""
        ...

    def pause(self, pause: PauseId, stop: Stop, reason: str, by: PrincipalId) -> None: ...
    def resume(self, pause: Pause, signed: SignedResumption, by: PrincipalId) -> None:
        """Raises Conflict if somebody has resumed it already."""
        ...

    def waiting(self) -> tuple[Waiting, ...]:
        """Cases that were put off, longest first."""
        ...


class Failures(Protocol):
    """The queue that a person owns."""

    def add(self, failure: Failure) -> None: ...
    def open(
        self, after: tuple[datetime, FailureId] | None = None, limit: int = 200
    ) -> tuple[Failure, ...]:
        """Oldest first."""
        ...

    def get(self, failure: FailureId) -> Failure: ...
    def take(self, failure: FailureId, owner: PrincipalId) -> None: ...
    def close(self, failure: FailureId, resolution: str, owner: PrincipalId) -> None: ...


class Timeline(Protocol):
    """The story of an encounter."""

    def events(self, encounter: EncounterId) -> tuple[TimelineEvent, ...]: ...


class Answers(Protocol):
    """Answers already given to writes that carried an idempotency key."""

    def find(self, by: PrincipalId, key: str) -> tuple[str, int, bytes] | None: ...
    def keep(
        self, by: PrincipalId, key: str, request_digest: str, status: int, body: bytes
    ) -> None: ...


class TrustLog(Protocol):
    """The tenant's statements of trust as they are stored: not verified yet."""

    def head(self) -> SignedStatement | None:
        """The last one."""
        ...

    def all(self) -> tuple[SignedStatement, ...]: ...


class Sessions(Protocol):
    """Log-ins that were ended before their tokens expire. Acts are only ever added."""

    def ended(self, principal: PrincipalId, session: str, issued_at: datetime) -> bool:
        """Whether a token of this session, issued at this time, no longer counts."""
        ...

    def end(self, principal: PrincipalId, session: str, until: datetime, by: PrincipalId) -> None:
        """Tokens that were issued until then end; of every session if it is ''."""
        ...


class Trail(Protocol):
    """The tenant's audit chain, as it is read; ``Unit.audit`` writes it."""

    def last(self) -> int:
        """The number of its last entry; 0 if it has none."""
        ...

    def entries(self, after: int, limit: int) -> tuple[ChainEntry, ...]:
        """In the order of the chain, from the one that follows ``after``."""
        ...


class Unit(Protocol):
    """One transaction of one tenant."""

    tenant: TenantId

    @property
    def people(self) -> People: ...
    @property
    def intake(self) -> Intake: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def signing(self) -> Signing: ...
    @property
    def failures(self) -> Failures: ...
    @property
    def pauses(self) -> Pauses: ...
    @property
    def trust(self) -> TrustLog: ...
    @property
    def timeline(self) -> Timeline: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def trail(self) -> Trail: ...

    def cipher(self, patient: PatientId) -> Cipher: ...
    def enqueue(self, job: Job, delay: timedelta = ...) -> None: ...
    def audit(self, actor: str, action: str, subject: object, **detail: object) -> None:
        """Append to the tenant's history when the transaction commits. Ids and numbers only."""
        ...


class Storage(Protocol):
    """Transactions. ``actor`` names who acts, for the timeline: an id, never a name."""

    def transaction(self, tenant: TenantId, actor: str) -> AbstractContextManager[Unit]: ...
    def note(
        self, tenant: TenantId, actor: str, action: str, subject: object, **detail: object
    ) -> None:
        """An audit entry that goes with no other change; durable when this returns."""
        ...


class Cipher(Protocol):
    """Seals content under one patient's key, bound to the place where it is kept."""

    def seal(self, place: str, content: bytes) -> bytes: ...
    def open(self, place: str, sealed: bytes) -> bytes:
        """Raises Misconfigured if key or place do not fit: moved or altered ciphertext."""
        ...


class BlobWriter(Protocol):
    """An upload in progress; nothing stands under the key before ``finish``."""

    size: int

    def write(self, chunk: bytes) -> None: ...
    def finish(self) -> str:
        """Make it stand; the lower-case hex SHA-256 of what was written."""
        ...

    def discard(self) -> None: ...


class Blobs(Protocol):
    """Encrypted objects of any size under the tenant's prefix."""

    def writer(self, tenant: TenantId, key: str, cipher: Cipher) -> BlobWriter: ...
    def fetch(self, tenant: TenantId, key: str, cipher: Cipher, into: Path) -> None: ...
    def stands(self, tenant: TenantId, key: str) -> bool: ...
    def delete(self, tenant: TenantId, key: str) -> None:
        """Whatever stands there, or was left half-written; nothing is fine, too."""
        ...


class Notices(Protocol):
    """Tells the outside that something is ready or failed, by ids alone."""

    def send(self, event: str, tenant: TenantId, subject: object, version: int) -> None:
        """Raises RecordUnavailable if the receiver cannot be reached."""
        ...


class Checkpoints(Protocol):
    """Signed heads of the audit history, kept outside the database."""

    def record(self, tenant: TenantId) -> Checkpoint:
        """Sign the present head and keep it; durable when this returns.

        Raises HistoryRewritten if the history does not extend what was signed before.
        """
        ...

    def opened(self, witness: str) -> Checkpoint:
        """The checkpoint that a record holds. Raises RecordMismatch unless it was signed here."""
        ...


class Trust(Protocol):
    """What the admin key has signed for, and the verifier that follows from it."""

    def standing(self, unit: Unit) -> Trusted:
        """Raises TrustBroken if the log does not hold, or is shorter than it was."""
        ...

    def prover(self, trusted: Trusted) -> ProofVerifier:
        """Of proofs by the trusted issuers, and no others."""
        ...


class Telemetry(Protocol):
    """Spans of work, found again by encounter."""

    def span(
        self, name: str, tenant: TenantId, encounter: EncounterId, **attributes: str | float
    ) -> AbstractContextManager[None]: ...
