"""What one open transaction offers: a protocol for each kind of row. ``ports.Unit`` holds them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from attending.core.capture import Capture, CaptureState, Chunk, Piece
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
from attending.core.draft import Draft, Finding
from attending.core.entry import PatientIdentity, Signature
from attending.core.identity import LogIn, Principal
from attending.core.ids import (
    CaptureId,
    CaseId,
    EncounterId,
    FailureId,
    PasskeyId,
    PatientId,
    PauseId,
    PrincipalId,
    ReleaseId,
    RunId,
    SignatureId,
    SourceId,
    TargetId,
)
from attending.core.learned import JudgedStatement, ReviewedNote
from attending.core.line import Row
from attending.core.passkey import Passkey
from attending.core.pause import (
    LineInUse,
    ModelInUse,
    Pause,
    PauseAct,
    SignedResumption,
    Standing,
    Stop,
    Waiting,
)
from attending.core.trust import SignedStatement
from attending.core.work import (
    CaseHead,
    ChainEntry,
    Deliveries,
    Encounter,
    Failure,
    Found,
    Handover,
    Patient,
    Progress,
    Purpose,
    Queued,
    Release,
    Run,
    Source,
    Target,
    Tenant,
    TimelineEvent,
    Wanted,
)
from attending.core.worklist import Listed, Place, Which

if TYPE_CHECKING:
    from attending.core.ports import Cipher


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
    def keep_beside(self, run: Run, cipher: Cipher) -> None:
        """A run that answers nobody; once. cipher: of the patient, had while the case drafted."""
        ...

    def run(self, source: SourceId, step: str) -> Run | None: ...
    def run_by_id(self, run: RunId) -> Run: ...
    def keep_rows(self, source: SourceId, rows: Mapping[str, tuple[Row, ...]]) -> None: ...


class Captures(Protocol):
    """Live recordings: their chunks, and what was heard of them so far."""

    def add(self, capture: Capture, hints: tuple[str, ...]) -> None: ...
    def get(self, capture: CaptureId, *, lock: bool = False) -> Capture: ...
    def hints(self, capture: Capture) -> tuple[str, ...]:
        """Words to expect in it."""
        ...

    def of_encounter(self, encounter: EncounterId, line: str) -> Capture | None:
        """The one that is not ended. Waits for one that is being opened."""
        ...

    def open(self, limit: int) -> tuple[Capture, ...]:
        """Those that are not ended, the latest begun first."""
        ...

    def advance(
        self, capture: CaptureId, seen: int, state: CaptureState, source: SourceId | None = None
    ) -> int:
        """One step from version ``seen``; the new version. Raises Conflict."""
        ...

    def ask(self, capture: CaptureId, *, asked: bool) -> None:
        """Note that a job is on its way that hears what has come, or that none is any more."""
        ...

    def add_chunk(self, capture: CaptureId, chunk: Chunk) -> None: ...
    def chunks(self, capture: CaptureId) -> tuple[Chunk, ...]:
        """In the order of their numbers."""
        ...

    def last_change(self, capture: CaptureId) -> datetime:
        """When a chunk last arrived, or it was begun."""
        ...

    def add_piece(self, capture: Capture, piece: Piece) -> None: ...
    def heard(self, capture: CaptureId) -> tuple[int, int]:
        """How many pieces were heard, and up to which sample."""
        ...

    def pieces(self, capture: Capture, after: int = 0) -> tuple[Piece, ...]:
        """Those behind number ``after``, in order."""
        ...

    def of_source(self, source: SourceId) -> Capture | None:
        """The live recording that became this source."""
        ...


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


class Worklist(Protocol):
    """Cases at a glance, for somebody who chooses the next one."""

    def page(
        self, reader: PrincipalId, which: Which, after: Place | None, limit: int
    ) -> tuple[Listed, ...]: ...
    def of(self, reader: PrincipalId, cases: Collection[CaseId]) -> tuple[Listed, ...]:
        """The latest change first."""
        ...

    def counts(self, reader: PrincipalId) -> Mapping[Which, int]:
        """How many are in each list, up to COUNTED."""
        ...

    def named(self, words: str) -> tuple[CaseId, ...]:
        """Whose patient's name, date of birth or reference holds each of the words.

        Looks at the SEARCHED cases that were changed last; the latest first.
        """
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
    def deliveries(self) -> tuple[Deliveries, ...]:
        """One for each record system."""
        ...

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

    def in_use(self, since: datetime) -> tuple[ModelInUse, ...]:
        """Every model version that ever ran here, by name; ``drafted`` since this moment."""
        ...

    def lines_in_use(self) -> tuple[LineInUse, ...]:
        """Lines of which cases are being drafted, or in review."""
        ...

    def acts(self, limit: int) -> tuple[PauseAct, ...]:
        """The history, here and everywhere; the latest first."""
        ...

    def pause(self, pause: PauseId, stop: Stop, reason: str, by: PrincipalId) -> None: ...
    def resume(self, pause: Pause, signed: SignedResumption, by: PrincipalId) -> None:
        """Raises Conflict if somebody has resumed it already."""
        ...

    def waiting(self) -> tuple[Waiting, ...]:
        """Cases that were put off, longest first."""
        ...


class Learning(Protocol):
    """Signed notes, as their reviews left them."""

    def reviewed(self, since: datetime, limit: int) -> tuple[ReviewedNote, ...]:
        """Those first signed since then, the latest so many; oldest first."""
        ...

    def judged(self, since: datetime, limit: int) -> tuple[JudgedStatement, ...]:
        """Statements that a large judge looked at since then, the latest so many; oldest first."""
        ...


class Failures(Protocol):
    """The queue that a person owns."""

    def add(self, failure: Failure) -> None: ...
    def open(
        self,
        after: tuple[datetime, FailureId] | None = None,
        limit: int = 200,
        owner: PrincipalId | None = None,
    ) -> tuple[Failure, ...]:
        """Oldest first; of one owner, or all."""
        ...

    def count(self) -> int:
        """How many are open."""
        ...

    def get(self, failure: FailureId) -> Failure: ...
    def take(self, failure: FailureId, owner: PrincipalId) -> None: ...
    def hand_over(self, failure: FailureId, handover: Handover) -> None: ...
    def close(self, failure: FailureId, resolution: str, owner: PrincipalId) -> None: ...
    def settle(self, subject: str, subject_id: UUID, resolution: str, by: PrincipalId) -> None:
        """Close what is open of this subject, if anything is."""
        ...


class Queue(Protocol):
    """Jobs of this tenant, as they are looked at; ``Unit.enqueue`` adds one."""

    def waiting(self) -> tuple[Queued, ...]:
        """What waits or is being done, the longest first."""
        ...


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

    def ended_among(self, log_ins: Collection[LogIn]) -> frozenset[LogIn]:
        """Those of them that no longer count."""
        ...

    def end(self, principal: PrincipalId, session: str, until: datetime, by: PrincipalId) -> None:
        """Tokens that were issued until then end; of every session if it is ''."""
        ...


class Passkeys(Protocol):
    """What people enrolled to sign with. A row is a wish: statements of trust decide."""

    def add(self, passkey: Passkey) -> None:
        """Raises Conflict for a credential that is enrolled already, or one too many."""
        ...

    def of(self, principal: PrincipalId) -> tuple[Passkey, ...]:
        """Oldest first, withdrawn ones too."""
        ...

    def withdraw(self, passkey: PasskeyId, principal: PrincipalId) -> None:
        """It signs nothing from now on. Raises NotFound for one that is not this person's."""
        ...

    def use(self, credential: str, principal: PrincipalId, count: int) -> None:
        """Keep the authenticator's count of a signature.

        Raises ProofRefused if it is not this person's or was withdrawn, CountWentBack for
        a count that is not higher than the last one, where the authenticator counts.
        """
        ...


class Trail(Protocol):
    """The tenant's audit chain, as it is read; ``Unit.audit`` writes it."""

    def last(self) -> int:
        """The number of its last entry; 0 if it has none."""
        ...

    def entries(self, after: int, limit: int) -> tuple[ChainEntry, ...]:
        """In the order of the chain, from the one that follows ``after``."""
        ...

    def newest(self, wanted: Wanted, before: int, limit: int) -> Found:
        """Those that fit, the newest first, below the number ``before``."""
        ...

    def since(self, moment: datetime) -> int:
        """The number of the first entry at or after a moment; one past the last if none is."""
        ...

    def about(self, subject: UUID) -> frozenset[str]:
        """The subjects of entries that concern a case, or an encounter: theirs, and of all

        that belongs to them. Of anything else, itself.
        """
        ...

    def cases(self, subjects: Collection[str]) -> Mapping[str, CaseHead]:
        """Of subjects that belong to a case, the case."""
        ...
