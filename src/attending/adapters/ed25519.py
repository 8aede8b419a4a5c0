"""Ed25519 keys (RFC 8032): the admin key that signs statements of trust, and checking it."""

from __future__ import annotations

import base64
import binascii
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from attending.core.errors import Misconfigured

_SIGNATURE_BYTES = 64
_PATIENCE = 120  # seconds for a signing command: somebody may have to touch a key


def holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the key (32 bytes) made this signature of the message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key(path: Path) -> bytes:
    """The 32 bytes of a public key in PEM. Raises Misconfigured."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise Misconfigured(f"The public key {path.name} cannot be read.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise Misconfigured(f"{path.name} is not an Ed25519 key.")
    return key.public_bytes_raw()


def private_key(path: Path) -> Ed25519PrivateKey:
    """Of a PEM file without a password. Raises Misconfigured."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Misconfigured(f"The key {path.name} cannot be read.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Misconfigured(f"{path.name} is not an Ed25519 key.")
    return key


@dataclass(frozen=True)
class FileKey:
    """An admin key in a file (implements core.trust.AdminKey)."""

    _key: Ed25519PrivateKey

    @classmethod
    def read(cls, path: Path) -> FileKey:
        """Raises Misconfigured."""
        return cls(private_key(path))

    @property
    def public(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


@dataclass(frozen=True)
class CommandKey:
    """An admin key behind a command: it reads the message, and prints the signature in base64.

    This is how a KMS or a hardware key signs (implements core.trust.AdminKey).
    """

    command: str
    public: bytes

    def sign(self, message: bytes) -> bytes:
        try:
            done = subprocess.run(
                shlex.split(self.command),
                input=message,
                capture_output=True,
                timeout=_PATIENCE,
                check=True,
            )
            signature = base64.b64decode(done.stdout.strip(), validate=True)
        except (OSError, ValueError, subprocess.SubprocessError, binascii.Error) as error:
            raise Misconfigured("The signing command failed, or printed no base64.") from error
        if len(signature) != _SIGNATURE_BYTES or not holds(self.public, signature, message):
            raise Misconfigured("The signing command signs with another key than was named.")
        return signature


def make_key(path: Path) -> Path:
    """A new key in a file that its owner alone reads, and its public half beside it.

    Raises Misconfigured if the file stands already: no key is ever overwritten.
    """
    key = Ed25519PrivateKey.generate()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Misconfigured(
            f"{path} stands already.", remedy="Use it, or name another file."
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = public_half(path)
    public.write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return public


def public_half(path: Path) -> Path:
    """Where the public half of a private key's file lies."""
    return path.with_suffix(".pub.pem")
