"""Verifying the audit history against itself and its signed checkpoints.

The chain finds an edit, a deletion and a swap by itself. A truncation and a history that
was made anew from some entry on (as a superuser can) are found by the checkpoints, which
are signed and kept elsewhere. Who can do both, rewrite and remove checkpoints, is found
only where the checkpoints are kept: give them a place that the database's administrator
cannot change.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from attending.adapters.storage.checkpoints import read_checkpoints
from attending.adapters.storage.database import Database
from attending.adapters.storage.history import Walk
from attending.core.checkpoint import MOST_PROBLEMS, Checkpoint, Verified
from attending.core.ids import TenantId
from attending.core.merkle import Frontier

Kept = Callable[[], tuple[Checkpoint, ...]]  # reads the checkpoints as they are kept now


@dataclass(frozen=True)
class Verdict:
    """``problems`` is empty if the history and every checkpoint hold."""

    entries: int
    checkpoints: int
    seconds: float
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Witnesses:
    """The signed checkpoints, as they are kept now, and the key that signed them."""

    kept: Kept
    key: Ed25519PublicKey


def verify(database: Database, tenant: TenantId, kept: Kept, key: Ed25519PublicKey) -> Verdict:
    """Walk the whole history from its beginning and hold every checkpoint against it.

    Whoever writes meanwhile causes no false alarm.
    """
    started = time.monotonic()
    walk, of = Walk.of(tenant), Witnesses(kept, key)
    done = _step(database, tenant, walk, of, None)
    seconds = time.monotonic() - started
    return Verdict(walk.size, done.checkpoints, seconds, done.problems)


@dataclass(frozen=True)
class _Step:
    problems: tuple[str, ...]
    checkpoints: int
    is_end: bool


def _step(
    database: Database, tenant: TenantId, walk: Walk, of: Witnesses | None, limit: int | None
) -> _Step:
    """Walk on, and hold the checkpoints of what was walked against it."""
    points, began = of.kept() if of else (), walk.size
    with database.transaction(tenant, "audit") as unit:
        is_end = walk.follow(unit, {point.size for point in points}, limit)
    if of is None:
        return _Step(tuple(walk.problems), 0, is_end)
    due = tuple(p for p in points if p.size >= began and (is_end or p.size <= walk.size))
    lost = tuple(missing(walk.told, points))
    problems = (
        *walk.problems,
        *(unsigned(points, tenant, of.key) if began == 0 else ()),
        *_unlike(due, walk),
        # Read again: what an entry tells of was kept before the entry was written.
        *(missing(walk.told, of.kept()) if lost else ()),
    )
    held = len(points) if is_end else sum(point.size <= walk.size for point in points)
    return _Step(problems, held, is_end)


@dataclass(frozen=True)
class StoredHistory:
    """Implements ``core.ports.History``. folder, key: None where no checkpoints are known."""

    database: Database
    folder: Path | None = None
    key: Ed25519PublicKey | None = None

    @property
    def place(self) -> str:
        return str(self.folder) if self.folder and self.key else ""

    def last(self, tenant: TenantId) -> Checkpoint | None:
        points = self._kept(tenant)
        return points[-1] if points else None

    def verify(self, tenant: TenantId, before: Verified | None, limit: int) -> Verified:
        walk = Walk.of(tenant) if before is None else _resumed(before)
        of = Witnesses(partial(self._kept, tenant), self.key) if self.folder and self.key else None
        done = _step(self.database, tenant, walk, of, limit)
        with self.database.transaction(tenant, "audit") as unit:
            last = unit.trail.last()
        known = before.problems if before else ()
        return Verified(
            size=walk.size,
            chain=walk.chain.hex(),
            leaves=walk.frontier.size,
            peaks=tuple(peak.hex() for peak in walk.frontier.peaks),
            of=max(last, walk.size),
            checkpoints=done.checkpoints if of else None,
            problems=tuple(dict.fromkeys((*known, *done.problems)))[:MOST_PROBLEMS],
            is_done=done.is_end,
        )

    def _kept(self, tenant: TenantId) -> tuple[Checkpoint, ...]:
        return read_checkpoints(self.folder, tenant) if self.folder and self.key else ()


def _resumed(before: Verified) -> Walk:
    tree = Frontier(before.leaves, [bytes.fromhex(peak) for peak in before.peaks])
    return Walk(before.size, bytes.fromhex(before.chain), tree)


def unsigned(
    points: tuple[Checkpoint, ...], tenant: TenantId, key: Ed25519PublicKey
) -> Iterator[str]:
    """What is wrong with the checkpoints by themselves.

    Each names the one before it: a signature vouches for all that went before, so that
    only those are verified that no later one vouches for.
    """
    names = ["", *(point.name for point in points)]
    named = ""  # by the later one
    for at in range(len(points), 0, -1):
        point = points[at - 1]
        if names[at] != named and not _signed(point, key):
            yield f"the checkpoint at {point.size} is not signed by the checkpoint key"
            named = ""
            continue
        named = point.previous
        if point.tenant != str(tenant):
            yield f"the checkpoint at {point.size} is another tenant's"
        if point.previous != names[at - 1]:
            yield f"checkpoints are missing before the one at {point.size}"


def _signed(point: Checkpoint, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(bytes.fromhex(point.signature), point.signed_bytes())
    except (InvalidSignature, ValueError):
        return False
    return True


def _unlike(points: tuple[Checkpoint, ...], walk: Walk) -> Iterator[str]:
    """The first checkpoint that the history does not have: the later ones cannot fit then."""
    for point in points:
        if point.size > walk.size:
            yield f"the chain ends at {walk.size}, before the checkpoint at {point.size}"
            return
        head = walk.marks.get(point.size)
        if head is None or (head.root.hex(), head.chain.hex()) != (point.root, point.chain):
            yield (
                f"the history was made anew: its first {point.size} entries are not those of"
                " their checkpoint"
            )
            return


def missing(told: list[tuple[int, object]], points: tuple[Checkpoint, ...]) -> Iterator[str]:
    """Deliveries whose checkpoint is not kept."""
    sizes = {point.size for point in points}
    for seq, size in told:
        if size not in sizes:
            yield f"checkpoints are missing: entry {seq} tells of one at {size}"
            return
