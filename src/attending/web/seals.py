"""Values that leave the server and come back: sealed, so that nobody reads or alters them."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


@dataclass(frozen=True)
class Seals:
    """AES-256-GCM. A value sealed for one purpose does not open for another."""

    key: bytes = field(repr=False)

    def seal(self, purpose: str, value: bytes) -> str:
        """URL-safe text."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + AESGCM(self.key).encrypt(nonce, value, _context(purpose))
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, purpose: str, sealed: str) -> bytes | None:
        """None for what this server did not seal for this purpose."""
        try:
            raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
            nonce, body = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return AESGCM(self.key).decrypt(nonce, body, _context(purpose))
        except (InvalidTag, binascii.Error, ValueError):
            return None

    def derived(self, purpose: str) -> bytes:
        """32 bytes that only this server can make, the same for the same purpose."""
        return hmac.digest(self.key, b"derived/" + _context(purpose), "sha256")


def _context(purpose: str) -> bytes:
    return f"attending/web/1/{purpose}".encode()
