"""Log-ins that were ended before their tokens expire."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from attending.core.identity import LogIn
from attending.core.ids import PrincipalId, fresh

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit


class SessionTable:
    """Implements ``core.ports.Sessions``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def ended(self, principal: PrincipalId, session: str, issued_at: datetime) -> bool:
        row = self.unit.maybe(
            """select from attending.ended_sessions
               where principal_id = %s and session in ('', %s) and until >= %s limit 1""",
            principal,
            session,
            issued_at,
        )
        return row is not None

    def ended_among(self, log_ins: Collection[LogIn]) -> frozenset[LogIn]:
        asked = list(log_ins)
        rows = self.unit.all(
            """select l.place::integer - 1 as place
               from unnest(%s::uuid[], %s::text[], %s::timestamptz[]) with ordinality
                 as l (principal, session, issued_at, place)
               where exists (
                 select from attending.ended_sessions e
                 where e.principal_id = l.principal and e.session in ('', l.session)
                   and e.until >= l.issued_at)""",
            [each.principal for each in asked],
            [each.session for each in asked],
            [each.issued_at for each in asked],
        )
        return frozenset(asked[row["place"]] for row in rows)

    def end(self, principal: PrincipalId, session: str, until: datetime, by: PrincipalId) -> None:
        self.unit.run(
            """insert into attending.ended_sessions
                 (tenant_id, id, principal_id, session, until, ended_by)
               values (%s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            fresh(),
            principal,
            session,
            until,
            by,
        )
