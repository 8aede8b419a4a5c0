"""Who acts: principals, roles and scopes; and the proof that a person signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from attending.core.ids import PrincipalId, TenantId


class StaffRole(StrEnum):
    CLINICIAN = "clinician"
    SAFETY_OFFICER = "safety_officer"
    AUDITOR = "auditor"
    ENGINEER = "engineer"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a bearer token may do. A role is granted a fixed set of them (ROLE_SCOPES)."""

    INTAKE = "intake"  # patients, consents, encounters, sources
    READ = "cases:read"
    REVIEW = "cases:review"
    SIGN = "cases:sign"
    TIMELINE = "timeline:read"
    FAILURES = "failures:own"
    AUDIT = "audit:read"
    STOP = "lines:stop"  # pause a line or a model, and resume it
    SESSIONS = "sessions:end"  # end the sessions of other people
    SYSTEM = "system:read"  # people, record systems, settings, queue and models, as they stand
    MODELS = "models:roll"  # roll versions out and back


ROLE_SCOPES: dict[StaffRole, frozenset[Scope]] = {
    StaffRole.CLINICIAN: frozenset(
        {Scope.INTAKE, Scope.READ, Scope.REVIEW, Scope.SIGN, Scope.TIMELINE, Scope.FAILURES}
    ),
    StaffRole.SAFETY_OFFICER: frozenset(
        {
            Scope.READ,
            Scope.TIMELINE,
            Scope.FAILURES,
            Scope.STOP,
            Scope.SESSIONS,
            Scope.MODELS,
        }
    ),
    StaffRole.AUDITOR: frozenset({Scope.AUDIT, Scope.TIMELINE}),
    StaffRole.ENGINEER: frozenset({Scope.FAILURES, Scope.TIMELINE, Scope.SYSTEM, Scope.MODELS}),
    StaffRole.ADMIN: frozenset({Scope.FAILURES, Scope.SESSIONS, Scope.SYSTEM}),
}


@dataclass(frozen=True)
class Caller:
    """A verified bearer token: who, in which tenant, with which roles and scopes.

    session: what names the log-in, or at least the token, so that it can be ended.
    issued_at: of the token. authenticated_at: when the person last proved who they are;
    None if the issuer does not say, which counts as long ago.
    """

    tenant: TenantId
    issuer: str
    subject: str
    roles: frozenset[StaffRole]
    scopes: frozenset[Scope]
    session: str
    issued_at: datetime
    authenticated_at: datetime | None

    @property
    def logged_in_at(self) -> datetime:
        """As far as the issuer says."""
        return self.authenticated_at or self.issued_at


@dataclass(frozen=True)
class LogIn:
    """What a session is known by, once it is known whose it is."""

    principal: PrincipalId
    session: str
    issued_at: datetime


@dataclass(frozen=True)
class Principal:
    """A person enrolled in a tenant. Only a clinician may sign."""

    id: PrincipalId
    issuer: str
    subject: str
    name: str
    roles: frozenset[StaffRole]


@dataclass(frozen=True)
class Issuer:
    """An OpenID Connect issuer whose log-ins prove signatures.

    keys: JSON Web Keys that were pinned; where there are none, jwks_uri or discovery says
    where the issuer publishes its own.
    """

    issuer: str
    audience: str
    client_id: str
    jwks_uri: str | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proof:
    """What a person's own authenticator made; nothing of ours can make it.

    kind "oidc": ``token`` is an ID token whose ``nonce`` is the digest of what is signed.
    kind "webauthn": an assertion by a passkey, whose challenge holds digest and time
    (core/passkey.py).
    """

    token: str
    kind: Literal["oidc", "webauthn"] = "oidc"


@dataclass(frozen=True)
class Proven:
    """What a proof says, once its signature was checked with a public key that is trusted.

    passkey: the credential that made it, or "" for a log-in; count: how often its
    authenticator says that it was used, 0 if it does not count.
    """

    issuer: str
    subject: str
    digest: str  # lower-case hex of SHA-256
    authenticated_at: datetime
    issued_at: datetime
    expires_at: datetime
    passkey: str = ""
    count: int = 0


class TokenVerifier(Protocol):
    """Verifies bearer tokens at the edge."""

    def caller(self, token: str) -> Caller:
        """Raises Unauthenticated for anything but a valid token of a trusted issuer."""
        ...


class ProofVerifier(Protocol):
    """Verifies proofs of signing with public keys."""

    def proven(self, proof: Proof) -> Proven:
        """Check the cryptography and the issuer; times are judged by the caller.

        Raises ProofRefused.
        """
        ...
