"""Signed checkpoints outside the database: one append-only file per tenant.

Before one is signed, the releaser makes sure that the present history extends the one
that it signed last. It keeps the frontier of what it has walked, so that this costs no
more than the entries since; the whole history is walked when it begins, and every hour.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from attending.adapters.ed25519 import private_key, public_key
from attending.adapters.storage.database import Database
from attending.adapters.storage.history import Walk
from attending.core import checkpoint
from attending.core.checkpoint import Checkpoint
from attending.core.errors import AttendingError, HistoryRewritten, RecordMismatch
from attending.core.ids import TenantId

log = structlog.get_logger("attending.checkpoints")

WHOLE_WALK = 3600.0  # seconds after which the whole history is walked again
_LONGEST_LINE = 4096  # bytes; a line has some 600


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """Ed25519, PEM. Raises Misconfigured."""
    return private_key(path)


def load_public_key(path: Path) -> Ed25519PublicKey:
    """Ed25519, PEM. Raises Misconfigured."""
    return Ed25519PublicKey.from_public_bytes(public_key(path))


def key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def read_checkpoints(folder: Path, tenant: TenantId) -> tuple[Checkpoint, ...]:
    """Every line that was kept; one that cannot be read counts as one without signature.

    What follows the last end of a line is a write under way.
    """
    path = _path(folder, tenant)
    if not path.exists():
        return ()
    lines = path.read_text(errors="replace").split("\n")[:-1]
    return tuple(checkpoint.read(line) for line in lines if line)


def _tenants(folder: Path) -> Iterator[TenantId]:
    for path in sorted(folder.glob("*.jsonl")):
        with suppress(ValueError):  # another's file, which is none of ours
            yield TenantId(UUID(path.stem))


def _path(folder: Path, tenant: TenantId) -> Path:
    return folder / f"{tenant}.jsonl"


@dataclass
class FileCheckpoints:
    """Implements ``core.ports.Checkpoints``. Safe to share between threads and processes."""

    database: Database
    folder: Path
    key: Ed25519PrivateKey
    _walked: dict[TenantId, tuple[float, Walk]] = field(default_factory=dict)  # since when

    def record(self, tenant: TenantId) -> Checkpoint:
        """Sign the present head and keep it; durable when this returns.

        Raises HistoryRewritten, and signs nothing, if the history is not the one that was
        signed before, or does not hold by itself.
        """
        with _appending(_path(self.folder, tenant)) as file:
            last = self._last(file, tenant)
            began, walk = self._walk(tenant, last)
            made = self._signed(tenant, walk, last)
            file.write(f"{made.line()}\n".encode())
            file.flush()
            os.fsync(file.fileno())
            self._walked[tenant] = began, walk.continued()
        return made

    def record_all(self) -> tuple[TenantId, ...]:
        """For every tenant that ever had a checkpoint here; those for whom it failed.

        A tenant's next delivery fails by the same, for a person.
        """
        failed = []
        for tenant in _tenants(self.folder):
            try:
                self.record(tenant)
            except AttendingError as error:
                log.warning("no checkpoint", tenant=str(tenant), code=error.code)
                failed.append(tenant)
        return tuple(failed)

    def opened(self, witness: str) -> Checkpoint:
        """The checkpoint in a record's witness. Raises RecordMismatch unless this key signed it."""
        found = checkpoint.read(witness)
        if not self._is_ours(found):
            raise RecordMismatch("The audit witness in the record is not one of ours.")
        return found

    def _last(self, file: BinaryIO, tenant: TenantId) -> Checkpoint | None:
        """The one that was written last."""
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LONGEST_LINE))
        lines = file.read().decode(errors="replace").splitlines()
        if not lines:
            return None
        found = checkpoint.read(lines[-1])
        if found.tenant != str(tenant) or not self._is_ours(found):
            raise HistoryRewritten("The last checkpoint that is kept is not one of ours.")
        return found

    def _walk(self, tenant: TenantId, last: Checkpoint | None) -> tuple[float, Walk]:
        """From what was walked already, or from the beginning; and since when that holds."""
        now = time.monotonic()
        known = self._walked.get(tenant)
        if known is not None and (last is None or last.size < known[1].size):
            raise HistoryRewritten("Checkpoints that were signed are no longer kept.")
        if known is None or now - known[0] > WHOLE_WALK:
            began, walk = now, Walk.of(tenant)
        else:
            began, walk = known[0], known[1].continued()
        with self.database.transaction(tenant, "releaser") as unit:
            walk.follow(unit, {last.size} if last else ())
        _require_extended(walk, last)
        return began, walk

    def _signed(self, tenant: TenantId, walk: Walk, last: Checkpoint | None) -> Checkpoint:
        head = walk.head
        bare = Checkpoint(
            tenant=str(tenant),
            size=head.size,
            root=head.root.hex(),
            chain=head.chain.hex(),
            at=datetime.now(UTC).isoformat(),
            previous=last.name if last else "",
            key=key_id(self.key.public_key()),
        )
        return replace(bare, signature=self.key.sign(bare.signed_bytes()).hex())

    def _is_ours(self, point: Checkpoint) -> bool:
        try:
            signature = bytes.fromhex(point.signature)
            self.key.public_key().verify(signature, point.signed_bytes())
        except (InvalidSignature, ValueError):
            return False
        return True


def _require_extended(walk: Walk, last: Checkpoint | None) -> None:
    if walk.problems:
        raise HistoryRewritten(f"The audit history does not hold: {walk.problems[0]}.")
    if last is None:
        if walk.told:
            raise HistoryRewritten("Deliveries were made, but no checkpoint of them is kept.")
        return
    head = walk.marks.get(last.size)
    if head is None or (head.root.hex(), head.chain.hex()) != (last.root, last.chain):
        raise HistoryRewritten(
            "The audit history is not the one that was signed before.", size=last.size
        )


@contextmanager
def _appending(path: Path) -> Iterator[BinaryIO]:
    """The file, for this writer alone, ending with a whole line; itself durable."""
    if not path.parent.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _sync_folder(path.parent.parent)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _drop_torn_line(file)
        if file.seek(0, os.SEEK_END) == 0:
            _sync_folder(path.parent)
        yield file


def _drop_torn_line(file: BinaryIO) -> None:
    """What a crash left of a line: it was never durable, so that nothing relied on it."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - _LONGEST_LINE)
    file.seek(start)
    tail = file.read()
    if tail and not tail.endswith(b"\n"):
        file.truncate(start + tail.rfind(b"\n") + 1)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
