"""Tenant tickets: what tells the database which tenant a transaction acts for.

A ticket is ``<key id>.<tenant>.<expires>.<MAC>``: 16 hex digits, a UUID, seconds since
1970, and the HMAC-SHA-256 of all before it in hex. Whoever can only run SQL cannot make
one: the process holds its key in memory, the database holds the key's pads where none
of the application's roles can read (migrations/0001_tenancy.sql). A key belongs to one
database role, so that no process can make tickets for another's sessions. A ticket opens a
transaction, which may then last longer than the ticket.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from attending.core.errors import Misconfigured
from attending.core.ids import TenantId

# Longer than the way to the database, and than the clocks of two machines differ.
LIFETIME = timedelta(minutes=1)
KEY_BYTES = 32
PROCESSES = ("web", "inference", "releaser")
_OWNER = "attending_owner"
_BLOCK = 64  # bytes, SHA-256's

# By process: the keys whose tickets the database is to accept.
TicketKeys = Mapping[str, Collection[bytes]]


@dataclass(frozen=True)
class TicketKey:
    """``id`` is no secret; the pads (64 bytes each) are the key, ready for HMAC."""

    id: str
    inner: bytes = field(repr=False)
    outer: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> TicketKey:
        """key: 32 random bytes."""
        block = key.ljust(_BLOCK, b"\0")
        return cls(
            hmac.digest(key, b"attending ticket key", "sha256")[:8].hex(),
            bytes(byte ^ 0x36 for byte in block),
            bytes(byte ^ 0x5C for byte in block),
        )

    def ticket(self, tenant: TenantId, now: float) -> str:
        """Good for LIFETIME from now (seconds since 1970)."""
        said = f"{self.id}.{tenant}.{int(now + LIFETIME.total_seconds())}"
        inside = hashlib.sha256(self.inner + said.encode()).digest()
        return f"{said}.{hashlib.sha256(self.outer + inside).hexdigest()}"


def read_keys(folder: Path) -> TicketKeys:
    """The files ``<process>*.key`` of a folder, 32 bytes each. Raises Misconfigured."""
    return {
        process: [_read(path) for path in sorted(folder.glob(f"{process}*.key"))]
        for process in PROCESSES
    }


def load(connection: psycopg.Connection, keys: TicketKeys) -> None:
    """From the commit on, these keys hold and no others. An administrator's connection.

    Two keys of one process hold side by side, so that it can change from one to the
    other while it serves. Raises Misconfigured if a process would be left without.
    """
    without = [process for process in PROCESSES if not keys.get(process)]
    if without:
        raise Misconfigured(
            f"There is no ticket key for {', '.join(without)}.",
            remedy="Make 32 random bytes for each process: docs/operations/processes.md.",
        )
    known = {process: [TicketKey.of(key) for key in keys[process]] for process in PROCESSES}
    for process, each in known.items():
        for key in each:
            _insert(connection, key, f"attending_{process}")
    connection.execute(
        "delete from attending_keys.ticket_pads where id <> all (%s) and role <> %s",
        ([key.id for each in known.values() for key in each], _OWNER),
    )
    _ensure_owners(connection)


def owners_key(connection: psycopg.Connection[Any]) -> TicketKey:
    """The key of the role that owns the tables; an administrator's connection alone reads it."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            "select id, inner_pad, outer_pad from attending_keys.ticket_pads where role = %s",
            (_OWNER,),
        )
        row = cursor.fetchone()
    if row is None:
        raise Misconfigured(
            "The database has no ticket key for its owner.", remedy="Run `attending migrate`."
        )
    return TicketKey(row["id"], row["inner_pad"], row["outer_pad"])


def _ensure_owners(connection: psycopg.Connection) -> None:
    """Made in place and kept nowhere else."""
    known = "select from attending_keys.ticket_pads where role = %s"
    if connection.execute(known, (_OWNER,)).fetchone() is None:
        _insert(connection, TicketKey.of(secrets.token_bytes(KEY_BYTES)), _OWNER)


def _insert(connection: psycopg.Connection, key: TicketKey, role: str) -> None:
    connection.execute(
        """insert into attending_keys.ticket_pads (id, role, inner_pad, outer_pad)
           values (%s, %s, %s, %s) on conflict (id) do update set role = excluded.role""",
        (key.id, role, key.inner, key.outer),
    )


def _read(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"The ticket key {path.name} cannot be read.") from error
    if len(key) != KEY_BYTES:
        raise Misconfigured(f"The ticket key {path.name} does not hold 32 bytes.")
    return key
