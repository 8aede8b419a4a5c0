"""Log-ins that were ended before their tokens expire."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

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
