"""What leaves the installation for others to verify: the export, and proofs about entries.

The forms are read by ``cli/verify_audit.py``, which knows nothing of this code.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TextIO

from attending.adapters.storage.audit import Kept
from attending.adapters.storage.database import Database
from attending.adapters.storage.history import entries
from attending.core import merkle
from attending.core.checkpoint import Checkpoint
from attending.core.errors import NotFound
from attending.core.ids import TenantId

EXPORT = "attending-audit-export/1"
INCLUSION = "attending-audit-inclusion/1"
CONSISTENCY = "attending-audit-consistency/1"

Paper = dict[str, Any]


def export(database: Database, tenant: TenantId, kept: Kept, out: TextIO) -> int:
    """Header, entries, checkpoints, and the head: one JSON object a line. How many entries.

    Nothing is judged here. Checkpoints are read before the entries, and again after them
    for those that the last entries tell of.
    """
    before = kept()
    print(json.dumps({"format": EXPORT, "tenant": str(tenant)}), file=out)
    size = 0
    with database.transaction(tenant, "audit") as unit:
        for seq, entry, hashed in entries(unit):
            text = entry.decode()
            print(json.dumps({"seq": seq, "entry": text, "hash": hashed.hex()}), file=out)
            size = seq
    points = kept()
    while len(points) > len(before) and points[-1].size > size:
        points = points[:-1]
    for point in points:
        print(json.dumps({"checkpoint": asdict(point)}), file=out)
    print(json.dumps({"end": size, "checkpoints": len(points)}), file=out)
    return size


def inclusion(
    database: Database, tenant: TenantId, points: tuple[Checkpoint, ...], seq: int
) -> Paper:
    """That an entry is in the history of the last checkpoint. Raises NotFound."""
    if not points or not 1 <= seq <= points[-1].size:
        raise NotFound(
            "No checkpoint covers such an entry.",
            remedy="Give the number of an entry; `attending audit checkpoint` covers the newest.",
        )
    texts = _texts(database, tenant, points[-1].size)
    leaves = [merkle.leaf_hash(text) for text in texts]
    return {
        "format": INCLUSION,
        "seq": seq,
        "entry": texts[seq - 1].decode(),
        "proof": [part.hex() for part in merkle.inclusion_proof(leaves, seq - 1)],
        "checkpoint": asdict(points[-1]),
    }


def consistency(
    database: Database, tenant: TenantId, points: tuple[Checkpoint, ...], first: int, second: int
) -> Paper:
    """That the history of one checkpoint only adds to that of another. Raises NotFound.

    first, second: their sizes, the earlier one's first.
    """
    by_size = {point.size: point for point in points}
    if first not in by_size or second not in by_size or not 0 < first <= second:
        sizes = ", ".join(map(str, sorted(by_size)[-5:]))
        raise NotFound(
            "There are no two such checkpoints.",
            remedy=f"Name two by their sizes, the smaller first; the last ones are: {sizes}.",
        )
    leaves = [merkle.leaf_hash(text) for text in _texts(database, tenant, second)]
    return {
        "format": CONSISTENCY,
        "proof": [part.hex() for part in merkle.consistency_proof(leaves, first)],
        "first": asdict(by_size[first]),
        "second": asdict(by_size[second]),
    }


def _texts(database: Database, tenant: TenantId, size: int) -> list[bytes]:
    with database.transaction(tenant, "audit") as unit:
        texts = [entry for seq, entry, _hashed in entries(unit) if seq <= size]
    if len(texts) != size:
        raise NotFound(
            "The history has fewer entries than its checkpoint.",
            remedy="Run `attending audit verify`, and tell the safety officer.",
        )
    return texts
