"""Roles, schemas and migrations. Run by an administrator's connection, never by a server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql
from psycopg.conninfo import make_conninfo

from attending.adapters.storage.tickets import TicketKeys, load

OWNER = "attending_owner"
KEEPER = "attending_keeper"  # checks tickets; owns one function, and sets one parameter
SERVING = ("attending_web", "attending_inference", "attending_releaser")
QUEUE = "attending_queue"
_HERE = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class RolePasswords:
    """One secret for each database role; each process gets its own alone."""

    web: str
    inference: str
    releaser: str
    queue: str


def migrate(
    admin_dsn: str,
    passwords: RolePasswords,
    ticket_keys: TicketKeys,
    line_folders: Iterable[Path] = (),
) -> None:
    """Bring a database to the present schema; idempotent, one migrator at a time.

    ticket_keys: from now on tickets hold under these and no others.
    """
    # Roles are the server's, so the lock is too: it lies in the one database that each has.
    everywhere = make_conninfo(admin_dsn, dbname="postgres")
    with psycopg.connect(everywhere) as guard, psycopg.connect(admin_dsn) as connection:
        guard.execute("select pg_advisory_xact_lock(hashtext('attending.migrate'))")
        _make_roles(connection, passwords)
        _make_schemas(connection)
        for path in _files(line_folders):
            _apply(connection, path)
        load(connection, ticket_keys)


def dsn_as(dsn: str, user: str, password: str) -> str:
    """The same server and database for another role."""
    return make_conninfo(dsn, user=user, password=password)


def _make_roles(connection: psycopg.Connection, passwords: RolePasswords) -> None:
    secrets = {
        "attending_web": passwords.web,
        "attending_inference": passwords.inference,
        "attending_releaser": passwords.releaser,
        QUEUE: passwords.queue,
    }
    for role in (OWNER, KEEPER):
        _make_role(connection, role, "nologin")
    for role, password in secrets.items():
        _make_role(connection, role, "login")
        connection.execute(
            sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password))
        )
    # Where the tenant of a transaction stands (migrations/0001_tenancy.sql).
    connection.execute(f"grant set on parameter backtrace_functions to {KEEPER}")
    for role in (OWNER, KEEPER, QUEUE):
        connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))


def _make_role(connection: psycopg.Connection, role: str, login: str) -> None:
    if connection.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone():
        return
    connection.execute(
        sql.SQL("create role {} {} nosuperuser nobypassrls nocreatedb nocreaterole").format(
            sql.Identifier(role), sql.SQL(login)
        )
    )


def _make_schemas(connection: psycopg.Connection) -> None:
    connection.execute(f"create schema if not exists attending authorization {OWNER}")
    connection.execute(f"create schema if not exists queue authorization {QUEUE}")
    for role in (*SERVING, QUEUE):
        connection.execute(
            sql.SQL("grant usage on schema attending to {}").format(sql.Identifier(role))
        )
    connection.execute(f"alter role {QUEUE} set search_path = queue")
    connection.execute("revoke create on schema public from public")
    # A serving role makes no object of its own, not even a temporary one: by a trigger on
    # such a table it could write transitions.
    connection.execute(
        sql.SQL("revoke temporary on database {} from public").format(
            sql.Identifier(connection.info.dbname)
        )
    )
    connection.execute(
        """create table if not exists attending.migrations (
              name text primary key, applied_at timestamptz not null default now())"""
    )
    connection.execute(f"alter table attending.migrations owner to {OWNER}")
    if not connection.execute("select to_regclass('queue.procrastinate_jobs')").fetchone()[0]:  # type: ignore[index]
        connection.execute(f"set local role {QUEUE}")
        connection.execute("set local search_path = queue")
        connection.execute(SchemaManager.get_schema().encode())
        connection.execute("reset role")
        connection.execute("set local search_path = public")


def _files(line_folders: Iterable[Path]) -> list[Path]:
    core = sorted(_HERE.glob("*.sql"))
    lines = [path for folder in line_folders for path in sorted(folder.glob("*.sql"))]
    return core + lines


def _apply(connection: psycopg.Connection, path: Path) -> None:
    name = path.name if path.parent == _HERE else f"{path.parent.parent.name}/{path.name}"
    if connection.execute("select 1 from attending.migrations where name = %s", (name,)).fetchone():
        return
    connection.execute(path.read_bytes())
    connection.execute("insert into attending.migrations (name) values (%s)", (name,))
