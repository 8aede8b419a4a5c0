"""The tenant's own audit chain, read link by link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.core.work import ChainEntry

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit


class TrailTables:
    """Implements ``core.ports.Trail``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def last(self) -> int:
        row = self.unit.maybe("select seq from attending.audit_heads")
        return int(row["seq"]) if row else 0

    def entries(self, after: int, limit: int) -> tuple[ChainEntry, ...]:
        rows = self.unit.all(
            """select seq, entry, hash from attending.audit_log
               where seq > %s order by seq limit %s""",
            after,
            limit,
        )
        return tuple(ChainEntry(**row) for row in rows)
