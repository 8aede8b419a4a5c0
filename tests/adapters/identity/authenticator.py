"""An authenticator in software: it makes passkeys and asserts with them, and lies where told to."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from attending.core.ids import PasskeyId, PrincipalId, fresh
from attending.core.passkey import Passkey, PublicKey, RelyingParty, armoured, challenge

PARTY = RelyingParty("localhost", "http://localhost:8400")
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
_BOTH = PRESENT | VERIFIED
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def _made() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Authenticator:
    """One passkey. count: what it tells of its uses; 0, as synced passkeys always say."""

    party: RelyingParty = PARTY
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: PrivateKey = field(default_factory=_made, repr=False)
    count: int = 0

    def public(self, principal: PrincipalId) -> PublicKey:
        return PublicKey(armoured(self.credential), armoured(self.cose), principal, self.party)

    def enrolled(self, principal: PrincipalId, name: str = "key on the ring") -> Passkey:
        return Passkey(PasskeyId(fresh()), name, self.public(principal), self.count)

    def counting(self, count: int) -> Authenticator:
        return replace(self, count=count)

    @property
    def cose(self) -> bytes:
        match self.key:
            case ec.EllipticCurvePrivateKey():
                numbers = self.key.public_key().public_numbers()
                x, y = (n.to_bytes(32, "big") for n in (numbers.x, numbers.y))
                return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
            case ed25519.Ed25519PrivateKey():
                raw = self.key.public_key().public_bytes_raw()
                return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: raw})
            case rsa.RSAPrivateKey():
                told = self.key.public_key().public_numbers()
                n, e = told.n.to_bytes(256, "big"), told.e.to_bytes(3, "big")
                return cbor2.dumps({1: 3, 3: -257, -1: n, -2: e})

    def signed(self, message: bytes) -> bytes:
        match self.key:
            case ec.EllipticCurvePrivateKey():
                return self.key.sign(message, ec.ECDSA(hashes.SHA256()))
            case ed25519.Ed25519PrivateKey():
                return self.key.sign(message)
            case rsa.RSAPrivateKey():
                return self.key.sign(message, PKCS1v15(), hashes.SHA256())

    def proof(self, digest: str, at: datetime | None = None, **lies: Any) -> str:
        """What it answers to somebody who signs this digest."""
        return self.asserted(challenge(digest, at or datetime.now(UTC)), **lies)

    def asserted(self, asked: bytes, *, flags: int = _BOTH, rp_id: str = "", **lies: Any) -> str:
        """lies: members of the client's data, instead of the true ones."""
        client = self._client_data("webauthn.get", asked, **lies)
        data = self._data(flags, rp_id)
        signature = self.signed(data + hashlib.sha256(client).digest())
        return ".".join(map(armoured, (self.credential, client, data, signature)))

    def made(self, asked: bytes, *, flags: int = _BOTH, rp_id: str = "", **lies: Any) -> str:
        """What it answers when the passkey is created."""
        client = self._client_data("webauthn.create", asked, **lies)
        length = len(self.credential).to_bytes(2, "big")
        attested = bytes(16) + length + self.credential + self.cose
        data = self._data(flags | ATTESTED, rp_id) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return ".".join(map(armoured, (self.credential, client, attestation)))

    def _client_data(self, kind: str, asked: bytes, **lies: Any) -> bytes:
        told = {
            "type": kind,
            "challenge": armoured(asked),
            "origin": self.party.origin,
            "crossOrigin": False,
        }
        return json.dumps(told | lies, separators=(",", ":")).encode()

    def _data(self, flags: int, rp_id: str) -> bytes:
        party = hashlib.sha256((rp_id or self.party.id).encode()).digest()
        return party + bytes([flags]) + self.count.to_bytes(4, "big")
