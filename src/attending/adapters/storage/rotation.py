"""Changing the keys that wrap keys, while everything goes on working.

A tenant's keys have generations. The newest wraps what is new; each patient's key says
under which it lies, so that readers find the right one at every moment. What lies under an
older one is wrapped anew, a batch at a time; then the older one is deleted. The patients'
own keys, and what is sealed under them, stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from attending.adapters.storage.codec import new_key, unwrap, wrap
from attending.adapters.storage.database import TenantUnit
from attending.adapters.storage.enrol import owners_unit
from attending.adapters.storage.keys import MasterKeys, registering
from attending.core.errors import Conflict
from attending.core.ids import TenantId

BATCH = 500  # patients of one transaction
_ACTOR = "administrator"

Report = Callable[[int, int], None]  # patients done, and of how many
Connection = psycopg.Connection[dict[str, object]]


@dataclass(frozen=True)
class Rotated:
    """generation: which now wraps everything. patients: wrapped anew by this run."""

    generation: int
    patients: int


def rotate(
    admin_dsn: str, tenant: TenantId, master: MasterKeys, report: Report, batch: int = BATCH
) -> Rotated:
    """Everything of the tenant under a new key; an earlier run that broke off is finished.

    Nobody waits for it but a registration, for the moment in which the old key is deleted.
    Raises NotFound without such a tenant, Conflict if another run is under way.
    """
    rotation = _Rotation(admin_dsn, tenant, master, batch)
    with _alone(admin_dsn, tenant):
        newest = rotation.begin()
        done, total = 0, rotation.left(newest)
        report(done, total)
        while True:
            while moved := rotation.wrap_some(newest):
                done += moved
                report(done, max(done, total))
            if rotation.drop_older(newest, done):
                return Rotated(newest, done)


@dataclass(frozen=True)
class _Rotation:
    admin_dsn: str
    tenant: TenantId
    master: MasterKeys
    batch: int

    def _unit(self) -> AbstractContextManager[TenantUnit]:
        return owners_unit(self.admin_dsn, self.tenant)

    def begin(self) -> int:
        """A new generation; or the one of a run that broke off."""
        with self._unit() as unit:
            rows = unit.all(
                "select generation, key, clinic_key from attending.tenant_keys order by generation"
            )
            if len(rows) > 1:
                return int(rows[-1]["generation"])
            return self._add(unit, unit.one("select * from attending.tenant_keys"))

    def _add(self, unit: TenantUnit, old: dict[str, Any]) -> int:
        generation, outer = old["generation"] + 1, new_key()
        before = self.master.opened(self.tenant, old["generation"], old["key"])
        clinic = unwrap(before, self.tenant, "clinic", old["clinic_key"])
        unit.run(
            """insert into attending.tenant_keys (tenant_id, generation, key, clinic_key)
               values (%s, %s, %s, %s)""",
            self.tenant,
            generation,
            self.master.seal(self.tenant, generation, outer),
            wrap(outer, self.tenant, "clinic", clinic),
        )
        unit.audit(_ACTOR, "keys.rotation_begun", self.tenant, generation=generation)
        return int(generation)

    def left(self, newest: int) -> int:
        with self._unit() as unit:
            query = "select count(*) as n from attending.patients where key_generation < %s"
            return int(unit.one(query, newest)["n"])

    def wrap_some(self, newest: int) -> int:
        """A batch; how many there were."""
        with self._unit() as unit:
            outer = self._outer(unit)
            rows = unit.all(
                """select id, key, key_generation from attending.patients
                   where key_generation < %s order by id limit %s for no key update""",
                newest,
                self.batch,
            )
            wrapped = [self._again(row, outer, newest) for row in rows]
            unit.run(
                """update attending.patients p set key = w.key, key_generation = %s
                   from unnest(%s::uuid[], %s::bytea[]) as w (id, key) where p.id = w.id""",
                newest,
                [row["id"] for row in rows],
                wrapped,
            )
            return len(rows)

    def _outer(self, unit: TenantUnit) -> dict[int, bytes]:
        rows = unit.all("select generation, key from attending.tenant_keys")
        return {
            row["generation"]: self.master.opened(self.tenant, row["generation"], row["key"])
            for row in rows
        }

    def _again(self, row: dict[str, Any], outer: dict[int, bytes], newest: int) -> bytes:
        name = f"patient/{row['id']}"
        key = unwrap(outer[row["key_generation"]], self.tenant, name, row["key"])
        return wrap(outer[newest], self.tenant, name, key)

    def drop_older(self, newest: int, done: int) -> bool:
        """False if somebody was registered under an older key meanwhile."""
        with self._unit() as unit:
            unit.hold(*registering())
            if unit.maybe("select 1 from attending.patients where key_generation < %s", newest):
                return False
            unit.run("delete from attending.tenant_keys where generation < %s", newest)
            unit.audit(_ACTOR, "keys.rotated", self.tenant, generation=newest, patients=done)
            return True


def rewrap(admin_dsn: str, tenant: TenantId, master: MasterKeys) -> int:
    """The tenant's keys under the master key of now; how many were under the one before.

    ``master`` knows both. Safe to repeat.
    """
    changed = 0
    with _alone(admin_dsn, tenant), owners_unit(admin_dsn, tenant) as unit:
        for row in unit.all("select generation, key from attending.tenant_keys for update"):
            generation, wrapped = row["generation"], row["key"]
            if master.is_present(tenant, generation, wrapped):
                continue
            key = master.opened(tenant, generation, wrapped)
            changed += unit.run(
                "update attending.tenant_keys set key = %s where generation = %s",
                master.seal(tenant, generation, key),
                generation,
            )
        if changed:
            unit.audit(_ACTOR, "keys.rewrapped", tenant, keys=changed)
    return changed


@contextmanager
def _alone(admin_dsn: str, tenant: TenantId) -> Iterator[None]:
    """One run per tenant; a run that is killed lets go."""
    with psycopg.connect(admin_dsn, autocommit=True) as guard:
        ask = "select pg_try_advisory_lock(hashtextextended(%s, 0))"
        held = guard.execute(ask, (f"attending.rotation/{tenant}",)).fetchone()
        if held != (True,):
            raise Conflict(
                "The keys of this tenant are being changed by another command.",
                remedy="Wait for it, or end it; then run this again.",
            )
        yield
