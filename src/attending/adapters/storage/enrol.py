"""Tenants, and the transactions of an administrator with a connection of his own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import dict_row

from attending.adapters.storage.codec import new_key, wrap
from attending.adapters.storage.database import TenantUnit
from attending.adapters.storage.keys import NoKeys
from attending.adapters.storage.migrate import OWNER
from attending.adapters.storage.tickets import owners_key
from attending.core.ids import TenantId
from attending.core.work import Tenant


@contextmanager
def as_owner(admin_dsn: str, tenant: TenantId) -> Iterator[psycopg.Connection[dict[str, object]]]:
    """A transaction of the schema's owner for one tenant; it commits at the end."""
    with psycopg.connect(admin_dsn, row_factory=dict_row) as connection:
        ticket = owners_key(connection).ticket(tenant, time.time())
        connection.execute(f"set local role {OWNER}")
        connection.execute("select attending.enter(%s)", (ticket,))
        yield connection


@contextmanager
def owners_unit(admin_dsn: str, tenant: TenantId) -> Iterator[TenantUnit]:
    """The same as a unit of work, its audit entries included; it opens nothing sealed."""
    with as_owner(admin_dsn, tenant) as connection:
        unit = TenantUnit(connection, tenant, NoKeys())
        yield unit
        unit.commit()


def add_tenant(admin_dsn: str, tenant: Tenant, master_key: bytes) -> None:
    """With keys of its own; a tenant that stands already keeps its keys."""
    with as_owner(admin_dsn, tenant.id) as connection:
        made = connection.execute(
            """insert into attending.tenants (tenant_id, name, demo)
               values (%s, %s, %s) on conflict do nothing""",
            (tenant.id, tenant.name, tenant.demo),
        )
        if made.rowcount:
            _first_keys(connection, tenant.id, master_key)


def _first_keys(
    connection: psycopg.Connection[dict[str, object]], tenant: TenantId, master_key: bytes
) -> None:
    outer = new_key()
    connection.execute(
        """insert into attending.tenant_keys (tenant_id, generation, key, clinic_key)
           values (%s, 1, %s, %s)""",
        (
            tenant,
            wrap(master_key, tenant, "tenant/1", outer),
            wrap(outer, tenant, "clinic", new_key()),
        ),
    )


def tenants(admin_dsn: str) -> tuple[TenantId, ...]:
    """All tenants of the installation; only an administrator's connection can list them."""
    with psycopg.connect(admin_dsn) as connection:
        return tuple(
            TenantId(row[0])
            for row in connection.execute("select tenant_id from attending.tenants")
        )
