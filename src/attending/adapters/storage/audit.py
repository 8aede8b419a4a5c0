"""Verifying the audit chain, and its signed checkpoints outside the database.

The chain finds an edit, a deletion and a swap by itself. A truncation and a chain that
was made anew from some row on (as a superuser can) are found by the checkpoints: heads
of the chain that were signed and kept elsewhere before each delivery to a record. Who
can do both, re-chain and remove checkpoints, is found only where the checkpoints are
kept: give them a place that the database's administrator cannot change.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from attending.adapters.storage.database import Database
from attending.core.errors import Misconfigured
from attending.core.ids import TenantId

WRITTEN = "release.written"  # the action of an entry that follows a checkpoint
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


_UNREADABLE = Checkpoint("", 0, "", "", "")


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
    """Every line that was kept; one that cannot be read counts as one without signature."""
    path = folder / f"{tenant}.jsonl"
    if not path.exists():
        return ()
    lines = path.read_text(errors="replace").splitlines()
    return tuple(_checkpoint(line) for line in lines if line)


def _checkpoint(line: str) -> Checkpoint:
    try:
        read = Checkpoint(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return _UNREADABLE
    is_whole = isinstance(read.seq, int) and all(
        isinstance(value, str) for name, value in vars(read).items() if name != "seq"
    )
    return read if is_whole else _UNREADABLE


def verify(
    database: Database,
    tenant: TenantId,
    checkpoints: tuple[Checkpoint, ...],
    key: Ed25519PublicKey,
) -> Verdict:
    """Walk the whole chain from its beginning and hold every checkpoint against it.

    Entries that are written meanwhile are left for the next time.
    """
    started = time.monotonic()
    walk = _Walk(hashlib.sha256(str(tenant).encode()).digest())
    kept = sorted(point.seq for point in checkpoints)
    wanted = set(kept)
    head = None
    for row in _entries(database, tenant):
        walk.take(row, wanted)
        head = row["head_seq"], row["head_hash"]
    walk.end(*(head or _lone_head(database, tenant)))
    for point in checkpoints:
        walk.problems += _against(point, tenant, walk, key)
    walk.problems += _missing(walk.written, kept)
    seconds = time.monotonic() - started
    return Verdict(walk.seq, len(checkpoints), seconds, tuple(walk.problems))


@dataclass
class _Walk:
    """The chain recomputed so far."""

    hash: bytes
    seq: int = 0
    marks: dict[int, str] = field(default_factory=dict)  # hashes at the checkpoints
    written: list[int] = field(default_factory=list)  # entries that follow a checkpoint
    problems: list[str] = field(default_factory=list)

    def take(self, row: Mapping[str, Any], wanted: set[int]) -> None:
        seq, entry = int(row["seq"]), str(row["entry"])
        said = _read(entry)
        if seq != self.seq + 1:
            self.problems.append(f"entry {self.seq + 1} is missing before {seq}")
        if said.get("seq") != seq:
            self.problems.append(f"entry {seq} was moved")
        if row["previous"] != self.hash:
            self.problems.append(f"entry {seq} does not follow the one before it")
        computed = hashlib.sha256(row["previous"] + entry.encode()).digest()
        if computed != row["hash"]:
            self.problems.append(f"entry {seq} was altered")
        self.seq, self.hash = seq, computed
        if said.get("action") == WRITTEN:
            self.written.append(seq)
        if seq in wanted:
            self.marks[seq] = computed.hex()

    def end(self, seq: int | None, hashed: bytes | None) -> None:
        """Hold the stored head against the chain's last entry."""
        if (seq or 0) > self.seq:
            self.problems.append(f"entries {self.seq + 1} to {seq} are missing at the end")
        elif self.seq > 0 and (seq, hashed) != (self.seq, self.hash):
            self.problems.append("the head is not that of the chain")


def _read(entry: str) -> Mapping[str, Any]:
    try:
        said = json.loads(entry)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _entries(database: Database, tenant: TenantId) -> Iterator[Mapping[str, Any]]:
    """Each entry, with the head as one statement sees both: writers may go on meanwhile."""
    with database.transaction(tenant, "audit") as unit, unit.connection.cursor("audit") as cursor:
        cursor.itersize = _BATCH
        cursor.execute(
            """select seq, entry, previous, hash,
                      (select h.seq from attending.audit_heads h) as head_seq,
                      (select h.hash from attending.audit_heads h) as head_hash
               from attending.audit_log order by seq"""
        )
        yield from cursor


def _lone_head(database: Database, tenant: TenantId) -> tuple[int | None, bytes | None]:
    """The head of a chain that has no entry."""
    with database.transaction(tenant, "audit") as unit:
        head = unit.maybe(
            """select seq, hash from attending.audit_heads
               where not exists (select from attending.audit_log)"""
        )
    return (head["seq"], head["hash"]) if head else (None, None)


def _against(point: Checkpoint, tenant: TenantId, walk: _Walk, key: Ed25519PublicKey) -> list[str]:
    try:
        key.verify(bytes.fromhex(point.signature), point.signed_bytes())
    except (InvalidSignature, ValueError):
        return [f"the checkpoint at {point.seq} is not signed by the checkpoint key"]
    if point.tenant != str(tenant):
        return [f"the checkpoint at {point.seq} is another tenant's"]
    if point.seq > walk.seq:
        return [f"the chain ends at {walk.seq}, before the checkpoint at {point.seq}"]
    if walk.marks.get(point.seq) != point.hash:
        return [f"the chain was made anew: entry {point.seq} is not that of its checkpoint"]
    return []


def _missing(written: list[int], kept: list[int]) -> list[str]:
    """Before the n-th delivery at least n checkpoints were made.

    Deliveries after the last checkpoint are passed over, for they may be younger than
    the checkpoints that were given; a tenant without any is not.
    """
    for number, seq in enumerate(written, 1):
        is_settled = not kept or seq < kept[-1]
        if is_settled and bisect_left(kept, seq) < number:
            return [f"checkpoints are missing before entry {seq}, which tells of a delivery"]
    return []
