"""Stopping for every clinic at once, with an administrator's connection.

No serving role writes what is written here, so none of them can let it go. The act itself
commits first and counts at once; then each clinic's chain is told of it.
"""

from __future__ import annotations

import psycopg
from psycopg.rows import dict_row

from attending.adapters.storage.database import TenantUnit
from attending.adapters.storage.enrol import owners_unit, tenants
from attending.adapters.storage.migrate import OWNER
from attending.core.errors import InvalidInput, NotFound
from attending.core.ids import PauseId, TenantId, fresh
from attending.core.pause import ANY, Pause, Stop, StopScope
from attending.loop.stop import wake

_ACTOR = "administrator"


def pause(admin_dsn: str, stop: Stop, reason: str) -> PauseId:
    """From the commit on nothing new appears in any clinic. Raises InvalidInput."""
    _require_reason(reason)
    made = PauseId(fresh())
    _act(admin_dsn, "pause", made, stop, reason)
    for tenant in tenants(admin_dsn):
        with owners_unit(admin_dsn, tenant) as unit:
            _audit(unit, "stop.paused", made, stop)
    return made


def resume(admin_dsn: str, pause_id: PauseId, reason: str) -> int:
    """Put to work what waits in every clinic; how many cases. Raises NotFound, InvalidInput.

    Safe to repeat: if it broke off, the clinics that were not told yet are told again.
    """
    _require_reason(reason)
    stop = _stop_of(admin_dsn, pause_id)
    _act(admin_dsn, "resume", pause_id, stop, reason)
    return sum(_resumed(admin_dsn, tenant, pause_id, stop) for tenant in tenants(admin_dsn))


def _resumed(admin_dsn: str, tenant: TenantId, pause_id: PauseId, stop: Stop) -> int:
    with owners_unit(admin_dsn, tenant) as unit:
        unit.pauses.stands(pause_id)  # after whoever is putting a case off right now
        woken = wake(unit)
        _audit(unit, "stop.resumed", pause_id, stop)
        return woken


def standing(admin_dsn: str) -> tuple[Pause, ...]:
    """What is paused in every clinic, oldest first."""
    with psycopg.connect(admin_dsn, row_factory=dict_row) as connection:
        rows = connection.execute(
            """select p.* from attending.installation_pauses p
               where p.act = 'pause' and not exists (
                 select from attending.installation_pauses r
                 where r.id = p.id and r.act = 'resume')
               order by p.at"""
        ).fetchall()
    return tuple(
        Pause(
            PauseId(row["id"]),
            Stop(StopScope(row["scope"]), row["name"], row["version"]),
            row["reason"],
            None,
            row["at"],
        )
        for row in rows
    )


def ever_ran(admin_dsn: str, stop: Stop) -> bool:
    """Whether a model of this name and version has run in any clinic."""
    for tenant in tenants(admin_dsn):
        with owners_unit(admin_dsn, tenant) as unit:
            models = unit.pauses.models()
        if any(name == stop.name and stop.version in (version, ANY) for name, version in models):
            return True
    return False


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput("It needs a reason.", remedy="Give one with --reason.")


def _stop_of(admin_dsn: str, pause_id: PauseId) -> Stop:
    with psycopg.connect(admin_dsn) as connection:
        row = connection.execute(
            """select scope, name, version from attending.installation_pauses
               where id = %s and act = 'pause'""",
            (pause_id,),
        ).fetchone()
    if row is None:
        raise NotFound(
            "Nothing was paused by this for every clinic.",
            remedy="`attending resume` without an id lists what is.",
        )
    return Stop(StopScope(row[0]), row[1], row[2])


def _act(admin_dsn: str, act: str, pause_id: PauseId, stop: Stop, reason: str) -> None:
    with psycopg.connect(admin_dsn) as connection:
        connection.execute(f"set local role {OWNER}")
        connection.execute(
            """insert into attending.installation_pauses (id, act, scope, name, version, reason)
               values (%s, %s, %s, %s, %s, %s) on conflict do nothing""",
            (pause_id, act, stop.scope, stop.name, stop.version, reason),
        )


def _audit(unit: TenantUnit, action: str, pause_id: PauseId, stop: Stop) -> None:
    unit.audit(
        _ACTOR,
        action,
        pause_id,
        scope=stop.scope,
        name=stop.name,
        version=stop.version,
        everywhere=True,
    )
