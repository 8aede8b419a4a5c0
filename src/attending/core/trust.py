"""What the installation trusts: statements signed by an admin key that no process holds.

Each tenant has a log of them. A statement adds something, or revokes it; each names the
digest of the one before, so that none can be left out, changed or put elsewhere. A row
of the database that no statement here names is no key, no signer and no target.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol, TypeVar, get_type_hints
from uuid import UUID

import rfc8785

from attending.core.errors import InvalidInput, TrustBroken, Untrusted
from attending.core.identity import Issuer, Principal, StaffRole
from attending.core.ids import PrincipalId, TargetId, TenantId
from attending.core.passkey import Passkey, PublicKey, RelyingParty, Standing

Holds = Callable[[bytes, bytes, bytes], bool]  # public key, signature, message
CONTEXT = b"attending/trust/1\n"  # before what is signed: the key's signatures mean this alone


@dataclass(frozen=True)
class TargetAddress:
    """One record system of the tenant; an address alone, never a credential."""

    id: str
    kind: str
    address: str


class StatementKind(StrEnum):
    ADMIN = "admin"
    PRINCIPAL = "principal"
    ISSUER = "issuer"
    TARGET = "target"
    EGRESS = "egress"
    PROMOTION = "promotion"
    PASSKEY = "passkey"


class Act(StrEnum):
    ADD = "add"  # or replace what stands under the same subject
    REVOKE = "revoke"


@dataclass(frozen=True)
class AdminBody:
    """A further admin key: Ed25519, 64 lower-case hex digits. Its subject is key_id()."""

    kind: ClassVar = StatementKind.ADMIN
    key: str


@dataclass(frozen=True)
class PrincipalBody:
    """Who may act, and as what. Its subject is the principal's id."""

    kind: ClassVar = StatementKind.PRINCIPAL
    issuer: str
    subject: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class IssuerBody:
    """Whose log-ins prove a signature. Its subject is the issuer's address.

    keys: JSON Web Keys; where there are some, these hold and no others, and none is fetched.
    """

    kind: ClassVar = StatementKind.ISSUER
    audience: str
    client_id: str
    jwks_uri: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class TargetBody:
    """A record system that may be written to. Its subject is the target's id."""

    kind: ClassVar = StatementKind.TARGET
    record: str  # the kind of record system
    address: str
    name: str


@dataclass(frozen=True)
class EgressBody:
    """An engine outside that may see tokens. Its subject is the engine's name."""

    kind: ClassVar = StatementKind.EGRESS
    address: str
    agreement: str
    region: str
    purpose: str


@dataclass(frozen=True)
class PromotionBody:
    """A promotion that holds without its signer's proof. Its subject is "kind/name".

    Revoked, it takes every promotion of that name with it (assurance/promotion.py).
    """

    kind: ClassVar = StatementKind.PROMOTION
    version: str
    evaluation: str  # digest of the promotion that a clinician signed


@dataclass(frozen=True)
class PasskeyBody:
    """A key of a person's own authenticator. Its subject is the credential's id, base64url.

    principal: the person's id; key: COSE, base64url; rp_id, origin: where it signs.
    """

    kind: ClassVar = StatementKind.PASSKEY
    principal: str
    key: str
    rp_id: str
    origin: str


Body = (
    AdminBody | PrincipalBody | IssuerBody | TargetBody | EgressBody | PromotionBody | PasskeyBody
)
_BODIES: Mapping[StatementKind, type[Body]] = {
    each.kind: each
    for each in (
        AdminBody,
        PrincipalBody,
        IssuerBody,
        TargetBody,
        EgressBody,
        PromotionBody,
        PasskeyBody,
    )
}
B = TypeVar("B", bound=Body)


@dataclass(frozen=True)
class Statement:
    """number: from 1, without gaps; previous: digest() of the one before, or "" at first.

    body is absent where something is revoked; reason says why. by: key_id() of the admin
    key. at: ISO 8601, UTC.
    """

    tenant: str
    number: int
    previous: str
    act: Act
    kind: StatementKind
    subject: str
    by: str
    at: str
    reason: str = ""
    body: Body | None = None


@dataclass(frozen=True)
class SignedStatement:
    """text: canonical() of a statement, as it was signed."""

    text: str
    signature: bytes


class AdminKey(Protocol):
    """Who signs statements: a key in a file, a hardware key, a KMS."""

    @property
    def public(self) -> bytes:
        """Ed25519, 32 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """64 bytes. Raises Misconfigured if the key cannot be used."""
        ...


@dataclass(frozen=True)
class Head:
    """How far a log has come."""

    number: int = 0
    digest: str = ""


@dataclass(frozen=True)
class Trusted:
    """What stands at the end of a tenant's log."""

    tenant: TenantId
    head: Head
    admins: frozenset[str]  # public keys, hex
    standing: Mapping[tuple[StatementKind, str], Body] = field(default_factory=dict)
    revoked: Mapping[tuple[StatementKind, str], Statement] = field(default_factory=dict)

    def principal(self, principal: PrincipalId) -> Principal:
        """Raises Untrusted, and says so if it was revoked."""
        body = self._required(PrincipalBody, str(principal), "signer")
        roles = frozenset(role for role in StaffRole if role.value in body.roles)
        return Principal(principal, body.issuer, body.subject, body.name, roles)

    def target(self, target: TargetId) -> TargetAddress:
        """Raises Untrusted."""
        body = self._required(TargetBody, str(target), "record system")
        return TargetAddress(str(target), body.record, body.address)

    def passkey(self, credential: str) -> PublicKey:
        """Raises Untrusted, and says so if it was revoked."""
        body = self._required(PasskeyBody, credential, "passkey")
        party = RelyingParty(body.rp_id, body.origin)
        return PublicKey(credential, body.key, PrincipalId(UUID(body.principal)), party)

    def of_passkey(self, enrolled: Passkey) -> Standing:
        """What may be done with a passkey that somebody enrolled."""
        key = (StatementKind.PASSKEY, enrolled.public.credential)
        if enrolled.withdrawn_at is not None:
            return Standing.WITHDRAWN
        if key in self.revoked:
            return Standing.REVOKED
        is_stated = key in self.standing and self.passkey(key[1]) == enrolled.public
        return Standing.READY if is_stated else Standing.WAITING

    @property
    def issuers(self) -> tuple[Issuer, ...]:
        return tuple(
            Issuer(subject, body.audience, body.client_id, body.jwks_uri or None, body.keys)
            for (_kind, subject), body in sorted(self.standing.items())
            if isinstance(body, IssuerBody)
        )

    def names(self, kind: StatementKind, subject: object) -> bool:
        return (kind, str(subject)) in self.standing

    def _required(self, kind: type[B], subject: str, what: str) -> B:
        key = (kind.kind, subject)
        found = self.standing.get(key)
        if isinstance(found, kind):
            return found
        if key in self.revoked:
            raise Untrusted(f"The {what} was revoked at {self.revoked[key].at}.")
        raise Untrusted(f"No statement of the admin key names this {what}.")


def key_id(public: bytes) -> str:
    """Under which name a statement tells which key signed it."""
    return hashlib.sha256(public).hexdigest()[:16]


def canonical(statement: Statement) -> str:
    """RFC 8785 form: the text that is signed, after CONTEXT."""
    told = {**asdict(statement), "act": str(statement.act), "kind": str(statement.kind)}
    if statement.body is not None:
        body = asdict(statement.body)
        told["body"] = {k: list(v) if isinstance(v, tuple) else v for k, v in body.items()}
    return rfc8785.dumps(told).decode()


def digest(text: str) -> str:
    return hashlib.sha256(CONTEXT + text.encode()).hexdigest()


def message(text: str) -> bytes:
    """What an admin key signs."""
    return CONTEXT + text.encode()


def read(text: str) -> Statement:
    """The statement of a canonical text. Raises InvalidInput for any other text."""
    try:
        told = json.loads(text)
        kind = StatementKind(told["kind"])
        body = None if told["body"] is None else _body(kind, dict(told["body"]))
        made = replace(
            Statement(**{**told, "body": None}), kind=kind, act=Act(told["act"]), body=body
        )
        same = canonical(made) == text
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InvalidInput("This is no statement of trust.") from error
    if not same or (made.body is None) != (made.act is Act.REVOKE):
        raise InvalidInput("This is no statement of trust.")
    return made


def _body(kind: StatementKind, told: Mapping[str, object]) -> Body:
    made = _BODIES[kind]
    hints = {name: hint for name, hint in get_type_hints(made).items() if hint is not ClassVar}
    values = {name: _typed(hints[name], value) for name, value in told.items()}
    return made(**values)  # type: ignore[arg-type]


def _typed(hint: object, value: object) -> object:
    """A text, or a list of texts as a tuple; raises TypeError for anything else."""
    if hint is str and isinstance(value, str):
        return value
    if hint is not str and isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(value)
    raise TypeError


def replay(tenant: TenantId, root: bytes, log: Iterable[SignedStatement], holds: Holds) -> Trusted:
    """What stands after all statements of a log. root: the first admin key, 32 bytes.

    Raises TrustBroken for the first statement that does not follow the one before it, or
    that no admin key of its time has signed.
    """
    now = Trusted(tenant, Head(), frozenset({root.hex()}))
    for signed in log:
        now = after(now, signed, holds)
    return now


def after(now: Trusted, signed: SignedStatement, holds: Holds) -> Trusted:
    """What stands once this statement was made too. Raises TrustBroken."""
    number = now.head.number + 1
    said = message(signed.text)
    by = [key for key in map(bytes.fromhex, now.admins) if holds(key, signed.signature, said)]
    _require(bool(by), number, "is not signed by an admin key")
    try:
        statement = read(signed.text)
    except InvalidInput as error:
        raise TrustBroken(f"Statement {number} of the trust log cannot be read.") from error
    _require(statement.tenant == str(now.tenant), number, "is another clinic's")
    _require(statement.number == number, number, "stands in the wrong place")
    _require(statement.by in map(key_id, by), number, "names another admin key")
    _require(statement.previous == now.head.digest, number, "does not follow the one before it")
    return replace(_applied(now, statement), head=Head(number, digest(signed.text)))


def _require(holds: bool, number: int, what: str) -> None:
    if not holds:
        raise TrustBroken(f"Statement {number} of the trust log {what}.")


def _applied(now: Trusted, statement: Statement) -> Trusted:
    key = (statement.kind, statement.subject)
    standing = {k: v for k, v in now.standing.items() if k != key}
    revoked = {k: v for k, v in now.revoked.items() if k != key}
    if statement.body is None:
        revoked[key] = statement
    else:
        standing[key] = statement.body
    admins = _admins(now.admins, statement)
    _require(bool(admins), statement.number, "leaves no admin key")
    return replace(now, standing=standing, revoked=revoked, admins=admins)


def _admins(now: frozenset[str], statement: Statement) -> frozenset[str]:
    if isinstance(statement.body, AdminBody):
        return now | {statement.body.key}
    if statement.kind is not StatementKind.ADMIN:
        return now
    return frozenset(key for key in now if key_id(bytes.fromhex(key)) != statement.subject)


def following(
    now: Trusted,
    act: Act,
    kind: StatementKind,
    subject: str,
    by: str,
    at: datetime,
    body: Body | None = None,
    reason: str = "",
) -> Statement:
    """The next statement of a log. Raises InvalidInput for a revocation of nothing."""
    known = (kind, subject) in now.standing or (
        kind is StatementKind.ADMIN and subject in {key_id(bytes.fromhex(k)) for k in now.admins}
    )
    if act is Act.REVOKE and not known:
        raise InvalidInput(f"No {kind} {subject} stands in this clinic's trust log.")
    return Statement(
        tenant=str(now.tenant),
        number=now.head.number + 1,
        previous=now.head.digest,
        act=act,
        kind=kind,
        subject=subject,
        by=by,
        at=at.isoformat(),
        reason=reason,
        body=body,
    )
