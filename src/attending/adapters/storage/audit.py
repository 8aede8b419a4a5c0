"""Verifying the audit chain, and its signed checkpoints outside the database.

The chain finds an edit, a deletion and a swap by itself. A truncation and a chain that
was made anew from some row on (as a superuser can) are found by the checkpoints: heads
of the chain that were signed and kept elsewhere when something was signed.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from attending.adapters.storage.database import Database
from attending.core.errors import Misconfigured
from attending.core.ids import TenantId

_BATCH = 2000


@dataclass(frozen=True)
class Verdict:
    """``problems`` is empty if the chain and every checkpoint hold."""

    entries: int
    checkpoints: int
    seconds: float
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Checkpoint:
    tenant: str
    seq: int
    hash: str
    at: str
    signature: str

    def signed_bytes(self) -> bytes:
        return f"attending/checkpoint/1/{self.tenant}/{self.seq}/{self.hash}/{self.at}".encode()


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """Ed25519, PEM. Raises Misconfigured."""
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise Misconfigured(f"The checkpoint key {path.name} is not an Ed25519 key.")
    return key


@dataclass
class FileCheckpoints:
    """Implements ``core.ports.Checkpoints``: one append-only file per tenant."""

    database: Database
    folder: Path
    key: Ed25519PrivateKey

    def record(self, tenant: TenantId) -> None:
        """Sign the present head and append it; durable when this returns."""
        with self.database.transaction(tenant, "releaser") as unit:
            head = unit.maybe("select seq, hash from attending.audit_heads")
        if head is None:
            return
        at = datetime.now(UTC).isoformat()
        bare = Checkpoint(str(tenant), head["seq"], head["hash"].hex(), at, "")
        self._append(tenant, {**vars(bare), "signature": self.key.sign(bare.signed_bytes()).hex()})

    def _append(self, tenant: TenantId, line: Mapping[str, object]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{tenant}.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())


def read_checkpoints(folder: Path, tenant: TenantId) -> tuple[Checkpoint, ...]:
    path = folder / f"{tenant}.jsonl"
    if not path.exists():
        return ()
    return tuple(Checkpoint(**json.loads(line)) for line in path.read_text().splitlines() if line)


def verify(
    database: Database,
    tenant: TenantId,
    checkpoints: tuple[Checkpoint, ...],
    key: Ed25519PublicKey,
) -> Verdict:
    """Walk the whole chain from its beginning and hold every checkpoint against it."""
    started = time.monotonic()
    walk = _Walk(hashlib.sha256(str(tenant).encode()).digest())
    wanted = {point.seq for point in checkpoints}
    for row in _entries(database, tenant):
        walk.take(row, wanted)
    with database.transaction(tenant, "audit") as unit:
        head = unit.maybe("select seq, hash from attending.audit_heads")
    if head is not None:
        walk.end(head["seq"], head["hash"])
    for point in checkpoints:
        walk.problems += _against(point, walk, key)
    seconds = time.monotonic() - started
    return Verdict(walk.seq, len(checkpoints), seconds, tuple(walk.problems))


@dataclass
class _Walk:
    """The chain recomputed so far."""

    hash: bytes
    seq: int = 0
    marks: dict[int, str] = field(default_factory=dict)  # hashes at the checkpoints
    problems: list[str] = field(default_factory=list)

    def take(self, row: Mapping[str, object], wanted: set[int]) -> None:
        seq, entry = int(str(row["seq"])), str(row["entry"])
        if seq != self.seq + 1:
            self.problems.append(f"entry {self.seq + 1} is missing before {seq}")
        if json.loads(entry)["seq"] != seq:
            self.problems.append(f"entry {seq} was moved")
        if row["previous"] != self.hash:
            self.problems.append(f"entry {seq} does not follow the one before it")
        computed = hashlib.sha256(bytes(row["previous"]) + entry.encode()).digest()  # type: ignore[call-overload]
        if computed != row["hash"]:
            self.problems.append(f"entry {seq} was altered")
        self.seq, self.hash = seq, computed
        if seq in wanted:
            self.marks[seq] = computed.hex()

    def end(self, seq: int, hashed: bytes) -> None:
        """Hold the stored head against the chain's last entry."""
        if seq > self.seq:
            self.problems.append(f"entries {self.seq + 1} to {seq} are missing at the end")
        elif (seq, hashed) != (self.seq, self.hash):
            self.problems.append("the head is not that of the chain")


def _entries(database: Database, tenant: TenantId) -> Iterator[Mapping[str, object]]:
    with database.transaction(tenant, "audit") as unit, unit.connection.cursor("audit") as cursor:
        cursor.itersize = _BATCH
        cursor.execute("select seq, entry, previous, hash from attending.audit_log order by seq")
        yield from cursor


def _against(point: Checkpoint, walk: _Walk, key: Ed25519PublicKey) -> list[str]:
    try:
        key.verify(bytes.fromhex(point.signature), point.signed_bytes())
    except InvalidSignature:
        return [f"the checkpoint at {point.seq} is not signed by the checkpoint key"]
    if point.seq > walk.seq:
        return [f"the chain ends at {walk.seq}, before the checkpoint at {point.seq}"]
    if point.seq > 0 and walk.marks.get(point.seq) != point.hash:
        return [f"the chain was made anew: entry {point.seq} is not that of its checkpoint"]
    return []
