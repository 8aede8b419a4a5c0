"""A tenant's audit history, walked: chain and tree recomputed from the entries themselves."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from attending.adapters.storage.database import TenantUnit
from attending.core.checkpoint import WRITTEN
from attending.core.ids import TenantId
from attending.core.merkle import Frontier, folded

# How jsonb writes the beginning of every entry; one that begins otherwise is parsed.
_BEGINNING = re.compile(rb'\{"at": "[^"\\]*", "seq": (\d{1,18}), "role": "')
_WRITTEN = f'"{WRITTEN}"'.encode()
_ROWS = """copy (select seq, entry, hash from attending.audit_log where seq > %s
                 order by seq limit %s) to stdout (format binary)"""

Row = tuple[int, bytes, bytes]  # number, text, hash


@dataclass(frozen=True)
class Head:
    """The head of a history, as stored or as recomputed."""

    size: int
    chain: bytes
    peaks: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        return folded(self.peaks)


@dataclass
class Walk:
    """The history recomputed up to an entry. ``problems`` is empty while all of it holds."""

    size: int
    chain: bytes
    frontier: Frontier
    marks: dict[int, Head] = field(default_factory=dict)  # heads at the sizes that were asked for
    told: list[tuple[int, object]] = field(default_factory=list)  # deliveries: entry, checkpoint
    problems: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, tenant: TenantId) -> Walk:
        """Of no entry yet."""
        return cls(0, hashlib.sha256(str(tenant).encode()).digest(), Frontier())

    def continued(self) -> Walk:
        """To go on from here, while this one stays as it is."""
        return Walk(self.size, self.chain, Frontier(self.size, [*self.frontier.peaks]))

    @property
    def head(self) -> Head:
        return Head(self.size, self.chain, tuple(self.frontier.peaks))

    def follow(
        self, unit: TenantUnit, wanted: Collection[int] = (), limit: int | None = None
    ) -> bool:
        """All entries after this one, and the stored head; those of ``wanted`` are marked.

        Writers may go on meanwhile: what they add is walked too, or left for the next time.
        With a limit, so many entries at most; False if the end may not be reached.
        """
        stored = _head(unit)
        asked = {*wanted, stored.size if stored else 0}
        if self.size in asked:
            self.marks[self.size] = self.head
        with _rows(unit, self.size, limit) as rows:
            taken = self._take(rows, asked)
        if taken == limit:
            return False
        self._hold_against(stored, _head(unit))
        return True

    def _take(self, rows: Iterable[Row], wanted: Collection[int]) -> int:
        """The hot loop: some millions of entries should take seconds. How many there were."""
        before = self.frontier.size
        sha256, begins, grow = hashlib.sha256, _BEGINNING.match, self.frontier.append
        size, chain = self.size, self.chain
        for seq, entry, hashed in rows:
            leaf = sha256(b"\x00" + entry).digest()
            chain = sha256(chain + leaf).digest()
            begun = begins(entry)
            if seq != size + 1 or chain != hashed or begun is None or int(begun[1]) != seq:
                self._judge(size, seq, entry, altered=chain != hashed)
                chain = hashed  # so that what follows is judged by itself
            grow(leaf)
            size = seq
            if _WRITTEN in entry:
                self._listen(seq, entry)
            if seq in wanted:
                self.marks[seq] = Head(self.frontier.size, chain, tuple(self.frontier.peaks))
        self.size, self.chain = size, chain
        return self.frontier.size - before

    def _judge(self, before: int, seq: int, entry: bytes, *, altered: bool) -> None:
        if seq != before + 1:
            self.problems.append(f"entry {before + 1} is missing before {seq}")
        if _said(entry).get("seq") != seq:
            self.problems.append(f"entry {seq} was moved")
        if altered:
            self.problems.append(f"entry {seq} was altered, or does not follow the one before it")

    def _listen(self, seq: int, entry: bytes) -> None:
        said = _said(entry)
        if said.get("action") == WRITTEN:
            detail = said.get("detail")
            self.told.append((seq, detail.get("checkpoint") if isinstance(detail, dict) else None))

    def _hold_against(self, before: Head | None, after: Head | None) -> None:
        """The stored head, as it was read before the entries and after them."""
        if before is not None and before.size > self.size:
            self.problems.append(f"entries {self.size + 1} to {before.size} are missing at the end")
            return
        if before is None and after is None and self.size == 0:
            return
        fits = before is None or self.marks.get(before.size) == before
        is_ahead = after is not None and (after.size > self.size or after == self.head)
        if not (fits and is_ahead):
            self.problems.append("the head is not that of the chain")


def _head(unit: TenantUnit) -> Head | None:
    row = unit.maybe("select seq, hash, peaks from attending.audit_heads")
    return Head(row["seq"], row["hash"], tuple(row["peaks"])) if row else None


@contextmanager
def _rows(unit: TenantUnit, after: int, limit: int | None = None) -> Iterator[Iterable[Row]]:
    with unit.connection.cursor() as cursor, cursor.copy(_ROWS, (after, limit)) as copy:
        copy.set_types(["int8", "bytea", "bytea"])  # the text as its bytes
        yield copy.rows()


def entries(unit: TenantUnit) -> Iterator[Row]:
    """Every entry, in order."""
    with _rows(unit, 0) as rows:
        yield from rows


def _said(entry: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(entry)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
