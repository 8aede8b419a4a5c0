"""What is signed, and the only thing that a record adapter accepts.

A signature covers the SHA-256 of the RFC 8785 canonical form of an EntryPayload.
A SignedEntry is made by ``verified`` alone, from a proof that neither the database
nor any serving process can make.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

from attending.core.case import Case
from attending.core.errors import ProofRefused
from attending.core.identity import Principal, Proof, ProofVerifier, Proven, StaffRole
from attending.core.ids import PrincipalId, SignatureId, TargetId, derived
from attending.core.trust import TargetAddress, Trusted

FRESH = timedelta(minutes=5)  # how old an authentication may be when it signs
LEEWAY = timedelta(seconds=30)  # between the clocks of issuer and server
MEANING = "I have reviewed every section of this entry and sign it as its author."
MEANING_RETRACT = "I retract this entry: it was entered in error."


class Action(StrEnum):
    """What a release does in the record. Nothing is ever overwritten."""

    WRITE = "write"
    AMEND = "amend"
    RETRACT = "retract"


@dataclass(frozen=True)
class PatientIdentity:
    """Who the patient is in the record system, as the clinician saw it when signing."""

    reference: str  # "Patient/123"
    name: str
    birth_date: str  # ISO 8601
    identifiers: tuple[tuple[str, str], ...] = ()  # (system, value), sorted


@dataclass(frozen=True)
class SignedDecision:
    section: str
    kind: str
    revision: int
    reason: str
    by: str


@dataclass(frozen=True)
class Signer:
    id: str
    issuer: str
    subject: str
    name: str


@dataclass(frozen=True)
class Model:
    step: str
    name: str
    version: str


@dataclass(frozen=True)
class Content:
    """Exactly what will stand in the record. ``html`` is a well-formed XHTML fragment."""

    title: str
    text: str
    html: str
    language: str = "en"


@dataclass(frozen=True)
class EntryPayload:
    """All that a signature covers. Text and whole numbers only: no float to canonicalise."""

    action: Action
    tenant: str
    patient_id: str
    patient: PatientIdentity
    encounter_id: str
    encounter: str  # reference in the record system, or ""
    case: str
    version: int
    line: str
    decisions: tuple[SignedDecision, ...]
    target: TargetAddress
    signer: Signer
    models: tuple[Model, ...]
    content: Content
    labels: tuple[str, ...]  # HL7 security labels: AIAST, and HTEST for a demo tenant
    meaning: str
    prepared_at: str  # ISO 8601, UTC
    replaces: str = ""  # the resource that an amendment or retraction is about
    format: int = 1


@dataclass(frozen=True)
class Signature:
    id: SignatureId
    payload: EntryPayload
    digest: str
    by: PrincipalId
    proof: Proof
    signed_at: datetime


def canonical(payload: EntryPayload) -> bytes:
    """RFC 8785 form of the payload."""
    return rfc8785.dumps(_jsonable(asdict(payload)))


def digest(payload: EntryPayload) -> str:
    """Lower-case hex SHA-256 of the canonical form: the nonce of the signer's proof."""
    return hashlib.sha256(canonical(payload)).hexdigest()


def entry_key(signature: SignatureId, target: object) -> str:
    """Under which a record system keeps what a signature put there."""
    return f"{signature}.{target}"


def signature_id(payload: EntryPayload) -> SignatureId:
    """One signature for each version of a case: an old one under a new id does not hold."""
    return SignatureId(derived(payload.tenant, payload.case, payload.version))


def _jsonable(value: Any) -> Any:  # noqa: ANN401 - whatever asdict gives
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value


_SEAL = object()


class SignedEntry:
    """A payload whose proof was verified in this process. Made by ``verified`` only."""

    __slots__ = ("digest", "payload", "proven", "signature", "signed_at")

    def __init__(self, signature: Signature, proven: Proven, *, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("A SignedEntry is made by attending.core.entry.verified alone.")
        self.payload = signature.payload
        self.digest = signature.digest
        self.signature = signature.id
        self.signed_at = signature.signed_at
        self.proven = proven

    @property
    def key(self) -> str:
        """The idempotency key: one resource per signature and target."""
        return entry_key(self.signature, self.payload.target.id)


def verified(
    case: Case,
    signature: Signature,
    trusted: Trusted,
    prover: ProofVerifier,
) -> SignedEntry:
    """Check everything that a signature claims against the case, and the proof itself.

    Signer, target, issuer and passkey are taken from the signed statements of trust, and from
    nowhere else. prover: of those issuers and passkeys. Raises Untrusted, and ProofRefused, naming
    what does not hold.
    """
    payload = signature.payload
    expected = digest(payload)
    _require(signature.digest == expected, "the digest is not that of the content")
    _require(signature.id == signature_id(payload), "it is stored as another signature")
    _require_facts(case, payload)
    principal, target = trusted.principal(signature.by), trusted.target(_target(payload))
    _require(payload.target == target, "it is for another target")
    _require_decided(case, payload)
    proven = prover.proven(signature.proof)
    _require(proven.issuer in {i.issuer for i in trusted.issuers}, "its issuer is not trusted")
    _require(proven.digest == expected, "the proof is for another digest")
    _require_signer(payload, signature, principal, proven)
    _require_times(signature.signed_at, proven)
    return SignedEntry(signature, proven, seal=_SEAL)


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ProofRefused(f"The signature does not hold: {what}.")


def _require_facts(case: Case, payload: EntryPayload) -> None:
    _require(payload.case == str(case.id), "it is of another case")
    _require(payload.tenant == str(case.tenant), "it is of another tenant")
    _require(payload.patient_id == str(case.patient), "it is of another patient")
    _require(payload.encounter_id == str(case.encounter), "it is of another encounter")


def _target(payload: EntryPayload) -> TargetId:
    try:
        return TargetId(UUID(payload.target.id))
    except ValueError:
        raise ProofRefused("The signature does not hold: it names no target.") from None


def _require_decided(case: Case, payload: EntryPayload) -> None:
    made = {d.section: d for d in payload.decisions}
    sections = {s.key for s in case.proposal().sections}
    _require(set(made) == sections, "not every section is decided")
    for key, signed in made.items():
        row = case.decision(key, until=payload.version)
        agrees = row is not None and (row.kind, row.revision) == (signed.kind, signed.revision)
        _require(agrees, "its decisions are not those of the case")


def _require_signer(
    payload: EntryPayload, signature: Signature, principal: Principal, proven: Proven
) -> None:
    person = (principal.issuer, principal.subject)
    _require((proven.issuer, proven.subject) == person, "somebody else made the proof")
    named = Signer(str(principal.id), principal.issuer, principal.subject, principal.name)
    _require(payload.signer == named, "it names another signer")
    _require(signature.by == principal.id, "it is stored under another signer")
    _require(StaffRole.CLINICIAN in principal.roles, "the signer may not sign")


def _require_times(signed_at: datetime, proven: Proven) -> None:
    _require(signed_at <= proven.expires_at + LEEWAY, "the proof had expired")
    _require(signed_at >= proven.issued_at - LEEWAY, "the proof is younger than the signature")
    _require(signed_at - proven.authenticated_at <= FRESH + LEEWAY, "the log-in was not fresh")
