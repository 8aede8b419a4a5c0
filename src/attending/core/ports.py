"""What the loop asks of the world. Each port is kept by an adapter, wired in app.py.

A Unit is one transaction of one tenant: all that is done through it commits together,
a job's effect, the change of state and the next job too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from attending.core.checkpoint import Checkpoint, Verified
from attending.core.guard_tables import Guards
from attending.core.identity import ProofVerifier
from attending.core.ids import (
    EncounterId,
    PatientId,
    TenantId,
)
from attending.core.registry_tables import Registry
from attending.core.tables import (
    Answers,
    Captures,
    Cases,
    Failures,
    Intake,
    Learning,
    Passkeys,
    Pauses,
    People,
    Queue,
    Sessions,
    Signing,
    Timeline,
    Trail,
    TrustLog,
    Worklist,
)
from attending.core.trust import Trusted
from attending.core.work import (
    Job,
)


class Unit(Protocol):
    """One transaction of one tenant."""

    tenant: TenantId

    @property
    def people(self) -> People: ...
    @property
    def intake(self) -> Intake: ...
    @property
    def captures(self) -> Captures: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def worklist(self) -> Worklist: ...
    @property
    def signing(self) -> Signing: ...
    @property
    def failures(self) -> Failures: ...
    @property
    def pauses(self) -> Pauses: ...
    @property
    def registry(self) -> Registry: ...
    @property
    def guards(self) -> Guards: ...
    @property
    def learning(self) -> Learning: ...
    @property
    def trust(self) -> TrustLog: ...
    @property
    def queue(self) -> Queue: ...
    @property
    def timeline(self) -> Timeline: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def passkeys(self) -> Passkeys: ...
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
    def stretch(
        self, tenant: TenantId, key: str, cipher: Cipher, size: int, asked: range
    ) -> Iterator[bytes]:
        """The bytes ``asked`` of a content of ``size``, in pieces of 1 MiB at most.

        ``asked`` is not empty and lies within. Raises Misconfigured if what is read was
        altered or cut; with the first piece, where the fault lies there.
        """
        ...

    def content(self, tenant: TenantId, key: str, cipher: Cipher) -> bytes: ...
    def stands(self, tenant: TenantId, key: str) -> bool: ...
    def delete(self, tenant: TenantId, key: str) -> None:
        """Whatever stands there, or was left half-written; nothing is fine, too."""
        ...

    def clear(self, tenant: TenantId, folder: str) -> None:
        """Whatever stands below it, or was left half-written; nothing is fine, too."""
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


class History(Protocol):
    """The audit history, as `attending audit verify` verifies it, in steps."""

    @property
    def place(self) -> str:
        """Where the signed checkpoints lie that it is held against; "" if none are known."""
        ...

    def last(self, tenant: TenantId) -> Checkpoint | None:
        """The last checkpoint that is kept there. Its signature is not looked at."""
        ...

    def verify(self, tenant: TenantId, before: Verified | None, limit: int) -> Verified:
        """At most so many entries more than before, or from the beginning."""
        ...


class Trust(Protocol):
    """What the admin key has signed for, and the verifier that follows from it."""

    def standing(self, unit: Unit) -> Trusted:
        """Raises TrustBroken if the log does not hold, or is shorter than it was."""
        ...

    def prover(self, trusted: Trusted) -> ProofVerifier:
        """Of proofs by the trusted issuers and passkeys, and no others."""
        ...


class Telemetry(Protocol):
    """Spans of work, found again by encounter."""

    def span(
        self, name: str, tenant: TenantId, encounter: EncounterId, **attributes: str | float
    ) -> AbstractContextManager[None]: ...
