"""Passkeys: keys of a clinician's own authenticator, which prove what the clinician signs.

An assertion signs a challenge that we choose. Ours holds the digest of what is signed and
the time at which it was asked for, so that the assertion says by itself what it is for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from attending.core.errors import ProofRefused
from attending.core.ids import PasskeyId, PrincipalId

CONTEXT = b"attending/sign/1\n"  # before the digest: such a challenge means a signature alone
MAX_PARTS = 16 * 1024  # characters of an assertion; a real one has about 700
_DIGEST_BYTES = 32
_TIME_BYTES = 8
_RANDOM_BYTES = 16
_CHALLENGE_BYTES = len(CONTEXT) + _DIGEST_BYTES + _TIME_BYTES + _RANDOM_BYTES
_LATEST = 253_370_764_800  # the year 9999; Python's times end with it
_PARTS = 4


@dataclass(frozen=True)
class RelyingParty:
    """Where passkeys are made and used. id: a domain; origin: scheme, that domain, and port."""

    id: str
    origin: str


@dataclass(frozen=True)
class PublicKey:
    """What an authenticator has the other half of. key: COSE; both texts are base64url."""

    credential: str
    key: str
    principal: PrincipalId
    party: RelyingParty

    @property
    def fingerprint(self) -> str:
        """Told by the page and by the command, so that people can compare: 128 bits."""
        parts = (self.credential, self.key, str(self.principal), self.party.id, self.party.origin)
        told = hashlib.sha256(f"attending/passkey/1\n{json.dumps(parts)}".encode()).hexdigest()
        return "-".join(told[at : at + 4] for at in range(0, 32, 4))


@dataclass(frozen=True)
class Passkey:
    """A passkey as its owner enrolled it: a wish, until a statement of trust names its key.

    count: the highest that its authenticator told; withdrawn_at: by its owner.
    """

    id: PasskeyId
    name: str
    public: PublicKey
    count: int = 0
    enrolled_at: datetime | None = None
    used_at: datetime | None = None
    withdrawn_at: datetime | None = None


class Standing(StrEnum):
    """What may be done with a passkey. Only a READY one signs."""

    WAITING = "waiting"  # for the admin key's statement
    READY = "ready"
    REVOKED = "revoked"  # by the admin key
    WITHDRAWN = "withdrawn"  # by its owner


@dataclass(frozen=True)
class Assertion:
    """What an authenticator answers, in the parts that are signed; not verified yet."""

    credential: str
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    challenge: bytes
    cross_origin: bool

    @classmethod
    def read(cls, token: str) -> Assertion:
        """From "credential.clientData.authenticatorData.signature", each base64url.

        One text for each assertion: no padding, and no other way to write the same.
        Raises ProofRefused.
        """
        parts = token.split(".") if len(token) <= MAX_PARTS else []
        _require(len(parts) == _PARTS)
        _credential, client, authenticator, signature = (unarmoured(part) for part in parts)
        told = _client_data(client)
        challenge = told.get("challenge")
        _require(isinstance(challenge, str))
        crossed = bool(told.get("crossOrigin", False)) or "topOrigin" in told
        return cls(parts[0], client, authenticator, signature, unarmoured(str(challenge)), crossed)


def challenge(digest: str, at: datetime) -> bytes:
    """What the authenticator is asked to sign. digest: lower-case hex SHA-256."""
    seconds = int(at.timestamp()).to_bytes(_TIME_BYTES, "big")
    return CONTEXT + bytes.fromhex(digest) + seconds + secrets.token_bytes(_RANDOM_BYTES)


def challenged(made: bytes) -> tuple[str, datetime]:
    """The digest that a challenge holds, and when it was made. Raises ProofRefused."""
    _require(len(made) == _CHALLENGE_BYTES and made.startswith(CONTEXT))
    rest = made[len(CONTEXT) :]
    seconds = int.from_bytes(rest[_DIGEST_BYTES : _DIGEST_BYTES + _TIME_BYTES], "big")
    _require(seconds <= _LATEST)
    return rest[:_DIGEST_BYTES].hex(), datetime.fromtimestamp(seconds, UTC)


def armoured(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unarmoured(text: str) -> bytes:
    """Raises ProofRefused for what ``armoured`` would not have given."""
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        content = b""
    _require(bool(content) and armoured(content) == text)
    return content


def _client_data(content: bytes) -> dict[str, object]:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        told = None
    _require(isinstance(told, dict))
    return dict(told)


def _require(holds: bool) -> None:
    if not holds:
        raise ProofRefused("This is no assertion of a passkey.")


@dataclass(frozen=True)
class Registered:
    """What a new passkey's authenticator told of it; both texts are base64url."""

    credential: str
    key: str
    count: int


class PasskeyRegistrar(Protocol):
    """Reads what an authenticator answers when a passkey is made."""

    def registered(self, answer: str, challenge: bytes, party: RelyingParty) -> Registered:
        """answer: "credential.clientData.attestation", each base64url.

        Raises InvalidInput for anything but a new passkey, made for this challenge and party
        by an authenticator that verified its user.
        """
        ...
