"""The one codec of clinical text: AES-256-GCM under the patient's key.

The patient's key is wrapped by the tenant's key, and that by the installation's, so
that destroying a wrapped key erases what lies under it. The additional data name the
tenant and the place (table, column, row): ciphertext moved elsewhere does not open.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from attending.core.errors import Misconfigured
from attending.core.ids import TenantId

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
OVERHEAD = _NONCE_BYTES + _TAG_BYTES  # bytes that sealing adds to any content


def new_key() -> bytes:
    return AESGCM.generate_key(bit_length=8 * KEY_BYTES)


@dataclass(frozen=True)
class TenantCipher:
    """Implements ``core.ports.Cipher``."""

    key: bytes
    tenant: TenantId

    def seal(self, place: str, content: bytes) -> bytes:
        """Nonce (12 bytes), then ciphertext and tag (16 bytes)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, content, self._context(place))

    def open(self, place: str, sealed: bytes) -> bytes:
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return AESGCM(self.key).decrypt(nonce, body, self._context(place))
        except (InvalidTag, ValueError) as error:
            raise Misconfigured(
                f"A sealed value does not open at {place}.",
                remedy="Check the installation's key; if it is right, the row was altered.",
            ) from error

    def _context(self, place: str) -> bytes:
        return f"attending/1/{self.tenant}/{place}".encode()


def wrap(outer: bytes, tenant: TenantId, name: str, key: bytes) -> bytes:
    """Seal a key under another one."""
    return TenantCipher(outer, tenant).seal(f"key/{name}", key)


def unwrap(outer: bytes, tenant: TenantId, name: str, wrapped: bytes) -> bytes:
    """Raises Misconfigured if the outer key is not the one that sealed it."""
    return TenantCipher(outer, tenant).open(f"key/{name}", wrapped)
