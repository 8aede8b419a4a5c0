"""Stating what is trusted, with an administrator's connection and an admin key.

Each statement and the row that it is about are written in one transaction: the row is
what people and processes look up, the statement is what signing and release believe.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from attending.adapters.ed25519 import holds
from attending.adapters.storage.enrol import as_owner
from attending.adapters.storage.passkeys import SELECT, passkey_of
from attending.core.errors import InvalidInput
from attending.core.identity import Principal
from attending.core.ids import TenantId
from attending.core.passkey import Passkey, PublicKey, Standing
from attending.core.trust import (
    Act,
    AdminKey,
    Body,
    PasskeyBody,
    PrincipalBody,
    SignedStatement,
    StatementKind,
    TargetBody,
    Trusted,
    after,
    canonical,
    following,
    key_id,
    message,
    replay,
)
from attending.core.work import Target

_ROWS = (StatementKind.PRINCIPAL, StatementKind.TARGET)  # what also stands in rows
_Connection = psycopg.Connection[dict[str, Any]]


@dataclass(frozen=True)
class Authority:
    """Who states: an admin key, and the root that the installation's processes were given."""

    admin_dsn: str
    key: AdminKey
    root: bytes


@dataclass(frozen=True)
class Change:
    """body: what is added; none if it is revoked, and then reason says why."""

    kind: StatementKind
    subject: str
    body: Body | None = None
    reason: str = ""


def principal(person: Principal) -> Change:
    roles = tuple(sorted(person.roles))
    body = PrincipalBody(person.issuer, person.subject, person.name, roles)
    return Change(StatementKind.PRINCIPAL, str(person.id), body)


def target(system: Target) -> Change:
    body = TargetBody(system.kind, system.address, system.name)
    return Change(StatementKind.TARGET, str(system.id), body)


def passkey(public: PublicKey) -> Change:
    body = PasskeyBody(str(public.principal), public.key, public.party.id, public.party.origin)
    return Change(StatementKind.PASSKEY, public.credential, body)


def state(by: Authority, tenant: TenantId, *changes: Change) -> Trusted:
    """Sign and keep each change that is one; what stands already is not said again.

    Raises TrustBroken if the log does not hold, InvalidInput for a revocation of nothing
    or a key that the log does not know.
    """
    with as_owner(by.admin_dsn, tenant) as connection:
        # Who states at the same time waits here.
        connection.execute("select from attending.tenants for update")
        now = _stands(connection, tenant, by.root)
        for change in changes:
            now = _stated(connection, by, now, change)
    return now


def stands(admin_dsn: str, tenant: TenantId, root: bytes) -> tuple[Trusted, tuple[str, ...]]:
    """The whole log verified, and every row that differs from it. Raises TrustBroken."""
    with as_owner(admin_dsn, tenant) as connection:
        now = _stands(connection, tenant, root)
        return now, _differing(connection, now)


def waiting(admin_dsn: str, tenant: TenantId, root: bytes) -> tuple[tuple[Passkey, str], ...]:
    """Passkeys that no statement names yet, oldest first, each with its owner's name."""
    with as_owner(admin_dsn, tenant) as connection:
        now = _stands(connection, tenant, root)
        rows = connection.execute(f"{SELECT} order by k.enrolled_at, k.id").fetchall()
    found = ((passkey_of(row), str(row["owner"])) for row in rows)
    return tuple(each for each in found if now.of_passkey(each[0]) is Standing.WAITING)


def history(admin_dsn: str, tenant: TenantId) -> tuple[SignedStatement, ...]:
    with as_owner(admin_dsn, tenant) as connection:
        return _log(connection)


def _stands(connection: _Connection, tenant: TenantId, root: bytes) -> Trusted:
    return replay(tenant, root, _log(connection), holds)


def _log(connection: _Connection) -> tuple[SignedStatement, ...]:
    rows = connection.execute(
        "select statement, signature from attending.trust_statements order by number"
    )
    return tuple(SignedStatement(row["statement"], row["signature"]) for row in rows)


def _stated(connection: _Connection, by: Authority, now: Trusted, change: Change) -> Trusted:
    if change.body is not None and now.standing.get((change.kind, change.subject)) == change.body:
        return now
    if by.key.public.hex() not in now.admins:
        raise InvalidInput(
            "This key is no admin key of the clinic's trust log, or no longer one.",
            remedy="Sign with a key that `attending trust show` lists.",
        )
    act = Act.REVOKE if change.body is None else Act.ADD
    said = following(
        now,
        act,
        change.kind,
        change.subject,
        key_id(by.key.public),
        datetime.now(UTC),
        change.body,
        change.reason,
    )
    text = canonical(said)
    signed = SignedStatement(text, by.key.sign(message(text)))
    connection.execute(
        """insert into attending.trust_statements (tenant_id, number, statement, signature)
           values (%s, %s, %s, %s)""",
        (now.tenant, said.number, signed.text, signed.signature),
    )
    _follow(connection, now.tenant, change)
    connection.execute(
        "select attending.audit(%s, %s, %s, jsonb_build_object('number', %s::integer))",
        (f"admin key {said.by}", f"trust.{act}.{change.kind}", change.subject, said.number),
    )
    return after(now, signed, holds)


def _follow(connection: _Connection, tenant: TenantId, change: Change) -> None:
    """The row that people and processes look up."""
    match change.body:
        case PrincipalBody() as body:
            connection.execute(
                """insert into attending.principals (tenant_id, id, issuer, subject, name, roles)
                   values (%s, %s, %s, %s, %s, %s)
                   on conflict (tenant_id, id) do update
                     set issuer = excluded.issuer, subject = excluded.subject,
                         name = excluded.name, roles = excluded.roles""",
                (tenant, change.subject, body.issuer, body.subject, body.name, list(body.roles)),
            )
        case TargetBody() as body:
            connection.execute(
                """insert into attending.record_targets (tenant_id, id, kind, address, name)
                   values (%s, %s, %s, %s, %s)
                   on conflict (tenant_id, id) do update
                     set kind = excluded.kind, address = excluded.address, name = excluded.name""",
                (tenant, change.subject, body.record, body.address, body.name),
            )
        case None if change.kind is StatementKind.PRINCIPAL:
            # The row stays, for what the person did; there is nothing that they may do.
            connection.execute(
                "update attending.principals set roles = '{}' where id = %s", (change.subject,)
            )
        case _:
            return


def _differing(connection: _Connection, now: Trusted) -> tuple[str, ...]:
    """Rows that nobody stated, and statements whose row is another by now."""
    people = connection.execute(
        "select id::text, issuer, subject, name, roles from attending.principals where roles <> '{}'"
    )
    rows: dict[tuple[StatementKind, str], Body] = {
        (StatementKind.PRINCIPAL, row["id"]): PrincipalBody(
            row["issuer"], row["subject"], row["name"], tuple(row["roles"])
        )
        for row in people
    }
    systems = connection.execute(
        "select id::text, kind, address, name from attending.record_targets"
    )
    rows |= {
        (StatementKind.TARGET, row["id"]): TargetBody(row["kind"], row["address"], row["name"])
        for row in systems
        if (StatementKind.TARGET, row["id"]) not in now.revoked
    }
    stated = {key: body for key, body in now.standing.items() if key[0] in _ROWS}
    differing = {key for key in rows.keys() | stated.keys() if rows.get(key) != stated.get(key)}
    return tuple(f"{kind} {subject}" for kind, subject in sorted(differing))
