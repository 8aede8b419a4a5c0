"""What an administrator sets up with a connection of his own: tenants, people, targets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import dict_row

from attending.adapters.storage.codec import new_key, wrap
from attending.adapters.storage.migrate import OWNER
from attending.adapters.storage.tickets import owners_key
from attending.core.identity import Principal
from attending.core.ids import TenantId
from attending.core.work import Target, Tenant


@contextmanager
def as_owner(admin_dsn: str, tenant: TenantId) -> Iterator[psycopg.Connection[dict[str, object]]]:
    """A transaction of the schema's owner for one tenant; it commits at the end."""
    with psycopg.connect(admin_dsn, row_factory=dict_row) as connection:
        ticket = owners_key(connection).ticket(tenant, time.time())
        connection.execute(f"set local role {OWNER}")
        connection.execute("select attending.enter(%s)", (ticket,))
        yield connection


def add_tenant(admin_dsn: str, tenant: Tenant, master_key: bytes) -> None:
    """With a key of its own; a tenant that stands already keeps its key."""
    with as_owner(admin_dsn, tenant.id) as connection:
        connection.execute(
            """insert into attending.tenants (tenant_id, name, demo, key)
               values (%s, %s, %s, %s) on conflict do nothing""",
            (
                tenant.id,
                tenant.name,
                tenant.demo,
                wrap(master_key, tenant.id, "tenant", new_key()),
            ),
        )


def enrol(admin_dsn: str, tenant: TenantId, principal: Principal) -> None:
    """A person of the tenant, or what the person may do from now on."""
    with as_owner(admin_dsn, tenant) as connection:
        connection.execute(
            """insert into attending.principals (tenant_id, id, issuer, subject, name, roles)
               values (%s, %s, %s, %s, %s, %s)
               on conflict (tenant_id, issuer, subject)
               do update set name = excluded.name, roles = excluded.roles""",
            (
                tenant,
                principal.id,
                principal.issuer,
                principal.subject,
                principal.name,
                sorted(principal.roles),
            ),
        )


def add_target(admin_dsn: str, tenant: TenantId, target: Target) -> None:
    """A record system of the tenant, or its address from now on."""
    with as_owner(admin_dsn, tenant) as connection:
        connection.execute(
            """insert into attending.record_targets (tenant_id, id, kind, address, name)
               values (%s, %s, %s, %s, %s)
               on conflict (tenant_id, id)
               do update set kind = excluded.kind, address = excluded.address,
                             name = excluded.name""",
            (tenant, target.id, target.kind, target.address, target.name),
        )


def tenants(admin_dsn: str) -> tuple[TenantId, ...]:
    """All tenants of the installation; only an administrator's connection can list them."""
    with psycopg.connect(admin_dsn) as connection:
        return tuple(
            TenantId(row[0])
            for row in connection.execute("select tenant_id from attending.tenants")
        )
