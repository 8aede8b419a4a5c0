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

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from attending.adapters.storage.database import Database
from attending.adapters.storage.history import Walk
from attending.core.checkpoint import Checkpoint
from attending.core.ids import TenantId

Kept = Callable[[], tuple[Checkpoint, ...]]  # reads the checkpoints as they are kept now


@dataclass(frozen=True)
class Verdict:
    """``problems`` is empty if the history and every checkpoint hold."""

    entries: int
    checkpoints: int
    seconds: float
    problems: tuple[str, ...]


def verify(database: Database, tenant: TenantId, kept: Kept, key: Ed25519PublicKey) -> Verdict:
    """Walk the whole history from its beginning and hold every checkpoint against it.

    Whoever writes meanwhile causes no false alarm.
    """
    started = time.monotonic()
    points, walk = kept(), Walk.of(tenant)
    with database.transaction(tenant, "audit") as unit:
        walk.follow(unit, {point.size for point in points})
    lost = tuple(missing(walk.told, points))
    problems = [
        *walk.problems,
        *unsigned(points, tenant, key),
        *_unlike(points, walk),
        # Read again: what an entry tells of was kept before the entry was written.
        *(missing(walk.told, kept()) if lost else ()),
    ]
    seconds = time.monotonic() - started
    return Verdict(walk.size, len(points), seconds, tuple(problems))


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
