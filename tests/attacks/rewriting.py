"""The audit history in a superuser's hands: read, rewritten, put back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg

from attending.adapters.storage.audit import Kept, Verdict, verify
from attending.adapters.storage.checkpoints import load_public_key, read_checkpoints
from attending.core.checkpoint import Checkpoint
from attending.core.merkle import Frontier, leaf_hash
from tests.attacks.conftest import as_superuser
from tests.clinic import Clinic

Connection = psycopg.Connection[Any]
LOG, HEADS = "attending.audit_log", "attending.audit_heads"


def kept(clinic: Clinic) -> Kept:
    return partial(read_checkpoints, clinic.installation.checkpoints, clinic.tenant)


def verdict(clinic: Clinic, points: tuple[Checkpoint, ...] | None = None) -> Verdict:
    key = load_public_key(clinic.installation.checkpoint_public_key)
    given: Kept = kept(clinic) if points is None else lambda: points
    return verify(clinic.web, clinic.tenant, given, key)


def found(clinic: Clinic, points: tuple[Checkpoint, ...] | None = None) -> str:
    return "\n".join(verdict(clinic, points).problems)


class Chain:
    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        with as_superuser(clinic) as db:
            self.rows = self._read(db, LOG)
            self.head = self._read(db, HEADS)
        self.end = len(self.rows)

    def _read(self, db: Connection, table: str) -> list[tuple[Any, ...]]:
        query = f"select * from {table} where tenant_id = %s order by seq"
        return db.execute(query.encode(), (self.clinic.tenant,)).fetchall()

    def write(self, rows: list[tuple[Any, ...]], head: list[tuple[Any, ...]]) -> None:
        with as_superuser(self.clinic) as db:
            db.execute("set local session_replication_role = replica")
            for table in (LOG, HEADS):
                delete = f"delete from {table} where tenant_id = %s"
                db.execute(delete.encode(), (self.clinic.tenant,))
            with db.cursor() as cursor:
                cursor.executemany(f"insert into {LOG} values (%s, %s, %s, %s)", rows)
                cursor.executemany(f"insert into {HEADS} values (%s, %s, %s, %s)", head)
            db.commit()

    def restore(self) -> None:
        self.write(self.rows, self.head)

    def rechained(self, entries: list[str], *, renumbered: bool = True) -> None:
        """A whole new history over these entries, chain, tree and head: all hashes fit."""
        tenant = self.clinic.tenant
        last = hashlib.sha256(str(tenant).encode()).digest()
        rows, tree = [], Frontier()
        for seq, text in enumerate(entries, 1):
            entry = json.dumps({**json.loads(text), "seq": seq}) if renumbered else text
            leaf = leaf_hash(entry.encode())
            last = hashlib.sha256(last + leaf).digest()
            tree.append(leaf)
            rows.append((tenant, seq, entry, last))
        self.write(rows, [(tenant, len(rows), last, tree.peaks)])

    def cut(self, left: int) -> None:
        """The history as it was after its first entries, to the last hash."""
        self.rechained(self.entries[:left], renumbered=False)

    @property
    def entries(self) -> list[str]:
        return [row[2] for row in self.rows]


def _edited_in_place(chain: Chain) -> None:
    rows = list(chain.rows)
    rows[3] = edited(rows[3], rows[3][2].replace('"actor": "', '"actor": "not '))
    chain.write(rows, chain.head)


def _swapped_in_place(chain: Chain) -> None:
    rows = list(chain.rows)
    a, b = rows[4], rows[9]
    rows[4], rows[9] = (*a[:2], *b[2:]), (*b[:2], *a[2:])
    chain.write(rows, chain.head)


def _given_another_frontier(chain: Chain) -> None:
    """Chain and rows stay: only the tree's memory is another, so that its next root is."""
    [(tenant, seq, hashed, peaks)] = chain.head
    chain.write(chain.rows, [(tenant, seq, hashed, [b"\0" * 32, *peaks[1:]])])


def _rewritten(rewriting: Callable[[list[str]], list[str]]) -> Callable[[Chain], None]:
    return lambda chain: chain.rechained(rewriting(chain.entries))


# With the hashes left as they are.
IN_PLACE: dict[str, Callable[[Chain], None]] = {
    "an edit": _edited_in_place,
    "a deletion": lambda chain: chain.write(chain.rows[:5] + chain.rows[6:], chain.head),
    "a swap": _swapped_in_place,
    "a cut end": lambda chain: chain.write(chain.rows[:-3], chain.head),
    "no head": lambda chain: chain.write(chain.rows, []),
    "no entries": lambda chain: chain.write([], chain.head),
    "another frontier": _given_another_frontier,
}
# With every hash, the frontier and the head made anew.
REWRITTEN: dict[str, Callable[[Chain], None]] = {
    "an edit": _rewritten(lambda e: [e[0].replace('"actor": "', '"actor": "x'), *e[1:]]),
    "a deletion": _rewritten(lambda e: e[:3] + e[4:]),
    "a swap": _rewritten(lambda e: [e[1], e[0], *e[2:]]),
    "a truncation": _rewritten(lambda e: e[:5]),
    "a truncation to the letter": lambda chain: chain.cut(5),
    "nothing left": lambda chain: chain.write([], []),
    "another beginning": _rewritten(lambda e: [e[0], *e]),
}


def edited(row: tuple[Any, ...], entry: str) -> tuple[Any, ...]:
    return (*row[:2], entry, *row[3:])
